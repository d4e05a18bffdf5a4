"""Receipts that come late, doubled or out of order never turn a message back."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notify.states import LOST, State, moved, proves, rank

STATES = st.sampled_from(State)


def after(*heard: State) -> State:
    state = State.SENDING
    for one in heard:
        state = moved(state, one)
    return state


@given(st.lists(STATES, max_size=8))
def test_no_receipt_moves_a_message_backwards(heard: list[State]) -> None:
    state = State.QUEUED
    for one in heard:
        before, state = state, moved(state, one)
        assert rank(state) >= rank(before)


@given(st.lists(STATES, min_size=1, max_size=5))
def test_the_order_of_receipts_makes_no_difference_to_how_far_a_message_has_come(heard: list[State]) -> None:
    ends = {rank(after(*order)) for order in permutations(heard)}
    assert len(ends) == 1


@given(st.lists(STATES, max_size=6))
def test_hearing_everything_twice_changes_nothing(heard: list[State]) -> None:
    assert after(*heard, *heard) == after(*heard)


def test_taken_over_is_not_arrived() -> None:
    assert not proves(State.ACCEPTED, State.DELIVERED)
    assert not proves(State.SENT, State.DELIVERED)
    assert proves(State.READ, State.DELIVERED)


@pytest.mark.parametrize("state", sorted(LOST))
@pytest.mark.parametrize("proof", list(State))
def test_nothing_that_failed_proves_anything(state: State, proof: State) -> None:
    assert not proves(state, proof)


def test_who_has_it_after_all_has_it() -> None:
    assert after(State.ACCEPTED, State.FAILED, State.DELIVERED) == State.DELIVERED
    assert after(State.UNKNOWN, State.DELIVERED) == State.DELIVERED
