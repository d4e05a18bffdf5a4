"""Wrong PINs lock who tries them, and never the citizen whose case it is; an unknown number behaves the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from core.asker import Asker
from core.codes import Status
from core.errors import NotRecognised, Unavailable, Wait
from core.local_time import now
from core.models import PinTry
from core.numbers import query_number
from core.pin_lock import PinLock
from gateway.house import House
from tests.core.outage import Clock, away
from tests.county import County, settings

S = Status
UNKNOWN = query_number(date(2000, 1, 1), 1)
STRANGER, CITIZEN = Asker("web", "203.0.113.7"), Asker("sms", "+8613800005678")
HALF_AN_HOUR = 30 * 60


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr("core.query.now", stopped)
    return stopped


@pytest.fixture(autouse=True)
def unhurried(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate of look-ups has its own tests."""

    async def take(sender: str) -> None: ...

    monkeypatch.setattr(county.house.lookups, "take", take)


async def wrong(county: County, number: str, who: Asker = STRANGER) -> None:
    with pytest.raises(NotRecognised):
        await county.house.query.case_status(number, county.wrong_pin(S.ACCEPTED), who)


async def refused(county: County, number: str, who: Asker = STRANGER) -> Wait:
    """The wait that is told for a right PIN."""
    with pytest.raises(Wait) as told:
        await county.house.query.case_status(number, county.pin(S.ACCEPTED), who)
    return told.value


async def locked(county: County, clock: Clock, number: str, who: Asker = STRANGER) -> None:
    """Five wrong PINs as fast as they are listened to."""
    for wait_s in (0, 0, 1, 2, 4):
        clock.put_forward(wait_s)
        await wrong(county, number, who)


async def failures(number: str) -> int:
    """Of all senders."""
    return (await PinTry.get(number=number, sender="")).failures


async def test_five_wrong_pins_lock_the_sender_for_half_an_hour(county: County, clock: Clock) -> None:
    for number in (county.number(S.ACCEPTED), UNKNOWN):
        await locked(county, clock, number)
        told = await refused(county, number)
        assert (told.locked, told.retry_after_s) == (True, HALF_AN_HOUR + 1)
        clock.put_forward(HALF_AN_HOUR - 1)
        await refused(county, number)
        assert await failures(number) == 5, "a try while locked does not make it longer"
        clock.put_forward(2)
        await wrong(county, number)
        assert await failures(number) == 1, "after the lock the count begins anew"


async def test_another_sender_still_gets_in(county: County, clock: Clock) -> None:
    number = county.number(S.ACCEPTED)
    await locked(county, clock, number)
    told = await county.house.query.case_status(number, county.pin(S.ACCEPTED), CITIZEN)
    assert told.number == number


async def test_a_try_that_comes_too_early_is_refused_at_once(county: County, clock: Clock) -> None:
    number = county.number(S.ACCEPTED)
    async with asyncio.timeout(10):  # sleeping them all out would take longer
        for wait_s in (0, 0, 1, 2, 4) * 3:
            if wait_s:
                told = await refused(county, number)
                assert (told.locked, told.retry_after_s) == (False, wait_s + 1)
                clock.put_forward(wait_s)
            await wrong(county, number)
            if wait_s == 4:
                clock.put_forward(HALF_AN_HOUR + 1)


async def test_the_right_pin_forgives(county: County, clock: Clock) -> None:
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    for _ in range(3):
        for wait_s in (0, 0, 1, 2):
            clock.put_forward(wait_s)
            await wrong(county, number)
        clock.put_forward(4)
        await county.house.query.case_status(number, pin, STRANGER)
        assert await PinTry.filter(number=number).exclude(sender="").count() == 0


async def test_fifty_wrong_pins_of_all_senders_lock_the_case_but_not_its_qr_code(county: County, clock: Clock) -> None:
    number, pin = county.number(S.ACCEPTED), county.pin(S.ACCEPTED)
    token = (await county.house.query.case_status(number, pin, CITIZEN)).token
    for case in (number, UNKNOWN):
        for n in range(10):
            assert not await PinTry.filter(number=case, sender="", failures__gte=50).exists()
            await locked(county, clock, case, Asker("web", f"192.0.2.{n}"))
        told = await refused(county, case, CITIZEN)
        assert (told.locked, told.retry_after_s) == (True, HALF_AN_HOUR + 1)
    assert (await county.house.query.case_by_token(token, CITIZEN)).number == number
    clock.put_forward(HALF_AN_HOUR + 1)
    assert (await county.house.query.case_status(number, pin, CITIZEN)).number == number


async def test_of_a_burst_by_one_sender_two_are_heard(county: County, clock: Clock) -> None:
    number, pin = county.number(S.ACCEPTED), county.wrong_pin(S.ACCEPTED)
    guesses = (county.house.query.case_status(number, pin, STRANGER) for _ in range(40))
    came = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, NotRecognised) for one in came) == 2
    assert sum(isinstance(one, Wait) for one in came) == 38
    assert await failures(number) == 2


async def test_of_a_burst_by_many_senders_each_guess_counts(county: County, clock: Clock) -> None:
    number, pin = county.number(S.ACCEPTED), county.wrong_pin(S.ACCEPTED)
    senders = [Asker("web", f"198.51.100.{n}") for n in range(60)]
    guesses = (county.house.query.case_status(number, pin, sender) for sender in senders)
    came = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(one, NotRecognised) for one in came) == 50
    assert sum(isinstance(one, Wait) and one.locked for one in came) == 10
    assert await failures(number) == 50


async def test_counts_of_processes_at_once_add_up(county: County, county_url: str) -> None:
    """However many processes count, none of their guesses is lost."""
    number = county.number(S.ACCEPTED)
    other = House(settings(county_url, county.house.settings.files.folder))
    await asyncio.create_task(in_another_process(other, number))
    await asyncio.gather(
        asyncio.create_task(in_another_process(other, number)),
        *(county.house.query._lock.count(number, "a", Clock().at) for _ in range(10)),
    )
    assert await failures(number) == 30


async def in_another_process(house: House, number: str) -> None:
    await house.open()
    for _ in range(10):
        await house.query._lock.count(number, "b", Clock().at)
    await house.close()


async def test_a_lock_outlives_the_process(county: County, county_url: str, clock: Clock) -> None:
    number = county.number(S.ACCEPTED)
    await locked(county, clock, number)
    started_anew = House(settings(county_url, county.house.settings.files.folder))
    await started_anew.open()
    with pytest.raises(Wait) as told:
        await started_anew.query.case_status(number, county.pin(S.ACCEPTED), STRANGER)
    assert told.value.locked
    await started_anew.close()


async def test_an_unknown_number_costs_what_a_wrong_pin_costs(
    county: County, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = county.house.database.rows
    asked: list[str] = []

    async def rows(sql: str, values: Sequence[object]) -> Sequence[object]:
        asked.append(sql)
        return await read(sql, values)

    monkeypatch.setattr(county.house.database, "rows", rows)
    costs = []
    for number in (county.number(S.ACCEPTED), UNKNOWN, county.number(S.DRAFT)):
        with caplog.at_level("DEBUG", "tortoise.db_client"):
            caplog.clear()
            asked.clear()
            await wrong(county, number)
            costs.append((list(asked), [record.msg % ("", "") for record in caplog.records]))
    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0][0]) == 1, "one round trip a look-up"


async def test_nobody_is_let_try_when_the_try_can_not_be_counted(county: County, clock: Clock) -> None:
    number = county.number(S.ACCEPTED)
    async with away(county.house.database):
        with pytest.raises(Unavailable):
            await county.house.query.case_status(number, county.wrong_pin(S.ACCEPTED), STRANGER)
    await wrong(county, number)
    assert await failures(number) == 1


async def test_tries_that_no_longer_count_are_forgotten_and_others_are_not(
    county: County, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.pin_lock.FORGOTTEN_AT_ONCE", 2)
    for serial in (1, 2, 3):
        await wrong(county, query_number(date(2000, 1, 1), serial))
    clock.put_forward(HALF_AN_HOUR + 1)
    await wrong(county, county.number(S.ACCEPTED))
    lock = PinLock(county.house.database)
    assert await lock.forget(clock()) == 6
    assert await lock.forget(clock()) == 0
    assert {row.number for row in await PinTry.all()} == {county.number(S.ACCEPTED)}


async def test_a_lock_is_not_forgotten_while_it_holds(county: County, clock: Clock) -> None:
    number = county.number(S.ACCEPTED)
    await locked(county, clock, number)
    clock.put_forward(HALF_AN_HOUR - 1)
    assert await PinLock(county.house.database).forget(clock()) == 0
    assert await refused(county, number)


async def test_the_running_program_clears_away_at_its_start(county: County) -> None:
    await PinTry.create(number=UNKNOWN, sender="a", failures=1, last_at=now() - timedelta(hours=1))
    county.house.upkeep.start()
    for _ in range(200):
        if not await PinTry.exists():
            break
        await asyncio.sleep(0.01)
    await county.house.upkeep.stop()
    assert not await PinTry.exists()
