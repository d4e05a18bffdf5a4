"""What providers call back with: our own number of the message that it is about."""

from __future__ import annotations

from aiohttp import web


def message_id(request: web.Request) -> int:
    """Our own number of the message that a call back is about. 400 for an address that isn't ours."""
    text = request.query.get("message", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise web.HTTPBadRequest(text="message: a number is needed")
    return int(text)
