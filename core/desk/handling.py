"""A step of a case with the files that belong to it: written together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.case_store import read_case
from core.cases import Cases
from core.centre import Centre
from core.change_checks import check_department
from core.codes import Status
from core.database import transaction
from core.desk.files import Attached, CaseFiles, FileKind
from core.models import Case
from core.staff.trail import note
from core.staff.views import Member
from core.uploads import Upload


class Handling:
    def __init__(self, cases: Cases, centre: Centre, files: CaseFiles) -> None:
        self._cases, self._centre, self._files = cases, centre, files

    async def move(
        self,
        number: str,
        to: Status,
        member: Member,
        *,
        reason: str = "",
        data: Mapping[str, Any] | None = None,
        files: Sequence[Upload] = (),
        expected_seq: int | None = None,
    ) -> Case:
        """What `Cases.move` does, with documents beside it, or the signature of who was handed the result."""
        kind = FileKind.SIGNATURE if to is Status.DELIVERED else FileKind.DOCUMENT
        stored = await self._files.stored([Attached(kind, upload) for upload in files])
        # Read before the transaction: within one, SQLite would have the first reading wait for its end.
        await self._centre.working_time()
        async with transaction() as connection:
            case = await self._cases.move(number, to, member.actor, reason=reason, data=data, expected_seq=expected_seq)
            await self._files.attach(connection, case.id, stored, member.login)
        return case

    async def attach(self, number: str, files: Sequence[Upload], member: Member) -> None:
        """Add files to a case. Raises NotFound, BadRequest, Unavailable."""
        case = await read_case(number)
        check_department(case, member.actor)
        stored = await self._files.stored([Attached(FileKind.DOCUMENT, upload) for upload in files])
        async with transaction() as connection:
            await self._files.attach(connection, case.id, stored, member.login)
            await note(connection, member.login, "files added", number, {"files": [file.digest for file in stored]})
