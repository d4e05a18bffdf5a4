"""A backup made while the gateway runs is put back whole, into either kind of database, and can't be tampered with."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from core import models
from core.backup import backup, restore, stream
from core.backup.tables import TABLES_IN_ORDER
from core.codes import Status
from core.database import Database
from core.errors import BadRequest
from core.models import Case, StaffMember
from core.new_case import Actor, NewCase
from core.transitions import Role
from gateway.house import House
from tests.county import SECRET, County, county_of, settings

PASSPHRASE = "a passphrase of tests"
CLERK = Actor("王", Role.CLERK)


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SCRYPT_N", 2**4)


async def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    database = Database(url)
    await database.open()
    found = {}
    for model in TABLES_IN_ORDER:
        key = model._meta.pk_attr
        found[model._meta.db_table] = await model.all().order_by(key).values()
    await database.close()
    return found


def test_every_table_is_in_a_backup() -> None:
    there = {getattr(models, name) for name in models.__all__}
    assert set(TABLES_IN_ORDER) == there


@pytest.mark.parametrize("to", ["sqlite", "postgres"])
async def test_a_backup_made_under_load_is_put_back_whole(
    county_url: str,
    form_files: Path,
    tmp_path: Path,
    to: str,
    sqlite_template: Path,
    postgres_server: Any,
    postgres_template: str,
) -> None:
    house, path = House(settings(county_url, form_files)), tmp_path / "haoban.backup"
    await house.open()
    county = await county_of(house)
    waits = county.number(Status.RECEIVED)
    version = (await Case.all().first().select_related("version")).version
    stop = asyncio.Event()

    async def work() -> int:
        opened = 0
        while not stop.is_set():
            await house.cases.open(NewCase(version.id, "DEMOGA001", "张三"), CLERK)
            opened += 1
            await asyncio.sleep(0)
        return opened

    working = asyncio.create_task(work())
    await asyncio.sleep(0.1)
    folders = {"forms": form_files, "case_files": form_files / "cases"}
    rows = await backup(house.database, folders, {"secret_key": SECRET}, path, PASSPHRASE)
    stop.set()
    assert await working > 0
    assert path.stat().st_mode & 0o077 == 0
    assert SECRET.encode() not in path.read_bytes()
    await house.close()
    url = f"sqlite://{tmp_path / 'restored.db'}" if to == "sqlite" else await postgres_server.new(postgres_template)
    if to == "sqlite":
        (tmp_path / "restored.db").write_bytes(sqlite_template.read_bytes())
    target = Database(url)
    await target.open()
    new = {"forms": tmp_path / "forms", "case_files": tmp_path / "case_files"}
    put, secrets = await restore(target, new, path, PASSPHRASE)
    await target.close()
    assert (put, secrets) == (rows, {"secret_key": SECRET})
    before, after = await rows_of(county_url), await rows_of(url)
    made = len(after["approval_case"])
    serials = {row["day"]: row["last_serial"] for row in after.pop("case_serial")}
    last = max(row["number"] for row in after["approval_case"])
    assert serials[last[:6]] == int(last[6:11]), "of one moment with its cases"
    for table, kept in after.items():
        assert kept == before[table][: len(kept)], table
    assert len(before["case_event"]) - len(after["case_event"]) == len(before["approval_case"]) - made
    names = sorted(file.name for file in form_files.glob("??/*"))
    assert sorted(file.name for file in (tmp_path / "forms").glob("??/*")) == names
    restored = House(settings(url, tmp_path / "forms"))
    await restored.open()
    try:
        case = await restored.cases.open(NewCase(version.id, "DEMOGA001", "李四"), CLERK)
        assert case.id > max(row["id"] for row in after["approval_case"]), "new rows go on after the old ones"
        moved = await restored.cases.move(waits, Status.ACCEPTED, CLERK)
        assert moved.due_at
        assert await StaffMember.filter(login="admin").exists()
    finally:
        await restored.close()
    if to == "postgres":
        await postgres_server.drop(url)


@pytest.fixture
async def small(database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "small.backup"
    await backup(database, {}, {"secret_key": SECRET}, path, PASSPHRASE)
    return path


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_wrong_passphrase_opens_nothing(database: Database, small: Path) -> None:
    with pytest.raises(BadRequest, match="passphrase"):
        await restore(database, {}, small, PASSPHRASE + "!")


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("how", ["cut", "flipped", "swapped", "longer", "other", "empty"])
async def test_a_spoiled_backup_is_refused_whole(database: Database, tmp_path: Path, how: str, monkeypatch) -> None:
    monkeypatch.setattr(stream, "PIECE", 1024)
    path = tmp_path / "spoiled.backup"
    folder = tmp_path / "files"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / ("ab" * 32)).write_bytes(os.urandom(8_000))
    await backup(database, {"forms": folder}, {}, path, PASSPHRASE)
    content = bytearray(path.read_bytes())
    front, piece = len(stream.MAGIC) + stream.SALT_BYTES + stream.NONCE_BYTES, 1024 + stream.TAG_BYTES
    pieces = [bytes(content[at : at + piece]) for at in range(front, len(content), piece)]
    spoiled = {
        "cut": bytes(content[:front]) + b"".join(pieces[:-1]),
        "flipped": bytes(content[:500]) + bytes([content[500] ^ 1]) + bytes(content[501:]),
        "swapped": bytes(content[:front]) + b"".join([pieces[1], pieces[0], *pieces[2:]]),
        "longer": bytes(content) + b"x",
        "other": b"PK\x03\x04" + bytes(100),
        "empty": b"",
    }[how]
    path.write_bytes(spoiled)
    with pytest.raises(BadRequest):
        await restore(database, {"forms": tmp_path / "new"}, path, PASSPHRASE)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_database_that_is_not_empty_is_left_alone(county: County, tmp_path: Path) -> None:
    small = tmp_path / "small.backup"
    await backup(county.house.database, {}, {}, small, PASSPHRASE)
    with pytest.raises(BadRequest, match="not empty"):
        await restore(county.house.database, {}, small, PASSPHRASE)


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_nothing_is_written_over_and_short_passphrases_are_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    for path, passphrase in (
        (tmp_path / "there", PASSPHRASE),
        (tmp_path / "new", "short"),
        (tmp_path / "no/x", PASSPHRASE),
    ):
        with pytest.raises(BadRequest):
            await backup(database, {}, {}, path, passphrase)
    assert (tmp_path / "there").read_text() == "x"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
