"""The ferry between separated networks: signed, numbered files that are each taken once and in order.

Cases that changed go out as rows of a case list with whitelisted fields only; what came by ferry never goes back by it.
Each file says which files of the other side were taken, so that acknowledgements travel along.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.cases import Actor, Cases
from core.database import Database, reading, transaction
from core.errors import BadRequest, Conflict, SettingsError
from core.exchange.cases import CaseImport
from core.exchange.columns import CASES
from core.exchange.objects import ObjectsTable
from core.exchange.report import Report
from core.exchange.standing import KNOWN, NEEDED, row_of
from core.files import write_once
from core.local_time import now
from core.models import Case, FerryFile, FerryState
from core.staff.trail import note
from core.systems.events import settled_events
from core.transitions import Role

CHANNEL = "ferry"
FORMAT = "haoban ferry 1"
FILE_BYTES = 200 * 1024**2
EVENTS_AT_ONCE = 20_000
_NAME = re.compile(r"[a-z0-9-]{1,30}")


@dataclass(frozen=True, slots=True)
class Crossing:
    """Who ferries to whom: the names of both sides, the other's public key, and the fields that may go out."""

    name: str
    peer: str
    peer_key: str
    fields: frozenset[str]


@dataclass(slots=True)
class Taken:
    """What came of the files of one landing."""

    numbers: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    gap: tuple[int, int] | None = None
    refused: list[tuple[str, str]] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key of this side, made once with mode 0600."""
    made = Ed25519PrivateKey.generate().private_bytes_raw()
    write_once(path, base64.b64encode(made))
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes()))


def public_text(key: Ed25519PrivateKey) -> str:
    """What the other side sets as this side's key."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def check_crossing(crossing: Crossing) -> None:
    """Raises SettingsError naming every problem."""
    problems = [
        f"ferry.{name}: 1 to 30 small letters, digits and hyphens are needed"
        for name in ("name", "peer")
        if not _NAME.fullmatch(getattr(crossing, name))
    ]
    if unknown := sorted(crossing.fields - KNOWN):
        problems.append(f"ferry.fields: there is no {', '.join(unknown)}; there are: {', '.join(sorted(KNOWN))}")
    if missing := sorted(NEEDED - crossing.fields):
        problems.append(f"ferry.fields: {', '.join(missing)} must be among them")
    try:
        _public(crossing.peer_key)
    except ValueError:
        problems.append("ferry.peer_key: is no key as `haoban ferry key` tells it")
    if crossing.name and crossing.name == crossing.peer:
        problems.append("ferry.peer: is this side itself")
    if problems:
        raise SettingsError(problems)


class Ferry:
    """Writes and takes files. Raises SettingsError for a crossing that isn't set up."""

    def __init__(self, database: Database, cases: Cases, crossing: Crossing, key: Ed25519PrivateKey) -> None:
        check_crossing(crossing)
        self._database, self._cases, self._crossing, self._key = database, cases, crossing, key

    async def export(self, folder: Path, by: str, *, again: bool = False) -> list[Path]:
        """Write what changed since the last file, if anything did, as the next one; the files written.

        `again` writes those too that the other side has not acknowledged. Raises BadRequest for a bad folder.
        """
        made = await self._made(by)
        wanted = await self._unacknowledged() if again else ([made] if made else [])
        paths = []
        for file in wanted:
            path = folder / f"haoban-{self._crossing.name}-{self._crossing.peer}-{file.number:08d}.json"
            try:
                path.write_text(file.content, encoding="utf-8")
            except OSError as error:
                raise BadRequest(f"{path} can't be written: {error.strerror}") from error
            paths.append(path)
        return paths

    async def _made(self, by: str) -> FerryFile | None:
        async with transaction() as connection:
            state = await _state(self._crossing.peer, connection)
            events = await settled_events(state.sent_event, EVENTS_AT_ONCE)
            changed = dict.fromkeys(event.case_id for event in events if event.channel != CHANNEL)  # type: ignore[attr-defined]
            rows = await self._rows(list(changed), connection)
            last_event = events[-1].id if events else state.sent_event
            told = await self._told_acknowledgement(state.sent_number)
            if not rows and told == state.taken_number:
                await FerryState.filter(peer=state.peer).using_db(connection).update(sent_event=last_event)
                return None
            content = self._signed(state, rows)
            digest = _digest(content)
            number = state.sent_number + 1
            moved = FerryState.filter(peer=state.peer, sent_number=state.sent_number).using_db(connection)
            if not await moved.update(sent_number=number, sent_event=last_event, sent_digest=digest):
                raise Conflict("another export is under way")
            file = await FerryFile.create(
                using_db=connection,
                peer=state.peer,
                direction="out",
                number=number,
                digest=digest,
                content=content,
                counts={"cases": len(rows), "acknowledges": state.taken_number},
                at=now(),
            )
            await note(connection, by, "ferry export", f"{state.peer} {number}", {"cases": len(rows)})
        return file

    async def _told_acknowledgement(self, sent_number: int) -> int:
        """What the last file acknowledged."""
        if sent_number == 0:
            return 0
        last = await FerryFile.get(peer=self._crossing.peer, direction="out", number=sent_number)
        return int(last.counts["acknowledges"])

    async def _rows(self, case_ids: list[int], connection: Any) -> list[dict[str, Any]]:
        found = Case.filter(id__in=case_ids).exclude(status="draft").using_db(connection)
        cases = await found.order_by("id").select_related("version__item") if case_ids else []
        return [row_of(case, self._crossing.fields) for case in cases]

    def _signed(self, state: FerryState, rows: list[dict[str, Any]]) -> str:
        body = {
            "format": FORMAT,
            "from": self._crossing.name,
            "to": self._crossing.peer,
            "number": state.sent_number + 1,
            "previous": state.sent_digest,
            "made_at": now().isoformat(timespec="seconds"),
            "acknowledges": state.taken_number,
            "cases": rows,
        }
        signature = self._key.sign(_canonical(body))
        return orjson.dumps(body | {"signature": base64.b64encode(signature).decode()}).decode()

    @reading
    async def _unacknowledged(self) -> list[FerryFile]:
        state = await FerryState.get_or_none(peer=self._crossing.peer)
        since = state.acknowledged if state else 0
        found = FerryFile.filter(peer=self._crossing.peer, direction="out", number__gt=since)
        return await found.order_by("number")

    async def land(self, paths: Sequence[Path], by: str) -> Taken:
        """Take files in the order of their numbers, each once. A gap ends the landing; a bad file is refused.

        Raises Unavailable when the database goes away; landing again goes on where it stopped.
        """
        taken = Taken()
        files = []
        for path in paths:
            try:
                files.append((self._read(path), path.name))
            except BadRequest as error:
                taken.refused.append((path.name, str(error)))
        for body, name in sorted(files, key=lambda file: file[0]["number"]):
            state = await _state_now(self._crossing.peer)
            number = body["number"]
            if number <= state.taken_number:
                taken.repeats.append(number)
            elif number > state.taken_number + 1:
                taken.gap = (state.taken_number + 1, number - 1)
                break
            elif body["previous"] != state.taken_digest:
                taken.refused.append((name, "it does not follow on the file taken before it"))
                break
            else:
                await self._take(body, state, taken, by)
        return taken

    def _read(self, path: Path) -> dict[str, Any]:
        """A file that is sound, ours to take, and signed by the other side. Raises BadRequest."""
        try:
            if path.stat().st_size > FILE_BYTES:
                raise BadRequest("it is too large")
            content: dict[str, Any] = orjson.loads(path.read_bytes())
            signature = base64.b64decode(content.pop("signature"))
            _public(self._crossing.peer_key).verify(signature, _canonical(content))
        except OSError as error:
            raise BadRequest(f"it can't be read: {error.strerror}") from error
        except InvalidSignature:
            raise BadRequest("its signature is not that of the other side") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BadRequest("it is no file of the ferry") from None
        if content.get("format") != FORMAT or (content.get("from"), content.get("to")) != (
            self._crossing.peer,
            self._crossing.name,
        ):
            raise BadRequest("it is of another kind, or for somebody else")
        if not _is_sound(content):
            raise BadRequest("it is no file of the ferry")
        return content | {"signature": base64.b64encode(signature).decode()}

    async def _take(self, body: dict[str, Any], state: FerryState, taken: Taken, by: str) -> None:
        """Rows first: taking them again changes nothing, so that a landing that was broken off is simply repeated."""
        fields = self._crossing.fields
        rows = [{name: value for name, value in row.items() if name in fields} for row in body["cases"]]
        actor = Actor(f"ferry {self._crossing.peer}", Role.SYSTEM, channel=CHANNEL)
        report = await CaseImport(self._database, self._cases, actor).run(
            ObjectsTable(rows, CASES), f"{self._crossing.peer} {body['number']}"
        )
        content = orjson.dumps(body).decode()
        async with transaction() as connection:
            mine = FerryState.filter(peer=state.peer, taken_number=state.taken_number).using_db(connection)
            acknowledged = max(state.acknowledged, min(body["acknowledges"], state.sent_number))
            moved = await mine.update(
                taken_number=body["number"], taken_digest=_digest(content), acknowledged=acknowledged
            )
            if not moved:
                raise Conflict("another landing is under way")
            await FerryFile.create(
                using_db=connection,
                peer=state.peer,
                direction="in",
                number=body["number"],
                digest=_digest(content),
                content=content if report.rejected_total else "",
                counts=report.counts(),
                at=now(),
            )
            # What is acknowledged needn't be sent again.
            sent = FerryFile.filter(peer=state.peer, direction="out", number__lte=acknowledged).using_db(connection)
            await sent.update(content="")
            await note(connection, by, "ferry import", f"{state.peer} {body['number']}", report.counts())
        taken.numbers.append(body["number"])
        _add(taken.report, report)


def _is_sound(content: dict[str, Any]) -> bool:
    whole = all(isinstance(content.get(name), int) and content[name] >= 0 for name in ("number", "acknowledges"))
    rows = content.get("cases")
    return (
        whole
        and content["number"] > 0
        and isinstance(content.get("previous"), str)
        and isinstance(rows, list)
        and all(isinstance(row, dict) for row in rows)
    )


def _add(to: Report, report: Report) -> None:
    to.created += report.created
    to.updated += report.updated
    to.unchanged += report.unchanged
    for row, reason in report.rejected:
        to.reject(row, reason)
    to.warnings.update(report.warnings)


async def _state(peer: str, connection: Any) -> FerryState:
    state, _ = await FerryState.get_or_create(peer=peer, using_db=connection)
    return state


async def _state_now(peer: str) -> FerryState:
    async with transaction() as connection:
        return await _state(peer, connection)


def _canonical(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _digest(content: str) -> str:
    """The same on both sides, however the file was written down."""
    body = orjson.loads(content)
    return hashlib.sha256(_canonical(body)).hexdigest()


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


__all__ = ("Crossing", "Ferry", "Taken", "check_crossing", "private_key", "public_text")
