"""What other systems may do: open and move cases, hand in results, look after items, follow events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.codes import Status
from core.database import reading
from core.desk.reception import Person, check_person_data
from core.errors import BadRequest, NotFound
from core.local_time import local
from core.models import Case, ItemVersion, ServiceItem
from core.new_case import Actor
from core.new_case import NewCase as CaseToOpen
from core.numbers import plain_digits
from core.systems.api_keys import Scope, System
from core.systems.case_facts import cases_after, one_case
from core.systems.events import events_after
from core.transitions import Role, next_statuses
from webui.api import models as m
from webui.api.door import Call, Denied, Reply

MOST_CASES, MOST_EVENTS = 100, 200
HIGHEST = 2**53
_TOLD = (
    "missing",
    "amend_until",
    "procedure",
    "until",
    "decision",
    "result_code",
    "result_name",
    "result_no",
    "collect",
)
# What only the head decides, and so only a system that was given it by name.
_DECIDING = frozenset({Role.HEAD})


async def open_case(call: Call) -> Reply:
    """Take a case in; its number, PIN and the address of its QR code."""
    sent: m.NewCase = call.sent
    person = Person(
        sent.applicant.name,
        sent.applicant.type,
        sent.applicant.id_type,
        sent.applicant.id_number,
        sent.applicant.mobile,
        legal_representative=sent.applicant.legal_representative,
    )
    check_person_data(person)
    version = await _version_in_force(sent.task_code, call.system)
    columns = {
        "applicant_type": person.applicant_type,
        "id_type": person.id_type if person.id_number else "",
        "id_number": plain_digits(person.id_number).upper(),
        "mobile": plain_digits(person.mobile),
        "legal_representative": person.legal_representative,
        "invest_no": sent.invest_no,
        "department": version.department.name,
    }
    new = CaseToOpen(version.id, sent.task_code, person.name, Status(sent.status), person=columns)
    case = await call.exchange.cases.open(new, _actor(sent.by, call.system))
    keys = call.exchange.keys
    address = call.exchange.query.qr_address(keys.token(case.id, case.token_version))
    pin = keys.pin(case.number, case.pin_version)
    told = m.CaseOpened(
        number=case.number, project_no=case.project_no, status=Status(case.status), pin=pin, address=address
    )
    return Reply(told, 201)


async def case(call: Call) -> Reply:
    found = await one_case(call.request.match_info["number"], call.system.department)
    await call.looked(found.number, "a case")
    return Reply(facts_of(found), tag=str(found.seq))


async def cases(call: Call) -> Reply:
    """A page of cases in the order they were opened; `status` narrows it."""
    most = call.number("limit", 1, MOST_CASES, MOST_CASES)
    after = call.number("after", 0, HIGHEST, 0)
    status = call.request.query.get("status", "")
    if status and status not in set(Status):
        raise BadRequest("status: there is no such status")
    found = await cases_after(after, call.system.department, status, most + 1)
    onward = found[most - 1].id if len(found) > most else None
    await call.looked(f"{min(len(found), most)} cases", "a list of cases")
    return Reply(m.CasePage(cases=[facts_of(one) for one in found[:most]], next=onward))


async def move(call: Call) -> Reply:
    """Bring a case to another status, by the table of transitions, in the name of a person."""
    sent: m.Move = call.sent
    data = {name: value for name in _TOLD if (value := getattr(sent, name))}
    moved = await _moved(call, sent.to, sent.by, sent.reason, data, sent.seq)
    return Reply(facts_of(moved))


async def result(call: Call) -> Reply:
    """Hand in the result of a decided case, which finishes it."""
    sent: m.Result = call.sent
    data = {name: value for name in _TOLD if (value := getattr(sent, name, None))}
    return Reply(facts_of(await _moved(call, Status.COMPLETED, sent.by, "", data, None)))


async def put_item(call: Call) -> Reply:
    """Write an item, a new version where it says something new. The fields are those of lists for import."""
    code = call.request.match_info["task_code"]
    row = {**call.sent.model_dump(), "task_code": code}
    if call.system.department and row["department"] != call.system.department:
        raise BadRequest("this key writes items of its own department only")
    version = await call.exchange.items.put(row, call.system.name, call.system.department)
    return Reply(m.ItemSaved(task_code=code, version=version))


async def events(call: Call) -> Reply:
    """Events after a cursor, in order; ask again with the cursor that comes back."""
    most = call.number("limit", 1, MOST_EVENTS, MOST_EVENTS)
    found, cursor = await events_after(call.number("after", 0, HIGHEST, 0), call.system.department, most)
    told = [m.EventFact.model_validate(one, from_attributes=True) for one in found]
    return Reply(m.EventPage(events=told, cursor=cursor))


async def add_webhook(call: Call) -> Reply:
    sent: m.NewWebhook = call.sent
    webhook_id, secret = await call.exchange.webhooks.add(call.system, sent.url, sent.after)
    return Reply(m.WebhookMade(id=webhook_id, secret=secret), 201)


async def webhooks(call: Call) -> Reply:
    """One's own addresses with how each has been doing."""
    listed = await call.exchange.webhooks.listed(call.system)
    told = [m.WebhookFacts.model_validate(one, from_attributes=True) for one in listed]
    return Reply(m.WebhookList(webhooks=told))


async def replay(call: Call) -> Reply:
    await call.exchange.webhooks.replay(call.system, _id(call), call.sent.after)
    return Reply(m.Done())


async def remove_webhook(call: Call) -> Reply:
    await call.exchange.webhooks.remove(call.system, _id(call))
    return Reply(m.Done())


def facts_of(case: Case) -> m.CaseFacts:
    """A case read with its version and item."""
    status = Status(case.status)
    onward = next_statuses(status, case.version.project_type)
    return m.CaseFacts(
        number=case.number,
        project_no=case.project_no,
        task_code=case.version.item.task_code,
        item=case.version.name,
        item_version=case.version.number,
        status=status,
        seq=case.seq,
        department=case.department,
        applicant=case.applicant_name,
        applied_at=_local(case.applied_at),
        accepted_at=_local(case.accepted_at),
        decided_at=_local(case.decided_at),
        completed_at=_local(case.completed_at),
        due_at=_local(case.due_at),
        due_provisional=case.due_provisional,
        statutory_due_at=_local(case.statutory_due_at),
        extended=case.extended,
        may_become=[one for one in Status if one in onward],
        updated_at=local(case.updated_at),
    )


async def _moved(call: Call, to: Status, by: m.By, reason: str, data: Mapping[str, Any], seq: int | None) -> Case:
    actor = _actor(by, call.system)
    number = call.request.match_info["number"]
    await one_case(number, call.system.department)  # refuses another department's
    await call.exchange.cases.move(number, to, actor, reason=reason, data=data, expected_seq=seq)
    return await one_case(number, call.system.department)


def _actor(by: m.By, system: System) -> Actor:
    """The person as the system names one; whoever decides needs a system that may. Raises Denied."""
    role = Role(by.role)
    if role in _DECIDING and Scope.CASES_DECIDE not in system.scopes:
        raise Denied(403, f"this key lacks the scope {Scope.CASES_DECIDE}, without which nobody acts as a {role}")
    return Actor(f"{by.name} ({system.name})"[:100], role, system.department, "api")


@reading
async def _version_in_force(task_code: str, system: System) -> ItemVersion:
    item = await ServiceItem.get_or_none(task_code=task_code)
    if item is None or item.task_state != "1":
        raise BadRequest(f"task_code: there is no item {task_code} in use")
    version = await ItemVersion.get(item_id=item.id, number=item.version).select_related("department")
    if system.department and version.department.name != system.department:
        raise BadRequest(f"task_code: {task_code} is an item of another department")
    return version


def _id(call: Call) -> int:
    text = call.request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("there is no such webhook")
    return int(text)


def _local(at: datetime | None) -> datetime | None:
    return local(at) if at else None
