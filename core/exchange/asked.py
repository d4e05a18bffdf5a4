"""One question about many texts: they stand as a table that others are joined to, so that each is found by an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

_POSTGRES, _SQLITE = "unnest($1::text[]) AS asked(value)", "json_each(?1) AS asked"


def among(sql: str, asked: Sequence[str], *, postgres: bool) -> tuple[str, list[Any]]:
    """The statement for this kind of database, and its parameters. It says `{asked}` where the texts shall stand, and
    calls each `asked.value`; they are such as a database can keep.
    """
    if postgres:
        return sql.replace("{asked}", _POSTGRES), [list(asked)]
    return sql.replace("{asked}", _SQLITE), [orjson.dumps(list(asked)).decode()]
