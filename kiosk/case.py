"""Where a case stands, at the kiosk: asked without a trace, told on the screen, printed, taken along, rated.

All of it is sent in the bodies of requests by the screen's script, so that neither addresses nor the browser's history
hold anything of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog
from aiohttp import web
from markupsafe import Markup

from core.errors import BadNumber, BadRequest, NotFound
from core.form_body import filled_in
from core.kiosks import KioskView
from core.numbers import LENGTH, is_query_number, plain_digits
from core.qr import MAX_ON_SCREEN_BYTES
from core.qr_reader import MOST_BYTES
from core.ratings import BEST, WORST
from core.views import CaseStatus
from kiosk.frame import CHANNEL, answer, asker, known_device, language_of, piece, screen
from kiosk.printers import PrinterFault
from kiosk.site import SITE
from kiosk.slips import Block, draw, find_font
from kiosk.stories import checklist_slip, receipt_slip, status_slip
from webui.look.case_view import shown

MOST_FIELDS, MOST_FIELD = 20, 200
_log = structlog.get_logger(channel="kiosk")


async def case(request: web.Request) -> web.Response:
    """Scan the code, or key in number and PIN."""
    await known_device(request)
    return await screen(request, "case.html", back="home", purpose="status")


async def rating(request: web.Request) -> web.Response:
    """The same, to rate how the case was handled."""
    await known_device(request)
    return await screen(request, "case.html", back="home", purpose="rating")


async def ask(request: web.Request) -> web.Response:
    """`number` alone: whether it can be one; with `pin`, or with a scanned `token`: the case. Raises HaobanError."""
    device, fields = await known_device(request), await fields_of(request)
    if token := fields.get("token", ""):
        return await _told(request, await request.app[SITE].query.case_by_token(token, asker(device)), fields)
    number, pin = plain_digits(fields.get("number", "")), plain_digits(fields.get("pin", ""))
    if len(number) != LENGTH or not is_query_number(number):
        raise BadNumber("the check digit is wrong")
    if not pin:
        return answer(step="pin")
    return await _told(request, await request.app[SITE].query.case_status(number, pin, asker(device)), fields)


async def photograph(request: web.Request) -> web.Response:
    """A picture of the camera: the case whose code is on it. Raises NotFound where there is none."""
    device = await known_device(request)
    if not request.app[SITE].plan.camera:
        raise NotFound("there is no camera")
    token = await request.app[SITE].reader.token(await _picture(request))
    if not token:
        return answer(204)
    return await _told(request, await request.app[SITE].query.case_by_token(token, asker(device)), {})


async def rate(request: web.Request) -> web.Response:
    """`token` and `score`: thanks. Raises HaobanError."""
    await known_device(request)
    fields, site = await fields_of(request), request.app[SITE]
    score = next((n for n in range(BEST, WORST + 1) if str(n) == fields.get("score")), 0)
    await site.ratings.rate(fields.get("token", ""), score, "", CHANNEL)
    return answer(html=piece(request, "_thanks.html"))


async def print_slip(request: web.Request) -> web.Response:
    """Print a status (`token`), a receipt (`number`, `pin`) or what an item requires (`item`). Raises HaobanError."""
    device, fields = await known_device(request), await fields_of(request)
    site, language = request.app[SITE], language_of(request)
    blocks = await _blocks(request, device, fields)
    picture = await asyncio.to_thread(draw, blocks, find_font(site.plan.font))
    try:
        await site.printers.print(device.printer, picture)
    except PrinterFault as fault:
        _log.warning("not printed", kiosk=device.name, printer=fault.state)
        await site.kiosks.told(device.name, {"printer": fault.state})
        raise
    return answer(say=language.text("kiosk.printed"))


async def _blocks(request: web.Request, device: KioskView, fields: Mapping[str, str]) -> list[Block]:
    site, language = request.app[SITE], language_of(request)
    if task_code := fields.get("item", ""):
        guide = await site.query.item(task_code)
        address = f"{site.public_url}/items/{guide.summary.task_code}"
        return checklist_slip(
            guide, await site.images.get(address, "png", MAX_ON_SCREEN_BYTES), language, _centre(request)
        )
    if fields.get("what") == "receipt":
        number, pin = fields.get("number", ""), fields.get("pin", "")
        receipt = await site.query.receipt(number, pin, asker(device))
        return receipt_slip(receipt, await site.images.get(receipt.address), language, _centre(request))
    status = await site.query.case_by_token(fields.get("token", ""), asker(device))
    code = await site.images.get(site.query.qr_address(status.token))
    return status_slip(status, code, language, _centre(request))


async def _told(request: web.Request, status: CaseStatus, fields: Mapping[str, str]) -> web.Response:
    """The case, or its rating, as a part of the screen."""
    site = request.app[SITE]
    if fields.get("purpose") == "rating":
        return answer(html=piece(request, "_rating.html", case=status, scores=range(BEST, WORST + 1)))
    code = (await site.images.get(site.query.qr_address(status.token), "svg")).partition(b"<svg")[2]
    return answer(
        html=piece(
            request,
            "_case.html",
            case=status,
            shown=shown(status),
            whom=status.link_way or site.centre_phone,
            code=Markup("<svg" + code.decode()),  # noqa: S704  (drawn by our own library)
            keyed="pin" in fields,
        )
    )


async def _picture(request: web.Request) -> bytes:
    """The body, of which no more is read than a picture may have. Raises BadRequest for more."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise BadRequest("the picture is too large")
    return bytes(body)


async def fields_of(request: web.Request) -> dict[str, str]:
    """The short texts of a form. Raises BadRequest."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise BadRequest("a form is needed")
    sent = filled_in(await request.read(), MOST_FIELDS)
    return {name: value for name, value in sent.items() if len(value) <= MOST_FIELD}


def _centre(request: web.Request) -> str:
    site = request.app[SITE]
    return site.centre_name_en if language_of(request).code == "en" and site.centre_name_en else site.centre_name
