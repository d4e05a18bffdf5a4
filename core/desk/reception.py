"""收件: one sitting at a window, from the applicant to the receipt, written as a whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stdnum.cn import uscc
from tortoise.backends.base.client import BaseDBAsyncClient

from core.cases import Cases
from core.centre import Centre
from core.codes import ApplicantType, IdType, Status, TaskState
from core.database import reading, transaction
from core.desk import materials
from core.desk.files import Attached, CaseFiles, FileKind, Stored
from core.desk.materials import Ticked
from core.errors import BadRequest, Conflict, NotFound
from core.id_numbers import is_resident_id
from core.models import Case, ItemVersion, ServiceItem
from core.naming import may_be
from core.new_case import NewCase
from core.numbers import plain_digits
from core.staff.trail import Trail, note
from core.staff.views import Member
from core.uploads import Upload

_PHONE = re.compile(r"(\+?[0-9]{3,19})?")


class Outcome(StrEnum):
    """How a sitting ends: 收件, 受理, 一次性告知, 不予受理."""

    RECEIVE = "receive"
    ACCEPT = "accept"
    CORRECT = "correct"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Person:
    """Who applies, as the desk writes it down; `agent_*` of who came instead."""

    name: str
    applicant_type: str = ApplicantType.PERSON
    id_type: str = IdType.RESIDENT_ID
    id_number: str = ""
    mobile: str = ""
    agent_name: str = ""
    agent_id: str = ""
    agent_mobile: str = ""
    legal_representative: str = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a clerk hands in: `files` are scans by the material they copy."""

    task_code: str
    person: Person
    lines: Sequence[Ticked]
    outcome: Outcome
    reason: str = ""
    amend_until: str = ""
    invest_no: str = ""
    files: Sequence[tuple[str, Upload]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Form:
    """What the window needs of an item to take a case in: its checklist, and whether it can be taken at all."""

    task_code: str
    name: str
    department: str
    project_type: str
    paused: bool
    lines: tuple[Ticked, ...]


class Reception:
    def __init__(self, cases: Cases, centre: Centre, files: CaseFiles, trail: Trail) -> None:
        self._cases, self._centre, self._files, self._trail = cases, centre, files, trail

    async def known_person(self, id_number: str, member: Member, origin: str) -> Person | None:
        """免填单: what is known of a person by ID number from the latest case; the look is noted. None for nobody."""
        number = plain_digits(id_number).upper()
        case = await _latest_of(number) if number else None
        if case is None:
            return None
        await self._trail.looked(member.login, case.number, "what is known of an applicant", origin)
        return Person(
            case.applicant_name,
            case.applicant_type,
            case.id_type or IdType.RESIDENT_ID,
            case.id_number,
            case.mobile,
            legal_representative=case.legal_representative,
        )

    async def form(self, task_code: str, member: Member) -> Form:
        """Raises NotFound for an item that isn't there, or is another department's."""
        version = await _version(task_code)
        department = version.department.name
        if member.department and member.department != department:
            raise NotFound(f"there is no item {task_code} in {member.department}")
        rows = sorted(version.materials, key=lambda row: (row.order_num, row.id))
        lines = tuple(
            Ticked(row.name, row.is_need != "0", False, "1", row.original_num or 0, row.copy_num or 0) for row in rows
        )
        paused = version.item.task_state != TaskState.IN_USE
        return Form(task_code, version.name, department, version.project_type, paused, lines)

    async def take_in(self, sitting: Sitting, member: Member) -> Case:
        """Open the case and bring it where the sitting ends. Raises BadRequest, NotFound, Unavailable."""
        form = await self.form(sitting.task_code, member)
        if form.paused:
            raise BadRequest("this item is not handled at present", key="item_paused")
        check_person_data(sitting.person)
        lacking = materials.missing(sitting.lines)
        if sitting.outcome is Outcome.ACCEPT and lacking:
            raise BadRequest(f"still missing: {', '.join(lacking)}", key="missing", names="、".join(lacking))
        if sitting.outcome is Outcome.CORRECT and not lacking:
            raise BadRequest("nothing is missing: there is no list to give", key="nothing_missing")
        attached = [Attached(FileKind.MATERIAL, upload, material) for material, upload in sitting.files]
        stored = await self._files.stored(attached)
        version = await _version(sitting.task_code)
        # Read before the transaction: within one, SQLite would have the first reading wait for its end.
        await self._centre.working_time()
        async with transaction() as connection:
            return await self._written(connection, sitting, form, version, stored, member)

    async def _written(
        self,
        connection: BaseDBAsyncClient,
        sitting: Sitting,
        form: Form,
        version: ItemVersion,
        stored: list[Stored],
        member: Member,
    ) -> Case:
        columns = _columns(sitting) | {"department": form.department}
        new = NewCase(version.id, sitting.task_code, sitting.person.name.strip(), person=columns)
        case = await self._cases.open(new, member.actor)
        await materials.keep(connection, case.id, sitting.lines, member.login)
        await self._files.attach(connection, case.id, stored, member.login)
        to, data = _end(sitting)
        if to is not None:
            case = await self._cases.move(case.number, to, member.actor, reason=sitting.reason, data=data)
        return case

    async def complete(
        self, number: str, lines: Sequence[Ticked], files: Sequence[tuple[str, Upload]], member: Member
    ) -> None:
        """Tick what was brought later, with its scans. Raises BadRequest once the case is accepted."""
        stored = await self._files.stored([Attached(FileKind.MATERIAL, upload, name) for name, upload in files])
        case = await _open_case(number, member)
        await self._centre.working_time()
        async with transaction() as connection:
            held = await Case.filter(id=case.id).using_db(connection).select_for_update().get()
            if held.seq != case.seq:
                raise Conflict(f"case {number} was changed meanwhile; look again")
            await note(connection, member.login, "materials taken", number, {"missing": len(materials.missing(lines))})
            await materials.keep(connection, case.id, lines, member.login)
            await self._files.attach(connection, case.id, stored, member.login)
            if case.status in (Status.CORRECTION, Status.PRE_PASSED):
                await self._cases.move(number, Status.RECEIVED, member.actor)


def check_person_data(person: Person) -> None:
    """Raises BadRequest for a name or a number that can't be. Sources: GB 11643, GB 32100."""
    if not 1 <= len(person.name.strip()) <= 200:
        raise BadRequest("the applicant's name is needed", key="no_name")
    number = plain_digits(person.id_number).upper()
    if person.id_type == IdType.RESIDENT_ID and number and not is_resident_id(number):
        raise BadRequest("this is no valid ID number: check it once more", key="bad_id")
    if person.id_type == IdType.CREDIT_CODE and number and not uscc.is_valid(number):
        raise BadRequest("this is no valid credit code: check it once more", key="bad_credit_code")
    if not _PHONE.fullmatch(plain_digits(person.mobile)):
        raise BadRequest("this is no telephone number: check it once more", key="bad_mobile")
    if len(number) > 40 or len(person.mobile) > 20:
        raise BadRequest("an ID number has at most 40 characters, a telephone number 20", key="too_long")


def _columns(sitting: Sitting) -> dict[str, Any]:
    person = sitting.person
    agent = {"name": person.agent_name, "id": person.agent_id, "mobile": person.agent_mobile}
    return {
        "applicant_type": person.applicant_type,
        "id_type": person.id_type if person.id_number else "",
        "id_number": plain_digits(person.id_number).upper(),
        "mobile": plain_digits(person.mobile),
        "legal_representative": person.legal_representative.strip()[:200],
        "invest_no": sitting.invest_no.strip()[:24],
        "agent": {key: value.strip()[:50] for key, value in agent.items() if value.strip()},
    }


def _end(sitting: Sitting) -> tuple[Status | None, Mapping[str, object]]:
    match sitting.outcome:
        case Outcome.ACCEPT:
            return Status.ACCEPTED, {}
        case Outcome.CORRECT:
            lacking = list(materials.missing(sitting.lines))
            return Status.CORRECTION, {"missing": lacking, "amend_until": sitting.amend_until}
        case Outcome.REFUSE:
            return Status.NOT_ACCEPTED, {}
        case _:
            return None, {}


@reading
async def _latest_of(id_number: str) -> Case | None:
    # The column's own emptiness stands there so that the partial index is used.
    found = Case.filter(id_number=id_number).exclude(id_number="").exclude(status=Status.DRAFT)
    return await found.order_by("-id").first()


@reading
async def _version(task_code: str) -> ItemVersion:
    item = await ServiceItem.get_or_none(task_code=task_code) if may_be(ServiceItem, task_code=task_code) else None
    if item is None or item.task_state == TaskState.CANCELLED:
        raise NotFound(f"there is no item {task_code}")
    version = await ItemVersion.get(item_id=item.id, number=item.version).select_related("item", "department")
    await version.fetch_related("materials")
    return version


@reading
async def _open_case(number: str, member: Member) -> Case:
    case = await Case.get_or_none(number=number) if may_be(Case, number=number) else None
    if case is None or (member.department and case.department != member.department):
        raise NotFound(f"there is no case {number}")
    if case.status not in (Status.RECEIVED, Status.CORRECTION, Status.PRE_PASSED):
        raise BadRequest("materials are taken until the case is accepted", key="materials_closed")
    return case
