"""How much happens on a busy day of a county of 500,000 people, and how much of it in a smaller one."""

from __future__ import annotations

from dataclasses import dataclass

LOOKUPS, CASES, TEAMS = 30_000, 1_000, 20
BOARDS, KIOSKS, IMPORTED, STANDING = 20, 40, 5_000, 20_000
SHARES = {"sms": 50, "web": 15, "qr": 15, "voice": 8, "telegram": 7, "kiosk": 5}
"""Of a hundred who ask, how many do so in each way. One call is one who asks, whatever it takes of steps."""
STEPS, TOLD_STEPS, RECIPIENTS = 6, 5, 4
"""A case takes so many steps in the day, of which so many are told to so many recipients each."""
POSTS = ("clerk", "handler", "head")


@dataclass(frozen=True)
class Plan:
    """`scale` 1 is the whole county; it has `minutes` for its day."""

    scale: float = 1.0
    minutes: float = 10.0

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    def of(self, whole: int, least: int = 1) -> int:
        return max(least, round(whole * self.scale))

    @property
    def lookups(self) -> dict[str, int]:
        return {way: self.of(LOOKUPS * share // 100, 3) for way, share in SHARES.items()}

    @property
    def cases(self) -> int:
        return self.of(CASES, self.teams)

    @property
    def changes(self) -> int:
        return self.cases * STEPS

    @property
    def notices(self) -> int:
        return self.cases * TOLD_STEPS * RECIPIENTS

    @property
    def teams(self) -> int:
        return self.of(TEAMS, 2)

    @property
    def standing(self) -> int:
        """Cases of other days, which are asked for and not changed."""
        return self.of(STANDING, 200)

    @property
    def imported(self) -> int:
        return self.of(IMPORTED, 100)

    @property
    def boards(self) -> int:
        return self.of(BOARDS, 2)

    @property
    def kiosks(self) -> int:
        return self.of(KIOSKS, 2)

    def __str__(self) -> str:
        return (
            f"{sum(self.lookups.values()):,} look-ups, {self.changes:,} case changes by {self.teams * len(POSTS)} of "
            f"staff, {self.notices:,} notices, {self.boards} boards, {self.kiosks} kiosks and an import of "
            f"{self.imported:,} items in {self.minutes:g} minutes"
        )
