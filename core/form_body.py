"""The body of a form, application/x-www-form-urlencoded in UTF-8: other codings have what can't be written in it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from core.errors import BadRequest


def fields_in(sent: bytes, most: int) -> dict[str, str]:
    """The fields, the last of each name. Raises BadRequest for what is not UTF-8, for more than `most` fields, and for
    NUL, which is nothing that anybody writes and can't be kept.
    """
    try:
        fields = dict(parse_qsl(sent.decode(), keep_blank_values=True, errors="strict", max_num_fields=most))
    except ValueError as error:  # UnicodeDecodeError is one too
        raise BadRequest("what was sent is not UTF-8, or too many fields") from error
    if any("\0" in value for value in fields.values()):
        raise BadRequest("a null character was sent")
    return fields
