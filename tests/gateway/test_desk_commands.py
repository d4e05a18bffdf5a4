"""Accounts, keys, backups and a person's rights from the command line."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from core.models import AuditRecord, Case
from tests.county import County
from tests.gateway.program import run

PASSPHRASE = {"BACKUP__PASSPHRASE": "a passphrase of tests"}


@pytest.fixture
def kind() -> str:
    return "sqlite"


async def test_the_first_administrator_gets_a_password_that_is_told_once(database, database_url, tmp_path) -> None:
    told = run(tmp_path, database_url, "staff", "add", "admin", "--name", "吴涛")
    assert told.returncode == 0, told.stderr
    password = told.stdout.strip().splitlines()[-1]
    assert "/staff/" in told.stdout
    listed = run(tmp_path, database_url, "staff", "list").stdout
    assert "admin  吴涛  admin" in listed
    assert password not in listed
    again = run(tmp_path, database_url, "staff", "add", "admin", "--name", "别人")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    other = run(tmp_path, database_url, "staff", "password", "admin").stdout.strip().splitlines()[-1]
    assert other != password
    assert run(tmp_path, database_url, "staff", "disable", "admin").returncode == 0
    assert "no account" in run(tmp_path, database_url, "staff", "second-factor", "admin").stderr
    assert await AuditRecord.filter(subject="admin").count() == 3


async def test_a_key_is_told_once_and_ended(database, database_url: str, tmp_path: Path) -> None:
    told = run(tmp_path, database_url, "key", "add", "平台", "--scope", "cases:read", "--scope", "events:read")
    key = told.stdout.strip()
    assert key.startswith("hb_")
    listed = run(tmp_path, database_url, "key", "list").stdout
    assert "平台  cases:read events:read  never used" in listed
    assert key not in listed
    assert run(tmp_path, database_url, "key", "disable", "平台").returncode == 0
    assert "disabled" in run(tmp_path, database_url, "key", "list").stdout
    assert run(tmp_path, database_url, "key", "add", "x", "--scope", "everything").returncode == 2


@pytest.mark.slow
async def test_a_backup_is_rehearsed_from_the_command_line(
    county: County, county_url: str, tmp_path: Path, sqlite_template: Path
) -> None:
    file = tmp_path / "haoban.backup"
    made = run(tmp_path, county_url, "backup", str(file), **PASSPHRASE)
    assert made.returncode == 0, made.stderr
    target = tmp_path / "restored.db"
    target.write_bytes(sqlite_template.read_bytes())
    wrong = run(tmp_path, f"sqlite://{target}", "restore", str(file), BACKUP__PASSPHRASE="another passphrase")
    assert (wrong.returncode, "passphrase is wrong" in wrong.stderr) == (1, True)
    back = run(tmp_path, f"sqlite://{target}", "restore", str(file), **PASSPHRASE)
    assert "are back" in back.stdout, back.stderr
    again = run(tmp_path, f"sqlite://{target}", "restore", str(file), **PASSPHRASE)
    assert (again.returncode, "not empty" in again.stderr) == (1, True)
    cases = run(tmp_path, f"sqlite://{target}", "demo", "--json")
    assert len(json.loads(cases.stdout)) == await Case.all().count()


async def test_a_person_is_told_all_in_one_file_for_its_owner_only(
    county: County, county_url: str, tmp_path: Path
) -> None:
    case = (await Case.exclude(status="draft").order_by("id"))[0]
    await Case.filter(id=case.id).update(id_number="11010519491231002X")
    file = tmp_path / "person.zip"
    told = run(tmp_path, county_url, "person", "export", "11010519491231002X", str(file))
    assert "1 cases" in told.stdout, told.stderr
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("data.json"))["cases"][0]["number"] == case.number
    assert run(tmp_path, county_url, "person", "export", "11010519491231002X", str(file)).returncode == 1
    erased = run(tmp_path, county_url, "person", "erase", "11010519491231002X", "--reason", "本人申请")
    assert "stays as it is" in erased.stdout


async def test_a_ferry_that_is_not_set_up_says_what_is_missing(database, database_url: str, tmp_path: Path) -> None:
    key = run(tmp_path, database_url, "ferry", "key").stdout.strip()
    assert len(key) == 44
    told = run(tmp_path, database_url, "ferry", "export", str(tmp_path))
    assert told.returncode == 1
    for place in ("ferry.name", "ferry.peer", "ferry.peer_key"):
        assert place in told.stderr
