"""What every channel is told: frozen, already masked values, so that none can tell more or other than the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from core.codes import Decision, Stage, Status
from core.legal_clock import Limit


class CaseStatus(NamedTuple):
    """Where a case stands, for the person who showed its PIN or token.

    `due_at` is the day, or for limits in hours (`due_to_the_minute`) the moment, by which the centre promised to
    be done, `due_provisional` that the calendar of that year isn't published yet, `overdue` that it passed and
    the clock is not stopped. `paused_*` say why and until when
    the clock is stopped, `missing` and `amend_until` what to bring and until when. `decision` is told only once the
    case is finished; from then on it can be rated, once. `token` opens the case, and
    is empty for who shows no code. Texts that don't apply are empty, moments in the house's zone.

    One is made for every question that is asked about a case, and a tuple is made several times as fast as a frozen
    class. `core.lookup` gives the values in the order of the fields.
    """

    number: str
    stage: Stage
    status: Status
    item: str
    item_en: str
    task_code: str
    item_version: int
    department: str
    department_en: str
    applicant: str
    applied_at: datetime | None
    accepted_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    due_to_the_minute: bool
    due_provisional: bool
    overdue: bool
    extended: bool
    bring_originals: bool
    reason: str
    missing: tuple[str, ...]
    amend_until: date | None
    paused_by: str
    paused_until: date | None
    decision: Decision | None
    result_name: str
    result_no: str
    collect: str
    link_way: str
    updated_at: datetime
    can_be_rated: bool
    token: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is printed for the applicant: `address` is what the QR code opens."""

    status: CaseStatus
    pin: str
    address: str


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item as a list or a choice shows it."""

    task_code: str
    name: str
    name_en: str
    parent_name: str
    department: str
    department_en: str
    task_type: str
    topic: str


@dataclass(frozen=True, slots=True)
class MaterialView:
    """材料: counts are None and codes empty where they aren't published."""

    name: str
    name_en: str
    needed: bool
    material_type: str
    material_format: str
    original_num: int | None
    copy_num: int | None
    page_format: str
    source_type: str
    issuer: str
    by_law: str
    accept_stand: str
    fill_explain: str


@dataclass(frozen=True, slots=True)
class FeeView:
    fee_name: str
    fee_stand: str
    by_law: str
    reducible: bool


@dataclass(frozen=True, slots=True)
class QuestionView:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class LegalBasisView:
    law_name: str
    law_number: str
    clause_number: str
    clause_content: str


@dataclass(frozen=True, slots=True)
class FormView:
    """A blank form to download; `digest` is the SHA-256 under which the file store keeps it."""

    slug: str
    task_code: str
    item: str
    material_name: str
    title: str
    title_en: str
    notes: tuple[str, ...]
    notes_en: tuple[str, ...]
    file_name: str
    media_type: str
    size_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class ItemGuide:
    """The guide of an item's version in force.

    `unpublished` names the public elements that aren't there yet, out of: condition, flow, materials, limit, fee,
    law, result. `fees` is empty both for a free item (`is_fee` False) and for one whose fees aren't published (None).
    A `paused` item (事项状态 暂停) keeps its guide, but is not handled at present.
    """

    summary: ItemSummary
    version: int
    paused: bool
    department_code: str
    project_type: str
    serve_types: tuple[str, ...]
    handle_types: tuple[str, ...]
    statutory: Limit | None
    promised: Limit | None
    accept_condition: str
    handle_flow: str
    materials: tuple[MaterialView, ...]
    is_fee: bool | None
    fees: tuple[FeeView, ...]
    legal_bases: tuple[LegalBasisView, ...]
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
    questions: tuple[QuestionView, ...]
    forms: tuple[FormView, ...]
    unpublished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What everyday words found: best first, none when nothing is plausible; `clear` when the first is surely meant."""

    items: tuple[ItemSummary, ...]
    clear: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """Items that belong together: those of a department, of a topic, or under a letter; `items` is how many."""

    name: str
    name_en: str
    items: int


@dataclass(frozen=True, slots=True)
class NoticeView:
    """公示 or 公告; `until_day` is the last day for objections."""

    key: str
    kind: str
    title: str
    text: str
    department: str
    from_day: date
    until_day: date | None
    objection_contact: str
