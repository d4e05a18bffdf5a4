"""The language of a request: the one asked for, then the one chosen before, then the browser's, else Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web
from yarl import URL

from core.language import DEFAULT, Catalogues, Language
from webui.look.tags import tag

COOKIE = "lang"
PARAMETER = "lang"
A_YEAR_S = 365 * 24 * 3600
MAX_HEADER_CHARS, MOST_HEADERS = 200, 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A language to switch to: its own name for itself, and this page's address in it."""

    name: str
    tag: str
    address: str


def language_of(request: web.Request, catalogues: Catalogues, preferred: str = "") -> Language:
    """The language to answer in; `preferred` is that of what led to the page, which only a wish on the page outdoes."""
    for code in (request.query.get(PARAMETER, ""), preferred, request.cookies.get(COOKIE, "")):
        if code in catalogues:
            return catalogues[code]
    return catalogues[_preferred(request.headers.get("Accept-Language", "")[:MAX_HEADER_CHARS], catalogues)]


def remember(request: web.Request, response: web.StreamResponse, catalogues: Catalogues, *, secure: bool) -> None:
    """Keep a language chosen by its link for a year."""
    code = request.query.get(PARAMETER, "")
    if code in catalogues:
        response.set_cookie(
            COOKIE, code, max_age=A_YEAR_S, path="/", samesite="Lax", httponly=True, secure=secure or None
        )


def choices(address: URL, here: Language, catalogues: Catalogues) -> list[Choice]:
    """The other languages, each with the same page's address in it."""
    return [
        Choice(catalogues[code].text("web.language.name"), tag(code), str(address.update_query({PARAMETER: code})))
        for code in catalogues.codes
        if code != here.code
    ]


@lru_cache(MOST_HEADERS)
def _preferred(header: str, catalogues: Catalogues) -> str:
    weighed = sorted(_weighed(header), key=lambda choice: -choice[1])
    return next((code for code, weight in weighed if weight > 0 and code in catalogues), DEFAULT)


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """Each language of an Accept-Language header (RFC 9110, 12.5.4) with its weight; a weight we can't read is 0."""
    for entry in header.split(","):
        name, _, parameter = entry.partition(";")
        yield name.strip().lower().partition("-")[0], _weight(parameter.strip())


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return float(parameter.lower().removeprefix("q=").strip())
    except ValueError:
        return 0.0
