"""All the pages for citizens with their addresses, ready to be put into an application."""

from __future__ import annotations

from aiohttp import web

from webui import look, middleware
from webui.look.specimen import Specimen
from webui.middleware import Gate
from webui.pages import bulletin, cases, following, forms, home, item, items, mail_stop, notices, rating
from webui.site import WEB, Web

__all__ = ["WEB", "Web", "install", "routes"]


def install(app: web.Application, site: Web, gate: Gate) -> None:
    """Put the pages, their headers, their error pages and the gate of all requests into an application; once, and
    before other middlewares.
    """
    app[WEB] = site
    middleware.install(app, gate, secure=site.is_secure)
    app.add_routes([*routes(), web.get("/look", Specimen(site.catalogues).page)])


def routes() -> list[web.RouteDef]:
    """The addresses of the pages; their handlers look for `app[WEB]`."""
    return [
        web.get("/", home.home),
        web.get("/items", items.items),
        web.get("/items/{code}", item.item),
        web.get("/forms", forms.forms),
        web.get("/forms/{slug}", forms.form),
        web.get("/cases", cases.form),
        web.post("/cases", cases.status),
        web.get("/cases/receipt", cases.to_form),
        web.post("/cases/receipt", cases.receipt),
        web.get("/cases/notices", following.to_form),
        web.post("/cases/notices", following.notices),
        web.get("/cases/rating", rating.to_form),
        web.post("/cases/rating", rating.rate),
        web.get("/notices", notices.notices),
        web.get("/mail/stop/{token}", mail_stop.form),
        web.post("/mail/stop/{token}", mail_stop.stop),
        web.get("/bulletin", bulletin.bulletin),
        *look.routes(),
    ]
