"""Reads one row of a case list into a checked draft; what it says of a bad row never repeats personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from stdnum.cn import uscc

from core.codes import FINISHED, ApplicantType, SpecialProcedure, Status
from core.exchange.case_codes import (
    APPLICANT_TYPES,
    DECISIONS,
    ENDED_UNACCEPTED,
    ID_TYPES,
    NEED_ACCEPTED,
    RESIDENT_ID,
    RESULTS,
    STATUSES,
)
from core.exchange.cells import BadCell, code, identifier, moment, text
from core.exchange.columns import CASES
from core.id_numbers import LIKE_RESIDENT_ID, is_resident_id
from core.numbers import is_query_number

Cells = Mapping[str, Any]
FIRST_YEAR = 1990
FUTURE = timedelta(days=1)
ODD_CREDIT_CODE = "a legal person's credit code is not valid (kept as it is)"
_MOBILE = re.compile(r"1[3-9]\d{9}|\+(?!86)\d{6,15}")
_MOBILE_BLANKS = re.compile(r"[\s\-–—()]")
_MOBILE_NOISE = re.compile(r"^(?:\+|00)86")
_TIMES = {"applied_at": moment, "accepted_at": moment, "completed_at": moment}


class CaseDraft(NamedTuple):
    """A case as a list tells it: only what the row says, so that an empty cell changes nothing.

    `person` holds columns of the case, `reported` what its opening event tells, with times as ISO text.
    """

    project_no: str
    task_code: str
    status: Status
    number: str
    applicant_name: str
    person: dict[str, str]
    times: dict[str, datetime]
    reported: dict[str, Any]
    warnings: tuple[str, ...]


def read_case(cells: Cells, latest: datetime) -> CaseDraft:
    """The draft of a row; no time but the promised one is after `latest`. Raises BadCell with the column and reason."""
    status: Status = _filled(cells, "status", _status)
    times = _times(cells, latest)
    reported: dict[str, Any] = (
        _result(cells) | _filled_in(cells, _STANDING) | {name: time.isoformat() for name, time in times.items()}
    )
    _check_status(status, times, reported)
    if cells.get("promised_at") and (promised := _cell(cells, "promised_at", moment)):
        reported["promised_at"] = _day_or_moment(promised)
    person = _person(cells)
    return CaseDraft(
        _filled(cells, "project_no", _project_no),
        _filled(cells, "task_code", _task_code),
        status,
        _cell(cells, "number", _number) if cells.get("number") else "",
        _filled(cells, "applicant_name", _name),
        person,
        times,
        reported,
        _warnings(person),
    )


def _cell(cells: Cells, name: str, how: Callable[[Any], Any]) -> Any:
    try:
        return how(cells.get(name))
    except BadCell as error:
        raise BadCell(f"{CASES.label(name)} {error}") from None


def _filled_in(cells: Cells, fields: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """What these fields of the row tell, empty ones left out."""
    found = {}
    name = ""
    try:
        for name, how in fields.items():
            if (cell := cells.get(name)) and (value := how(cell)):
                found[name] = value
    except BadCell as error:
        raise BadCell(f"{CASES.label(name)} {error}") from None
    return found


def _filled(cells: Cells, name: str, how: Callable[[Any], Any]) -> Any:
    if found := _cell(cells, name, how):
        return found
    raise BadCell(f"{CASES.label(name)} is empty")


_project_no = partial(identifier, limit=50)
_task_code = partial(identifier, limit=64)
_name = partial(text, limit=200)


def _status(value: Any) -> Status | None:
    return _STATUS_OF.get(value) or _status_of(code(value, STATUSES))


def _status_of(found: str) -> Status | None:
    return Status(found) if found else None


_STATUS_OF = {name: Status(found) for name, found in STATUSES.items()}


def _times(cells: Cells, latest: datetime) -> dict[str, datetime]:
    """The times that a row tells, each sound, none before the one before it; a bare day is any time of that day."""
    times: dict[str, datetime] = _filled_in(cells, _TIMES)
    before = ""
    for name, time in times.items():
        if time > latest or time.year < FIRST_YEAR:
            raise BadCell(f"{CASES.label(name)} is {'in the future' if time > latest else f'before {FIRST_YEAR}'}")
        if before and time < times[before] and (time.date() < times[before].date() or not _is_bare(time)):
            raise BadCell(f"{CASES.label(name)} is before {CASES.label(before)}")
        before = name
    return times


def _is_bare(time: datetime) -> bool:
    return not (time.hour or time.minute or time.second)


def _day_or_moment(time: datetime) -> str:
    """A promised day lasts until its end, which is how `local_time.moment` reads a bare date."""
    return time.date().isoformat() if _is_bare(time) else time.isoformat()


def _check_status(status: Status, times: Mapping[str, datetime], reported: Mapping[str, Any]) -> None:
    unaccepted = status in FINISHED and reported.get("result_code") in ENDED_UNACCEPTED
    if status in NEED_ACCEPTED and "accepted_at" not in times and not unaccepted:
        raise BadCell(f"{CASES.label('accepted_at')} is empty, but a case that is {status} was accepted")
    if status in FINISHED and "completed_at" not in times:
        raise BadCell(f"{CASES.label('completed_at')} is empty, but a case that is {status} was completed")


def _result(cells: Cells) -> dict[str, str]:
    """办结结果 by code or label, or the decision itself."""
    reported: dict[str, str] = {}
    if cells.get("result") and (found := text(cells["result"])):
        if decision := DECISIONS.get(found):
            reported["decision"] = str(decision)
        else:
            reported["result_code"] = _cell(cells, "result", partial(code, codes=RESULTS))
    return reported | _filled_in(cells, _TOLD)


_TOLD = dict.fromkeys(("result_name", "result_no", "reason"), partial(text, limit=500))


def _names(value: Any) -> list[str]:
    """Names one a line, or between semicolons, or as a list."""
    found = value if isinstance(value, list) else re.split(r"[\n;；]", text(value))
    return [name for each in found if (name := text(each, 500))]


def _day(value: Any) -> str:
    found = moment(value)
    return found.date().isoformat() if found else ""


def _procedure(value: Any) -> str:
    found = text(value)
    if found not in set(SpecialProcedure):
        raise BadCell(f"is none of: {', '.join(SpecialProcedure)}", found)
    return found


_STANDING: dict[str, Callable[[Any], Any]] = {
    "missing": _names,
    "amend_until": _day,
    "procedure": _procedure,
    "until": _day,
    "collect": partial(text, limit=300),
}


def _number(value: Any) -> str:
    found = identifier(value, 50)
    if found and not is_query_number(found):
        raise BadCell("is no query number: twelve digits, the last of them a check digit")
    return found


def _person(cells: Cells) -> dict[str, str]:
    """The columns of the case that the row fills in."""
    found = _filled_in(cells, _PERSON)
    id_number = found.get("id_number", "")
    if id_number and _is_resident(found) and not is_resident_id(id_number):
        raise BadCell(f"{CASES.label('id_number')} is no valid resident identity number (GB 11643)")
    return found


def _is_resident(person: Mapping[str, str]) -> bool:
    """Whether the number is meant as a resident's: by its type, or, without one, by its looks."""
    if id_type := person.get("id_type"):
        return id_type == RESIDENT_ID
    is_legal = person.get("applicant_type") == ApplicantType.LEGAL_PERSON
    return not is_legal and LIKE_RESIDENT_ID.fullmatch(person["id_number"]) is not None


def _warnings(person: Mapping[str, str]) -> tuple[str, ...]:
    number = person.get("id_number", "")
    if number and person.get("applicant_type") == ApplicantType.LEGAL_PERSON and person.get("id_type") != RESIDENT_ID:
        return () if uscc.is_valid(number) else (ODD_CREDIT_CODE,)
    return ()


def _id_type(value: Any) -> str:
    return ID_TYPES.get(value) or ID_TYPES.get(text(value)) or text(value, 10)


def _id_number(value: Any) -> str:
    found = identifier(value, 40)
    return found if found.isdigit() else found.upper()


def _mobile(value: Any) -> str:
    found = text(value, 40)
    if _MOBILE.fullmatch(found):
        return found
    found = _MOBILE_NOISE.sub("", _MOBILE_BLANKS.sub("", unicodedata.normalize("NFKC", found)))
    if not _MOBILE.fullmatch(found):
        raise BadCell("is no mobile number")
    return found


_PERSON: dict[str, Callable[[Any], str]] = {
    "applicant_type": partial(code, codes=APPLICANT_TYPES),
    "id_type": _id_type,
    "id_number": _id_number,
    "mobile": _mobile,
    "legal_representative": partial(text, limit=200),
    "project_name": partial(text, limit=500),
    "department": partial(text, limit=100),
    "region_code": partial(identifier, limit=12),
    "invest_no": partial(identifier, limit=24),
}
