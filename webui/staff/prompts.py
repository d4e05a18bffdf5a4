"""What the voice line says, to be listened to before a caller hears it."""

from __future__ import annotations

from aiohttp import web

from webui.look.policy import HEARD_POLICY
from webui.staff.visit import Visit

_KEPT = "private, max-age=86400"  # a sound never changes under its name


async def prompts(visit: Visit) -> web.Response:
    listed = visit.site.operations.prompts()
    languages = dict.fromkeys(one.language for one in listed)
    spoken = [(visit.site.catalogues[code], [one for one in listed if one.language == code]) for code in languages]
    page = visit.page("prompts.html", spoken=spoken)
    page.headers["Content-Security-Policy"] = HEARD_POLICY
    return page


async def sound(visit: Visit) -> web.Response:
    """A prompt as the exchange plays it. Raises NotFound."""
    body = await visit.site.operations.sound(visit.request.match_info["prompt"])
    return web.Response(body=body, content_type="audio/wav", headers={"Cache-Control": _KEPT})
