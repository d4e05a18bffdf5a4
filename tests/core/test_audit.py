"""Every look-up leaves a record without the PIN, soon, and none is lost while the database is away."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import pytest

from core.asker import Asker
from core.audit import FLUSH_EVERY_S, LookupAudit, origin
from core.codes import Status
from core.database import Database
from core.errors import NotFound, NotRecognised, Unavailable, Wait
from core.local_time import now
from core.models import LookupRecord
from tests.core.outage import Clock, away
from tests.county import County

S = Status
CITIZEN = Asker("sms", "+8613800005678")


async def written(audit: LookupAudit) -> list[LookupRecord]:
    await audit.flush()
    return await LookupRecord.all().order_by("id")


def noted(audit: LookupAudit, times: int = 1) -> None:
    for _ in range(times):
        audit.record(now(), CITIZEN, "digest", "261123000018", "pin", "told")


async def test_each_look_up_is_recorded_with_what_came_of_it(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, query = Clock(), county.house.query
    monkeypatch.setattr("core.query.now", clock)
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    token = (await query.case_status(number, pin, CITIZEN)).token
    await query.case_by_token(token, Asker("qr", "2001:db8:1:2::/64"))
    for _ in range(2):
        with pytest.raises(NotRecognised):
            await query.case_status(number, county.wrong_pin(S.ACCEPTED), Asker("web", "192.0.2.1"))
    with pytest.raises(Wait):
        await query.case_status(number, pin, Asker("web", "192.0.2.1"))
    with pytest.raises(NotFound):
        await query.case_by_token("x" * 31, Asker("qr", "192.0.2.1"))
    records = await written(county.house.audit)
    assert [(r.channel, r.origin, r.number, r.by, r.outcome) for r in records] == [
        ("sms", "+86138****5678", number, "pin", "told"),
        ("qr", "2001:db8:1:2::", number, "token", "told"),
        ("web", "192.0.2.1", number, "pin", "refused"),
        ("web", "192.0.2.1", number, "pin", "refused"),
        ("web", "192.0.2.1", number, "pin", "locked"),
        ("qr", "192.0.2.1", "", "token", "refused"),
    ]
    assert {record.at for record in records} == {clock.at}
    assert records[2].sender == records[5].sender != records[0].sender
    assert not any(pin in str(dict(record)) for record in records)


async def test_who_asks_too_often_is_refused_and_recorded(county: County) -> None:
    query, number = county.house.query, county.number(S.ACCEPTED)
    token = (await query.case_status(number, county.pin(S.ACCEPTED), CITIZEN)).token
    asked = [query.case_status(number, county.pin(S.ACCEPTED), CITIZEN) for _ in range(29)]
    await asyncio.gather(*asked)
    for ask in (query.case_status(number, county.pin(S.ACCEPTED), CITIZEN), query.case_by_token(token, CITIZEN)):
        with pytest.raises(Wait) as told:
            await ask
        assert not told.value.locked
    await query.case_status(number, county.pin(S.ACCEPTED), Asker("sms", "+8613900000000"))
    records = await written(county.house.audit)
    assert [record.outcome for record in records] == ["told"] * 30 + ["too often"] * 2 + ["told"]


async def test_a_record_is_written_by_itself_within_a_second(county: County) -> None:
    assert FLUSH_EVERY_S <= 0.5
    noted(county.house.audit)
    for _ in range(100):  # on a machine that is busy with other tests
        if await LookupRecord.all().count():
            break
        await asyncio.sleep(0.05)
    assert await LookupRecord.all().count() == 1
    assert county.house.audit.waiting == 0


async def test_records_wait_while_the_database_is_away_and_are_written_once(database: Database) -> None:
    audit = LookupAudit(database)
    noted(audit, 2500)
    async with away(database):
        with pytest.raises(Unavailable):
            await audit.flush()
        assert audit.waiting == 2500
    noted(audit)
    await asyncio.gather(audit.flush(), audit.flush())
    assert await LookupRecord.all().count() == 2501


async def test_records_that_come_while_others_are_written_are_written_together_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, audit, written_at_once = database.append, LookupAudit(database), []

    async def while_others_ask(table: str, columns: Any, rows: Any) -> None:
        if len(written_at_once) < 3:
            noted(audit)
        written_at_once.append(len(rows))
        await append(table, columns, rows)

    monkeypatch.setattr(database, "append", while_others_ask)
    noted(audit, 2500)
    await audit.flush()
    assert (written_at_once, audit.waiting) == ([1000, 1000, 500], 3)
    written_at_once.clear()
    await audit.stop()
    assert (written_at_once, audit.waiting) == ([3, 1, 1, 1], 0)


async def test_the_writer_goes_on_after_any_error(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append, tries, done = database.append, count(), asyncio.Event()

    async def failing_once(*args: Any) -> None:
        if next(tries) == 0:
            raise RuntimeError("nobody foresaw this")
        await append(*args)
        done.set()

    monkeypatch.setattr(database, "append", failing_once)
    monkeypatch.setattr("core.audit.FLUSH_EVERY_S", 0.01)
    audit = LookupAudit(database)
    audit.start()
    noted(audit)
    await asyncio.wait_for(done.wait(), 10)
    await audit.stop()
    assert await LookupRecord.all().count() == 1


async def test_what_waits_is_written_at_the_end(database: Database) -> None:
    audit = LookupAudit(database)
    audit.start()
    noted(audit, 3)
    await audit.stop()
    assert await LookupRecord.all().count() == 3


async def test_nothing_is_told_that_can_not_be_recorded(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.audit.MOST_WAITING", 0)
    query, number = county.house.query, county.number(S.ACCEPTED)
    with pytest.raises(Unavailable):
        await query.case_status(number, county.pin(S.ACCEPTED), CITIZEN)
    with pytest.raises(Unavailable):
        await query.case_by_token(county.house.keys.token(1, 1), CITIZEN)


@pytest.mark.parametrize(
    "address, shown",
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::"),
        ("+8613800005678", "+86138****5678"),
        ("local", ""),
        ("9" * 200, "9" * 64),
        ("fe80::1%" + "x" * 200, ("fe80::1%" + "x" * 200)[:64]),
    ],
)
def test_the_origin_is_fit_for_the_trail(address: str, shown: str) -> None:
    assert origin(address) == shown
