"""The checklist of materials at a window: what was handed in, in what form and how many, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from core.database import reading
from core.errors import BadRequest
from core.local_time import local, now
from core.models import MaterialReceipt

PAPER, ELECTRONIC = "1", "2"
MOST_COPIES = 999


@dataclass(frozen=True, slots=True)
class Ticked:
    """A line of the checklist as the clerk leaves it."""

    name: str
    needed: bool
    received: bool
    material_format: str = PAPER
    original_num: int = 0
    copy_num: int = 0


@dataclass(frozen=True, slots=True)
class MaterialLine(Ticked):
    """A line as it is kept."""

    at: datetime | None = None
    by: str = ""


async def keep(connection: BaseDBAsyncClient, case_id: int, lines: Sequence[Ticked], by: str) -> None:
    """Write the checklist of a case anew where it changed; part of the change's transaction."""
    known = {row.name: row for row in await MaterialReceipt.filter(case_id=case_id).using_db(connection)}
    for order, line in enumerate(lines, 1):
        if not (0 <= line.original_num <= MOST_COPIES and 0 <= line.copy_num <= MOST_COPIES):
            raise BadRequest(f"{line.name}: 0 to {MOST_COPIES} originals and copies")
        told = {
            "order_num": order,
            "is_need": "1" if line.needed else "0",
            "is_received": line.received,
            "material_format": line.material_format if line.material_format in (PAPER, ELECTRONIC) else PAPER,
            "original_num": line.original_num,
            "copy_num": line.copy_num,
        }
        row = known.get(line.name)
        if row is None:
            await MaterialReceipt.create(using_db=connection, case_id=case_id, name=line.name, at=now(), by=by, **told)
        elif any(getattr(row, name) != value for name, value in told.items()):
            await MaterialReceipt.filter(id=row.id).using_db(connection).update(at=now(), by=by, **told)


def missing(lines: Sequence[Ticked]) -> tuple[str, ...]:
    """The needed materials that were not handed in, as the one complete list names them."""
    return tuple(line.name for line in lines if line.needed and not line.received)


@reading
async def read_materials(case_id: int) -> tuple[MaterialLine, ...]:
    rows = await MaterialReceipt.filter(case_id=case_id).order_by("order_num", "id")
    return tuple(
        MaterialLine(
            row.name,
            row.is_need != "0",
            row.is_received,
            row.material_format,
            row.original_num,
            row.copy_num,
            local(row.at),
            row.by,
        )
        for row in rows
    )
