"""What is remembered for so many seconds, and never more than so much of it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
# How many are looked at when one comes: more than one, so that what is over goes faster than new ones come.
LOOKED_AT = 2


class Expiring(Generic[Key, Value]):
    """Values by key, each for a time of its own; when there are `most`, another one goes for each that comes.

    Asked several times in every request, where the caches of a library cost ten times as much: they keep an order of
    all that they hold. Here a hand goes round, and takes away what is over as it comes by.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        """How many are held, those among them whose time is over and that the hand did not reach yet."""
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """The value, or None when there is none or its time is over."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] > self._clock() else None

    def put(self, key: Key, value: Value, ttl_s: float) -> None:
        """Keep a value for so long, in the place of the one before."""
        now, kept = self._clock(), self._kept
        if len(kept) >= self._most and key not in kept:
            kept.popitem(last=False)
        kept[key] = now + ttl_s, value
        for _ in range(min(LOOKED_AT, len(kept))):
            oldest = next(iter(kept))
            if kept[oldest][0] > now:
                kept.move_to_end(oldest)
            else:
                del kept[oldest]

    def pop(self, key: Key) -> None:
        """Forget it, if it is known."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._kept.clear()
