"""A memory for a while, against the plainest one there could be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from core.expiring import LOOKED_AFTER, LOOKED_AT, Expiring

_KEYS, _TIMES = some.sampled_from("abcdefgh"), some.integers(-1, 9)
_DONE = some.lists(
    some.one_of(
        some.tuples(some.just("put"), _KEYS, _TIMES),
        some.tuples(some.just("get"), _KEYS, some.just(0)),
        some.tuples(some.just("pop"), _KEYS, some.just(0)),
        some.tuples(some.just("pass"), some.just(""), _TIMES),
    )
)


@given(_DONE)
def test_everything_is_remembered_for_its_time_and_no_longer(done):
    at = 0
    memory: Expiring[str, int] = Expiring(100, clock=lambda: at)
    plain: dict[str, tuple[int, int]] = {}
    for number, (what, key, seconds) in enumerate(done):
        match what:
            case "put":
                memory.put(key, number, seconds)
                plain[key] = at + seconds, number
            case "pop":
                memory.pop(key)
                plain.pop(key, None)
            case "pass":
                at += max(0, seconds)
        for known in "abcdefgh":
            ends, value = plain.get(known, (at, 0))
            assert memory.get(known) == (value if ends > at else None)


@given(some.lists(some.tuples(some.integers(0, 50), some.integers(1, 9))), some.integers(1, 10))
def test_never_more_is_held_than_was_allowed_and_the_last_one_always(put, most):
    memory: Expiring[int, int] = Expiring(most, clock=lambda: 0)
    for key, seconds in put:
        memory.put(key, seconds, seconds)
        assert len(memory) <= most
        assert memory.get(key) == seconds


def test_what_is_over_is_let_go_while_others_come_whatever_stands_before_it():
    at = 0.0
    memory: Expiring[int, str] = Expiring(1_000_000, clock=lambda: at)
    for key in range(1000):
        memory.put(key, "for a day", 86_400)
    for key in range(1000, 2000):
        memory.put(key, "for a moment", 20)
    at = 30
    new = 2000 * LOOKED_AFTER // (LOOKED_AT - LOOKED_AFTER) + LOOKED_AFTER
    for key in range(2000, 2000 + new):
        memory.put(key, "for a day", 86_400)
    assert all(memory.get(key) for key in range(1000))
    assert len(memory) == 1000 + new


def test_a_living_one_does_not_go_while_a_dead_one_stands_near():
    at = 0.0
    memory: Expiring[int, str] = Expiring(10, clock=lambda: at)
    for key in range(10):
        memory.put(key, "for a moment" if key == 7 else "for a day", 20 if key == 7 else 86_400)
    at = 30
    memory.put(10, "new", 20)
    assert [key for key in range(11) if memory.get(key)] == [key for key in range(11) if key != 7]


def test_what_was_put_in_last_stays_while_as_many_others_come_as_there_is_room_for():
    memory: Expiring[int, bool] = Expiring(100, clock=lambda: 0)
    for key in range(350):
        memory.put(key, True, 60)
    memory.put(1000, True, 60)
    for key in range(2000, 2099):
        memory.put(key, True, 60)
        assert memory.get(1000)
    memory.put(3000, True, 60)
    assert not memory.get(1000)
