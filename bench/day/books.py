"""The books of a day: what the people noted against the database, and both against the providers' records."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from bench.day.clerks import ROAD
from bench.day.course import Day
from bench.day.plan import RECIPIENTS

FOUND_WITHIN_S = 20
# The trail is written in batches, half a second after the answer or, on a busy machine, a little later.
TRAIL_WITHIN_S = 10
UNFORESEEN = ('"event": "request_failed"', '"event": "worker stumbled"')
TOLD = frozenset({"accepted", "special", "decided", "completed"})
_CHANGES = """
SELECT case_id, seq, status_from, status_to, actor FROM case_event
WHERE kind = 'moved' AND case_id = ANY($1) ORDER BY case_id, seq
"""
_NOTIFICATIONS = """
SELECT n.id, n.source, n.recipient, n.state, count(m.id) AS messages,
    EXISTS (SELECT 1 FROM desk_task t WHERE t.notification_id = n.id) AS at_desk
FROM notification n LEFT JOIN message m ON m.notification_id = n.id GROUP BY n.id
"""
_MESSAGES = "SELECT id, place, address, text, state, provider_id FROM message"
_RECEIPTS = "SELECT provider_id, word FROM message_event WHERE source = 'receipt'"
_HEARD = "heard to the end"
_WAITING = frozenset({"queued", "deferred", "sending"})
_TOLD = "SELECT channel, count(*) AS n FROM lookup_record WHERE outcome = 'told' GROUP BY channel"


class Entry(NamedTuple):
    """One thing that must hold: how many were counted, and what is amiss, by its words."""

    what: str
    counted: int
    amiss: list[str]

    @property
    def holds(self) -> bool:
        return not self.amiss


async def balance(day: Day) -> list[Entry]:
    """Everything that must hold at the end of a day without faults."""
    return [
        asked(day),
        await changes(day),
        await told(day),
        await ended(day),
        *await sent(day),
        await receipts(day),
        await looked_up(day),
        await scans(day),
        await imported(day),
        shown(day),
        logged(day),
    ]


def asked(day: Day) -> Entry:
    """Nobody was refused, cut off or told anything wrong."""
    wrong = day.ledger.wrong()
    return Entry(
        "Questions answered, and right",
        len(day.ledger.lines),
        [f"{one.what} {one.about}: {one.outcome}" for one in wrong] + stuck(day),
    )


def stuck(day: Day) -> list[str]:
    """Cases that could not be led on."""
    return [words for team in day.teams for words in team.stuck]


async def changes(day: Day) -> Entry:
    """Each change that the desk said was made stands in the database once, and no other does."""
    ids = [case.id for case in day.county.today]
    rows = await day.town.rows(_CHANGES, ids)
    in_database = Counter((row["case_id"], row["status_to"]) for row in rows)
    by_desk = Counter((done.case_id, done.to) for done in day.done)
    amiss = [f"case {case} {to}: {n} by the desk, {in_database[case, to]} in the database"
             for (case, to), n in by_desk.items() if in_database[case, to] != n]  # fmt: skip
    amiss += [f"case {case} {to}: nobody made it" for case, to in in_database if (case, to) not in by_desk]
    amiss += [f"case {row['case_id']} {row['seq']}: by nobody" for row in rows if not row["actor"]]
    roads = Counter(row["case_id"] for row in rows)
    amiss += [f"case {case}: {n} steps" for case, n in roads.items() if n != len(ROAD)]
    return Entry("Case changes as the desk was told", len(rows), amiss)


async def told(day: Day) -> Entry:
    """Each change that citizens hear of has a notice for each who follows the case, and each notice its message."""
    ids = [case.id for case in day.county.today]
    wanted = {f"case:{row['case_id']}:{row['seq']}" for row in await day.town.rows(_CHANGES, ids) if _is_told(row)}
    rows = await day.town.rows(_NOTIFICATIONS)
    found = Counter(row["source"] for row in rows)
    amiss = [f"{source}: {found[source]} of {RECIPIENTS} notices" for source in wanted if found[source] != RECIPIENTS]
    amiss += [f"{source}: of nothing that is told" for source in found if source not in wanted]
    amiss += [f"{row['source']} {row['recipient']}: no message" for row in rows if not row["messages"]]
    return Entry("Notices of what is told, to all who follow", len(rows), amiss)


def _is_told(row: dict[str, str]) -> bool:
    return row["status_to"] in TOLD or (row["status_from"], row["status_to"]) == ("special", "reviewing")


async def ended(day: Day) -> Entry:
    """Each notice came to its end: told, given up, or a task for the desk."""
    rows = await day.town.rows(_NOTIFICATIONS)
    ends = ("told", "failed", "stopped")
    amiss = [f"{row['source']} {row['recipient']}: {row['state']}" for row in rows
             if row["state"] not in ends and not row["at_desk"]]  # fmt: skip
    return Entry("Notices that came to an end", len(rows), amiss)


async def sent(day: Day) -> list[Entry]:
    """The providers' records against the messages: none lost, none twice, none that nobody wrote."""
    rows = await day.town.rows(_MESSAGES)
    amiss = [f"message {row['id']}: {row['state']}" for row in rows if row["state"] in _WAITING]
    return [
        Entry("Messages that came to an end", len(rows), amiss),
        _texts(day, rows),
        _calls(day, rows),
        _chats(day, rows),
    ]


def _texts(day: Day, rows: list[dict[str, str]]) -> Entry:
    ours = {row["provider_id"] for row in rows if row["place"] == "channels.twilio_sms" and row["provider_id"]}
    theirs = {one.sid for one in day.twilio.texts}
    texts = {(row["address"], row["text"]) for row in rows if row["place"] == "channels.twilio_sms"}
    amiss = [f"{sid}: we have it, the provider hasn't" for sid in ours - theirs]
    amiss += [f"to {to}: {n} times" for (to, _), n in day.twilio.times().items() if n > 1]
    amiss += [f"to {one.to}: nobody wrote it" for one in day.twilio.texts if (one.to, one.body) not in texts]
    known = Counter(row["state"] for row in rows if row["place"] == "channels.twilio_sms" and not row["provider_id"])
    amiss += [
        f"{n} {state} without the provider's name"
        for state, n in known.items()
        if state not in ("unknown", "failed", "expired")
    ]
    return Entry("Text messages as the provider has them", len(theirs), amiss)


def _calls(day: Day, rows: list[dict[str, str]]) -> Entry:
    ours = {row["provider_id"] for row in rows if row["place"] == "channels.twilio_voice" and row["provider_id"]}
    theirs = {one.sid for one in day.twilio.calls}
    messages = {str(row["id"]): row["address"] for row in rows if row["place"] == "channels.twilio_voice"}
    about = Counter((parse_qs(urlsplit(one.url).query)["message"][0], one.to) for one in day.twilio.calls)
    amiss = [f"{sid}: we have it, the provider hasn't" for sid in ours - theirs]
    amiss += [f"to {to}: {n} times" for (_, to), n in about.items() if n > 1]
    amiss += [f"to {to}: nobody wrote it" for message, to in about if messages.get(message) != to]
    return Entry("Calls as the provider has them", len(theirs), amiss)


def _chats(day: Day, rows: list[dict[str, str]]) -> Entry:
    texts = {(int(row["address"]), row["text"]) for row in rows if row["place"] == "bots.telegram"}
    arrived = {key: n for key, n in day.telegram.sent().items() if key[0] in set(day.county.chats)}
    proven = {
        (int(row["address"]), row["text"]) for row in rows if row["place"] == "bots.telegram" and row["state"] == "sent"
    }
    amiss = [f"to chat {chat}: {n} times" for (chat, _), n in arrived.items() if n > 1]
    amiss += [f"to chat {chat}: nobody wrote it" for chat, text in arrived.keys() - texts]
    amiss += [f"to chat {chat}: told as sent, and never came" for chat, text in proven - arrived.keys()]
    return Entry("Chat messages as the provider has them", len(arrived), amiss)


async def receipts(day: Day) -> Entry:
    """Each receipt that the program took stands with its message, once for each time that it was sent, and no other.

    One that it kept and could not confirm any more is sent again. That a call was heard comes as a step of the call.
    """
    rows = await day.town.rows(_RECEIPTS)
    kept = Counter((row["provider_id"], row["word"].split()[0]) for row in rows if row["word"] != _HEARD)
    taken = Counter((one.sid, one.word) for one in day.twilio.told if one.taken)
    tried = Counter((one.sid, one.word) for one in day.twilio.told)
    amiss = [f"{' '.join(one)}: {n} taken, {kept[one]} kept" for one, n in taken.items() if kept[one] < n]
    amiss += [f"{' '.join(one)}: {tried[one]} sent, {n} kept" for one, n in kept.items() if n > tried[one]]
    return Entry("Receipts kept with their messages", sum(taken.values()), amiss)


async def looked_up(day: Day, lost: Mapping[str, int] = MappingProxyType({})) -> Entry:
    """Each look-up that was answered is in the trail, soon; but so many by a way as may be lost."""
    answered = Counter(way for way, *_ in day.citizens.answered)
    amiss, kept = list[str](), dict[str, int]()
    for _ in range(TRAIL_WITHIN_S):
        kept = {row["channel"]: row["n"] for row in await day.town.rows(_TOLD)}
        amiss = [
            f"{way}: {n} answered, {kept.get(way, 0)} in the trail, {lost.get(way, 0)} may be missing"
            for way, n in answered.items()
            if kept.get(way, 0) < n - lost.get(way, 0)
        ]
        if not amiss:
            break
        await asyncio.sleep(1)
    return Entry("Look-ups in the trail", sum(kept.values()), amiss)


async def scans(day: Day) -> Entry:
    """Each scan of a change lies in the store whole, under its digest."""
    rows = await day.town.rows("SELECT digest, size_bytes FROM case_file")
    wanted = sum(1 for done in day.done if done.to == "decided")
    amiss = [f"{len(rows)} known, {wanted} handed in"] if len(rows) != wanted else []
    for row in rows:
        path = day.town.uploads / row["digest"][:2] / row["digest"]
        if not path.exists() or path.stat().st_size != row["size_bytes"]:
            amiss.append(f"{row['digest'][:8]}: not in the store, or not whole")
    return Entry("Scans in the store", len(rows), amiss)


async def imported(day: Day) -> Entry:
    """All items of the list are there, and are found."""
    [row] = await day.town.rows("SELECT count(*) AS n FROM service_item WHERE task_code LIKE 'BUSYDAY%'")
    amiss = [] if row["n"] == day.plan.imported else [f"{row['n']} of {day.plan.imported}"]
    for _ in range(FOUND_WITHIN_S):
        given = await day.street.ask("search", "GET", "/api/v1/items?q=忙日导入事项00042&limit=3")
        if given is not None and "BUSYDAY" in given.body:
            break
        await asyncio.sleep(1)
    else:
        amiss.append(f"not found in {FOUND_WITHIN_S} s: {given.body[:200] if given else 'no answer'}")
    return Entry("Imported items, and found", row["n"], amiss)


def shown(day: Day) -> Entry:
    """Each board shows in the end what one that is switched on now does."""
    amiss = [f"board {number} shows an old picture" for number in day.stale]
    return Entry("Boards that show the latest", sum(screen.pictures for screen in day.screens), amiss)


def logged(day: Day) -> Entry:
    """No program met with anything that nobody foresaw."""
    amiss = [
        f"{path.stem}: {line[:400]}"
        for path in sorted(day.town.folder.glob("*.log"))
        for line in path.read_text(errors="replace").splitlines()
        if any(word in line for word in UNFORESEEN) or line.startswith("Traceback")
    ]
    return Entry("Programs that stumbled over nothing", len(day.town.cpu_s) or 4, amiss)
