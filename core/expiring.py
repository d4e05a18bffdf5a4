"""What is remembered for so many seconds, and never more than so much of it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
# Each time that so many have come, twice as many are looked at: what is over goes faster than new ones come.
LOOKED_AFTER, LOOKED_AT, LOOKED_AT_WHEN_FULL = 32, 64, 16


class Expiring(Generic[Key, Value]):
    """Values by key, each for a time of its own. When there are `most`, one whose time is over makes room for the next,
    or, where none is found soon, the one that was put in or looked at longest ago.

    Asked several times in every request, where the caches of a library cost ten times as much: they keep an order of
    all that they hold. Here all stand in a row, and now and then the first of it are looked at: what is over is taken
    out, what is not goes to the end.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._came = 0

    def __len__(self) -> int:
        """How many are held, those among them whose time is over and that the hand did not reach yet."""
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """The value, or None when there is none or its time is over."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] > self._clock() else None

    def put(self, key: Key, value: Value, ttl_s: float) -> None:
        """Keep a value for so long, in the place of the one before."""
        now = self._clock()
        self._came += 1
        if len(self._kept) >= self._most and key not in self._kept:
            self._make_room(now)
        elif self._came >= LOOKED_AFTER:
            self._look(now)
        self._kept[key] = now + ttl_s, value
        self._kept.move_to_end(key)

    def _look(self, now: float) -> None:
        kept, self._came = self._kept, 0
        for key, (ends, _) in [*islice(kept.items(), LOOKED_AT)]:
            if ends > now:
                kept.move_to_end(key)
            else:
                del kept[key]

    def _make_room(self, now: float) -> None:
        kept = self._kept
        over = [key for key in islice(kept, LOOKED_AT_WHEN_FULL) if kept[key][0] <= now]
        for key in over or [next(iter(kept))]:
            del kept[key]

    def pop(self, key: Key) -> None:
        """Forget it, if it is known."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._kept.clear()
