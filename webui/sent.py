"""Reading what was sent, so that anything malformed is refused with a clear word before it reaches the query layer."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.form_body import filled_in

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 20
MAX_WORDS_CHARS = 100


async def form_fields(request: web.Request) -> dict[str, str]:
    """The fields of a form sent as UTF-8, the last of each name. Raises BadRequest for anything else."""
    if request.content_type != FORM_TYPE:
        raise BadRequest(f"a form is sent as {FORM_TYPE}")
    return filled_in(await request.read(), MAX_FIELDS)


def query_fields(request: web.Request) -> dict[str, str]:
    """The fields of the address's query. Raises BadRequest where they aren't UTF-8."""
    return filled_in(request.rel_url.raw_query_string.encode(), MAX_FIELDS)


def words(text: str) -> str:
    """Words as somebody typed them: one line, and no longer than anybody would mean."""
    return " ".join(text.split())[:MAX_WORDS_CHARS]


def page_number(text: str | None) -> int:
    """A page number as the address has it, 1 when it has none. Raises BadRequest for what is none."""
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and int(text[:6]) >= 1 and len(text) <= 6):
        raise BadRequest("a page number counts from 1")
    return int(text)
