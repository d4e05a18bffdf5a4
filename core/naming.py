"""Names that somebody typed or sent, before the database is asked for them."""

from __future__ import annotations

from typing import cast

from tortoise.fields import CharField
from tortoise.models import Model


def may_be(model: type[Model], **names: str) -> bool:
    """Whether there can be a row with these texts: PostgreSQL takes no NUL and no half of a character, and the ORM
    refuses what is longer than its column, where the answer is simply that there is none.
    """
    return all(
        _fits(text, cast("CharField[str]", model._meta.fields_map[name]).max_length) for name, text in names.items()
    )


def _fits(text: str, most: int) -> bool:
    return len(text) <= most and "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
