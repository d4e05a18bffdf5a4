"""A person's rights (PIPL 45 to 47): what is held on somebody, in one file, and its erasure once the law lets it go."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from core.codes import Status
from core.database import reading, transaction
from core.errors import BadRequest, Conflict
from core.files import FileStore
from core.local_time import local, now
from core.masking import masked_id
from core.models import (
    Case,
    CaseEvent,
    CaseFile,
    DeskTask,
    FeeEntry,
    LookupRecord,
    MaterialReceipt,
    Message,
    Notification,
    OptOut,
    Rating,
    Subscription,
)
from core.notify.addresses import telephone
from core.notify.consent import about_case
from core.notify.forgetting import forget_messages
from core.numbers import plain_digits
from core.staff.trail import note
from core.transitions import ENDS

ERASED = "erased"
ERASED_NAME = "（已删除）"
DAYS_A_YEAR = 365.25
_PERSONAL = {
    "applicant_name": ERASED_NAME,
    "id_number": "",
    "mobile": "",
    "agent": {},
    "legal_representative": "",
}
STAYS = (
    "the case's number, item, status and times: the archive of what the administration decided, without the person",
    "fees that were paid, with their vouchers: accounts are kept by the rules of accounting (会计档案管理办法)",
    "that messages were sent and when they arrived: the proof of what was told, without words and addresses",
    "who looked at the case and who changed it: the audit trail, which names staff and numbers only",
)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held on a person: `cases` with everything in them, and the files by their names in the store."""

    asked: Mapping[str, str]
    made_at: datetime
    cases: tuple[Mapping[str, Any], ...]
    files: tuple[tuple[str, Path], ...]

    def as_zip(self) -> bytes:
        """All of it in one file: the data as JSON, and the files that were handed in. Blocks."""
        told = {"asked": self.asked, "made_at": self.made_at, "cases": self.cases}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.json", orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str))
            for name, path in self.files:
                archive.write(path, f"files/{name}")
        return out.getvalue()


@dataclass(slots=True)
class Erasure:
    """What was erased, and what stays with the reason; numbers are query numbers."""

    erased: list[str] = field(default_factory=list)
    stays: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0


class Persons:
    """Finds and erases by ID number. `retention_years` is how long the archive of a finished case is kept by law."""

    def __init__(self, folder: Path, *, retention_years: int) -> None:
        self._store = FileStore(folder)
        self._retention = timedelta(days=retention_years * DAYS_A_YEAR)

    async def held(self, id_number: str, by: str) -> Held:
        """Everything on a person; that it was asked for is noted first. Raises BadRequest for no number."""
        number = _number(id_number)
        async with transaction() as connection:
            await note(connection, by, "looked at all that is held on a person", masked_id(number))
        cases = await _cases(number)
        files = [
            (f"{case.number}-{file.id}-{file.file_name}", self._store.path(file.digest))
            for case in cases
            for file in await _files(case.id)
        ]
        told = tuple([await _told(case) for case in cases])
        return Held({"id_number": number}, now(), told, tuple(files))

    async def erase(self, id_number: str, by: str, reason: str) -> Erasure:
        """Take the person out of every case whose retention is over; what must stay is told with why.

        Raises BadRequest without a reason or a number.
        """
        if not reason.strip():
            raise BadRequest("an erasure needs its reason, such as the request it follows", key="no_reason")
        number, erasure = _number(id_number), Erasure()
        for case in await _cases(number):
            if why := self._kept(case):
                erasure.stays.append((case.number, why))
                continue
            await self._erase(case, by, reason.strip(), erasure)
        async with transaction() as connection:
            detail = {"erased": erasure.erased, "stays": [one for one, _ in erasure.stays], "reason": reason.strip()}
            await note(connection, by, "person erased", masked_id(number), detail)
        return erasure

    def _kept(self, case: Case) -> str:
        """Why a case must be kept as it is, empty when it needn't."""
        if case.status not in {*ENDS, Status.COMPLETED}:
            return "it is not finished"
        ended = local(case.completed_at or case.updated_at)
        if now() - ended < self._retention:
            return f"its archive is kept until {ended + self._retention:%Y-%m-%d}"
        return ""

    async def _erase(self, case: Case, by: str, reason: str, erasure: Erasure) -> None:
        files = await _files(case.id)
        async with transaction() as connection:
            seq = case.seq + 1
            taken = Case.filter(id=case.id, seq=case.seq).using_db(connection)
            if not await taken.update(**_PERSONAL, seq=seq, updated_at=now()):
                raise Conflict(f"case {case.number} was changed meanwhile; erase again")
            await _note_event(connection, case, seq, by, reason)
            await CaseFile.filter(case_id=case.id).using_db(connection).delete()
            await Rating.filter(case_id=case.id).using_db(connection).update(words="")
            await forget_messages(connection, case.id)
        for file in files:
            await self._forget(file)
        erasure.files += len(files)
        erasure.erased.append(case.number)

    async def _forget(self, file: CaseFile) -> None:
        """Delete a content that no other case has."""
        if not await CaseFile.filter(digest=file.digest).exists():
            with contextlib.suppress(FileNotFoundError):
                self._store.path(file.digest).unlink()


async def _note_event(connection: BaseDBAsyncClient, case: Case, seq: int, by: str, reason: str) -> None:
    await CaseEvent.create(
        using_db=connection,
        case_id=case.id,
        seq=seq,
        kind=ERASED,
        status_from=case.status,
        at=now(),
        recorded_at=now(),
        actor=by[:100],
        channel="desk",
        reason=reason,
        data={"fields": sorted(_PERSONAL)},
    )


async def _told(case: Case) -> dict[str, Any]:
    """A case with all that hangs on it, fit for JSON."""
    notices = await Notification.filter(case_id=case.id).order_by("id").values()
    addresses = {telephone(case.mobile), *(address for one in notices for _, address in one["route"])} - {""}
    parts: dict[str, Any] = {
        "events": await CaseEvent.filter(case_id=case.id).order_by("seq").values(),
        "materials": await MaterialReceipt.filter(case_id=case.id).order_by("order_num").values(),
        "files": await CaseFile.filter(case_id=case.id).order_by("id").values(),
        "fees": await FeeEntry.filter(case_id=case.id).order_by("id").values(),
        "notices": notices,
        "told_by_the_desk": await DeskTask.filter(notification__case_id=case.id).order_by("id").values(),
        "opted_out": await OptOut.filter(address__in=list(addresses)).order_by("id").values(),
        "messages": await Message.filter(notification__case_id=case.id).order_by("id").values(),
        "followed_by": await Subscription.filter(topic=about_case(case.id)).order_by("id").values(),
        "rating": await Rating.filter(case_id=case.id).values(),
        "looked_up": await LookupRecord.filter(number=case.number).order_by("id").values(),
    }
    columns = {name: getattr(case, name) for name in case._meta.fields_db_projection}
    return {"item": case.version.name, **columns, **parts}


@reading
async def _cases(id_number: str) -> list[Case]:
    return await Case.filter(id_number=id_number).exclude(id_number="").order_by("id").select_related("version")


@reading
async def _files(case_id: int) -> list[CaseFile]:
    return await CaseFile.filter(case_id=case_id).order_by("id")


def _number(typed: str) -> str:
    number = plain_digits(typed).upper()
    if not 5 <= len(number) <= 40:
        raise BadRequest("an ID number is needed", key="bad_id")
    return number
