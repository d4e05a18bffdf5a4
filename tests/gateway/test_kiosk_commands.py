"""Kiosks are added, seen and taken out of use from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models import AuditRecord, Kiosk
from tests.gateway.program import run


@pytest.fixture
def kind() -> str:
    return "sqlite"


async def test_a_kiosk_is_added_with_an_address_that_is_told_once(database, database_url: str, tmp_path: Path) -> None:
    told = run(tmp_path, database_url, "kiosk", "add", "hall-1", "--place", "一楼", "--printer", "tcp://10.0.0.5")
    assert told.returncode == 0
    token = told.stdout.strip().rpartition("#")[2]
    assert len(token) > 40
    kiosk = await Kiosk.get(name="hall-1")
    assert (kiosk.place, kiosk.printer) == ("一楼", "tcp://10.0.0.5")
    assert token not in str(await Kiosk.all().values())
    listed = run(tmp_path, database_url, "kiosk", "list").stdout
    assert "hall-1  一楼  never seen  tcp://10.0.0.5" in listed
    assert token not in listed
    assert run(tmp_path, database_url, "kiosk", "printer", "hall-1", "").returncode == 0
    assert run(tmp_path, database_url, "kiosk", "disable", "hall-1").returncode == 0
    assert "disabled" in run(tmp_path, database_url, "kiosk", "list").stdout
    assert await AuditRecord.filter(subject="hall-1").count() == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "hall-1", "--printer", "lpt1"), "a printer is tcp://HOST:PORT"),
        (("add", ""), "a kiosk needs a name"),
        (("disable", "hall-9"), "there is no kiosk hall-9"),
        (("printer", "hall-9", ""), "there is no kiosk hall-9"),
    ],
)
def test_what_can_not_be_is_one_clear_sentence(
    database_url: str, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    answer = run(tmp_path, database_url, "kiosk", *words)
    assert answer.returncode == 1
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr
