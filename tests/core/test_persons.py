"""A person gets all that is held on them, and is forgotten once the law lets it go, and not a day before."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from core.cases import Cases
from core.database import transaction
from core.desk.files import Attached, CaseFiles, FileKind
from core.errors import BadRequest
from core.local_time import now
from core.models import AuditRecord, Case, CaseEvent, CaseFile, ItemVersion
from core.new_case import Actor, NewCase
from core.persons import ERASED_NAME, Persons
from core.transitions import Role
from core.uploads import Upload, Uploads

ID = "11010519491231002X"
CLERK = Actor("王", Role.CLERK)
PERSON = {"id_number": ID, "mobile": "13800138000", "agent": {"name": "代办人"}, "legal_representative": "法人"}
YEARS = 10


@pytest.fixture
def persons(tmp_path: Path) -> Persons:
    return Persons(tmp_path / "files", retention_years=YEARS)


async def opened(cases: Cases, version: ItemVersion, folder: Path, ended_days_ago: int | None, content: bytes) -> Case:
    """A case with a file; finished so long ago, or not at all."""
    case = await cases.open(NewCase(version.id, "X" * 55, "欧阳测试", person=PERSON), CLERK)
    files = CaseFiles(Uploads(), folder / "files")
    stored = await files.stored([Attached(FileKind.MATERIAL, Upload("a.pdf", b"%PDF-" + content))])
    async with transaction() as connection:
        await files.attach(connection, case.id, stored, "tests")
    if ended_days_ago is not None:
        ended = now() - timedelta(days=ended_days_ago)
        await Case.filter(id=case.id).update(status="delivered", completed_at=ended)
    return case


async def test_all_that_is_held_comes_in_one_file(persons, cases, version, tmp_path: Path) -> None:
    case = await opened(cases, version, tmp_path, None, b"one")
    await cases.open(NewCase(version.id, "X" * 55, "别人", person={"id_number": "440524188001010014"}), CLERK)
    held = await persons.held("1101 0519 4912 3100 2x", "supervisor")
    with zipfile.ZipFile(io.BytesIO(held.as_zip())) as archive:
        told = json.loads(archive.read("data.json"))
        [name] = [name for name in archive.namelist() if name.startswith("files/")]
        assert archive.read(name) == b"%PDF-one"
    [one] = told["cases"]
    assert (one["number"], one["applicant_name"], one["mobile"]) == (case.number, "欧阳测试", "13800138000")
    assert one["events"][0]["kind"] == "opened"
    assert "别人" not in json.dumps(told, ensure_ascii=False)
    noted = await AuditRecord.get(action="looked at all that is held on a person")
    assert (noted.actor, noted.subject) == ("supervisor", "110***********002X")


async def test_only_what_need_not_be_kept_is_erased_and_the_rest_is_told(persons, cases, version, tmp_path) -> None:
    old = await opened(cases, version, tmp_path, YEARS * 366, b"old")
    recent = await opened(cases, version, tmp_path, YEARS * 365 - 1, b"recent")
    running = await opened(cases, version, tmp_path, None, b"running")
    erasure = await persons.erase(ID, "admin", "本人申请")
    assert (erasure.erased, erasure.files) == ([old.number], 1)
    assert [number for number, _ in erasure.stays] == [recent.number, running.number]
    assert "not finished" in dict(erasure.stays)[running.number]
    gone = await Case.get(id=old.id)
    assert (gone.applicant_name, gone.id_number, gone.mobile, gone.agent, gone.legal_representative) == (
        ERASED_NAME,
        "",
        "",
        {},
        "",
    )
    assert (gone.number, gone.status) == (old.number, "delivered")
    event = await CaseEvent.get(case_id=old.id, kind="erased")
    assert (event.actor, event.reason, event.seq) == ("admin", "本人申请", gone.seq)
    assert (await Case.get(id=recent.id)).id_number == ID
    kept = {path.read_bytes() for path in (tmp_path / "files").glob("??/*")}
    assert kept == {b"%PDF-recent", b"%PDF-running"}
    assert (await persons.erase(ID, "admin", "again")).erased == []


async def test_a_content_that_another_case_has_stays(persons, cases, version, tmp_path: Path) -> None:
    await opened(cases, version, tmp_path, YEARS * 366, b"same")
    await opened(cases, version, tmp_path, None, b"same")
    assert len((await persons.erase(ID, "admin", "x")).erased) == 1
    assert len(list((tmp_path / "files").glob("??/*"))) == 1
    assert await CaseFile.all().count() == 1


@pytest.mark.parametrize("number", ["", "1", "x" * 41])
async def test_without_a_number_or_a_reason_nothing_happens(persons, database, number: str) -> None:
    for work in (persons.held(number, "x"), persons.erase(number, "x", "y"), persons.erase(ID, "x", " ")):
        with pytest.raises(BadRequest):
            await work
    assert await AuditRecord.all().count() == 0
