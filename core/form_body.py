"""The body of a form, application/x-www-form-urlencoded in UTF-8: other codings have what can't be written in it."""

from __future__ import annotations

from urllib.parse import unquote_plus

from core.errors import BadRequest


def fields_in(sent: bytes, most: int) -> dict[str, str]:
    """The fields, the last of each name. Raises BadRequest for what is not UTF-8, and for more than `most` fields."""
    if sent.count(b"&") >= most:
        raise BadRequest(f"more than {most} fields were sent")
    try:
        parts = [part.partition("=") for part in sent.decode().split("&") if part]
        return {_unquoted(name): _unquoted(value) for name, _, value in parts}
    except UnicodeDecodeError as error:
        raise BadRequest("what was sent is not UTF-8") from error


def filled_in(sent: bytes, most: int) -> dict[str, str]:
    """The same of what a person fills in. Raises BadRequest for a NUL too: nobody types it, and it can't be kept."""
    fields = fields_in(sent, most)
    if any("\0" in name or "\0" in value for name, value in fields.items()):
        raise BadRequest("a null character was sent")
    return fields


def _unquoted(text: str) -> str:
    """Most fields are plain words and digits, which the library would look through all the same: a twentieth of what a
    text message costs. Raises UnicodeDecodeError.
    """
    return unquote_plus(text, errors="strict") if "%" in text or "+" in text else text
