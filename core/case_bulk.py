"""Opens many cases at once for `Cases`, each with its first event, about as fast as the database can take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any, NamedTuple, cast

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from core.case_state import Event, Rules
from core.first_state import NULL, STATE_COLUMNS, YES, FirstState, Version, Versions, as_json
from core.local_time import now
from core.models import Case, CaseEvent, ItemVersion
from core.new_case import NewCase
from core.serials import Serials

_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
CHUNK = 500
_IDS = "SELECT nextval('approval_case_id_seq') AS id FROM generate_series(1, $1)"
_FLAGS = ("due_provisional", "extended")
_EVENT = tuple(f.name for f in fields(Event))
_CASE_COLUMNS = (
    *("id", "number", "project_no", "version_id", "applicant_name", "channel", "updated_at", "agent"),
    *("project_name", "department", "applicant_type", "id_type", "id_number", "mobile"),
    *("legal_representative", "region_code", "invest_no", "handler"),
    *STATE_COLUMNS,
)
_EVENT_COLUMNS = ("case_id", "seq", "recorded_at", "status_from", *_EVENT)


class _Opened(NamedTuple):
    new: NewCase
    number: str
    version: Version
    event: Event
    state: FirstState


class BulkOpening:
    """Writes new cases with their numbers, states and first events; keeps the rules of the versions it has met."""

    def __init__(self, serials: Serials, *, postgres: bool) -> None:
        self._serials, self._postgres = serials, postgres
        self._versions = Versions()

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
        self._versions.forget_others_than(working_time)
        versions = await self._versions.read(connection, {case.version_id for case, _ in new}, rules_of)
        numbers = await self._numbers(connection, new)
        opened = [
            _opened(case, event, number, versions[case.version_id])
            for (case, event), number in zip(new, numbers, strict=True)
        ]
        return await (_copy(connection, opened) if self._postgres else _create(connection, opened))

    async def _numbers(self, connection: BaseDBAsyncClient, new: Sequence[tuple[NewCase, Event]]) -> list[str]:
        """Query numbers: those that came with the cases, and for the others the next ones of the days they began."""
        await self._serials.keep(connection, [case.number for case, _ in new if case.number])
        days = [event.at.date() if not case.number else None for case, event in new]
        made = await self._serials.numbers(connection, Counter(day for day in days if day))
        return [next(made[day]) if day else case.number for (case, _), day in zip(new, days, strict=True)]


def _opened(new: NewCase, event: Event, number: str, version: Version) -> _Opened:
    return _Opened(new, number, version, event, version.first_state(event))


async def _copy(connection: BaseDBAsyncClient, opened: Sequence[_Opened]) -> list[int]:
    found = await connection.execute_query_dict(_IDS, [len(opened)])
    ids = sorted(int(row["id"]) for row in found)
    at = now().isoformat()
    cases = ((str(case_id), *_case_row(one, at)) for case_id, one in zip(ids, opened, strict=True))
    events = ((str(case_id), *_event_row(one, at)) for case_id, one in zip(ids, opened, strict=True))
    async with cast(Any, connection).acquire_connection() as raw:
        for model, columns, rows in ((Case, _CASE_COLUMNS, cases), (CaseEvent, _EVENT_COLUMNS, events)):
            table = model._meta.db_table
            told = await raw.copy_to_table(table, source=_written(rows), columns=columns, format="text", null=NULL)
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
        "",
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
        as_json(event.data),
    )


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
    flags = {name: row[name] == YES for name in _FLAGS}
    return {name: None if value == NULL else value for name, value in row.items()} | flags


async def _ids_of(connection: BaseDBAsyncClient, numbers: Sequence[str]) -> dict[str, int]:
    sql = "SELECT id, number FROM approval_case WHERE number IN (SELECT value FROM json_each(?))"
    rows = await connection.execute_query_dict(sql, [orjson.dumps(numbers).decode()])
    return {row["number"]: int(row["id"]) for row in rows}
