"""A carrier's centre that answers at once, by a third library, and may be restarted with messages under way."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import count

import smpp34

from tests.gateway.program import free_port

AGAIN_S = 0.5


@dataclass
class QuickSmsc:
    """`taken` are the texts that it took and how often; receipts that can't be handed over wait for the next bind."""

    port: int = field(default_factory=free_port)
    taken: Counter[str] = field(default_factory=Counter)
    reported: int = 0
    _ids: count[int] = field(default_factory=lambda: count(1_000_000))
    _waiting: deque[str] = field(default_factory=deque)
    _esmes: dict[str, smpp34.Esme] = field(default_factory=dict)
    _tasks: dict[asyncio.Future[None], str] = field(default_factory=dict)

    async def start(self) -> None:
        self._server = smpp34.Server("127.0.0.1", self.port, system_id="centre")
        await self._server.start()
        self._living = asyncio.ensure_future(self._live())

    async def stop(self) -> None:
        self._living.cancel()
        self._esmes.clear()
        # What was on its way to somebody who is cut off comes again.
        for task, name in list(self._tasks.items()):
            task.cancel()
            self._waiting.append(name)
        await self._server.stop()

    async def restart(self, away_s: float) -> None:
        await self.stop()
        await asyncio.sleep(away_s)
        await self.start()

    async def _live(self) -> None:
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._esmes[event.session_id] = event
                for _ in range(len(self._waiting)):
                    self._report(self._waiting.popleft())
            elif isinstance(event, smpp34.SubmitSmEvent):
                name = str(next(self._ids))
                self.taken[_text(event)] += 1
                event.accept(name)
                self._report(name)
            else:
                self._esmes.pop(event.session_id, None)

    def _report(self, name: str) -> None:
        task = asyncio.ensure_future(self._reported(name))
        self._tasks[task] = name
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _reported(self, name: str) -> None:
        esme = next(iter(self._esmes.values()), None)
        try:
            if esme is None:
                raise smpp34.SmppError("nobody is bound")
            text = f"id:{name} sub:001 dlvrd:001 stat:DELIVRD err:000 text:"
            answer = await esme.deliver_sm("10691234", text.encode(), source_addr="8613900000000", esm_class=4)
            if not answer.is_success:
                raise smpp34.SmppError("not taken")
        except (smpp34.SmppError, OSError, RuntimeError, ConnectionError):
            if esme is None or esme.session_id not in self._esmes:
                self._waiting.append(name)
            else:
                await asyncio.sleep(AGAIN_S)  # as a real one, it comes again with what was not taken
                self._report(name)
        else:
            self.reported += 1


def _text(event: smpp34.SubmitSmEvent) -> str:
    content = bytes(event.short_message)
    return content.decode("utf-16-be" if event.data_coding == 8 else "latin-1", "replace")
