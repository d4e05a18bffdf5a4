"""Tells a row that the database won't take, which is reported, from a database in trouble, which ends the import."""

from __future__ import annotations

import sqlite3

import asyncpg
from tortoise.exceptions import BaseORMException

from core.errors import BadRequest, Conflict, Unavailable

REFUSED = (
    BaseORMException,
    asyncpg.PostgresError,
    sqlite3.IntegrityError,
    ValueError,
    OverflowError,
    BadRequest,
    Conflict,
)
_TROUBLE = (
    sqlite3.OperationalError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.SyntaxOrAccessError,
    asyncpg.exceptions.TransactionRollbackError,
)


def reason_of(error: BaseException) -> str:
    """Why a single row was refused; never the driver's words, which quote values. Raises Unavailable for trouble."""
    causes = (error, *error.args, error.__cause__)
    if any(isinstance(cause, _TROUBLE) for cause in causes):
        raise Unavailable(f"the database can't take the rows now: {type(error).__name__}") from error
    if isinstance(error, BadRequest | Conflict):
        return str(error)
    if isinstance(error, OverflowError):
        return "a limit or a date in it can't be reckoned with"
    return f"the database refused it ({type(error).__name__})"
