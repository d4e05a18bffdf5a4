"""The schema brought up to date while others work on it: they may have to wait a moment, and are never thrown out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields.base import Field
from tortoise.migrations import operations as ops
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor
from tortoise.transactions import in_transaction

from core.errors import Unavailable

# Shorter than the second after which PostgreSQL ends a deadlock by throwing somebody out: it should be us who let go.
LOCK_TIMEOUT_MS = 300
PAUSE_S = 0.7
MOST_TRIES = 120
# An index keeps only writers out while it is built.
SHARE, EXCLUSIVE = "SHARE", "ACCESS EXCLUSIVE"
_ADVISORY_LOCK = 0x68616F6D  # "haom"; who runs migrations holds it, one at a time


async def pending(client: BaseDBAsyncClient, apps: dict[str, Any]) -> list[str]:
    """The names of migrations that have not been run, in their order."""
    plan = await MigrationExecutor(client, apps).plan(None)
    return [step.migration.name for step in plan if not step.backward]


async def migrate(client: BaseDBAsyncClient, apps: dict[str, Any]) -> list[str]:
    """Run what is pending; the names. Raises Unavailable when somebody holds a table for minutes, as a backup does."""
    names = await pending(client, apps)
    if client.capabilities.dialect == "sqlite":
        if names:
            await MigrationExecutor(client, apps).migrate([MigrationTarget(app_label="core", name="__latest__")])
        return names
    return [done for name in names for done in await _run(name, apps)]


async def _run(name: str, apps: dict[str, Any]) -> list[str]:
    """A migration, and that it was run, in one transaction; its name, none when it was run already.

    In a new database all of them: there is nobody to leave room for, and each by itself would work out all those before
    it once more, for seconds.

    Others take the tables in an order of their own, in which we never get them while they are busy: a table that was
    not to be had is therefore asked for first the next time.
    """
    first: list[str] = []
    for tried in range(MOST_TRIES):
        if tried:
            await asyncio.sleep(PAUSE_S)
        try:
            async with in_transaction() as connection:
                # Who migrates at the same time is waited for as long as it takes, before any table is held.
                await connection.execute_query(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                await connection.execute_query(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
                executor = MigrationExecutor(connection, apps)
                await executor.recorder.ensure_schema(AsyncpgSchemaEditor(connection, atomic=False))
                known = {key.name for key in await executor.recorder.applied_migrations()}
                if name in known:
                    return []  # a target that was reached before would have those after it undone
                target = MigrationTarget(app_label="core", name=name if known else "__latest__")
                steps = [step.migration for step in await executor.plan([target])]
                locks = _locks(steps)
                for table in sorted(locks, key=lambda table: first.index(table) if table in first else len(first)):
                    await _lock(connection, table, locks[table], first)
                await executor.migrate([target], direction="forward")
                for table, column, value in _added(steps):
                    await connection.execute_query(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}")
            return [step.name for step in steps]
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            continue
    raise Unavailable(f"{name} can't be run: a table is in use all the time, as by a backup; try again later")


def _added(steps: Sequence[Migration]) -> list[tuple[str, str, str]]:
    """The columns that migrations add, with what stands in them for who doesn't know of them.

    Processes of the version before go on writing rows until they are replaced.
    """
    tables = _tables()
    return [
        (tables[one.model_name], one.field.source_field or one.name, value)
        for one in _operations(steps)
        if isinstance(one, ops.AddField) and isinstance(one.field, Field)
        if one.model_name in tables and (value := _literal(one.field))
    ]


def _literal(field: Field[Any]) -> str:
    """A field's default as it is written in SQL; empty when it has none that could be."""
    value = field.default() if callable(field.default) else field.default
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, dict | list):
        value = orjson.dumps(value).decode()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else ""


def _locks(steps: Sequence[Migration]) -> dict[str, str]:
    """The tables that are there already and that migrations change, with the lock that each needs."""
    operations = _operations(steps)
    tables = _tables()
    made = {one.name for one in operations if isinstance(one, ops.CreateModel)}
    needed: dict[str, str] = {}
    for one in operations:
        model = getattr(one, "model_name", "")
        if model in tables and model not in made:
            light = isinstance(one, ops.AddIndex) and needed.get(tables[model], SHARE) == SHARE
            needed[tables[model]] = SHARE if light else EXCLUSIVE
    return needed


def _operations(steps: Sequence[Migration]) -> list[Any]:
    return [operation for step in steps for operation in step.operations]


def _tables() -> dict[str, str]:
    """The tables by the names of their models."""
    from core import models

    return {name: getattr(models, name)._meta.db_table for name in models.__all__}


async def _lock(connection: BaseDBAsyncClient, table: str, mode: str, first: list[str]) -> None:
    try:
        await connection.execute_query(f"LOCK TABLE {table} IN {mode} MODE")
    except asyncpg.LockNotAvailableError:
        if table in first:
            first.remove(table)
        first.insert(0, table)
        raise
