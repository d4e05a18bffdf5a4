"""Files of a case: scans of materials, documents of special procedures, results, signatures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import reading
from core.errors import BadRequest, NotFound
from core.files import FileStore
from core.local_time import local, now
from core.models import CaseFile
from core.uploads import Upload, Uploads

MOST_OF_A_CASE = 200


class FileKind(StrEnum):
    MATERIAL = "material"
    DOCUMENT = "document"
    RESULT = "result"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a case; `material` names what it is a copy of."""

    id: int
    kind: FileKind
    material: str
    file_name: str
    media_type: str
    size_bytes: int
    digest: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A file to be attached to a case."""

    kind: FileKind
    upload: Upload
    material: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is checked and lies in the store already; only the case doesn't know of it yet."""

    kind: FileKind
    material: str
    file_name: str
    media_type: str
    size_bytes: int
    digest: str


class CaseFiles:
    """Keeps and finds files; their contents lie in the store under their digests, outside of what is served."""

    def __init__(self, uploads: Uploads, folder: Path) -> None:
        self._uploads, self._store = uploads, FileStore(folder)

    async def stored(self, files: list[Attached]) -> list[Stored]:
        """Check files and put them into the store, before any transaction. Raises BadRequest, Unavailable."""
        kept = []
        for file in files:
            checked = await self._uploads.checked(file.upload)
            digest = await asyncio.to_thread(self._store.put, checked.content)
            kept.append(
                Stored(file.kind, file.material, checked.name, checked.media_type, len(checked.content), digest)
            )
        return kept

    async def attach(self, connection: BaseDBAsyncClient, case_id: int, files: list[Stored], by: str) -> None:
        """Let a case know of stored files; part of the change's transaction. Raises BadRequest for too many."""
        if not files:
            return
        there = await CaseFile.filter(case_id=case_id).using_db(connection).count()
        if there + len(files) > MOST_OF_A_CASE:
            raise BadRequest(f"a case has at most {MOST_OF_A_CASE} files")
        for file in files:
            await CaseFile.create(
                using_db=connection,
                case_id=case_id,
                kind=file.kind.value,
                material=file.material[:500],
                file_name=file.file_name,
                media_type=file.media_type,
                size_bytes=file.size_bytes,
                digest=file.digest,
                at=now(),
                by=by,
            )

    @reading
    async def of(self, case_id: int) -> tuple[FileView, ...]:
        return tuple(_view(row) for row in await CaseFile.filter(case_id=case_id).order_by("id"))

    @reading
    async def one(self, case_id: int, file_id: int) -> FileView:
        """A file of this case. Raises NotFound."""
        row = await CaseFile.get_or_none(id=file_id, case_id=case_id)
        if row is None:
            raise NotFound(f"there is no file {file_id}")
        return _view(row)

    def path(self, file: FileView) -> Path:
        return self._store.path(file.digest)


def _view(row: CaseFile) -> FileView:
    return FileView(
        row.id,
        FileKind(row.kind),
        row.material,
        row.file_name,
        row.media_type,
        row.size_bytes,
        row.digest,
        local(row.at),
        row.by,
    )
