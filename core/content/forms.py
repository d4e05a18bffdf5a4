"""Blank forms 空白表格: a new one voids the one before, so that nobody fills in an old one."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.database import Database, reading, transaction
from core.errors import BadRequest, NotFound
from core.files import FileStore
from core.local_time import local, now
from core.models import FormFile, ServiceItem
from core.naming import may_be
from core.revisions import CATALOGUE, raise_revision
from core.staff.trail import note
from core.uploads import Upload, Uploads

SLUG_BYTES = 8


@dataclass(frozen=True, slots=True)
class NewForm:
    """A form as an editor brings it; `notes` are one a line."""

    task_code: str
    material_name: str
    title: str
    title_en: str
    notes: str
    upload: Upload


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form of an item, in force or voided."""

    slug: str
    material_name: str
    title: str
    file_name: str
    voided_at: datetime | None


class Forms:
    def __init__(self, database: Database, uploads: Uploads, folder: Path) -> None:
        self._database, self._uploads, self._store = database, uploads, FileStore(folder)

    async def put(self, new: NewForm, by: str) -> str:
        """Publish a form; the short name in its address. Raises BadRequest, NotFound, Unavailable."""
        if not (new.title.strip() and new.material_name.strip()) or len(new.title) > 500 or len(new.title_en) > 500:
            raise BadRequest("a form has a title and is of a material", key="form_named")
        checked = await self._uploads.checked(new.upload)
        digest = await asyncio.to_thread(self._store.put, checked.content)
        slug = secrets.token_hex(SLUG_BYTES)
        async with transaction() as connection:
            known = may_be(ServiceItem, task_code=new.task_code)
            item = await ServiceItem.get_or_none(task_code=new.task_code, using_db=connection) if known else None
            if item is None:
                raise NotFound(f"there is no item {new.task_code}")
            old = FormFile.filter(item_id=item.id, material_name=new.material_name.strip(), voided_at=None)
            voided = await old.using_db(connection).update(voided_at=now())
            await FormFile.create(
                using_db=connection,
                slug=slug,
                item_id=item.id,
                material_name=new.material_name.strip()[:500],
                title=new.title.strip(),
                title_en=new.title_en.strip(),
                notes=[line.strip() for line in new.notes.splitlines() if line.strip()],
                file_name=checked.name,
                media_type=checked.media_type,
                size_bytes=len(checked.content),
                digest=digest,
            )
            await note(connection, by, "form published", new.task_code, {"form": slug, "voided": voided})
            await raise_revision(connection, CATALOGUE, postgres=self._database.is_postgres)
        return slug

    async def void(self, task_code: str, slug: str, by: str) -> None:
        """Take a form of an item away; it is kept and marked. Raises NotFound."""
        async with transaction() as connection:
            wanted = FormFile.get_or_none(slug=slug, voided_at=None, item__task_code=task_code, using_db=connection)
            row = await wanted if may_be(FormFile, slug=slug) and may_be(ServiceItem, task_code=task_code) else None
            if row is None or not await FormFile.filter(id=row.id).using_db(connection).update(voided_at=now()):
                raise NotFound(f"there is no form {slug} in force")
            await note(connection, by, "form voided", slug)
            await raise_revision(connection, CATALOGUE, postgres=self._database.is_postgres)

    @reading
    async def of(self, task_code: str) -> tuple[FormLine, ...]:
        """All forms an item ever had, those in force first."""
        rows = await FormFile.filter(item__task_code=task_code).order_by("-id")
        lines = [
            FormLine(r.slug, r.material_name, r.title, r.file_name, local(r.voided_at) if r.voided_at else None)
            for r in rows
        ]
        return tuple(sorted(lines, key=lambda line: line.voided_at is not None))
