"""What the events of a case say of its due dates: acceptance, pauses, promises, extension, and years to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import WorkCalendar
from core.case_state import EXTENDED, MOVED, OPENED, RESCHEDULED, SYNCED, CaseState, Event, Rules, replayed
from core.codes import Status
from core.legal_clock import Limit, Unit
from core.local_time import ZONE, day_end

S = Status
WEEKDAYS = WorkCalendar(frozenset({2026}), {})
PERMIT = Rules("01", "2", None, None, WEEKDAYS)
QUICK = Rules("01", "2", Limit(5, Unit.WORKING_DAYS), None, WEEKDAYS)
CONFIRMATION = Rules("07", "2", Limit(5, Unit.WORKING_DAYS), None, WEEKDAYS)


def on(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def opened(at: datetime, status: Status = S.RECEIVED, **data: Any) -> Event:
    return Event(OPENED, at, "王", status, data=data)


def moved(at: datetime, to: Status, **data: Any) -> Event:
    return Event(MOVED, at, "王", to, reason="说明", data=data)


def reviewed(received: datetime, accepted: datetime) -> tuple[Event, ...]:
    return opened(received), moved(accepted, S.ACCEPTED), moved(accepted, S.REVIEWING)


def due(state: CaseState) -> date:
    assert state.due_at is not None
    assert state.due_at == day_end(state.due_at.date())
    return state.due_at.date()


def test_the_clock_starts_with_acceptance_and_not_before() -> None:
    received = replayed([opened(on(3, 2))], QUICK)
    assert (received.due_at, received.statutory_due_at) == (None, None)
    accepted = replayed([opened(on(3, 2)), moved(on(3, 4), S.ACCEPTED)], QUICK)
    assert due(accepted) == date(2026, 3, 11)
    assert accepted.statutory_due_at == day_end(date(2026, 4, 1))
    assert accepted.accepted_at == on(3, 4)


# 行政许可法 article 32: received on Monday 2 March, the list is due on Monday 9 March.
def test_acceptance_within_five_working_days_counts_from_its_own_day() -> None:
    assert replayed([opened(on(3, 2)), moved(on(3, 9, 23), S.ACCEPTED)], PERMIT).accepted_at == on(3, 9, 23)


def test_acceptance_later_than_that_counts_from_receipt() -> None:
    state = replayed([opened(on(3, 2)), moved(on(3, 10), S.ACCEPTED)], PERMIT)
    assert state.accepted_at == on(3, 2)
    assert due(state) == date(2026, 3, 30)


def test_the_list_in_time_keeps_acceptance_open() -> None:
    events = [opened(on(3, 2)), moved(on(3, 9), S.CORRECTION), moved(on(3, 20), S.RECEIVED)]
    assert replayed([*events, moved(on(3, 27), S.ACCEPTED)], PERMIT).accepted_at == on(3, 27)
    assert replayed([*events, moved(on(3, 30), S.ACCEPTED)], PERMIT).accepted_at == on(3, 20)


def test_a_list_that_comes_too_late_does_not_undo_what_the_law_assumes() -> None:
    events = [opened(on(3, 2)), moved(on(3, 10), S.CORRECTION), moved(on(3, 11), S.RECEIVED)]
    assert replayed([*events, moved(on(3, 12), S.ACCEPTED)], PERMIT).accepted_at == on(3, 2)


def test_only_permits_are_deemed_accepted() -> None:
    assert replayed([opened(on(3, 2)), moved(on(3, 20), S.ACCEPTED)], CONFIRMATION).accepted_at == on(3, 20)


def test_what_was_passed_beforehand_counts_from_its_receipt_at_the_counter() -> None:
    events = [opened(on(3, 2), S.SUBMITTED), moved(on(3, 3), S.PRE_PASSED), moved(on(3, 16), S.RECEIVED)]
    state = replayed([*events, moved(on(3, 23), S.ACCEPTED)], PERMIT)
    assert (state.applied_at, state.accepted_at) == (on(3, 2), on(3, 23))


def test_a_pause_moves_the_due_day_by_its_working_days() -> None:
    events = [*reviewed(on(3, 2), on(3, 2)), moved(on(3, 4), S.SPECIAL, procedure="检测", until="2026-03-20")]
    assert due(replayed(reviewed(on(3, 2), on(3, 2)), QUICK)) == date(2026, 3, 9)
    assert due(replayed(events, QUICK)) == date(2026, 3, 25), "as the applicant was told"
    assert due(replayed([*events, moved(on(3, 11), S.REVIEWING)], QUICK)) == date(2026, 3, 16), "as it came"


def test_a_pause_without_an_end_told_does_not_count_before_it_ended() -> None:
    events = [*reviewed(on(3, 2), on(3, 2)), moved(on(3, 4), S.SPECIAL, procedure="检测")]
    assert due(replayed(events, QUICK)) == date(2026, 3, 9)
    assert due(replayed([*events, moved(on(3, 11), S.REVIEWING)], QUICK)) == date(2026, 3, 16)


def test_two_pauses_both_count() -> None:
    events = [*reviewed(on(3, 2), on(3, 2))]
    for start, end in ((3, 4), (5, 6)):
        events += [moved(on(3, start), S.SPECIAL, procedure="检测"), moved(on(3, end), S.REVIEWING)]
    assert due(replayed(events, QUICK)) == date(2026, 3, 11)


def test_a_list_that_leads_on_ends_the_pause() -> None:
    events = [*reviewed(on(3, 2), on(3, 2)), moved(on(3, 4), S.SPECIAL, procedure="检测", until="2026-06-30")]
    again = Event(SYNCED, on(3, 6), "名单", S.SPECIAL)
    state = replayed([*events, again], QUICK)
    assert (state.told["paused_by"], state.told["paused_until"]) == ("检测", "2026-06-30")
    state = replayed([*events, again, Event(SYNCED, on(3, 11), "名单", S.DECIDED)], QUICK)
    assert due(state) == date(2026, 3, 16)
    assert "paused_by" not in state.told


def test_an_extension_adds_working_days_to_both_limits() -> None:
    state = replayed([*reviewed(on(3, 2), on(3, 2)), Event(EXTENDED, on(3, 3), "李", data={"workdays": 10})], QUICK)
    assert state.extended
    assert due(state) == date(2026, 3, 23)
    assert state.statutory_due_at == day_end(date(2026, 4, 13))


def test_a_day_promised_in_writing_stands_and_moves_with_pauses_and_extensions() -> None:
    promised = opened(on(3, 2), S.REVIEWING, accepted_at=on(3, 2).isoformat(), promised_at="2026-03-13")
    assert due(replayed([promised], QUICK)) == date(2026, 3, 13)
    paused = [promised, moved(on(3, 4), S.SPECIAL, procedure="检测"), moved(on(3, 11), S.REVIEWING)]
    assert due(replayed(paused, QUICK)) == date(2026, 3, 20)
    assert due(replayed([*paused, Event(EXTENDED, on(3, 12), "李", data={"workdays": 2})], QUICK)) == date(2026, 3, 24)


def test_a_due_day_in_a_year_that_is_not_published_is_provisional_until_it_is() -> None:
    events = reviewed(on(12, 28), on(12, 28))
    state = replayed(events, QUICK)
    assert (due(state), state.due_provisional) == (date(2027, 1, 5), True)
    holidays = {date(2027, 1, day): False for day in (1, 4, 5)}
    published = Rules("01", "2", QUICK.promised, None, WorkCalendar(frozenset({2026, 2027}), holidays))
    state = replayed([*events, Event(RESCHEDULED, on(12, 29), "系统")], published)
    assert (due(state), state.due_provisional) == (date(2027, 1, 7), False)


def test_what_is_told_of_a_status_goes_with_it_but_a_decision_stays() -> None:
    events = [*reviewed(on(3, 2), on(3, 2)), moved(on(3, 3), S.DECIDED, decision="refused")]
    assert replayed(events, QUICK).told["decision_reason"] == "说明"
    state = replayed([*events, Event(MOVED, on(3, 4), "王", S.COMPLETED, data={"result_code": "6"})], QUICK)
    assert state.told == {"decision": "refused", "decision_reason": "说明", "result_code": "6"}
    corrected = [opened(on(3, 2)), moved(on(3, 3), S.CORRECTION, missing=["照片"], amend_until="2026-03-20")]
    assert replayed([*corrected, Event(MOVED, on(3, 4), "王", S.RECEIVED)], QUICK).told == {}


@settings(deadline=None)
@given(st.lists(st.sampled_from(Status), max_size=12), st.sampled_from([PERMIT, QUICK]), st.integers(-12, 12))
def test_a_history_gives_the_same_state_whatever_zone_its_times_come_in(
    statuses: list[Status], rules: Rules, hours: int
) -> None:
    events = [opened(on(3, 2)), *(moved(on(3, 3 + n), to, until="2026-04-01") for n, to in enumerate(statuses))]
    elsewhere = timezone(timedelta(hours=hours))
    abroad = [replace(event, at=event.at.astimezone(elsewhere)) for event in events]
    state = replayed(events, rules)
    assert replayed(abroad, rules) == state
    assert state.seq == len(events)
