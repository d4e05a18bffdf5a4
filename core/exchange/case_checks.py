"""Holds a batch of drafts against each other and against what is known, and sees what changed of known cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.codes import Status
from core.exchange.case_rows import CaseDraft
from core.exchange.columns import CASES
from core.exchange.known_cases import KnownCase, KnownItem
from core.exchange.seen import SeenRows

_KEPT = ("result_code", "result_name", "result_no", "collect", "decision", "reason", "missing", "amend_until")


class Sound(NamedTuple):
    """A row with a sound draft, and the case that it tells of when there is one."""

    row: int
    draft: CaseDraft
    case: KnownCase | None


@dataclass(slots=True)
class Batch:
    """What is known of the rows of one batch, and which of its own rows came first."""

    items: Mapping[str, KnownItem]
    cases: Mapping[str, KnownCase]
    numbers: Mapping[str, str]
    seen: SeenRows
    row_of_case: dict[str, int] = field(default_factory=dict)
    row_of_number: dict[str, int] = field(default_factory=dict)

    def problem(self, row: int, draft: CaseDraft) -> str:
        """Why a row can't be taken, "" when it can; it then counts as seen."""
        case = self.cases.get(draft.project_no)
        item = self.items.get(draft.task_code)
        if item is None:
            return f"{CASES.label('task_code')} is not in the catalogue"
        first = self.row_of_case.get(draft.project_no) or (case and self.seen.get(case.id))
        if first:
            return f"{CASES.label('project_no')} is the same as in row {first}"
        if case and case.item_id != item.item_id:
            return f"{CASES.label('task_code')} is another one than this case has"
        problem = self._number_problem(row, draft, case) if draft.number else ""
        if not problem:
            self.row_of_case[draft.project_no] = row
        return problem

    def _number_problem(self, row: int, draft: CaseDraft, case: KnownCase | None) -> str:
        if case and case.number != draft.number:
            return f"{CASES.label('number')} is another one than this case has"
        if self.numbers.get(draft.number, draft.project_no) != draft.project_no:
            return f"{CASES.label('number')} belongs to another case"
        first = self.row_of_number.setdefault(draft.number, row)
        return f"{CASES.label('number')} is the same as in row {first}" if first != row else ""


def changed_person(case: KnownCase, draft: CaseDraft) -> dict[str, str]:
    """The columns about the applicant that the row tells otherwise; an empty cell tells nothing."""
    told = {"applicant_name": draft.applicant_name, **draft.person}
    return {name: value for name, value in told.items() if case.row[name] != value}


def changed_standing(case: KnownCase, draft: CaseDraft) -> dict[str, Any] | None:
    """What to take over when the row tells another status, time or result; None when it tells nothing new."""
    told = case.told()
    if not _is_moved(case, draft, told):
        return None
    same = case.row["status"] == draft.status
    kept = {name: told[name] for name in _KEPT if name in told} if same else {}
    return {**kept, **draft.reported}


def _is_moved(case: KnownCase, draft: CaseDraft, told: Mapping[str, Any]) -> bool:
    if case.row["status"] != draft.status or any(case.time(name) != time for name, time in draft.times.items()):
        return True
    promised = draft.reported.get("promised_at")
    if promised and case.told("clock").get("promised") != promised:
        return True
    # The reason of a special procedure is that of its pause, which a list can't tell anew.
    names = set(draft.reported) & set(_KEPT) - ({"reason"} if draft.status == Status.SPECIAL else set())
    return any(told.get(name) != draft.reported[name] for name in names)
