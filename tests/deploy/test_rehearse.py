"""A backup is put back on trial by the script that every Sunday runs, and what is wrong with one is told."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from core.codes import Status
from core.local_time import now
from core.models import Case, CaseEvent
from core.new_case import Actor, NewCase
from core.transitions import Role
from tests.county import SECRET, County
from tests.deploy.places import DEPLOY, HAOBAN_SCRIPT
from tests.gateway.program import environment

PASSPHRASE = "a passphrase of tests"
CLERK = Actor("王", Role.CLERK)
Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(county_url: str, form_files: Path, tmp_path: Path) -> Script:
    """A script of deploy/ over the county."""

    def ran(name: str, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        own = {
            "BACKUP__PASSPHRASE": PASSPHRASE,
            "FILES__FOLDER": str(form_files),
            "FILES__CASES": str(form_files / "cases"),
        }
        scripts = {"HAOBAN": str(HAOBAN_SCRIPT), "PYTHON": sys.executable, "TMPDIR": str(tmp_path / "tmp")}
        (tmp_path / "tmp").mkdir(exist_ok=True)
        given = environment(county_url, **own | more) | scripts
        return subprocess.run(  # noqa: S603
            [DEPLOY / name, *map(str, words)], cwd=tmp_path, env=given, capture_output=True, text=True, check=False
        )

    return ran


@pytest.fixture
async def backups(county: County, script: Script, tmp_path: Path) -> Path:
    """A folder with a backup of the county, whose last event is of yesterday and all others are older."""
    last = await CaseEvent.all().order_by("-id").first()
    await CaseEvent.exclude(id=last.id).update(recorded_at=now() - timedelta(days=2))
    await CaseEvent.filter(id=last.id).update(recorded_at=now() - timedelta(days=1))
    (folder := tmp_path / "backups").mkdir()
    made = script("backup", folder)
    assert made.returncode == 0, made.stderr
    return folder


def the(folder: Path) -> Path:
    [file] = folder.glob("haoban-*.backup")
    return file


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def test_a_good_backup_is_told_as_such_and_nothing_of_it_is_left(
    county: County, backups: Path, script: Script, county_url: str, tmp_path: Path
) -> None:
    cases = await Case.all().count()
    await county.house.cases.open(NewCase((await Case.all().first()).version_id, "DEMOGA001", "张三"), CLERK)
    told = script("rehearse", backups)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "!!" not in told.stdout
    older = await CaseEvent.filter(recorded_at__lt=now() - timedelta(hours=36)).count()
    assert re.search(rf"{older} events until \S+ \S+ in the backup, {older} here", told.stdout), told.stdout
    assert f"approval_case: {cases} in the backup, {cases + 1} here" in told.stdout
    assert "can be put back" in told.stdout
    assert SECRET not in told.stdout + told.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    if county_url.startswith("postgres"):
        assert await databases(county_url) == []


async def databases(url: str) -> list[str]:
    """Scratch databases on the server."""
    connection = await asyncpg.connect(url)
    try:
        return [
            row["datname"]
            for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'haoban_rehearsal%'")
        ]
    finally:
        await connection.close()


def doubts(told: subprocess.CompletedProcess[str]) -> str:
    """The lines that tell of doubts, of a rehearsal that failed."""
    assert told.returncode == 1, told.stdout + told.stderr
    assert "Not to be relied on" in told.stdout
    assert "Traceback" not in told.stderr
    return "\n".join(line for line in told.stdout.splitlines() if line.startswith("!!"))


@pytest.mark.slow
async def test_what_the_database_lost_since_is_told(county: County, backups: Path, script: Script) -> None:
    [event] = await CaseEvent.all().order_by("id").limit(1)
    await CaseEvent.filter(case_id=event.case_id).delete()
    found = doubts(script("rehearse", backups))
    assert "events" in found
    assert "case_event" in found


@pytest.mark.slow
async def test_a_case_that_stands_otherwise_is_told(county: County, backups: Path, script: Script) -> None:
    await Case.filter(number=county.number(Status.ACCEPTED)).update(status=Status.COMPLETED)
    assert "1 told otherwise" in doubts(script("rehearse", backups))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("at", [30, 5_000, -1])
def test_a_damaged_file_is_told(backups: Path, script: Script, at: int) -> None:
    content = bytearray(the(backups).read_bytes())
    content[at] ^= 1
    the(backups).write_bytes(content)
    assert "the passphrase is wrong, or the backup is spoiled" in doubts(script("rehearse", backups))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_wrong_passphrase_is_told_and_never_shown(backups: Path, script: Script) -> None:
    told = script("rehearse", backups, BACKUP__PASSPHRASE="another passphrase")
    assert "passphrase is wrong" in doubts(told)
    assert "another passphrase" not in told.stdout + told.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_old_backup_is_told_whatever_its_file_says(backups: Path, script: Script) -> None:
    old = datetime.now(UTC) - timedelta(hours=30)
    the(backups).rename(backups / f"haoban-{old:%Y%m%dT%H%M%SZ}.backup")
    found = doubts(script("rehearse", backups))
    assert "hours old" in found
    assert len(found.splitlines()) == 1
    assert script("rehearse", backups, "--hours", 48).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_another_key_and_a_missing_file_are_told(
    backups: Path, script: Script, form_files: Path, tmp_path: Path
) -> None:
    assert "another than here" in doubts(
        script("rehearse", backups, SERVER__SECRET_KEY="another key of forty characters or more")
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    second = tmp_path / "second"
    second.mkdir()
    assert script("backup", second, FILES__FOLDER=str(empty)).returncode == 0
    assert "in forms" in doubts(script("rehearse", second))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_no_backup_at_all_is_told(script: Script, tmp_path: Path) -> None:
    assert "there is no backup" in doubts(script("rehearse", tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite"])
def test_no_more_backups_are_kept_than_are_wanted(script: Script, tmp_path: Path) -> None:
    (folder := tmp_path / "backups").mkdir()
    for day in range(1, 6):
        (folder / f"haoban-2026110{day}T023000Z.backup").touch()
    (folder / "something else").touch()
    assert script("backup", folder, 3).returncode == 0
    assert [file.name for file in sorted(folder.iterdir())][:2] == [
        "haoban-20261104T023000Z.backup",
        "haoban-20261105T023000Z.backup",
    ]
    assert len(list(folder.iterdir())) == 4
    failed = script("backup", folder, 1, BACKUP__PASSPHRASE="short")
    assert failed.returncode != 0
    assert len(list(folder.iterdir())) == 4, "without a new one the old ones stay"
