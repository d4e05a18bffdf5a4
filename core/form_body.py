"""The body of a form, application/x-www-form-urlencoded in UTF-8: other codings have what can't be written in it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from core.errors import BadRequest


def fields_in(sent: bytes, most: int) -> dict[str, str]:
    """The fields, the last of each name. Raises BadRequest for what is not UTF-8, and for more than `most` fields."""
    try:
        return dict(parse_qsl(sent.decode(), keep_blank_values=True, errors="strict", max_num_fields=most))
    except ValueError as error:  # UnicodeDecodeError is one too
        raise BadRequest("what was sent is not UTF-8, or too many fields") from error


def filled_in(sent: bytes, most: int) -> dict[str, str]:
    """The same of what a person fills in. Raises BadRequest for a NUL too: nobody types it, and it can't be kept."""
    fields = fields_in(sent, most)
    if any("\0" in name or "\0" in value for name, value in fields.items()):
        raise BadRequest("a null character was sent")
    return fields
