from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from gateway.demo.stand_ins.twilio_server import TwilioServer
from tests import servers
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN, twilio_server
from tests.conftest import migrate
from tests.gateway.program import HAOBAN, environment

SMS = "channels.twilio_sms"
_FILL = """
WITH told AS (
    INSERT INTO notification (source, recipient, kind, purpose, urgent, language, facts, route, step, state, at)
    SELECT 'fault:' || n, 'x', 'announcement', 'service', false, 'zh', '{}', '[]', 0, 'open', now()
    FROM generate_series($1::int, $2::int) n RETURNING id, source
)
INSERT INTO message (notification_id, place, kind, address, language, purpose, urgent, text, template,
    template_version, state, reason, detail, attempts, is_dead, heard_by, provider_id, at, due_at, expires_at)
SELECT id, $3, 'text', '+86139' || lpad(substr(source, 7), 8, '0'), 'zh', 'service', false, source,
    '', 0, 'queued', '', '', 0, false, '', '', now(), now(), now() + interval '1 day' FROM told
"""


@dataclass
class Ground:
    """A database with messages, the provider they go to, and workers in processes of their own."""

    url: str
    provider: TwilioServer
    folder: Path
    redis: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def begin(self, **more: str) -> subprocess.Popen[bytes]:
        """A worker of its own, as an administrator runs it; without a Redis of all, only one is let in."""
        given = {
            "CHANNELS__TWILIO_SMS__ENABLED": "true",
            "CHANNELS__TWILIO_SMS__ACCOUNT_SID": ACCOUNT,
            "CHANNELS__TWILIO_SMS__AUTH_TOKEN": AUTH_TOKEN,
            "CHANNELS__TWILIO_SMS__FROM_NUMBER": "+8610000000000",
            "CHANNELS__TWILIO_SMS__API_BASE": self.provider.url,
            "NOTIFY__QUIET_FROM": "03:00",
            "NOTIFY__QUIET_UNTIL": "03:00",
            "REDIS__URL": self.redis,
        }
        said = Path(tempfile.mkstemp(".txt", dir=self.folder)[1])
        with said.open("wb") as file:
            worker = subprocess.Popen(  # noqa: S603  (our own program)
                [*HAOBAN, "worker"],
                cwd=self.folder,
                env=environment(self.url, **given | more),
                stdout=file,
                stderr=file,
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9."""
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    async def fill(self, first: int, last: int, place: str = SMS) -> None:
        await self.run(_FILL, first, last, place)

    async def run(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    async def states(self) -> dict[str, int]:
        rows = await self.run("SELECT state, count(*) AS n FROM message GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    async def until(self, sql: str, within_s: float = 30) -> None:
        """Until a query finds something."""
        async with asyncio.timeout(within_s):
            while not await self.run(sql):  # noqa: ASYNC110  (the database rings no bell for tests)
                await asyncio.sleep(0.02)

    async def let_leases_run_out(self) -> None:
        """As if a minute had gone by for those that a dead worker held."""
        await self.run("UPDATE message SET lease_until = now() - interval '1 second' WHERE state = 'sending'")

    async def let_leases_run_out_of_the_dead(self) -> None:
        """As if a minute had gone by, for what was taken before the workers that live now could have."""
        await self.run(
            "UPDATE message SET lease_until = now() WHERE state = 'sending' AND sent_at < now() - interval '31 seconds'"
        )

    async def crash_database(self) -> None:
        """kill -9 of one of its processes: PostgreSQL ends all of them, and recovers."""
        connection = await asyncpg.connect(self.url)
        os.kill(connection.get_server_pid(), signal.SIGKILL)
        connection.terminate()
        async with asyncio.timeout(30):
            while True:
                try:
                    await self.run("SELECT 1")
                except (OSError, asyncpg.PostgresError):
                    await asyncio.sleep(0.1)
                else:
                    return


@pytest.fixture(scope="session")
def crashing_server() -> Iterator[servers.PostgresServer]:
    """A PostgreSQL of its own: others must not be hit when it is."""
    with servers.quick_folder() as folder, servers.postgres(folder / "data") as server:
        yield server


@pytest.fixture(scope="session")
def crashing_template(crashing_server: servers.PostgresServer) -> str:
    url = asyncio.run(crashing_server.new())
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def ground(
    crashing_server: servers.PostgresServer, crashing_template: str, tmp_path: Path
) -> AsyncIterator[Ground]:
    url = await crashing_server.new(crashing_template)
    provider = twilio_server()
    await provider.start()
    made = Ground(url, provider, tmp_path)
    yield made
    for worker in list(made.workers):
        made.kill(worker)
    await provider.stop()
    await crashing_server.drop(url)
