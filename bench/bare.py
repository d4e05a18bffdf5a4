"""What a status look-up costs at the least: an aiohttp handler that reads with a prepared statement and answers.

It asks for no PIN, limits nobody, records nothing and answers a mistake with a traceback: it is here to be measured
against.

    python -m bench.bare DATABASE_URL PORT
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from typing import Any

import asyncpg
import orjson
from aiohttp import web

from core.local_time import ZONE
from core.lookup import BY_NUMBER, STAGES

CONNECTIONS = 4
RUNNING = ("accepted", "reviewing", "transferred", "special", "decided")
FINISHED = ("completed", "delivered")
AMENDING = ("pre_returned", "correction")
WITH_REASON = (*AMENDING, "not_accepted", "special", "withdrawn", "terminated")


class Bare:
    """The handler, with connections of its own that keep the statement prepared."""

    def __init__(self) -> None:
        self._statements: asyncio.LifoQueue[Any] = asyncio.LifoQueue()

    async def open(self, url: str) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(url)
            self._statements.put_nowait(await connection.prepare(BY_NUMBER))

    async def status(self, request: web.Request) -> web.Response:
        sent = orjson.loads(await request.read())
        statement = await self._statements.get()
        try:
            row = await statement.fetchrow(sent["number"], "")
        finally:
            self._statements.put_nowait(statement)
        return web.Response(body=orjson.dumps(facts(row)), content_type="application/json")


def facts(row: Any) -> dict[str, Any]:
    """The answer of the JSON API, put together in one go."""
    status = row["status"]
    told = orjson.loads(row["told"])
    due = local(row["due_at"]) if status in RUNNING else None
    unit = row["promise_unit"] if row["promise_days"] is not None else row["anticipate_unit"]
    finished, paused, amending = status in FINISHED, status == "special", status in AMENDING
    name = row["applicant_name"]
    return {
        "number": row["number"],
        "status": status,
        "stage": STAGES[status],
        "item": row["item"],
        "item_en": row["item_en"],
        "task_code": row["task_code"],
        "item_version": row["item_version"],
        "department": row["department"],
        "applicant": name[:1] + "*" if row["applicant_type"] == "1" else name,
        "applied_at": iso(local(row["applied_at"])),
        "accepted_at": iso(local(row["accepted_at"])),
        "completed_at": iso(local(row["completed_at"])) if finished else None,
        "due_date": due.date() if due else None,
        "due_at": iso(due) if unit == "3" else None,
        "due_provisional": due is not None and row["due_provisional"],
        "overdue": due is not None and not paused and datetime.now(ZONE) > due,
        "extended": row["extended"],
        "reason": told.get("reason", "") if status in WITH_REASON else "",
        "missing": told.get("missing", ()) if amending else (),
        "amend_until": told.get("amend_until"),
        "paused_by": told.get("paused_by", "") if paused else "",
        "paused_until": told.get("paused_until") if paused else None,
        "decision": told.get("decision") if finished else None,
        "result_name": told.get("result_name", "") if finished else "",
        "result_no": told.get("result_no", "") if finished else "",
        "collect": told.get("collect", "") if finished else "",
        "link_way": row["link_way"],
        "updated_at": iso(local(row["updated_at"])),
    }


def local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZONE) if moment else None


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


async def serve(url: str, port: int) -> None:
    bare = Bare()
    await bare.open(url)
    app = web.Application()
    app.add_routes([web.post("/api/v1/status", bare.status)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
