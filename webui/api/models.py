"""What travels over the JSON API, as it is checked on its way in and described to others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.codes import Decision, ResultCode, SpecialProcedure, Stage, Status

Code = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[str, Field(description="Query number 查询号, 12 digits", min_length=12, max_length=12)]
Cursor = Annotated[int, Field(ge=0, le=2**53)]


class Sent(BaseModel):
    """What comes in knows all its fields: another one is a slip."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: object) -> object:
        # PostgreSQL keeps no NUL; halves of characters are no JSON already.
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise ValueError("holds a character that can't be kept")
        return value


class Told(BaseModel):
    """What goes out."""


class Problem(Told):
    """RFC 9457 problem details. `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[str] | None = None
    reference: str | None = None


class ItemLine(Told):
    """An item 事项 as a list shows it."""

    task_code: str
    name: str
    name_en: str
    parent_name: str
    department: str
    department_en: str
    task_type: str
    topic: str


class ItemList(Told):
    items: list[ItemLine]


class Duration(Told):
    """A time limit: unit 1 working days, 2 days, 3 hours, 4 months, 5 years."""

    amount: int
    unit: str


class Form(Told):
    """A blank form 空白表格; `address` is where it is downloaded, on this host."""

    title: str
    title_en: str
    material_name: str
    address: str
    notes: list[str]
    media_type: str
    size_bytes: int


class FormList(Told):
    forms: list[Form]


class Guide(ItemLine):
    """办事指南 in force. `unpublished` names the public elements that are missing."""

    version: int
    paused: bool
    department_code: str
    project_type: str
    serve_types: list[str]
    handle_types: list[str]
    statutory: Duration | None
    promised: Duration | None
    accept_condition: str
    handle_flow: str
    materials: list[dict[str, Any]]
    is_fee: bool | None
    fees: list[dict[str, Any]]
    legal_bases: list[dict[str, Any]]
    result_name: str
    result_type: str
    transact_addr: str
    transact_time: str
    link_way: str
    supervise_way: str
    online_url: str
    limit_scene_num: int | None
    is_online: bool | None
    is_schedule: bool | None
    is_pay_online: bool | None
    is_express: bool | None
    questions: list[dict[str, Any]]
    forms: list[Form]
    unpublished: list[str]


class StatusQuestion(Told):
    """Number and PIN as the receipt has them, or the token of its QR code."""

    number: str | None = None
    pin: str | None = None
    token: str | None = None


class CaseStatus(Told):
    """Where a case stands, masked. Times are ISO 8601; what doesn't apply is null or empty."""

    number: str
    status: Status
    stage: Stage
    item: str
    item_en: str
    task_code: str
    item_version: int
    department: str
    applicant: str
    applied_at: datetime | None
    accepted_at: datetime | None
    completed_at: datetime | None
    due_date: date | None
    due_at: datetime | None
    due_provisional: bool
    overdue: bool
    extended: bool
    reason: str
    missing: list[str]
    amend_until: date | None
    paused_by: str
    paused_until: date | None
    decision: Decision | None
    result_name: str
    result_no: str
    collect: str
    link_way: str
    updated_at: datetime


class Notice(Told):
    """公示 or 公告."""

    key: str
    kind: str
    title: str
    text: str
    department: str
    from_day: date
    until_day: date | None
    objection_contact: str


class NoticeList(Told):
    notices: list[Notice]


class Applicant(Sent):
    """申请人: type 1 a person, 2 a legal person; ID type 10 resident ID card, 001 credit code, 999 other."""

    name: Name
    type: Literal["1", "2"] = "1"
    id_type: Literal["10", "001", "999"] = "10"
    id_number: Annotated[str, Field(max_length=40)] = ""
    mobile: Annotated[str, Field(max_length=20, pattern=r"^[0-9+ -]*$")] = ""
    legal_representative: Annotated[str, Field(max_length=200)] = ""


class By(Sent):
    """The person who acts, by name, and in what capacity: never nobody."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    role: Literal["clerk", "handler", "head"]


class NewCase(Sent):
    """A case taken in elsewhere: `received` at a counter, `submitted` from a citizen."""

    task_code: Code
    applicant: Applicant
    status: Literal["received", "submitted"] = "received"
    invest_no: Annotated[str, Field(max_length=24)] = ""
    by: By


class CaseOpened(Told):
    """What the applicant is handed: number, PIN and what the QR code opens."""

    number: str
    project_no: str
    status: Status
    pin: str
    address: str


class CaseFacts(Told):
    """A case as another system sees it. `seq` is the number of its last event, and its ETag."""

    number: str
    project_no: str
    task_code: str
    item: str
    item_version: int
    status: Status
    seq: int
    department: str
    applicant: str
    applied_at: datetime | None
    accepted_at: datetime | None
    decided_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    due_provisional: bool
    statutory_due_at: datetime | None
    extended: bool
    may_become: list[Status]
    updated_at: datetime


class CasePage(Told):
    """Some cases by their own order, and the cursor of the next page, null at the end."""

    cases: list[CaseFacts]
    next: int | None


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Words = Annotated[str, Field(max_length=2000)]


class Move(Sent):
    """A change of a case, with what the new status tells; `seq` is the last event that the sender has seen."""

    to: Status
    by: By
    reason: Words = ""
    missing: Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(max_length=200)] = []
    amend_until: Day | None = None
    procedure: SpecialProcedure | None = None
    until: Day | None = None
    decision: Decision | None = None
    result_code: ResultCode | None = None
    result_name: Annotated[str, Field(max_length=500)] = ""
    result_no: Annotated[str, Field(max_length=100)] = ""
    collect: Annotated[str, Field(max_length=300)] = ""
    seq: Cursor | None = None


class Result(Sent):
    """The result of a decided case, which finishes it."""

    by: By
    result_code: ResultCode
    result_name: Annotated[str, Field(max_length=500)] = ""
    result_no: Annotated[str, Field(max_length=100)] = ""
    collect: Annotated[str, Field(max_length=300)] = ""


class ItemRow(Told):
    """An item as a list for import has it, by the names of the fields; nested lists as lists of objects."""

    model_config = ConfigDict(extra="allow")

    name: Name
    department: Annotated[str, Field(min_length=1, max_length=100)]


class ItemSaved(Told):
    task_code: str
    version: int


class EventFact(Told):
    """What happened to a case. `id` is its place in the order of all events."""

    id: int
    number: str
    project_no: str
    task_code: str
    seq: int
    kind: str
    status_from: str
    status_to: str
    at: datetime
    department: str
    channel: str
    reason: str
    data: dict[str, Any]


class EventPage(Told):
    """The next events, and the cursor to ask with next time; nothing new when it is the same."""

    events: list[EventFact]
    cursor: int


class NewWebhook(Sent):
    """Where events are sent: from now on, or after a cursor."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    after: Cursor | None = None


class WebhookMade(Told):
    """`secret` signs what is sent there, and is shown this once."""

    id: int
    secret: str


class WebhookFacts(Told):
    id: int
    url: str
    cursor: int
    failures: int
    failing_since: datetime | None
    last_answer: str
    disabled: bool


class WebhookList(Told):
    webhooks: list[WebhookFacts]


class Replay(Sent):
    """Send everything after this cursor once more."""

    after: Cursor


class Done(Told):
    done: bool = True
