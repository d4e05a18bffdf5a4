"""A busy day on which everything breaks that can, and its books: nothing lost, nothing twice, every doubt told as one.

python -m bench.day.faults --scale 0.1 --minutes 4
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections import Counter
from collections.abc import Sequence

from bench.day import books
from bench.day.books import Entry
from bench.day.course import Day, day
from bench.day.ledger import AWAY, BEGUN_ANEW, CUT, SORRY
from bench.day.mishaps import Mishaps, clock_variables, lock, press, small_disk
from bench.day.plan import Plan
from bench.day.report import keep, report
from bench.day.town import town

LOCKED_PHONE = "+8615299999999"
# What was answered so shortly before a kill may be missing in the trail, which is written twice a second.
BEHIND_S = 1.5
MOST_ANSWERED, MOST_WITHOUT_REDIS = 60, 120
_SWEPT = (
    "UPDATE message SET lease_until = now() - interval '1 hour' WHERE state = 'sending' AND lease_until IS NOT NULL"
)
_AGAIN = "UPDATE message SET due_at = now() - interval '1 hour' WHERE state = 'deferred'"
_WAITS = "SELECT 1 FROM message WHERE state IN ('queued', 'deferred', 'sending') LIMIT 1"
_FORGOTTEN = """
SELECT source, recipient, state FROM notification WHERE state = 'open' AND look_at IS NULL
AND NOT EXISTS (SELECT 1 FROM desk_task WHERE desk_task.notification_id = notification.id)
"""
SENDS_FOR_S, SETTLES_WITHIN_S = 35, 180


async def suffer(plan: Plan) -> tuple[Day, Mishaps, list[Entry]]:
    """A whole bad day; how it went, and its books. All that it needs is started, and stopped again."""
    with town() as machines, small_disk(machines.uploads):
        async with day(machines, plan, **clock_variables(machines.folder)) as today:
            mishaps = Mishaps(today)
            victim = today.county.standing[2]
            before = await lock(today, victim, LOCKED_PHONE)
            async with asyncio.TaskGroup() as both:
                misfortune = both.create_task(mishaps.bring(plan.seconds * 0.7))
                today.settling = lambda: _settle(today, misfortune)
                both.create_task(today.run())
            after = await today.citizens.guess(victim, LOCKED_PHONE)
            entries = await _balance(today, mishaps, before, after)
            machines.stop()
        return today, mishaps, entries


async def _settle(today: Day, misfortune: asyncio.Task[None]) -> None:
    """Until everything is sent, as if time went by faster for what a dead worker held and for what is tried again.

    Raises TimeoutError.
    """
    await asyncio.wait([misfortune])  # a mishap that began late may outlast the day
    async with asyncio.timeout(SETTLES_WITHIN_S):
        for second in range(SETTLES_WITHIN_S):
            if not await today.town.rows(_WAITS) and today.twilio.is_quiet:
                return
            await today.town.rows(_AGAIN)
            if second >= SENDS_FOR_S:  # longer than any send takes: nobody who lives holds it
                await today.town.rows(_SWEPT)
            await asyncio.sleep(1)


async def _balance(today: Day, mishaps: Mishaps, before: str, after: str) -> list[Entry]:
    sent = await books.sent(today)
    return [
        answered(today, mishaps),
        met(today, mishaps),
        await books.changes(today),
        await books.told(today),
        await ended(today),
        *sent,
        await books.receipts(today),
        await books.looked_up(today, shortly_before_kills(today, mishaps)),
        await books.scans(today),
        stored(today),
        await books.imported(today),
        books.shown(today),
        await locked(today, before, after),
        await counted(today, mishaps),
        books.logged(today),
    ]


def answered(today: Day, mishaps: Mishaps) -> Entry:
    """Whoever wasn't answered was told so in clear words, or cut off by a process that died, and only then."""
    amiss = [
        f"{line.what} {line.about}: {line.outcome}"
        for line in today.ledger.wrong()
        if not any(one.excuses(line.at, line.at + line.took_s, line.outcome) for one in mishaps.noted)
    ]
    return Entry("Questions answered, or told why not", len(today.ledger.lines), amiss + books.stuck(today))


def met(today: Day, mishaps: Mishaps) -> Entry:
    """Each mishap met with people who asked, or nothing was tried."""
    amiss = [
        one.what for one in mishaps.noted if not any(one.began <= line.at <= one.ended for line in today.ledger.lines)
    ]
    if mishaps.refused_scan not in ("", "503"):
        amiss.append(f"a scan for which there was no room: {mishaps.refused_scan}")
    return Entry("Mishaps while people asked", len(mishaps.noted), amiss)


async def ended(today: Day) -> Entry:
    """Each notice came to its end, or the ladder is still to look at it: its receipt was lost, or nobody knows."""
    rows = await today.town.rows(_FORGOTTEN)
    [row] = await today.town.rows("SELECT count(*) AS n FROM notification")
    amiss = [f"{row['source']} {row['recipient']}: {row['state']}, and nobody looks" for row in rows]
    return Entry("Notices that came to an end, or are looked at", row["n"], amiss)


def shortly_before_kills(today: Day, mishaps: Mishaps) -> Counter[str]:
    """By its way, how many look-ups a process may have been about to write when it was killed."""
    return Counter(
        way
        for way, began, ended in today.citizens.answered
        # It was looked up somewhere between.
        if any(began <= kill and kill - BEHIND_S <= ended for kill in mishaps.kills)
    )


def stored(today: Day) -> Entry:
    """Nothing in the store under a digest that isn't its own."""
    files = [path for path in today.town.uploads.glob("*/*") if len(path.name) == 64]
    amiss = [path.name[:8] for path in files if hashlib.sha256(path.read_bytes()).hexdigest() != path.name]
    return Entry("Files in the store, whole", len(files), amiss)


async def locked(today: Day, before: str, after: str) -> Entry:
    """Wrong PINs are still counted, and the sender still locked."""
    number = today.county.standing[2].number
    rows = await today.town.rows("SELECT failures FROM pin_try WHERE number = $1 AND sender <> ''", number)
    tries = [row["failures"] for row in rows]
    amiss = [] if tries == [5] else [f"{tries} tries counted"]
    amiss += [f"answered: {said!r}" for said in (before, after) if "分钟" not in said]
    return Entry("PIN locks that still hold", len(tries), amiss)


async def counted(today: Day, mishaps: Mishaps) -> Entry:
    """Nobody gets more answers than the limit says; without Redis, each process counts for itself."""
    answers = await press(today)
    amiss = [] if 0 < answers <= MOST_ANSWERED else [f"{answers} of 100 answered"]
    if not 0 < mishaps.answered_without_redis <= MOST_WITHOUT_REDIS:
        amiss.append(f"{mishaps.answered_without_redis} of 100 answered without Redis")
    return Entry("Limits that still count", answers, amiss)


def _told(mishaps: Mishaps, today: Day) -> str:
    lines = [
        "",
        "| mishap | how long s | asked meanwhile | 503 | sorry | cut | begun anew |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for one in mishaps.noted:
        within = [line for line in today.ledger.lines if one.began <= line.at <= one.ended]
        outcomes = Counter(line.outcome for line in within)
        counts = " | ".join(str(outcomes[word]) for word in (AWAY, SORRY, CUT, BEGUN_ANEW))
        lines.append(f"| {one.what} | {one.ended - one.began:.1f} | {len(within):,} | {counts} |")
    return "\n".join([*lines, "", *(f"- Left out: {words}." for words in sorted(set(mishaps.left_out)))]) + "\n"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args(words)
    today, mishaps, entries = asyncio.run(suffer(Plan(asked.scale, asked.minutes)))
    text = report(today, entries, "A bad day") + _told(mishaps, today)
    print(text, f"kept in {keep(text, 'faults.md')}", sep="\n")
    return 0 if all(entry.holds for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
