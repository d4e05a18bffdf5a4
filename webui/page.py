"""Making a page: the frame's values, the language, and how long a browser may keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from jinja2 import Environment
from yarl import URL

from core.language import Language
from webui.language import choices, language_of, remember
from webui.look.frame import spoken
from webui.look.tags import tag
from webui.site import WEB, Web

NO_STORE = "no-store"
SECTIONS = ("/cases", "/items", "/forms", "/notices")
ASK_AGAIN = "private, no-cache"


def render(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    cache: str = ASK_AGAIN,
    address: str | None = None,
    resent: Mapping[str, str] | None = None,
    preferred: str = "",
    templates: Environment | None = None,
    **values: Any,
) -> web.Response:
    """A page from a template under `pages/`, or one of `templates` by its whole name, in the language of the request.

    `address` is where the language links lead when the page itself can't be fetched again, as after a POST; with
    `resent`, they send these fields there again. `preferred` is the language of what led here.
    """
    site = request.app[WEB]
    language = language_of(request, site.catalogues, preferred)
    frame = _frame(site, language, URL(address) if address else request.rel_url)
    name = template if templates else f"pages/{template}"
    made = spoken(templates or site.templates, language).get_template(name)
    response = web.Response(
        text=made.render(frame | {"resent": resent} | values), status=status, content_type="text/html", charset="utf-8"
    )
    response.headers["Cache-Control"] = cache
    response.headers["Content-Language"] = tag(language.code)
    response.headers["Vary"] = "Accept-Language, Cookie"
    remember(request, response, site.catalogues, secure=site.is_secure)
    return response


def _frame(site: Web, language: Language, address: URL) -> dict[str, Any]:
    here = address.path
    section = next((one for one in SECTIONS if here == one or here.startswith(f"{one}/")), "")
    return {
        "languages": choices(address, language, site.catalogues),
        "here": here,
        "section": section,
        "inside": here != section,
        "site": site,
    }
