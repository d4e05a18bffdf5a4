"""Opens many cases at once for `Cases`, each with its first event, about as fast as the database can take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from core.case_state import CaseState, Event, Rules, derived
from core.codes import Status
from core.errors import BadRequest
from core.legal_clock import Limit, Unit
from core.local_time import now
from core.models import Case, CaseEvent, ItemVersion
from core.numbers import SERIALS_A_DAY, query_number

if TYPE_CHECKING:
    from core.cases import NewCase

DUES_KEPT = 100_000
TOLD = frozenset({"result_code", "result_name", "result_no", "collect", "reason", "missing", "amend_until", "decision"})
# Stands for NULL in what is copied; a text that is just this is refused by the database, which knows no such NULL.
_NULL = "\x1f"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
CHUNK = 500
_SERIALS = (
    "INSERT INTO case_serial (day, last_serial) SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT (day) "
    "DO UPDATE SET last_serial = case_serial.last_serial + excluded.last_serial RETURNING day, last_serial"
)
_SERIAL = (
    "INSERT INTO case_serial (day, last_serial) VALUES (?, ?) ON CONFLICT (day) "
    "DO UPDATE SET last_serial = case_serial.last_serial + excluded.last_serial RETURNING day, last_serial"
)
_GIVEN_SERIALS = (
    "INSERT INTO case_serial (day, last_serial) SELECT * FROM unnest($1::text[], $2::int[]) ON CONFLICT (day) "
    "DO UPDATE SET last_serial = greatest(case_serial.last_serial, excluded.last_serial)"
)
_GIVEN_SERIAL = (
    "INSERT INTO case_serial (day, last_serial) VALUES (?, ?) ON CONFLICT (day) "
    "DO UPDATE SET last_serial = max(case_serial.last_serial, excluded.last_serial)"
)
_IDS = "SELECT nextval('approval_case_id_seq') AS id FROM generate_series(1, $1)"
_YES, _NO = "t", "f"
_NO_DUES = (_NULL, _NO, _NULL)
_FLAGS = ("due_provisional", "extended")
_TIMES = ("applied_at", "accepted_at", "decided_at", "completed_at")
_HERE = "+08:00"
_STATE = tuple(f.name for f in fields(CaseState))
_EVENT = tuple(f.name for f in fields(Event))
_CASE_COLUMNS = (
    *("id", "number", "project_no", "version_id", "applicant_name", "channel", "updated_at", "agent"),
    *("project_name", "department", "applicant_type", "id_type", "id_number", "mobile"),
    *("legal_representative", "region_code", "invest_no"),
    *_STATE,
)
_EVENT_COLUMNS = ("case_id", "seq", "recorded_at", "status_from", *_EVENT)


class _Dues(NamedTuple):
    """Due dates, as text for the database."""

    due_at: str
    due_provisional: str
    statutory_due_at: str


class _First(NamedTuple):
    """The state of a case after its first event, as text for the database: the columns of CaseState in their order."""

    seq: str
    status: str
    applied_at: str
    accepted_at: str
    decided_at: str
    completed_at: str
    due_at: str
    due_provisional: str
    statutory_due_at: str
    extended: str
    told: str
    clock: str
    pin_version: str
    token_version: str


class _Version(NamedTuple):
    """An item's version with the rules of its clock; `dues` hold for all cases with the same limits."""

    id_text: str
    name: str
    rules: Rules
    in_days: bool
    dues: dict[tuple[str, str], _Dues]

    def first_state(self, event: Event) -> _First:
        """What `derived(CaseState(), event, rules)` says, with due dates reckoned once for a day and a promise."""
        data = event.data
        if not (self.in_days and _is_plain(event)):
            return _as_text(derived(CaseState(), event, self.rules))
        clock = {"promised": data["promised_at"], "promised_on": event.at.isoformat()} if "promised_at" in data else {}
        if event.status_to == Status.RECEIVED:
            clock["received"] = event.at.isoformat()
        accepted = data.get("accepted_at")
        return _First(
            "1",
            event.status_to,
            data.get("applied_at") or event.at.isoformat(),
            accepted or _NULL,
            data.get("decided_at") or _NULL,
            data.get("completed_at") or _NULL,
            *(self._due(accepted, event) if accepted else _NO_DUES),
            _NO,
            _json({name: data[name] for name in data if name in TOLD and data[name]}),
            _json(clock),
            "1",
            "1",
        )

    def _due(self, accepted: str, event: Event) -> _Dues:
        key = (accepted[:10], event.data.get("promised_at", ""))
        if (known := self.dues.get(key)) is None:
            if len(self.dues) >= DUES_KEPT:
                self.dues.clear()
            first = _as_text(derived(CaseState(), event, self.rules))
            known = self.dues[key] = _Dues(first.due_at, first.due_provisional, first.statutory_due_at)
        return known


def _is_plain(event: Event) -> bool:
    """Whether no pause and no time of another zone, whose text begins with another day, needs thought."""
    times = [event.data[name] for name in _TIMES if event.data.get(name)]
    return event.status_to != Status.SPECIAL and all(time.endswith(_HERE) for time in times)


def _as_text(state: CaseState) -> _First:
    return _First(*(_column(getattr(state, name)) for name in _STATE))


def _column(value: Any) -> str:
    if isinstance(value, Mapping):
        return _json(value)
    if isinstance(value, bool):
        return _YES if value else _NO
    return value.isoformat() if isinstance(value, datetime) else _NULL if value is None else str(value)


class _Opened(NamedTuple):
    new: NewCase
    number: str
    version: _Version
    event: Event
    state: _First


class BulkOpening:
    """Writes new cases with their numbers, states and first events; keeps the rules of the versions it has met."""

    def __init__(self, *, postgres: bool) -> None:
        self._postgres = postgres
        self._versions: dict[int, _Version] = {}
        self._dues: dict[tuple[Limit | None, Limit | None], dict[tuple[str, str], _Dues]] = {}
        self._working_time: object = None

    async def open(
        self,
        connection: BaseDBAsyncClient,
        new: Sequence[tuple[NewCase, Event]],
        working_time: object,
        rules_of: Callable[[ItemVersion], Rules],
    ) -> list[int]:
        """Write the cases, each with the event that opens it; their ids in the same order.

        `rules_of` holds as long as `working_time` is the same object. Raises what the database raises.
        """
        if working_time is not self._working_time:
            self._versions.clear()
            self._dues.clear()
            self._working_time = working_time
        await self._read_versions(connection, {case.version_id for case, _ in new}, rules_of)
        numbers = await self._numbers(connection, new)
        opened = [self._opened(case, event, number) for (case, event), number in zip(new, numbers, strict=True)]
        return await (_copy(connection, opened) if self._postgres else _create(connection, opened))

    def _opened(self, new: NewCase, event: Event, number: str) -> _Opened:
        version = self._versions[new.version_id]
        return _Opened(new, number, version, event, version.first_state(event))

    async def _read_versions(
        self, connection: BaseDBAsyncClient, ids: set[int], rules_of: Callable[[ItemVersion], Rules]
    ) -> None:
        if missing := sorted(ids - self._versions.keys()):
            for version in await ItemVersion.filter(id__in=missing).using_db(connection):
                self._versions[version.id] = self._version(version, rules_of(version))

    def _version(self, version: ItemVersion, rules: Rules) -> _Version:
        limits = (rules.promised, rules.statutory)
        in_days = not any(limit and limit.unit is Unit.HOURS for limit in limits)
        return _Version(str(version.id), version.name[:500], rules, in_days, self._dues.setdefault(limits, {}))

    async def _numbers(self, connection: BaseDBAsyncClient, new: Sequence[tuple[NewCase, Event]]) -> list[str]:
        """Query numbers: those that came with the cases, and for the others the next ones of the days they began."""
        await self._keep_given(connection, [case.number for case, _ in new if case.number])
        days = [event.at.date() if not case.number else None for case, event in new]
        taken = await self._take_serials(connection, Counter(day for day in days if day))
        return [_made(day, taken) if day else case.number for (case, _), day in zip(new, days, strict=True)]

    async def _take_serials(
        self, connection: BaseDBAsyncClient, wanted: Mapping[date, int]
    ) -> dict[date, Iterator[int]]:
        days = {f"{day:%y%m%d}": day for day in sorted(wanted)}
        rows = await self._upsert(connection, _SERIALS, _SERIAL, {text: wanted[day] for text, day in days.items()})
        ends = {days[row["day"]]: int(row["last_serial"]) for row in rows}
        return {day: iter(range(last - wanted[day] + 1, last + 1)) for day, last in ends.items()}

    async def _keep_given(self, connection: BaseDBAsyncClient, numbers: Iterable[str]) -> None:
        """Numbers that came with cases are never made again."""
        last: dict[str, int] = {}
        for number in numbers:
            last[number[:6]] = max(last.get(number[:6], 0), int(number[6:11]))
        await self._upsert(connection, _GIVEN_SERIALS, _GIVEN_SERIAL, dict(sorted(last.items())))

    async def _upsert(
        self, connection: BaseDBAsyncClient, at_once: str, one: str, serials: Mapping[str, int]
    ) -> list[dict[str, Any]]:
        if not serials:
            return []
        if self._postgres:
            return await connection.execute_query_dict(at_once, [list(serials), list(serials.values())])
        return [row for day, n in serials.items() for row in await connection.execute_query_dict(one, [day, n])]


def _made(day: date, taken: Mapping[date, Iterator[int]]) -> str:
    serial = next(taken[day])
    if serial > SERIALS_A_DAY:
        raise BadRequest(f"{day} has no query number left")
    return query_number(day, serial)


async def _copy(connection: BaseDBAsyncClient, opened: Sequence[_Opened]) -> list[int]:
    found = await connection.execute_query_dict(_IDS, [len(opened)])
    ids = sorted(int(row["id"]) for row in found)
    at = now().isoformat()
    cases = ((str(case_id), *_case_row(one, at)) for case_id, one in zip(ids, opened, strict=True))
    events = ((str(case_id), *_event_row(one, at)) for case_id, one in zip(ids, opened, strict=True))
    async with cast(Any, connection).acquire_connection() as raw:
        for model, columns, rows in ((Case, _CASE_COLUMNS, cases), (CaseEvent, _EVENT_COLUMNS, events)):
            table = model._meta.db_table
            told = await raw.copy_to_table(table, source=_written(rows), columns=columns, format="text", null=_NULL)
            if told != f"COPY {len(opened)}":
                raise ValueError(f"{told} of {len(opened)} rows")
    return ids


async def _written(rows: Iterator[tuple[str, ...]]) -> AsyncIterator[bytes]:
    """Rows as COPY reads text, some at a time, so that the server works on these while the next are written.

    The driver's own way of copying rows calls Python for each value, and takes several times as long.
    """
    while some := list(islice(rows, CHUNK)):
        yield "".join(map(_line, some)).encode()


def _line(row: tuple[str, ...]) -> str:
    line = "\t".join(row)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(row):
        line = "\t".join(cell.translate(_ESCAPED) for cell in row)
    return line + "\n"


def _case_row(one: _Opened, at: str) -> tuple[str, ...]:
    new, told = one.new, one.new.person.get
    return (
        one.number,
        new.project_no,
        one.version.id_text,
        new.applicant_name,
        one.event.channel,
        at,
        "{}",
        told("project_name", one.version.name),
        told("department", one.event.department),
        told("applicant_type", "1"),
        told("id_type", ""),
        told("id_number", ""),
        told("mobile", ""),
        told("legal_representative", ""),
        told("region_code", ""),
        told("invest_no", ""),
        *one.state,
    )


def _event_row(one: _Opened, at: str) -> tuple[str, ...]:
    event = one.event
    return (
        "1",
        at,
        "",
        event.kind,
        event.at.isoformat(),
        event.actor,
        event.status_to,
        event.department,
        event.step,
        event.branch,
        event.channel,
        event.reason,
        _json(event.data),
    )


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode() if value else "{}"


async def _create(connection: BaseDBAsyncClient, opened: Sequence[_Opened]) -> list[int]:
    at = now().isoformat()
    rows = [dict(zip(_CASE_COLUMNS[1:], _case_row(one, at), strict=True)) for one in opened]
    await Case.bulk_create([Case(**_read(row)) for row in rows], using_db=connection)
    ids = await _ids_of(connection, [one.number for one in opened])
    events = [dict(zip(_EVENT_COLUMNS, (ids[one.number], *_event_row(one, at)), strict=True)) for one in opened]
    await CaseEvent.bulk_create([CaseEvent(**row) for row in events], using_db=connection)
    return [ids[one.number] for one in opened]


def _read(row: Mapping[str, str]) -> dict[str, Any]:
    """What text means that is not for COPY to read; the models' fields see to numbers, times and JSON."""
    flags = {name: row[name] == _YES for name in _FLAGS}
    return {name: None if value == _NULL else value for name, value in row.items()} | flags


async def _ids_of(connection: BaseDBAsyncClient, numbers: Sequence[str]) -> dict[str, int]:
    sql = "SELECT id, number FROM approval_case WHERE number IN (SELECT value FROM json_each(?))"
    rows = await connection.execute_query_dict(sql, [orjson.dumps(numbers).decode()])
    return {row["number"]: int(row["id"]) for row in rows}
