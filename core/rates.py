"""How often one sender may ask; the only place that knows the library that reads such limits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from limits import RateLimitItem, parse_many

from core.ending import end
from core.errors import SettingsError, Unavailable, Wait
from core.redis_line import RedisLine, Word

LEAST_KEPT = 100_000  # senders; twice as many at most, which take 40 MB
TOLD_AFTER_S = 0.1
QUICK_PART = 1 / 4
_PREFIX = "haoban:rate:"
# Counts so many more, and says how many there are and in how many milliseconds the count begins anew.
_COUNT = """
local count = redis.call('incrby', KEYS[1], ARGV[2])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('pexpire', KEYS[1], left)
end
return {count, left}
"""
# How many, and when the count begins anew by the monotonic clock. Each request makes some: plain tuples are quickest.
Counted = tuple[int, float]
_NOTHING: Counted = (0, float("-inf"))


class Allowance(NamedTuple):
    """How many may be asked in a period, how many were, this one among them, and in how many seconds it begins anew."""

    limit: int
    taken: int
    left_s: float

    @property
    def remaining(self) -> int:
        return self.limit - self.taken

    @property
    def resets_s(self) -> int:
        return max(1, round(self.left_s))


class Rate:
    """At most so many in so long, e.g. `30/minute`, counted for each sender; in Redis when all processes share it.

    While Redis is away each process counts for itself: a sender may then get a few times as many answers, but citizens
    are answered and nobody may ask without end.
    """

    def __init__(self, name: str, allowed: str, line: RedisLine | None = None) -> None:
        """Raises SettingsError for what is no rate."""
        item = _parsed(name, allowed)
        self._allowed, self._period_s = item.amount, item.get_expiry()
        self._line, self._place = line, f"{_PREFIX}{name}:{allowed}:"
        self._periods = _Periods(self._period_s)

    async def take(self, sender: str) -> Counted:
        """Count one more of this sender; how many there are until when. Raises Wait when it is one too many."""
        line = self._line
        counted = self._periods.count(sender, time.monotonic()) if line is None else await self._shared(line, sender)
        if counted[0] > self._allowed:
            raise Wait(self._allowance(counted).resets_s)
        return counted

    async def take_and_tell(self, sender: str) -> Allowance:
        """Count one more of this sender; what is left to it. Raises Wait when it is one too many."""
        return self._allowance(await self.take(sender))

    def _allowance(self, counted: Counted) -> Allowance:
        taken, ends = counted
        return Allowance(self._allowed, taken, ends - time.monotonic())

    async def _shared(self, line: RedisLine, sender: str) -> Counted:
        """Count one more where all processes count."""
        try:
            count, left_ms = await line.ask(*self._command(sender, 1, self._period_s))
        except Unavailable:
            return self._periods.count(sender, time.monotonic())
        now = time.monotonic()
        untold, _ = self._periods.get(sender, now) or _NOTHING  # what was counted while Redis was away
        return count + untold, now + left_ms / 1000

    def _command(self, sender: str, more: int, period_s: float) -> Sequence[Word]:
        return "EVAL", _COUNT, 1, self._place + sender, max(1, round(period_s * 1000)), more


class QuickRate(Rate):
    """The same for what is asked all the time. The first quarter of what a sender may ask is counted by each process
    itself, which tells the others a moment later and learns then what they counted: nobody waits for Redis who asks as
    people do. Whoever asks several processes in the same moment may get a quarter more from each of them, no more.
    """

    def __init__(self, name: str, allowed: str, line: RedisLine | None = None) -> None:
        super().__init__(name, allowed, line)
        self._untold: dict[str, int] = {}
        self._telling: asyncio.Task[None] | None = None

    async def _shared(self, line: RedisLine, sender: str) -> Counted:
        counted = self._periods.count(sender, time.monotonic())
        if counted[0] > self._allowed:
            return counted
        self._untold[sender] = self._untold.get(sender, 0) + 1
        if counted[0] > self._allowed * QUICK_PART:
            return await self._counted_by_all(line, sender, counted)
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell(line))
        return counted

    async def _counted_by_all(self, line: RedisLine, sender: str, counted: Counted) -> Counted:
        more, (_, ends) = self._untold.pop(sender), counted
        try:
            count, left_ms = await line.ask(*self._command(sender, more, ends - time.monotonic()))
        except Unavailable:
            return counted
        of_all = count, time.monotonic() + left_ms / 1000
        self._learn(sender, of_all)
        return max(of_all, counted)

    async def close(self) -> None:
        if self._telling is not None:
            await end(self._telling)

    async def _tell(self, line: RedisLine) -> None:
        try:
            while self._untold:
                await asyncio.sleep(TOLD_AFTER_S)
                untold, self._untold = self._untold, {}
                with contextlib.suppress(Unavailable):  # then each process counts for itself
                    await self._share(line, untold)
        finally:
            self._telling = None

    async def _share(self, line: RedisLine, untold: Mapping[str, int]) -> None:
        """Tell how many came of each sender, and learn how many there are in all. Raises Unavailable."""
        now = time.monotonic()
        # Of a period that ended meanwhile nobody needs to know any more.
        counted = {sender: self._periods.get(sender, now) for sender in untold}
        left_s = {sender: found[1] - now for sender, found in counted.items() if found}
        told = [self._command(sender, untold[sender], left) for sender, left in left_s.items()]
        for sender, answer in zip(left_s, await line.ask_each(told), strict=True):
            if not isinstance(answer, Unavailable):
                count, left_ms = answer
                self._learn(sender, (count, time.monotonic() + left_ms / 1000))

    def _learn(self, sender: str, of_all: Counted) -> None:
        """What all have counted, to which comes what was counted here meanwhile. Where more was counted here, while
        Redis was away or in a period that is over for the others, that stands as long as it would have.
        """
        now, (taken, ends) = time.monotonic(), of_all
        taken += self._untold.get(sender, 0)
        known, known_ends = self._periods.get(sender, now) or _NOTHING
        if known > taken:
            taken, ends = known, min(ends, known_ends)
        self._periods.put(sender, (taken, ends), now)


class _Periods:
    """What was counted of each sender, in periods of which none is longer than `longest_s`. Each request asks here, so
    that no order is kept: there are two halves, and who is counted is put into the newer one. Once all periods of the
    older half are over it is forgotten as a whole; of too many senders earlier, and those who did not ask since begin
    anew.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._older: dict[str, Counted] = {}
        self._newer: dict[str, Counted] = {}
        self._full_at = 0.0

    def __len__(self) -> int:
        return len(self._older) + len(self._newer)

    def get(self, sender: str, now: float) -> Counted | None:
        """What was counted of a sender in a period that is not over."""
        found = self._newer.get(sender) or self._older.get(sender)
        return found if found is not None and found[1] > now else None

    def count(self, sender: str, now: float) -> Counted:
        """Count one more of a sender, in a period that begins now, and is as long as any, where none runs."""
        newer = self._newer
        taken, ends = newer.get(sender) or self._older.get(sender) or _NOTHING
        counted = (taken + 1, ends) if ends > now else (1, now + self._longest_s)
        if now >= self._full_at or len(newer) >= LEAST_KEPT:
            newer = self._begin_half(now)
        newer[sender] = counted
        return counted

    def put(self, sender: str, counted: Counted, now: float) -> None:
        """Have this stand as what was counted of a sender."""
        newer = self._begin_half(now) if len(self._newer) >= LEAST_KEPT else self._newer
        newer[sender] = counted

    def _begin_half(self, now: float) -> dict[str, Counted]:
        self._older, self._newer, self._full_at = self._newer, {}, now + self._longest_s
        return self._newer


def _parsed(name: str, allowed: str) -> RateLimitItem:
    try:
        [item] = parse_many(allowed)
        if item.amount < 1:
            raise ValueError(item.amount)
    except ValueError as error:
        raise SettingsError([f"limits.{name}: {allowed!r} is not of the form 30/minute"]) from error
    return item
