"""Many who ask at the same time are each told their own case, on a real SQLite and a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from core import lookup
from core.asker import Asker
from core.codes import Status
from core.errors import NotFound, NotRecognised, Unavailable
from core.local_time import now
from core.models import Case, PinTry
from core.numbers import query_number
from core.together import SharedRead
from core.views import CaseStatus
from tests.county import County

S = Status
UNKNOWN = query_number(date(2000, 1, 1), 1)
TOLD = [status for status in Status if status is not S.DRAFT]


def asker(number: int) -> Asker:
    """One of many, so that nobody meets the limit."""
    return Asker("web", f"203.0.113.{number}")


async def at_once(asked: Sequence[Coroutine[Any, Any, CaseStatus]]) -> list[CaseStatus | BaseException]:
    with capture_logs() as logged:
        told = await asyncio.gather(*asked, return_exceptions=True)
    assert not logged  # had a statement for many been refused, each would have been asked for alone
    return told


async def test_by_number_and_pin_each_is_told_the_own_case_and_who_guesses_nothing(county: County) -> None:
    query = county.house.query
    right = [query.case_status(county.number(one), county.pin(one), asker(at)) for at, one in enumerate(TOLD)]
    wrong = [
        query.case_status(county.number(one), county.wrong_pin(one), asker(at + 50)) for at, one in enumerate(TOLD)
    ]
    nobodys = [
        query.case_status(county.number(S.DRAFT), county.pin(S.DRAFT), asker(100)),
        query.case_status(UNKNOWN, county.pin(S.ACCEPTED), asker(101)),
    ]
    told = await at_once([one for pair in zip(right, wrong, strict=True) for one in pair] + nobodys)
    assert [(one.status, one.number) for one in told[: 2 * len(TOLD) : 2] if isinstance(one, CaseStatus)] == [
        (status, county.number(status)) for status in TOLD
    ]
    assert {type(one) for one in told[1 : 2 * len(TOLD) : 2] + told[2 * len(TOLD) :]} == {NotRecognised}


async def test_by_the_code_of_a_receipt_too(county: County) -> None:
    query, keys = county.house.query, county.house.keys
    ids = {case.number: case.id for case in await Case.all()}
    tokens = [keys.token(ids[county.number(status)], 1) for status in TOLD]
    nobodys = [
        keys.token(ids[county.number(S.DRAFT)], 1),
        keys.token(2**40 - 1, 1),
        keys.token(ids[county.number(S.ACCEPTED)], 2),
    ]
    told = await at_once([query.case_by_token(token, asker(at)) for at, token in enumerate(tokens + nobodys)])
    assert [(one.status, one.number) for one in told if isinstance(one, CaseStatus)] == [
        (status, county.number(status)) for status in TOLD
    ]
    assert [type(one) for one in told[len(TOLD) :]] == [NotFound] * len(nobodys)


async def rows(county: County, read: SharedRead, keys: Sequence[tuple[Any, ...]]) -> list[Mapping[str, Any]]:
    """What the form for many finds for these keys, in their order."""
    database = county.house.database
    sql = read.postgres if database.is_postgres else read.sqlite
    found = {row["place"]: dict(row) for row in await database.rows(sql, (orjson.dumps(keys).decode(),))}
    return [found.get(place, {}) | {"place": 0} for place in range(len(keys))]


async def row(county: County, read: SharedRead, key: tuple[Any, ...]) -> Mapping[str, Any]:
    [found] = await county.house.database.rows(read.one, key) or [{}]
    return dict(found) | {"place": 0}


async def test_all_that_is_known_of_a_case_and_its_locks_is_the_same_for_one_and_for_many(county: County) -> None:
    numbers = [county.number(status) for status in Status] + [UNKNOWN]
    senders = ["a" * 32, "b" * 32, ""]
    for at, number in enumerate(numbers):
        for failures, sender in enumerate(senders, at):
            at_then = now() - timedelta(minutes=failures)
            await PinTry.create(number=number, sender=sender, failures=failures, last_at=at_then)
    keys = [(number, sender) for number in reversed(numbers) for sender in ("a" * 32, "c" * 32, "b" * 32)]
    assert await rows(county, lookup.BY_NUMBER, keys) == [await row(county, lookup.BY_NUMBER, key) for key in keys]
    ids = [(case.id,) for case in await Case.all().order_by("-number")] + [(2**40 - 1,)]
    assert await rows(county, lookup.BY_ID, ids) == [await row(county, lookup.BY_ID, key) for key in ids]


@pytest.mark.parametrize("kind", ["postgres"])
async def test_each_of_many_is_looked_up_in_an_index_however_many_there_may_be(county: County) -> None:
    """The statistics of a young database know nothing of what will be in it."""
    for read in (lookup.BY_NUMBER, lookup.BY_ID):
        sql = "EXPLAIN " + read.postgres.replace("$1", "'[[1, 2], [3, 4]]'")
        plan = "\n".join(row["QUERY PLAN"] for row in await county.house.database.rows(sql, ()))
        assert "Seq Scan on approval_case" not in plan
        assert "Hash" not in plan
        assert "approval_case_" in plan


async def test_a_database_that_tells_another_case_is_not_believed(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, keys = county.house.query, county.house.keys
    other = await Case.get(number=county.number(S.REVIEWING))
    [by_id] = await county.house.database.rows(lookup.BY_ID.one, (other.id,))
    [by_number] = await county.house.database.rows(lookup.BY_NUMBER.one, (other.number, "a" * 32))
    asked: dict[str, Any] = {}

    async def mixed_up(sql: str, values: Sequence[Any]) -> Sequence[Any]:
        """Another case, as if by this key."""
        if sql == lookup.BY_ID.one:
            return [dict(by_id) | {"asked_id": values[0]} | asked]
        return [dict(by_number) | {"asked_number": values[0], "asked_sender": values[1]} | asked]

    monkeypatch.setattr(county.house.database, "rows", mixed_up)
    with pytest.raises(RuntimeError, match="another case"):
        await query.case_status(county.number(S.ACCEPTED), county.pin(S.ACCEPTED), asker(1))
    for version in (1, 2):
        with pytest.raises(RuntimeError, match="another case"):
            await query.case_by_token(keys.token(other.id + 1, version), asker(2))
    asked.update(asked_id=other.id, asked_number=other.number, asked_sender="a" * 32)
    with pytest.raises(LookupError, match="another key"):
        await query.case_status(county.number(S.ACCEPTED), county.pin(S.ACCEPTED), asker(1))
    with pytest.raises(LookupError, match="another key"):
        await query.case_by_token(keys.token(other.id + 1, 1), asker(2))


async def test_who_gives_up_waiting_for_another_ones_try_leaves_that_one_its_turn(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, number = county.house.query, county.number(S.ACCEPTED)
    monkeypatch.setattr(query._turns, "_patience_s", 0.05)
    right = county.pin(S.ACCEPTED)
    assert query._turns.begin(number)
    with pytest.raises(Unavailable):
        await query.case_status(number, right, asker(1))
    hung_up = asyncio.create_task(query.case_status(number, right, asker(2)))
    await asyncio.sleep(0.01)
    hung_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hung_up
    assert not query._turns.begin(number)
    query._turns.end(number)
    assert (await query.case_status(number, right, asker(3))).number == number
    assert not query._turns.queues


async def test_who_hangs_up_while_the_case_is_read_gives_the_turn_back(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, number, reads = county.house.query, county.number(S.ACCEPTED), asyncio.Event()

    async def hangs(*_: object) -> Mapping[str, Any]:
        reads.set()
        await asyncio.sleep(60)
        return {}

    with monkeypatch.context() as patch:
        patch.setattr(query._by_number, "row", hangs)
        asking = asyncio.create_task(query.case_status(number, county.pin(S.ACCEPTED), asker(1)))
        await reads.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert (await query.case_status(number, county.pin(S.ACCEPTED), asker(2))).number == number
    assert not query._turns.queues
