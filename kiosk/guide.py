"""The guide at the kiosk: items by department, topic, letter or words; forms and notices; all of it public."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote

from aiohttp import web
from markupsafe import Markup

from core.catalogue import ShelfKind
from core.errors import NotFound
from core.language import Language
from core.local_time import now
from core.qr import MAX_ON_SCREEN_BYTES
from core.views import FormView
from kiosk.frame import answer, language_of, piece, screen
from kiosk.site import SITE
from webui.look.guide_view import ELEMENTS, limit_in_words

PAGE = 8
MOST_LISTED = 2000
MOST_FOUND = 5
MOST_WORDS = 40
KINDS: tuple[ShelfKind, ...] = ("letter", "topic", "department")


async def home(request: web.Request) -> web.Response:
    return await screen(request, "home.html")


async def guide(request: web.Request) -> web.Response:
    """The ways to an item, all on one screen: one touch leads to a list, the next to the item."""
    query = request.app[SITE].query
    shelves = {kind: await query.shelves(kind) for kind in KINDS}
    return await screen(request, "guide.html", back="home", shelves=shelves)


async def shelf(request: web.Request) -> web.Response:
    """All items on a shelf, to scroll through: pages would take more touches than three. Raises NotFound."""
    kind, name = request.match_info["kind"], request.query.get("name", "")
    items, _ = await request.app[SITE].query.shelf(cast(ShelfKind, kind), name, 0, MOST_LISTED)
    if not items:
        raise NotFound("there is no such list")
    return await screen(request, "shelf.html", back="guide", kind=kind, name=name, items=items)


async def words(request: web.Request) -> web.Response:
    """Finding an item by words, with keys on the screen."""
    return await screen(request, "words.html", back="guide")


async def found(request: web.Request) -> web.Response:
    """What the words typed so far may mean, as a part of the screen."""
    sought = request.query.get("q", "").strip()[:MOST_WORDS]
    items = (await request.app[SITE].query.find_items(sought, MOST_FOUND)).items if sought else ()
    return answer(html=piece(request, "_found.html", items=items, sought=sought))


async def item(request: web.Request) -> web.Response:
    """The seven elements, a tab each. Raises NotFound."""
    site, language = request.app[SITE], language_of(request)
    guide_ = await site.query.item(request.match_info["code"])
    return await screen(
        request,
        "item.html",
        back=_back(request),
        guide=guide_,
        elements=ELEMENTS,
        promised=limit_in_words(language, guide_, guide_.promised),
        statutory=limit_in_words(language, guide_, guide_.statutory),
        whom=guide_.link_way or site.centre_phone,
        take=f"items/{guide_.summary.task_code}",
    )


async def forms(request: web.Request) -> web.Response:
    """The items that have blank forms, a page at a time."""
    all_, page = await request.app[SITE].query.all_forms(), _page(request)
    part = all_[(page - 1) * PAGE : page * PAGE]
    if not part and page > 1:
        raise NotFound("there is no such page")
    return await screen(
        request, "forms.html", back="home", forms=part, total=len(all_), page=page, pages=-(-len(all_) // PAGE) or 1
    )


async def form(request: web.Request) -> web.Response:
    """A blank form to look at, print and take along. Raises NotFound."""
    site = request.app[SITE]
    view = await site.query.form(request.match_info["slug"])
    preview = await site.previews.of(view)
    return await screen(
        request,
        "form.html",
        back="forms",
        form=view,
        notes=_notes(view, language_of(request)),
        body=Markup(preview.html),  # noqa: S704  (made from a document by a library that escapes what is in it)
        pages=preview.pages,
        take=f"forms/{view.slug}",
    )


async def form_page(request: web.Request) -> web.Response:
    """A page of a form as a picture. Raises NotFound."""
    site = request.app[SITE]
    view = await site.query.form(request.match_info["slug"])
    body = await site.previews.page(view, int(request.match_info["number"]))
    return web.Response(body=body, content_type="image/png", headers={"Cache-Control": "private, no-cache"})


async def notices(request: web.Request) -> web.Response:
    return await screen(
        request, "notices.html", back="home", notices=await request.app[SITE].query.notices(now().date())
    )


async def notice(request: web.Request) -> web.Response:
    """One notice. Raises NotFound once it isn't shown any more."""
    listed = await request.app[SITE].query.notices(now().date())
    one = next((notice for notice in listed if notice.key == request.match_info["key"]), None)
    if one is None:
        raise NotFound("there is no such notice")
    return await screen(request, "notice.html", back="notices", notice=one)


async def take(request: web.Request) -> web.Response:
    """The code that opens an item's guide or a form on one's own telephone. Raises NotFound."""
    site, what, name = request.app[SITE], request.match_info["what"], request.match_info["name"]
    await (site.query.item(name) if what == "items" else site.query.form(name))
    body = await site.images.get(f"{site.public_url}/{what}/{name}", "svg", MAX_ON_SCREEN_BYTES)
    return web.Response(body=body, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=86400"})


def _notes(view: FormView, language: Language) -> tuple[str, ...]:
    return view.notes_en if language.code == "en" and view.notes_en else view.notes


def _back(request: web.Request) -> str:
    """The list from which an item was opened, told in its address; the guide when that is none of ours."""
    kind, name = request.query.get("from", ""), request.query.get("name", "")
    return f"guide/{kind}?name={quote(name)}" if kind in KINDS and name else "guide"


def _page(request: web.Request) -> int:
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 10_000):
        raise NotFound("there is no such page")
    return int(text)
