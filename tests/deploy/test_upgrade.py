"""A new version takes the place of the old one under a steady stream of questions, and not one of them fails."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from core.codes import Status
from core.database import Database
from core.models import Case
from core.systems.api_keys import ApiKeys, Scope
from tests.county import County
from tests.deploy.machine import KANNEL, Machine, machine, program
from tests.gateway.program import free_port

LAST, BEFORE = "0009_mail", "0008_notify"
PROCESSES = ("haoban@1", "haoban@2")
APART_S = 0.015
UNLIMITED = "1000000/minute"


@pytest.fixture
def kind() -> str:
    return "postgres"


async def stepped_back(url: str) -> None:
    """As the database was before the last migration."""
    database = Database(url)
    await database.open()
    executor = MigrationExecutor(database.client, database._apps())
    await executor.migrate([MigrationTarget(app_label="core", name=BEFORE)])
    assert await database.pending_migrations() == [LAST]
    await database.close()


class Crowd:
    """Asks steadily, each time by a connection of its own, and counts what it is answered."""

    def __init__(self, port: int, county: County, key: str, version: int) -> None:
        self.answers: Counter[str] = Counter()
        self._url = f"http://127.0.0.1:{port}"
        self._status = {"number": county.number(Status.ACCEPTED), "pin": county.pin(Status.ACCEPTED)}
        self._key, self._version = key, version
        self._asked = 0
        self.slowest_s = 0.0

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(30)) as session:
            stop = asyncio.Event()
            asking = asyncio.create_task(self._go_on(session, stop))
            try:
                yield
            finally:
                stop.set()
                await asking

    async def _go_on(self, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                group.create_task(self._ask(session, self._asked))
                self._asked += 1
                await asyncio.sleep(APART_S)

    async def _ask(self, session: aiohttp.ClientSession, turn: int) -> None:
        began = time.monotonic()
        try:
            async with self._request(session, turn) as answer:
                await answer.read()
                said = str(answer.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            said = f"{type(error).__name__}: {error}"
        self.answers[f"{('lookup', 'home', 'page', 'case')[turn % 4]} {said}"] += 1
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def _request(self, session: aiohttp.ClientSession, turn: int) -> aiohttp.client._RequestContextManager:
        match turn % 4:
            case 0:
                return session.post(f"{self._url}/api/v1/status", json=self._status)
            case 1:
                return session.get(f"{self._url}/")
            case 2:
                return session.post(f"{self._url}/cases", data=self._status)
        given = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": f"upgrade-{turn}"}
        case = {
            "task_code": self._version,
            "applicant": {"name": "张三", "mobile": "13800138000"},
            "by": {"name": "王", "role": "clerk"},
        }
        return session.post(f"{self._url}/api/v1/cases", json=case, headers=given)


@pytest.fixture
def there(county: County, county_url: str, redis_server: str, tmp_path: Path) -> Iterator[Machine]:
    """Two processes of a version that lacks the last migration on one port, and the next version beside it."""
    asyncio.run(stepped_back(county_url))
    more = {"SERVER__PORT": str(free_port()), "REDIS__URL": redis_server} | KANNEL
    more |= {f"LIMITS__{name}": UNLIMITED for name in ("REQUESTS", "LOOKUPS", "SYSTEMS")}
    made = machine(tmp_path / "root", county_url, **more)
    old, _new = made.release("1.0", without=LAST), made.release("1.1")
    (made.root / "opt/haoban/current").symlink_to(old)
    try:
        for name in PROCESSES:
            assert made.run("systemctl", "start", name).returncode == 0, made.log(name)
        yield made
    finally:
        made.stop_all()


def port_of(there: Machine) -> int:
    [line] = re.findall(
        r"^HAOBAN_SERVER__PORT=(\d+)$", (there.root / "etc/haoban/environment").read_text(), re.MULTILINE
    )
    return int(line)


def upgraded(there: Machine) -> subprocess.CompletedProcess[str]:
    new = there.root / "opt/haoban/releases/1.1"
    return there.run(new / "deploy/upgrade", new)


def current(there: Machine) -> str:
    return (there.root / "opt/haoban/current").resolve().name


@pytest.mark.slow
async def test_not_one_request_fails(there: Machine, county: County) -> None:
    key = await ApiKeys().add("平台", [Scope.CASES_WRITE], "", "test")
    case = await Case.all().select_related("version__item").first()
    crowd = Crowd(port_of(there), county, key, case.version.item.task_code)
    async with crowd.asking():
        await asyncio.sleep(1)
        told = await asyncio.to_thread(upgraded, there)
        await asyncio.sleep(1)
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"migrated   {LAST}" in told.stdout
    assert current(there) == "1.1"
    assert [line for line in there.told if line.startswith(("start haoban-", "restart"))] == [
        "start haoban-backup.service",
        "restart haoban@1.service",
        "restart haoban@2.service",
    ]
    assert len(list((there.root / "var/backups/haoban").glob("haoban-*.backup"))) == 1
    assert set(crowd.answers) == {"lookup 200", "home 200", "page 200", "case 201"}, crowd.answers
    assert "Traceback" not in there.log("haoban@1") + there.log("haoban@2")
    again = await asyncio.to_thread(upgraded, there)
    assert (again.returncode, "runs already" in again.stderr) == (1, True)


def answers(there: Machine) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(there)}/readyz", timeout=5) as answer:
        return int(answer.status)


@pytest.mark.slow
def test_without_a_backup_nothing_is_changed(there: Machine) -> None:
    (there.root / "etc/haoban/secrets/backup_passphrase").write_text("short")
    told = upgraded(there)
    assert (told.returncode, "no backup, no upgrade" in told.stderr) == (1, True)
    assert "migrated" not in told.stdout
    assert (current(there), answers(there)) == ("1.0", 200)
    assert not [line for line in there.told if line.startswith("restart")]


@pytest.mark.slow
def test_a_version_that_does_not_start_is_put_back(there: Machine) -> None:
    haoban = there.root / "opt/haoban/releases/1.1/.venv/bin/haoban"
    _first, *rest = haoban.read_text().splitlines()
    program(haoban, "\n".join(["#!/bin/sh", '[ "$1" = serve ] && exit 1', *rest, ""]))
    told = upgraded(there)
    assert told.returncode == 1, told.stdout
    assert "does not start" in told.stderr
    assert f"migrated   {LAST}" in told.stdout
    assert (current(there), answers(there)) == ("1.0", 200), "the version before runs on the newer schema"
    running = there.run("systemctl", "list-units", "haoban@*.service").stdout
    assert len(running.splitlines()) == 2
