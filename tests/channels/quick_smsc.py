"""A carrier's centre that answers at once, by a third library, in a process that is killed with messages under way."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field

import smpp34

from tests.gateway.program import ROOT, free_port

AGAIN_S = 0.5


@dataclass
class QuickSmsc:
    """`taken` are the texts that it took and how often. It owes a receipt for each, over its own death too."""

    port: int = field(default_factory=free_port)
    taken: Counter[str] = field(default_factory=Counter)
    _owed: dict[str, None] = field(default_factory=dict)
    _first: int = 1_000_000

    async def start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        given = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.channels.quick_smsc", str(self.port), str(self._first)]
        self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=given)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(self._owed)).encode() + b"\n")
        assert await self._process.stdout.readline() == b"listening\n"
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()
        await self._reading
        self._first += 1_000_000

    async def restart(self, away_s: float) -> None:
        await self.stop()
        await asyncio.sleep(away_s)
        await self.start()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            event, value = json.loads(line)
            if event == "reported":
                self._owed.pop(value, None)
            else:
                name, text = value
                self._owed[name] = None
                self.taken[text] += 1


class _Centre:
    """Inside of the process."""

    def __init__(self, port: int, first: int, owed: list[str]) -> None:
        self._server = smpp34.Server("127.0.0.1", port, system_id="centre")
        self._next, self._owed = first, owed
        self._esmes: dict[str, smpp34.Esme] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    async def live(self) -> None:
        await self._server.start()
        _tell("listening")
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._esmes[event.session_id] = event
                for name in self._owed:
                    self._report(name)
                self._owed = []
            elif isinstance(event, smpp34.SubmitSmEvent):
                name, self._next = str(self._next), self._next + 1
                content = bytes(event.short_message)
                text = content.decode("utf-16-be" if event.data_coding == 8 else "latin-1", "replace")
                # Said before it is answered, so that nothing is taken unseen.
                _tell(json.dumps(["taken", [name, text]]))
                event.accept(name)
                self._report(name)
            else:
                self._esmes.pop(event.session_id, None)

    def _report(self, name: str) -> None:
        task = asyncio.ensure_future(self._reported(name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reported(self, name: str) -> None:
        text = f"id:{name} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
        while True:
            for esme in list(self._esmes.values())[:1]:
                try:
                    answer = await esme.deliver_sm("10691234", text, source_addr="8613900000000", esm_class=4)
                except (smpp34.SmppError, OSError, RuntimeError):
                    continue
                if answer.is_success:
                    _tell(json.dumps(["reported", name]))
                    return
            await asyncio.sleep(AGAIN_S)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_Centre(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.stdin.readline())).live())
