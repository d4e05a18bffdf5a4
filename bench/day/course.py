"""The course of a day: everybody comes at a time of their own, whatever becomes of those before."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from bench.day.carriers import Telegram, Twilio
from bench.day.citizens import Citizens
from bench.day.clerks import Done, Team
from bench.day.hall import Screen, live
from bench.day.ledger import AWAY, OK, Ledger, Street
from bench.day.people import County, Known, items_to_import, settle
from bench.day.plan import STEPS, Plan
from bench.day.town import WEB, WORKERS, Town
from core.local_time import now

DICE = 20261128
SETTLES_WITHIN_S = 180
LOOKS_EVERY_S = 0.1
PICTURES_WITHIN_S = 20
IMPORT_TRIES, IMPORTED_AGAIN_AFTER_S = 5, 3
_WAITS = """
SELECT 1 FROM message WHERE state IN ('queued', 'deferred', 'sending')
UNION ALL SELECT 1 FROM message WHERE state IN ('accepted', 'sent') AND kind IN ('text', 'voice')
UNION ALL SELECT 1 FROM notification WHERE state = 'open' AND look_at < now() + interval '5 seconds' LIMIT 1
"""


@dataclass
class Day:
    """All that takes part in a day. `lags_s` is by how much this machine was late to ask."""

    plan: Plan
    town: Town
    county: County
    twilio: Twilio
    telegram: Telegram
    ledger: Ledger
    street: Street
    citizens: Citizens
    teams: list[Team]
    screens: list[Screen]
    lags_s: list[float]
    settled_s: float = 0.0
    stale: list[int] = field(default_factory=list)
    settling: Callable[[], Awaitable[None]] | None = None

    @property
    def done(self) -> list[Done]:
        return [one for team in self.teams for one in team.done]

    async def run(self) -> None:
        """From the morning to the evening."""
        async with asyncio.TaskGroup() as background:
            hall = [background.create_task(screen.watch()) for screen in self.screens]
            hall += [background.create_task(live(self.street, self.county, n)) for n in range(len(self.county.kiosks))]
            hall.append(background.create_task(self._measure_lag()))
            async with asyncio.TaskGroup() as people:
                people.create_task(self._citizens(people))
                for n, team in enumerate(self.teams):
                    people.create_task(self._team(team, self.county.today[n :: len(self.teams)], n / len(self.teams)))
                people.create_task(self._import())
            began = time.perf_counter()
            await (self.settling or self.settle)()
            self.settled_s = time.perf_counter() - began
            self.stale = await self._stale()
            for task in hall:
                task.cancel()

    async def _stale(self) -> list[int]:
        """The boards that don't show in time what one that is switched on now does."""
        stale: list[int] = []
        for _ in range(PICTURES_WITHIN_S):
            stale = [n for n, screen in enumerate(self.screens) if not await screen.is_up_to_date()]
            if not stale:
                break
            await asyncio.sleep(1)
        return stale

    async def settle(self) -> None:
        """Until nothing waits to be sent, no receipt is under way, and no ladder is about to be looked at. Raises
        TimeoutError.
        """
        async with asyncio.timeout(SETTLES_WITHIN_S):
            while await self.town.rows(_WAITS) or not self.twilio.is_quiet:  # noqa: ASYNC110  (no bell rings for us)
                await asyncio.sleep(0.5)

    async def _citizens(self, people: asyncio.TaskGroup) -> None:
        dice = random.Random(DICE)
        ways = [way for way, count in self.plan.lookups.items() for _ in range(count)]
        dice.shuffle(ways)
        times = sorted(dice.random() * self.plan.seconds for _ in ways)
        begins = asyncio.get_running_loop().time()
        for at, way in zip(times, ways, strict=True):
            await asyncio.sleep(max(0, begins + at - asyncio.get_running_loop().time()))
            people.create_task(self.citizens.ask(way))

    async def _team(self, team: Team, cases: list[Known], later: float) -> None:
        """A team's cases overlap: each takes most of the day, and a new one is begun every now and then.

        `later` is the part of the time between two cases by which this team begins later than the first one: people do
        not march in step.
        """
        begins, pause_s = asyncio.get_running_loop().time(), self.plan.seconds / (STEPS + 4)
        most_s = self.plan.seconds - pause_s * (STEPS - 1)
        async with asyncio.TaskGroup() as cases_of_today:
            for n, case in enumerate(cases):
                cases_of_today.create_task(team.lead(case, begins + most_s * (n + later) / len(cases), pause_s))

    async def _import(self) -> None:
        path = self.town.folder / "items.csv"
        items_to_import(path, self.plan.imported)
        await asyncio.sleep(self.plan.seconds / 2)
        for _ in range(IMPORT_TRIES):
            began, outcome = time.perf_counter(), OK
            try:
                await asyncio.to_thread(self.town.haoban, "import", "items", str(path))
            except subprocess.CalledProcessError as error:
                outcome = _told(error.stderr.decode())
            self.ledger.note("import", began, outcome)
            if outcome == OK:
                return
            await asyncio.sleep(IMPORTED_AGAIN_AFTER_S)

    async def _measure_lag(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            wanted = loop.time() + LOOKS_EVERY_S
            await asyncio.sleep(LOOKS_EVERY_S)
            self.lags_s.append(loop.time() - wanted)


@asynccontextmanager
async def day(town: Town, plan: Plan, **variables: str) -> AsyncIterator[Day]:
    """A morning: the providers are up, the county is settled, the programs answer, staff have signed in."""
    twilio, telegram = Twilio(town.port), Telegram()
    await twilio.start()
    await telegram.start()
    ledger = Ledger()
    street = Street(town.port, ledger)
    try:
        town.settle(twilio.url, telegram.url, plan.boards)
        county = await settle(town, plan)
        for chat in county.chats:
            telegram.know(chat)
        town.more = variables
        await town.started(*WEB, *WORKERS)
        until = f"{(now() + timedelta(days=30)).date()}"
        teams = [Team(street, number, until) for number in range(plan.teams)]
        await _all(team.sign_in() for team in teams)
        screens = [Screen(town.port, number, ledger) for number in range(plan.boards)]
        citizens = Citizens(street, county, telegram, random.Random(DICE))
        yield Day(plan, town, county, twilio, telegram, ledger, street, citizens, teams, screens, [])
    finally:
        await street.close()
        await telegram.stop()
        await twilio.stop()


def _told(stderr: str) -> str:
    """How a command failed: with a sentence for who typed it, as with a database that is away, or otherwise."""
    last = (stderr.splitlines() or [""])[-1]
    return AWAY if last.startswith("haoban: ") else f"command: {last[:200]}"


async def _all(work: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*work)
