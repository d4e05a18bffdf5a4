"""The body of a form, application/x-www-form-urlencoded in UTF-8: other codings have what can't be written in it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from core.errors import BadRequest


def form_fields(sent: bytes, most: int) -> dict[str, str]:
    """The fields, the last of each name. Raises BadRequest for what is not UTF-8, and for more than `most` fields."""
    try:
        return dict(parse_qsl(sent.decode(), keep_blank_values=True, errors="strict", max_num_fields=most))
    except ValueError as error:  # UnicodeDecodeError is one too
        raise BadRequest("what was sent is not UTF-8, or too many fields") from error
