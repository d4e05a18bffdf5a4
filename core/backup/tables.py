"""Every table as lines of JSON from one moment, and back again into an empty database of either kind."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import orjson
from tortoise.models import Model

from core import models
from core.database import Database, transaction
from core.errors import BadRequest, Unavailable
from core.local_time import local

ROWS_AT_ONCE = 1_000
# Each after those that it refers to.
TABLES_IN_ORDER: Sequence[type[Model]] = (
    *(models.Department, models.ServiceItem, models.ItemVersion, models.Material, models.Fee, models.Question),
    *(models.LegalBasis, models.FormFile, models.CalendarYear, models.CalendarDay, models.OfficePeriod),
    *(models.Notice, models.SynonymRow, models.Revision, models.Case, models.CaseEvent, models.CaseSerial),
    *(models.Rating, models.Kiosk, models.PinTry, models.LookupRecord, models.AuditRecord, models.CaseFile),
    *(models.MaterialReceipt, models.DailyClosing, models.FeeEntry, models.StaffMember, models.StaffSession),
    *(models.Announcement, models.Notification, models.Message, models.MessageEvent, models.MessageTemplate),
    *(models.OptOut, models.Subscription, models.DeskTask, models.ChannelPace),
    *(models.ChannelSwitch, models.ApiKey, models.ApiAnswer, models.Webhook, models.FerryState, models.FerryFile),
)


async def lines_of(database: Database) -> AsyncIterator[bytes]:
    """Every row of every table as a line of JSON, from one moment."""
    source = _postgres_rows(database) if database.is_postgres else _sqlite_rows(database)
    async for table, row in source:
        yield orjson.dumps([table, row], default=_plain) + b"\n"


async def _postgres_rows(database: Database) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    try:
        connection = await asyncpg.connect(database.url.replace("postgresql://", "postgres://", 1))
    except (OSError, asyncpg.PostgresError) as error:
        raise Unavailable(f"the database does not answer: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for model in TABLES_IN_ORDER:
                table = model._meta.db_table
                async for row in connection.cursor(f"SELECT * FROM {table}", prefetch=ROWS_AT_ONCE):  # noqa: S608
                    yield table, dict(row)
    finally:
        await connection.close()


async def _sqlite_rows(database: Database) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """From a connection of its own: in WAL mode a reading transaction sees one moment, and holds nobody up."""
    file = database.url.removeprefix("sqlite://").partition("?")[0]
    connection = await asyncio.to_thread(
        sqlite3.connect, f"file:{quote(file)}?mode=ro", uri=True, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("BEGIN")
        for model in TABLES_IN_ORDER:
            table = model._meta.db_table
            cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608  (our own tables)
            while rows := await asyncio.to_thread(cursor.fetchmany, ROWS_AT_ONCE):
                for row in rows:
                    yield table, dict(row)
    finally:
        connection.close()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))


async def put_back(database: Database, path: Path) -> int:
    """Write lines of rows into a migrated, empty database, all or none; how many. Raises BadRequest."""
    by_table = {model._meta.db_table: model for model in TABLES_IN_ORDER}
    for model in TABLES_IN_ORDER:
        # What a fresh installation makes by itself is written over.
        if model not in (models.CalendarYear, models.CalendarDay, models.Revision) and await model.exists():
            raise BadRequest(f"the database is not empty: {model._meta.db_table} has rows")
    rows = 0
    async with transaction() as connection:
        for model in (models.CalendarDay, models.CalendarYear, models.Revision):
            await model.all().using_db(connection).delete()
        for table, batch in _batches(path):
            model = by_table[table]
            # Plain statements: models would set times of their own, and refuse what was written in another zone.
            await _insert(connection, model, batch, postgres=database.is_postgres)
            rows += len(batch)
        if database.is_postgres:
            for model in TABLES_IN_ORDER:
                await _raise_sequence(connection, model)
        # What waited at the time of the backup may have been sent since: it is never sent blindly again.
        unsure = models.Message.filter(state__in=["queued", "deferred", "sending"]).using_db(connection)
        await unsure.update(state="unknown", reason="unknown", detail="put back from a backup", lease_until=None)
    return rows


def _batches(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    table = ""
    batch: list[dict[str, Any]] = []
    with path.open("rb") as lines:
        for line in lines:
            name, row = orjson.loads(line)
            if batch and (name != table or len(batch) >= ROWS_AT_ONCE):
                yield table, batch
                batch = []
            table = name
            batch.append(row)
    if batch:
        yield table, batch


async def _insert(connection: Any, model: type[Model], rows: list[dict[str, Any]], *, postgres: bool) -> None:
    columns = list(rows[0])
    known = {field.source_field or name: field for name, field in model._meta.fields_map.items()}
    places = ", ".join(f"${n}" if postgres else "?" for n in range(1, len(columns) + 1))
    named = ", ".join(f'"{column}"' for column in columns)
    sql = f"INSERT INTO {model._meta.db_table} ({named}) VALUES ({places})"  # noqa: S608
    read = [_reader(type(known[column]).__name__, postgres=postgres) for column in columns]
    values = [[how(row[column]) for how, column in zip(read, columns, strict=True)] for row in rows]
    await connection.execute_many(sql, values)


def _reader(field: str, *, postgres: bool) -> Any:
    """How a value from either kind of database is written into this one."""
    if field == "JSONField":
        return _text_of_json
    if field == "BooleanField":
        return lambda value: None if value is None else (bool(value) if postgres else int(bool(value)))
    if field == "DatetimeField":
        return _moment
    if field == "DateField" and postgres:
        return lambda value: None if value is None else date.fromisoformat(value[:10])
    return lambda value: value


def _text_of_json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _moment(value: Any) -> Any:
    return None if value is None else local(datetime.fromisoformat(value))


async def _raise_sequence(connection: Any, model: type[Model]) -> None:
    """New rows go on after the last one that was put back."""
    key = model._meta.pk
    if not key.generated:
        return
    table = model._meta.db_table
    await connection.execute_query(
        f"SELECT setval(pg_get_serial_sequence('{table}', '{model._meta.db_pk_column}'), "  # noqa: S608
        f"COALESCE((SELECT MAX({model._meta.db_pk_column}) FROM {table}), 0) + 1, false)"
    )
