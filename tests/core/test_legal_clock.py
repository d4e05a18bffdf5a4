"""Due days as the law counts them: around Spring Festival, weekends, lunch, leap days and unpublished years."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import WorkCalendar
from core.holidays import published_years
from core.legal_clock import (
    CORRECTION_NOTICE,
    DELIVERY,
    JOINT_EXTENSION,
    JOINT_LIMIT,
    PERMIT_EXTENSION,
    PERMIT_LIMIT,
    Due,
    Limit,
    OfficeHours,
    Pause,
    Unit,
    due,
    left,
    statutory,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
YEARS = {year: days for year, days in published_years().items() if year <= 2026}
CALENDAR = WorkCalendar(frozenset(YEARS), {day: on for days in YEARS.values() for day, on in days.items()})
ALL_PUBLISHED = WorkCalendar(frozenset(range(2004, 2200)), CALENDAR.exceptions)
WORKING, NATURAL, HOURS, MONTHS, YEARS_ = Unit
unhurried = settings(deadline=None)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def pause(start: str, end: str) -> Pause:
    return Pause(at(start), at(end))


def end_of(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(23, 59, 59), SHANGHAI)


@pytest.mark.parametrize(
    "amount, unit, start, day, why",
    [
        (1, WORKING, "2026-03-02 09:00", "2026-03-03", "the day of the start is not counted"),
        (1, WORKING, "2026-03-02 00:00", "2026-03-03", "not even from its first second"),
        (5, WORKING, "2026-03-06 16:00", "2026-03-13", "a weekend is stepped over"),
        (1, WORKING, "2026-03-07 10:00", "2026-03-09", "from a Saturday it counts from Monday"),
        (1, WORKING, "2025-12-31 09:00", "2026-01-04", "the Sunday after New Year is worked"),
        (1, WORKING, "2026-02-13 09:00", "2026-02-14", "the Saturday before Spring Festival is worked"),
        (2, WORKING, "2026-02-13 09:00", "2026-02-24", "Spring Festival is stepped over"),
        (20, WORKING, "2026-02-02 09:00", "2026-03-06", "a permit across Spring Festival and both swap days"),
        (5, WORKING, "2026-02-24 09:00", "2026-03-02", "the Saturday after Spring Festival is worked"),
        (3, WORKING, "2026-05-06 09:00", "2026-05-09", "the Saturday after Labour Day is worked"),
        (1, WORKING, "2026-09-18 09:00", "2026-09-20", "the Sunday before National Day is worked"),
        (3, WORKING, "2026-09-30 09:00", "2026-10-10", "the Saturday after National Day is worked"),
        (0, WORKING, "2026-03-02 09:00", "2026-03-02", "done on the spot"),
        (0, WORKING, "2026-03-07 09:00", "2026-03-09", "done on the spot, once the office is open"),
        (5, NATURAL, "2026-03-02 09:00", "2026-03-09", "a natural day limit that ends on a Saturday moves to Monday"),
        (10, NATURAL, "2026-03-02 09:00", "2026-03-12", "weekends within count"),
        (10, NATURAL, "2026-02-06 09:00", "2026-02-24", "an end within Spring Festival moves behind it"),
        (8, NATURAL, "2026-02-06 09:00", "2026-02-14", "a worked Saturday is a fine end"),
        (1, MONTHS, "2026-01-31 09:00", "2026-02-28", "no 31 February; the last day, a worked Saturday"),
        (1, MONTHS, "2024-01-30 09:00", "2024-02-29", "the last day of February in a leap year"),
        (1, MONTHS, "2024-02-29 09:00", "2024-03-29", "the same date, not the month's end"),
        (3, MONTHS, "2025-11-17 09:00", "2026-02-24", "an end within Spring Festival moves behind it"),
        (12, MONTHS, "2024-02-29 09:00", "2025-02-28", "a year of months from a leap day"),
        (1, YEARS_, "2024-02-29 09:00", "2025-02-28", "a year from a leap day"),
        (1, YEARS_, "2025-10-01 09:00", "2026-10-08", "an end on National Day moves behind the holidays"),
    ],
)
def test_a_limit_ends_with_the_day(amount: int, unit: Unit, start: str, day: str, why: str) -> None:
    assert due(Limit(amount, unit), at(start), CALENDAR) == Due(end_of(day), provisional=False), why


@pytest.mark.parametrize(
    "amount, start, end, why",
    [
        (2, "2026-03-02 09:00", "2026-03-02 11:00", "within the morning"),
        (2, "2026-03-02 11:00", "2026-03-02 15:00", "lunch from 12:00 to 14:00 doesn't count"),
        (2, "2026-03-02 10:00", "2026-03-02 12:00", "used up at noon means noon"),
        (1, "2026-03-02 13:00", "2026-03-02 15:00", "from lunch on it begins at 14:00"),
        (1, "2026-03-02 07:00", "2026-03-02 09:30", "before opening it begins at 08:30"),
        (1, "2026-03-02 17:00", "2026-03-03 09:00", "the rest runs the next morning"),
        (1, "2026-03-02 20:00", "2026-03-03 09:30", "after closing it begins the next morning"),
        (7, "2026-03-02 08:30", "2026-03-02 17:30", "a whole day ends at closing"),
        (8, "2026-03-06 15:00", "2026-03-09 16:00", "a weekend is stepped over"),
        (4, "2026-03-07 10:00", "2026-03-09 14:30", "on a Saturday the clock waits for Monday"),
        (2, "2026-02-14 16:30", "2026-02-24 09:30", "from a worked Saturday across Spring Festival"),
        (24, "2026-03-02 09:00", "2026-03-05 12:00", "24 hours are more than three days of seven"),
        (0, "2026-03-07 10:00", "2026-03-07 10:00", "no hours end at once"),
    ],
)
def test_hours_run_in_office_hours(amount: int, start: str, end: str, why: str) -> None:
    assert due(Limit(amount, HOURS), at(start), CALENDAR) == Due(at(end), provisional=False), why


def test_hours_follow_the_centres_own_periods() -> None:
    mornings = OfficeHours(((time(9), time(11)),))
    assert due(Limit(3, HOURS), at("2026-03-02 10:30"), CALENDAR, office_hours=mornings).at == at("2026-03-04 09:30")


def test_natural_hours_run_through_nights_and_holidays() -> None:
    assert due(Limit(48, HOURS), at("2026-02-14 16:00"), CALENDAR, natural_hours=True).at == at("2026-02-16 16:00")


def test_natural_hours_are_real_hours_where_the_clocks_change() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert due(Limit(24, HOURS), start, CALENDAR, natural_hours=True).at.replace(tzinfo=None).hour == 13


@pytest.mark.parametrize(
    "amount, unit, start, pauses, end, why",
    [
        (3, WORKING, "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-05 17:00")], "2026-03-09 23:59:59",
         "the day it starts counts, the two days after don't"),
        (3, WORKING, "2026-03-05 09:00", [("2026-03-06 09:00", "2026-03-08 17:00")], "2026-03-10 23:59:59",
         "a weekend in a pause would not have counted anyway"),
        (5, NATURAL, "2026-03-05 09:00", [("2026-03-06 09:00", "2026-03-08 17:00")], "2026-03-12 23:59:59",
         "for natural days it would"),
        (3, WORKING, "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-05 17:00"),
                                          ("2026-03-04 09:00", "2026-03-05 09:00")], "2026-03-09 23:59:59",
         "a pause within another counts once"),
        (3, WORKING, "2026-03-02 09:00", [("2026-03-04 09:00", "2026-03-06 09:00"),
                                          ("2026-03-03 09:00", "2026-03-05 17:00")], "2026-03-10 23:59:59",
         "overlapping pauses count once, in whatever order"),
        (3, WORKING, "2026-03-02 09:00", [("2026-03-06 09:00", "2026-03-12 17:00")], "2026-03-05 23:59:59",
         "a pause after the end changes nothing"),
        (3, WORKING, "2026-03-02 09:00", [("2026-03-05 09:00", "2026-03-12 17:00")], "2026-03-05 23:59:59",
         "nor one that begins on the last day, which counts"),
        (3, WORKING, "2026-03-02 09:00", [("2026-02-24 09:00", "2026-03-03 17:00")], "2026-03-06 23:59:59",
         "a pause from before the start takes only what is left of it"),
        (1, WORKING, "2026-03-02 09:00", [("2026-03-02 10:00", "2026-03-02 17:00")], "2026-03-03 23:59:59",
         "a pause within a day takes no day"),
        (3, WORKING, "2026-03-02 09:00", [("2026-03-03 09:00", "2026-03-05 17:00"),
                                          ("2026-03-06 09:00", "2026-03-09 17:00")], "2026-03-10 23:59:59",
         "a second pause is reached only because of the first"),
        (1, MONTHS, "2026-03-02 09:00", [("2026-03-10 09:00", "2026-03-12 17:00")], "2026-04-07 23:59:59",
         "a month gets two natural days, then moves behind 清明"),
        (1, YEARS_, "2025-03-03 09:00", [("2025-06-02 09:00", "2025-06-12 17:00")], "2026-03-13 23:59:59",
         "a year gets ten natural days"),
        (3, HOURS, "2026-03-02 09:00", [("2026-03-02 10:00", "2026-03-02 15:00")], "2026-03-02 17:00",
         "hours lose the office time of the exact interval, lunch left out"),
        (2, HOURS, "2026-03-06 16:30", [("2026-03-06 17:00", "2026-03-09 09:00")], "2026-03-09 10:30",
         "over a weekend"),
        (2, HOURS, "2026-03-02 09:00", [("2026-03-02 11:00", "2026-03-03 11:00")], "2026-03-02 11:00",
         "not when the pause begins as the time is up"),
    ],
)  # fmt: skip
def test_a_pause_stops_the_clock(
    amount: int, unit: Unit, start: str, pauses: list[tuple[str, str]], end: str, why: str
) -> None:
    found = due(Limit(amount, unit), at(start), CALENDAR, pauses=[pause(*times) for times in pauses])
    assert found.at == at(end), why


def test_a_pause_stops_natural_hours_for_its_exact_length() -> None:
    stopped = [pause("2026-03-07 10:00", "2026-03-07 10:45")]
    assert due(Limit(24, HOURS), at("2026-03-07 09:00"), CALENDAR, pauses=stopped, natural_hours=True).at == at(
        "2026-03-08 09:45"
    )


def test_a_pause_told_in_another_zone_counts_by_the_days_of_the_start() -> None:
    stopped = Pause(datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 3, 17, tzinfo=UTC))
    assert due(Limit(3, WORKING), at("2026-03-02 09:00"), CALENDAR, pauses=[stopped]).at == end_of("2026-03-06")


@pytest.mark.parametrize(
    "limit, start, extra, end, why",
    [
        (PERMIT_LIMIT, "2026-03-02 09:00", PERMIT_EXTENSION, "2026-04-14 23:59:59", "20 and 10 working days, 清明 off"),
        (Limit(5, NATURAL), "2026-03-02 09:00", 1, "2026-03-10 23:59:59", "after the move off the weekend"),
        (Limit(1, MONTHS), "2026-01-31 09:00", 1, "2026-03-02 23:59:59", "after the end of the month"),
        (Limit(2, HOURS), "2026-03-06 09:00", 1, "2026-03-09 11:00", "hours keep their time of day"),
    ],
)
def test_an_extension_adds_working_days_at_the_end(limit: Limit, start: str, extra: int, end: str, why: str) -> None:
    assert due(limit, at(start), CALENDAR, extra_workdays=extra).at == at(end), why


def test_a_pause_during_the_extension_stops_the_clock_too() -> None:
    stopped = [pause("2026-03-04 09:00", "2026-03-06 09:00")]
    found = due(Limit(1, WORKING), at("2026-03-02 09:00"), CALENDAR, pauses=stopped, extra_workdays=2)
    assert found.at == end_of("2026-03-09")


@pytest.mark.parametrize(
    "limit, start, day, provisional, why",
    [
        (Limit(2, WORKING), "2026-12-29 09:00", "2026-12-31", False, "all within 2026"),
        (Limit(2, WORKING), "2026-12-30 09:00", "2027-01-04", True, "New Year 2027 isn't published"),
        (Limit(1, WORKING), "2027-03-01 09:00", "2027-03-02", True, "wholly in 2027"),
        (Limit(2, NATURAL), "2026-12-29 09:00", "2026-12-31", False, "ends in 2026"),
        (Limit(7, NATURAL), "2026-12-29 09:00", "2027-01-05", True, "whether the last day is worked isn't known"),
        (Limit(1, YEARS_), "2026-03-02 09:00", "2027-03-02", True, "nor a year ahead"),
        (Limit(6, MONTHS), "2003-07-01 09:00", "2004-01-02", False, "where it came from doesn't matter for months"),
        (Limit(1, WORKING), "2003-12-31 09:00", "2004-01-02", True, "for working days it does"),
    ],
)
def test_a_due_day_is_provisional_when_it_hangs_on_an_unpublished_year(
    limit: Limit, start: str, day: str, provisional: bool, why: str
) -> None:
    assert due(limit, at(start), CALENDAR) == Due(end_of(day), provisional), why


@pytest.mark.parametrize(
    "natural, extra, provisional",
    [(False, 0, True), (True, 0, False), (True, 1, True)],
    ids=["office hours", "natural hours", "natural hours with an extension in working days"],
)
def test_hours_into_2027_are_provisional_when_working_days_matter(natural: bool, extra: int, provisional: bool) -> None:
    found = due(Limit(20, HOURS), at("2026-12-31 16:00"), CALENDAR, natural_hours=natural, extra_workdays=extra)
    assert found.at.year == 2027
    assert found.provisional is provisional


@pytest.mark.parametrize(
    "now, unit, days, why",
    [
        ("2026-02-13 09:00", WORKING, 2, "the worked Saturday and the day itself"),
        ("2026-02-13 09:00", NATURAL, 11, "all days count"),
        ("2026-02-15 09:00", WORKING, 1, "only the day itself"),
        ("2026-02-24 00:00", WORKING, 0, "on the due day"),
        ("2026-02-24 23:59", MONTHS, 0, "until its end"),
        ("2026-02-25 00:00", WORKING, -1, "over by a day"),
        ("2026-02-25 00:00", HOURS, -1, "over by a day"),
        ("2026-03-02 09:00", WORKING, -5, "the worked Saturday counts against us"),
        ("2026-03-02 09:00", NATURAL, -6, "the Sunday too"),
    ],
)
def test_days_left(now: str, unit: Unit, days: int, why: str) -> None:
    assert left(Due(end_of("2026-02-24"), provisional=False), at(now), CALENDAR, unit) == days, why


def test_the_day_after_a_friday_is_over_though_no_working_day_has_passed() -> None:
    friday = Due(end_of("2026-03-06"), provisional=False)
    assert left(friday, at("2026-03-07 08:00"), CALENDAR, WORKING) == -1


def test_days_left_are_those_of_the_zone_of_the_due_day() -> None:
    midnight_in_shanghai = datetime(2026, 2, 24, 16, tzinfo=UTC)
    assert left(Due(end_of("2026-02-24"), provisional=False), midnight_in_shanghai, CALENDAR, NATURAL) == -1


@pytest.mark.parametrize(
    "task_type, own, binding, why",
    [
        ("01", None, PERMIT_LIMIT, "a permit without a limit has that of the law"),
        ("01", Limit(5, WORKING), Limit(5, WORKING), "a shorter one stands"),
        ("01", Limit(3, MONTHS), Limit(3, MONTHS), "a longer one stands, as a law may set it"),
        ("07", None, None, "another type without a limit has none"),
        ("20", Limit(30, NATURAL), Limit(30, NATURAL), "another type has its own"),
    ],
)
def test_the_limit_that_binds(task_type: str, own: Limit | None, binding: Limit | None, why: str) -> None:
    assert statutory(task_type, own) == binding, why


def test_the_limits_of_the_law() -> None:
    assert (PERMIT_LIMIT.amount, PERMIT_EXTENSION) == (20, 10)
    assert (JOINT_LIMIT.amount, JOINT_EXTENSION) == (45, 15)
    assert (CORRECTION_NOTICE, DELIVERY) == (5, 10)
    assert {PERMIT_LIMIT.unit, JOINT_LIMIT.unit} == {WORKING}


def test_a_limit_in_absurd_numbers_is_refused() -> None:
    for amount in (-1, 20201020):
        with pytest.raises(ValueError, match=str(amount)):
            Limit(amount, WORKING)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        due(PERMIT_LIMIT, datetime(2026, 3, 2), CALENDAR)  # noqa: DTZ001 - the point of the test


def test_an_open_pause_is_refused() -> None:
    with pytest.raises(ValueError, match="open pause"):
        due(PERMIT_LIMIT, at("2026-03-02"), CALENDAR, pauses=[Pause(at("2026-03-03"), None)])


def test_a_negative_extension_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        due(PERMIT_LIMIT, at("2026-03-02"), CALENDAR, extra_workdays=-1)


def test_a_limit_beyond_the_last_year_overflows() -> None:
    for unit in (NATURAL, MONTHS, YEARS_):
        with pytest.raises(OverflowError):
            due(Limit(9000, unit), at("9990-01-01"), CALENDAR)


@pytest.mark.parametrize(
    "start, end, match",
    [
        (datetime(2026, 3, 2), None, "zone"),  # noqa: DTZ001 - the point of the test
        (at("2026-03-02"), datetime(2026, 3, 3), "zone"),  # noqa: DTZ001 - the point of the test
        (at("2026-03-02"), at("2026-03-01"), "before"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(start: datetime, end: datetime | None, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Pause(start, end)


@pytest.mark.parametrize(
    "periods",
    [
        (),
        ((time(12), time(9)),),
        ((time(9), time(9)),),
        ((time(14), time(17)), (time(9), time(12))),
        ((time(9), time(12)), (time(11), time(17))),
        ((time(9, tzinfo=UTC), time(12, tzinfo=UTC)),),
    ],
)
def test_office_hours_that_make_no_sense_are_refused(periods: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(periods)


starts = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI))  # noqa: DTZ001
day_units = st.sampled_from([WORKING, NATURAL, MONTHS, YEARS_])
limits = st.builds(Limit, st.integers(0, 40), st.sampled_from(Unit))
day_limits = st.builds(Limit, st.integers(0, 40), day_units)
pauses = st.builds(
    lambda start, length: Pause(start, start + length), starts, st.timedeltas(timedelta(), timedelta(40))
)
several = st.lists(pauses, max_size=4)
extensions = st.integers(0, 15)


@unhurried
@given(day_limits, starts, several, extensions)
def test_a_due_day_is_always_a_working_day(limit: Limit, start: datetime, stops: list[Pause], extra: int) -> None:
    end = due(limit, start, CALENDAR, pauses=stops, extra_workdays=extra).at
    assert CALENDAR.is_workday(end.date())
    assert end.timetz() == time(23, 59, 59, tzinfo=SHANGHAI)


@unhurried
@given(st.integers(1, 40), starts, several, extensions)
def test_working_days_are_those_a_walk_finds_outside_the_pauses(
    amount: int, start: datetime, stops: list[Pause], extra: int
) -> None:
    spans = [(stop.start.date(), stop.end.date()) for stop in stops if stop.end]
    day, counted = start.date(), 0
    while counted < amount + extra:
        day += timedelta(days=1)
        counted += CALENDAR.is_workday(day) and not any(after < day <= through for after, through in spans)
    assert due(Limit(amount, WORKING), start, CALENDAR, pauses=stops, extra_workdays=extra).at.date() == day


@unhurried
@given(st.integers(1, 200), starts, several)
def test_natural_days_are_those_a_walk_finds_outside_the_pauses(
    amount: int, start: datetime, stops: list[Pause]
) -> None:
    spans = [(stop.start.date(), stop.end.date()) for stop in stops if stop.end]
    day, counted = start.date(), 0
    while counted < amount:
        day += timedelta(days=1)
        counted += not any(after < day <= through for after, through in spans)
    assert due(Limit(amount, NATURAL), start, CALENDAR, pauses=stops).at.date() == CALENDAR.next_workday(day)


@unhurried
@given(limits, starts, several, pauses, extensions, st.booleans())
def test_a_pause_never_makes_a_due_moment_earlier(
    limit: Limit, start: datetime, stops: list[Pause], one_more: Pause, extra: int, natural: bool
) -> None:
    before = due(limit, start, CALENDAR, pauses=stops, extra_workdays=extra, natural_hours=natural)
    after = due(limit, start, CALENDAR, pauses=[*stops, one_more], extra_workdays=extra, natural_hours=natural)
    assert after.at >= before.at


@unhurried
@given(limits, starts, several)
def test_the_order_of_pauses_and_telling_one_twice_change_nothing(
    limit: Limit, start: datetime, stops: list[Pause]
) -> None:
    found = due(limit, start, CALENDAR, pauses=[*reversed(stops), *stops])
    assert found == due(limit, start, CALENDAR, pauses=stops)


@unhurried
@given(limits, starts, several, extensions)
def test_more_time_never_ends_earlier(limit: Limit, start: datetime, stops: list[Pause], extra: int) -> None:
    end = due(limit, start, CALENDAR, pauses=stops).at
    assert due(Limit(limit.amount + 1, limit.unit), start, CALENDAR, pauses=stops).at >= end
    assert due(limit, start, CALENDAR, pauses=stops, extra_workdays=extra).at >= end


@unhurried
@given(limits, starts, st.timedeltas(timedelta(), timedelta(90)), extensions)
def test_a_later_start_never_ends_earlier(limit: Limit, start: datetime, later: timedelta, extra: int) -> None:
    end = due(limit, start, CALENDAR, extra_workdays=extra).at
    assert due(limit, start + later, CALENDAR, extra_workdays=extra).at >= end


@unhurried
@given(limits, starts, several, extensions, st.booleans())
def test_published_years_leave_nothing_provisional(
    limit: Limit, start: datetime, stops: list[Pause], extra: int, natural: bool
) -> None:
    found = due(limit, start, ALL_PUBLISHED, pauses=stops, extra_workdays=extra, natural_hours=natural)
    assert not found.provisional


@unhurried
@given(limits, starts, several)
def test_a_due_moment_that_is_not_provisional_stays_when_more_years_are_published(
    limit: Limit, start: datetime, stops: list[Pause]
) -> None:
    found = due(limit, start, CALENDAR, pauses=stops)
    if not found.provisional:
        assert due(limit, start, ALL_PUBLISHED, pauses=stops) == found


@unhurried
@given(st.integers(1, 60), starts)
def test_hours_end_within_opening_times_of_a_working_day(amount: int, start: datetime) -> None:
    end = due(Limit(amount, HOURS), start, CALENDAR).at
    clock = end.time()
    assert CALENDAR.is_workday(end.date())
    assert time(8, 30) < clock <= time(12) or time(14) < clock <= time(17, 30)


@unhurried
@given(st.integers(1, 30), starts)
def test_hours_are_those_a_walk_by_minutes_finds(amount: int, start: datetime) -> None:
    start = start.replace(second=0, microsecond=0)
    now, minutes = start, 0
    while minutes < amount * 60:
        minutes += CALENDAR.is_workday(now.date()) and (
            time(8, 30) <= now.time() < time(12) or time(14) <= now.time() < time(17, 30)
        )
        now += timedelta(minutes=1)
    assert due(Limit(amount, HOURS), start, CALENDAR).at == now


@unhurried
@given(day_limits, starts, st.timedeltas(timedelta(-400), timedelta(400)))
def test_days_left_tell_before_on_and_after_the_due_day(limit: Limit, start: datetime, away: timedelta) -> None:
    found = due(limit, start, CALENDAR)
    now = found.at + away
    days = left(found, now, CALENDAR, limit.unit)
    assert (days > 0, days == 0) == (now.date() < found.at.date(), now.date() == found.at.date())
