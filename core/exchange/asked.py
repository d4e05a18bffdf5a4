"""One question about many texts: they stand as a table that others are joined to, so that each is found by an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

_POSTGRES, _SQLITE = "unnest($1::text[]) AS asked(value)", "json_each(?1) AS asked"


def among(sql: str, asked: Sequence[str], *, postgres: bool) -> tuple[str, list[Any]]:
    """A statement that says `{asked}` where the texts shall stand, as `asked.value`, for a kind of database; with its
    one parameter.
    """
    if postgres:
        return sql.format(asked=_POSTGRES), [list(asked)]
    return sql.format(asked=_SQLITE), [orjson.dumps(asked).decode()]
