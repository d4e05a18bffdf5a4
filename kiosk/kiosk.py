"""`/kiosk/`: the addresses of the touch pages."""

from __future__ import annotations

from aiohttp import web

from kiosk import case, device, guide
from kiosk.faults import said, shown
from kiosk.frame import PATH
from kiosk.site import SITE, KioskSite


def install(app: web.Application, site: KioskSite) -> None:
    """Put the touch pages into an application."""
    app[SITE] = site
    app.add_routes(_routes())


def _routes() -> list[web.RouteDef]:
    at = PATH + "{lang}/"
    return [
        web.get(PATH.rstrip("/"), _home),
        web.get(PATH, shown(guide.home)),
        web.get(PATH + "register", shown(device.register_page)),
        web.post(PATH + "register", said(device.register)),
        web.get(PATH + "alive", said(device.alive)),
        web.get(PATH + "worker.js", device.worker),
        web.get(PATH + "copy", said(device.copy)),
        web.get(PATH + "take/{what:items|forms}/{name}.svg", shown(guide.take)),
        web.get(at, shown(guide.home)),
        web.get(at + "guide", shown(guide.guide)),
        web.get(at + "guide/{kind:department|topic|letter}", shown(guide.shelf)),
        web.get(at + "words", shown(guide.words)),
        web.get(at + "found", said(guide.found)),
        web.get(at + "items/{code}", shown(guide.item)),
        web.get(at + "forms", shown(guide.forms)),
        web.get(at + "forms/{slug}", shown(guide.form)),
        web.get(at + r"forms/{slug}/{number:\d{1,3}}.png", shown(guide.form_page)),
        web.get(at + "notices", shown(guide.notices)),
        web.get(at + "notices/{key}", shown(guide.notice)),
        web.get(at + "case", shown(case.case)),
        web.post(at + "case", said(case.ask)),
        web.post(at + "photograph", said(case.photograph)),
        web.get(at + "rating", shown(case.rating)),
        web.post(at + "rating", said(case.rate)),
        web.post(at + "print", said(case.print_slip)),
        web.get(at + "staff", shown(device.staff_page)),
        web.post(at + "staff", said(device.staff)),
    ]


async def _home(_request: web.Request) -> web.Response:
    raise web.HTTPMovedPermanently(PATH)
