"""Making a screen: its frame, its language by the address, and which device it stands on."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web
from markupsafe import Markup

from core.asker import Asker
from core.errors import NotFound
from core.kiosks import KioskView
from core.language import DEFAULT, Language
from core.local_time import now
from kiosk.site import SITE
from webui.look.frame import spoken
from webui.look.policy import SCRIPTED_POLICY
from webui.look.tags import tag

COOKIE = "haoban_kiosk"
PATH = "/kiosk/"
CHANNEL = "kiosk"
# Screens hold nothing personal; who asks again gets them anew, and the device keeps the last for when it can't ask.
ASK_AGAIN, NO_STORE = "private, no-cache", "no-store"
_DEVICE: web.RequestKey[KioskView | None] = web.RequestKey("DEVICE")


def language_of(request: web.Request) -> Language:
    """The language in the address. Raises NotFound for one that there is not."""
    code = request.match_info.get("lang", DEFAULT)
    if code not in request.app[SITE].catalogues:
        raise NotFound("there is no such language")
    return request.app[SITE].catalogues[code]


async def device_of(request: web.Request) -> KioskView | None:
    """The registered kiosk that asks; None for any other device."""
    if _DEVICE not in request:
        request[_DEVICE] = await request.app[SITE].kiosks.known_by(request.cookies.get(COOKIE, ""))
    return request[_DEVICE]


async def known_device(request: web.Request) -> KioskView:
    """The registered kiosk that asks. Raises NotFound for any other device."""
    if (device := await device_of(request)) is None:
        raise NotFound("this device is not registered")
    return device


def asker(device: KioskView) -> Asker:
    """Whoever stands at a kiosk asks as the kiosk: nobody there shows who they are."""
    return Asker(CHANNEL, f"kiosk:{device.name}")


async def screen(request: web.Request, template: str, *, back: str = "", **values: Any) -> web.Response:
    """A screen; `back` is where its way back leads, below the language, empty on the first one."""
    site = request.app[SITE]
    language = language_of(request)
    device = await device_of(request)
    frame = {
        **_words(request, language),
        "site": site,
        "plan": site.plan,
        "device": device,
        "made": now().isoformat(timespec="minutes"),
        "back": back,
        "languages": [_choice(request, code) for code in site.catalogues.codes if code != language.code],
    }
    text = spoken(site.templates, language).get_template(f"kiosk/{template}").render(frame | values)
    response = web.Response(text=text, content_type="text/html", charset="utf-8")
    response.headers.update({"Cache-Control": ASK_AGAIN, "Content-Security-Policy": SCRIPTED_POLICY})
    if site.plan.camera:
        response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
    return response


def piece(request: web.Request, template: str, **values: Any) -> Markup:
    """A part of a screen, to be put into one that stands."""
    language = language_of(request)
    site = request.app[SITE]
    made = spoken(site.templates, language).get_template(f"kiosk/{template}")
    return Markup(made.render({**_words(request, language), "site": site, "plan": site.plan} | values))  # noqa: S704


def answer(status: int = 200, **values: Any) -> web.Response:
    """What a screen's script is answered: `html` to show, or a sentence to `say`."""
    return web.Response(
        status=status,
        body=orjson.dumps({name: str(value) if isinstance(value, Markup) else value for name, value in values.items()}),
        content_type="application/json",
        headers={"Cache-Control": NO_STORE},
    )


def _words(request: web.Request, language: Language) -> dict[str, Any]:
    at = f"{PATH}{language.code}/"
    return {
        "at": at,
        "items_at": f"{at}items/",
    }


def _choice(request: web.Request, code: str) -> tuple[str, str, str]:
    """The address of this screen in another language, its tag and its name."""
    below = request.path.removeprefix(PATH).partition("/")[2]
    query = f"?{request.query_string}" if request.query_string else ""
    name = request.app[SITE].catalogues[code].text("web.language.name")
    return f"{PATH}{code}/{below}{query}", tag(code), name
