"""Style sheets and icons, each under an address with its digest, so that browsers fetch it once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aiohttp import web

MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the look with its digest, as it stood when the process first read it."""

    body: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    folder = files(__package__).joinpath("static")
    found = (file for file in folder.iterdir() if file.name.endswith(tuple(MEDIA_TYPES)))
    return {file.name: _asset(file.name, file.read_bytes()) for file in found}


def asset_url(name: str) -> str:
    """The address of a file of the look, with its digest. Raises KeyError for an unknown one."""
    return f"/static/look/{name}?v={assets()[name].digest}"


def routes() -> list[web.RouteDef]:
    return [web.get("/static/look/{name}", serve)]


async def serve(request: web.Request) -> web.Response:
    """A file of the look: kept for a year under its digest, asked after each time without."""
    if (asset := assets().get(request.match_info["name"])) is None:
        raise web.HTTPNotFound
    kept = {
        "ETag": f'"{asset.digest}"',
        "Cache-Control": FOREVER if request.query.get("v") == asset.digest else "no-cache",
    }
    if any(tag.value in (asset.digest, "*") for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=kept)
    return web.Response(body=asset.body, content_type=asset.media_type, charset="utf-8", headers=kept)


def _asset(name: str, body: bytes) -> Asset:
    return Asset(body, MEDIA_TYPES[name[name.rindex(".") :]], hashlib.sha256(body).hexdigest()[:16])
