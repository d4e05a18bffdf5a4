"""The serials of a day, from which query numbers are made: each is given out once, by however many processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from core.errors import BadRequest
from core.numbers import SERIALS_A_DAY, query_number

_INTO = "INSERT INTO case_serial (day, last_serial)"
_ONTO = "ON CONFLICT (day) DO UPDATE SET last_serial ="
_FROM_LISTS = "SELECT * FROM unnest($1::text[], $2::int[])"
_MORE = "case_serial.last_serial + excluded.last_serial RETURNING day, last_serial"
_TAKE_ALL = f"{_INTO} {_FROM_LISTS} {_ONTO} {_MORE}"
_TAKE = f"{_INTO} VALUES (?, ?) {_ONTO} {_MORE}"
_KEEP_ALL = f"{_INTO} {_FROM_LISTS} {_ONTO} greatest(case_serial.last_serial, excluded.last_serial)"
_KEEP = f"{_INTO} VALUES (?, ?) {_ONTO} max(case_serial.last_serial, excluded.last_serial)"


class Serials:
    """Gives out query numbers inside the writer's transaction, which gives them back when it fails."""

    def __init__(self, *, postgres: bool) -> None:
        self._postgres = postgres

    async def numbers(self, connection: BaseDBAsyncClient, wanted: Mapping[date, int]) -> dict[date, Iterator[str]]:
        """The next query numbers of days, as many as are wanted of each. They raise BadRequest beyond a day's last."""
        days = {_name(day): day for day in sorted(wanted)}
        rows = await self._upsert(connection, _TAKE_ALL, _TAKE, {name: wanted[day] for name, day in days.items()})
        ends = {days[row["day"]]: int(row["last_serial"]) for row in rows}
        return {day: _made(day, last - wanted[day] + 1, last) for day, last in ends.items()}

    async def keep(self, connection: BaseDBAsyncClient, given: Iterable[str]) -> None:
        """Never make these query numbers, nor earlier ones of their days: they came with cases from elsewhere."""
        last: dict[str, int] = {}
        for number in given:
            last[number[:6]] = max(last.get(number[:6], 0), int(serial_of(number)))
        await self._upsert(connection, _KEEP_ALL, _KEEP, dict(sorted(last.items())))

    async def _upsert(
        self, connection: BaseDBAsyncClient, at_once: str, one: str, serials: Mapping[str, int]
    ) -> list[dict[str, Any]]:
        if not serials:
            return []
        if self._postgres:
            return await connection.execute_query_dict(at_once, [list(serials), list(serials.values())])
        return [row for day, n in serials.items() for row in await connection.execute_query_dict(one, [day, n])]


def serial_of(number: str) -> str:
    """The five digits of a query number that tell the cases of a day apart."""
    return number[6:11]


def _name(day: date) -> str:
    return f"{day:%y%m%d}"


def _made(day: date, first: int, last: int) -> Iterator[str]:
    for serial in range(first, last + 1):
        if serial > SERIALS_A_DAY:
            raise BadRequest(f"{day} has no query number left")
        yield query_number(day, serial)
