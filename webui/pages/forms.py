"""Blank forms: finding the ones of an item, and downloading them under their own names."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from core.errors import NotFound, Unavailable
from core.views import FormView
from webui.page import ASK_AGAIN, render
from webui.sent import query_fields, words
from webui.site import WEB

CHOICES = 5
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PLAIN_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


async def forms(request: web.Request) -> web.Response:
    """The forms of the items that everyday words find."""
    query = request.app[WEB].query
    sought = words(query_fields(request).get("q", ""))
    found = (await query.find_items(sought, CHOICES)).items if sought else ()
    of_items = [(item, await query.forms(item.task_code)) for item in found]
    return render(request, "forms.html", sought=sought, found=of_items)


async def form(request: web.Request) -> web.Response:
    """The file of a form; NotFound once it is voided."""
    site = request.app[WEB]
    view = await site.query.form(request.match_info["slug"])
    headers = {"ETag": f'"{view.digest}"', "Cache-Control": ASK_AGAIN, "Content-Disposition": _attachment(view)}
    if any(tag.value in (view.digest, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    headers |= {"Content-Type": view.media_type}
    path = _path(site.files_dir, view.digest)
    try:
        if request.method == "HEAD":
            size = (await asyncio.to_thread(path.stat)).st_size
            return web.Response(headers=headers | {"Content-Length": str(size)})
        return web.Response(body=await asyncio.to_thread(path.open, "rb"), headers=headers)
    except FileNotFoundError as error:
        raise Unavailable(f"the file of form {view.slug} is missing") from error


def _path(files_dir: Path, digest: str) -> Path:
    if not _DIGEST.fullmatch(digest):
        raise NotFound("a form without a file")
    return files_dir / digest[:2] / digest


def _attachment(view: FormView) -> str:
    """The file's name for old and new browsers (RFC 6266)."""
    suffix = Path(view.file_name).suffix
    plain = f"form-{re.sub('[^A-Za-z0-9]', '', view.slug)}{suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ''}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(view.file_name, safe='')}"
