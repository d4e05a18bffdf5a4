"""A circuit breaker: a provider that doesn't answer is left alone for a while, and then asked with one message."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 5
FIRST_REST_S, LONGEST_REST_S = 5.0, 120.0


class Breaker:
    """Opens after some failures on end. While it is open nothing is sent; then one try tells whether to go on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures, self._rest_s, self._open_until = 0, FIRST_REST_S, 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES and self._clock() < self._open_until

    def allows(self, most: int) -> int:
        """How many of `most` may be sent now: all, none, or one to try with."""
        if self._failures < FAILURES:
            return most
        return 0 if self._clock() < self._open_until else min(most, 1)

    def succeeded(self) -> None:
        self._failures, self._rest_s = 0, FIRST_REST_S

    def failed(self) -> bool:
        """Count a failure; whether it opened just now."""
        self._failures += 1
        if self._failures < FAILURES or self._clock() < self._open_until:
            return False
        self._open_until = self._clock() + self._rest_s
        self._rest_s = min(LONGEST_REST_S, self._rest_s * 2)
        return self._failures == FAILURES
