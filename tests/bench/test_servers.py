"""Servers are measured when they are at rest."""

from __future__ import annotations

import time

import pytest

from bench import servers
from bench.servers import until_at_rest


class Busy:
    """Takes all of a processor until then."""

    def __init__(self, until: float) -> None:
        self._began, self._until = time.monotonic(), until

    def cpu_s(self) -> float:
        return min(time.monotonic(), self._until) - self._began


def test_all_are_waited_for_together_until_the_last_one_is_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "LOOK_S", 0.1)
    began = time.monotonic()
    until_at_rest([Busy(began + 0.25), Busy(began), Busy(began + 0.55)])
    assert 0.55 <= time.monotonic() - began < 1.5


def test_who_never_rests_is_waited_for_no_longer_than_a_start_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "LOOK_S", 0.02)
    monkeypatch.setattr(servers, "START_S", 0.2)
    began = time.monotonic()
    until_at_rest([Busy(began + 60)])
    assert 0.2 <= time.monotonic() - began < 2
