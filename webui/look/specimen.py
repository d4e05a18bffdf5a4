"""`/look`: the design system on a page of its own, for whoever builds a page: what there is, and how it is written."""

from __future__ import annotations

import re

from aiohttp import web

from core.language import Catalogues
from webui.look.assets import assets
from webui.look.frame import environment, spoken
from webui.look.tags import tag

_TOKEN = re.compile(r"--([a-z0-9-]+):")
_COLOURS = ("ground", "ink", "line", "link", "action", "on-action", "seal", "wrong", "warn", "well", "stopped", "focus")


class Specimen:
    """Shows every part of the look in a language, with the call that makes it."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        names = dict.fromkeys(_TOKEN.findall(assets()["tokens.css"].body.decode()))
        self._colours = [name for name in names if name.startswith(_COLOURS)]
        self._sizes = [name for name in names if name.startswith(("size-", "space-"))]

    async def page(self, request: web.Request) -> web.Response:
        code = request.query.get("lang") or request.headers.get("Accept-Language", "")[:2].lower()
        language = self._catalogues[code if code in self._catalogues else "zh"]
        html = (
            spoken(environment(), language)
            .get_template("look/specimen.html")
            .render(
                languages=[
                    (code, tag(code), self._catalogues[code].text("web.language.name"))
                    for code in self._catalogues.codes
                ],
                colours=self._colours,
                sizes=self._sizes,
            )
        )
        return web.Response(text=html, content_type="text/html", charset="utf-8", headers={"Cache-Control": "no-cache"})
