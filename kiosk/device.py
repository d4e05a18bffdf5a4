"""The device itself: registered once, telling that it lives, its guide kept for when the network is lost, and staff."""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import quote

import structlog
from aiohttp import web

from core.errors import NotRecognised
from core.kiosks import KioskView
from core.local_time import now
from kiosk.case import fields_of
from kiosk.frame import COOKIE, PATH, answer, device_of, known_device, language_of, piece, screen
from kiosk.guide import KINDS, MOST_LISTED
from kiosk.site import SITE
from kiosk.slips import Line, draw, find_font
from webui.look.assets import assets
from webui.look.policy import SCRIPTED_POLICY

TEN_YEARS_S = 10 * 365 * 24 * 3600
WORKER = "kiosk-worker.js"
_log = structlog.get_logger(channel="kiosk")


async def register_page(request: web.Request) -> web.Response:
    """Where a device shows its token; the script takes it from behind the # of the address, which nobody logs."""
    return await screen(request, "register.html")


async def register(request: web.Request) -> web.Response:
    """`token`: the device is known from now on by a cookie that no script can read. Raises NotRecognised."""
    site, token = request.app[SITE], (await fields_of(request)).get("token", "")
    if await site.kiosks.known_by(token) is None:
        raise NotRecognised("no kiosk has this token")
    response = answer(to=PATH)
    response.set_cookie(
        COOKIE, token, max_age=TEN_YEARS_S, path=PATH, samesite="Strict", httponly=True, secure=site.is_secure or None
    )
    return response


async def alive(request: web.Request) -> web.Response:
    """A sign of life each way: whether the device is known, and how its printer is."""
    device = await device_of(request)
    return answer(known=device is not None, printer=await _looked_after(request, device) if device else "none")


async def staff_page(request: web.Request) -> web.Response:
    """Where staff key in their PIN."""
    await known_device(request)
    return await screen(request, "staff.html", back="home")


async def staff(request: web.Request) -> web.Response:
    """`pin`: how the device is. `pin` and `do`: a test print. Raises NotRecognised, Wait, PrinterFault."""
    site, device, fields = request.app[SITE], await known_device(request), await fields_of(request)
    await site.staff_tries.take(device.name)
    given, wanted = fields.get("pin", ""), site.plan.staff_pin
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        _log.warning("staff pin refused", kiosk=device.name)
        raise NotRecognised("this is not the PIN of staff")
    if fields.get("do") == "print":
        text = f"{device.name} {now():%Y-%m-%d %H:%M}"
        blocks = [Line(language_of(request).text("kiosk.staff.test"), "title", centred=True), Line(text, centred=True)]
        picture = await asyncio.to_thread(draw, blocks, find_font(site.plan.font))
        await site.printers.print(device.printer, picture)
        return answer(say=language_of(request).text("kiosk.printed"))
    state = await _looked_after(request, device)
    return answer(html=piece(request, "_staff.html", device=device, printer=state))


async def worker(_request: web.Request) -> web.Response:
    """The script that keeps the guide, under the path whose pages it keeps."""
    body = assets()[WORKER].body
    # A worker asks under a policy of its own.
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": SCRIPTED_POLICY}
    return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)


async def copy(request: web.Request) -> web.Response:
    """The addresses of all screens of the guide, for a device to keep. Raises NotFound for an unknown one."""
    await known_device(request)
    site = request.app[SITE]
    found: list[str] = []
    shelves = {kind: await site.query.shelves(kind) for kind in KINDS}
    letters = [await site.query.shelf("letter", one.name, 0, MOST_LISTED) for one in shelves["letter"]]
    items = [item.task_code for listed, _ in letters for item in listed]
    forms = [form.slug for form in await site.query.all_forms()]
    for code in site.catalogues.codes:
        at = f"{PATH}{code}/"
        found += [at, *(at + name for name in ("guide", "words", "forms", "notices", "case", "rating"))]
        found += [f"{at}guide/{kind}?name={quote(one.name)}" for kind, all_ in shelves.items() for one in all_]
        found += [*(f"{at}items/{quote(item)}" for item in items), *(f"{at}forms/{slug}" for slug in forms)]
    return answer(pages=found)


async def _looked_after(request: web.Request, device: KioskView) -> str:
    """How the printer is; kept for staff, and logged when it changed."""
    site = request.app[SITE]
    state = await site.printers.state(device.printer)
    if state != device.state.get("printer"):
        _log.warning("printer changed", kiosk=device.name, printer=state)
    await site.kiosks.told(device.name, {"printer": state})
    return state
