"""Texts that somebody typed or sent, before the database is asked for them or keeps them."""

from __future__ import annotations

import re
from typing import cast

from tortoise.fields import CharField
from tortoise.models import Model

# What PostgreSQL takes in no text: NUL, and half of a character.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def may_be(model: type[Model], **names: str) -> bool:
    """Whether there can be a row with these texts: one of them may not be storable, and the ORM refuses
    what is longer than its column, where the answer is simply that there is none.
    """
    return all(
        _fits(text, cast("CharField[str]", model._meta.fields_map[name]).max_length) for name, text in names.items()
    )


def _fits(text: str, most: int) -> bool:
    return len(text) <= most and not UNSTORABLE.search(text)


def storable(text: str, most: int) -> str:
    """As much of a text as a column of so many characters takes."""
    return UNSTORABLE.sub("", text)[:most]
