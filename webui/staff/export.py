"""Lists as files: exactly what the filter shows, each taking along noted in the trail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiohttp import web

from core.local_time import now
from core.workbook import CSV, XLSX, as_csv, as_xlsx
from webui.page import NO_STORE
from webui.staff.case import disposition
from webui.staff.visit import Visit

FORMS = ("xlsx", "csv")


def wanted(asked: Mapping[str, str]) -> str:
    """The kind of file that an address asks for, empty for the page itself."""
    return asked.get("as", "") if asked.get("as") in FORMS else ""


async def export(
    visit: Visit, form: str, name: str, heads: Sequence[str], rows: Sequence[Sequence[object]]
) -> web.Response:
    """The rows as a file, noted first."""
    asked = {key: value for key, value in visit.asked().items() if value}
    await visit.site.trail.exported(visit.member.login, name, len(rows), asked, visit.origin)
    if form == "xlsx":
        body, media_type = await asyncio.to_thread(as_xlsx, name, heads, rows), XLSX
    else:
        body, media_type = await asyncio.to_thread(as_csv, heads, rows), CSV
    headers = {
        "Content-Disposition": disposition("attachment", f"{name}-{now():%Y%m%d-%H%M}.{form}"),
        "Cache-Control": NO_STORE,
    }
    return web.Response(body=body, content_type=media_type, headers=headers)
