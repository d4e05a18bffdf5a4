"""A backup is put back on trial by the script that every Sunday runs, and what is wrong with one is told."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.codes import Status
from core.models import Case, CaseEvent
from tests.county import SECRET, County
from tests.deploy.places import DEPLOY, HAOBAN_SCRIPT
from tests.gateway.program import environment

PASSPHRASE = "a passphrase of tests"
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
        given = environment(county_url, **own | more) | {"HAOBAN": str(HAOBAN_SCRIPT), "PYTHON": sys.executable}
        return subprocess.run(  # noqa: S603
            [DEPLOY / name, *map(str, words)], cwd=tmp_path, env=given, capture_output=True, text=True, check=False
        )

    return ran


@pytest.fixture
def backups(script: Script, tmp_path: Path) -> Path:
    """A folder with a backup of the county."""
    (folder := tmp_path / "backups").mkdir()
    made = script("backup", folder)
    assert made.returncode == 0, made.stderr
    return folder


def the(folder: Path) -> Path:
    [file] = folder.glob("haoban-*.backup")
    return file


async def test_a_good_backup_is_told_as_such_and_nothing_of_it_is_left(
    county: County, backups: Path, script: Script, county_url: str, tmp_path: Path
) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    told = script("rehearse", backups, TMPDIR=str(scratch)) if False else script("rehearse", backups)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "!!" not in told.stdout
    assert f"{await Case.all().count()} in the backup" in told.stdout
    assert "can be put back" in told.stdout
    assert SECRET not in told.stdout + told.stderr
    again = script("rehearse", the(backups))
    assert again.returncode == 0, again.stdout
