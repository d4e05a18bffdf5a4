"""What of a database's errors means that it is away, or that it undid what we did for another's sake."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import asyncpg
from tortoise.exceptions import OperationalError

from core.errors import Unavailable, Undone

LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    # A server that is being set up or put back from a copy doesn't let us in, or not into this database.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    # The driver's word for a server's farewell that comes while it waits for something else.
    asyncpg.InternalClientError,
)
# A migration by another process makes statements stale that were prepared before.
STALE = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
# Ends a transaction that did nothing wrong.
_UNDONE = (*STALE, asyncpg.DeadlockDetectedError)
_LOST_SQLITE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)


@contextlib.contextmanager
def away_told() -> Iterator[None]:
    """Tells errors of the drivers as Unavailable or Undone; what is neither goes on as it is."""
    try:
        yield
    except LOST as error:
        raise Unavailable(str(error)) from error
    except _UNDONE as error:
        raise Undone(str(error)) from error
    except (OperationalError, sqlite3.DatabaseError) as error:
        if _is_lost_sqlite(error):
            raise Unavailable(str(error)) from error
        raise


def _is_lost_sqlite(error: Exception) -> bool:
    """Whether the driver says so, or the ORM in its stead."""
    cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
    return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _LOST_SQLITE
