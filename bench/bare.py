"""What a look-up costs at the least: aiohttp handlers that read with a prepared statement, check the PIN with its
locks, the signature or the token, record who asked, and answer.

They limit nobody, count no wrong PIN, lead no conversation and answer a mistake with a traceback: they are here to be
measured against. `/read` neither asks for the PIN nor records.

    python -m bench.bare DATABASE_URL PORT
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import sys
from datetime import datetime
from html import escape
from typing import Any

import orjson
from aiohttp import web
from jinja2 import Environment

from bench.bare_rows import Rows, opened
from bench.questions import AUTH_TOKEN, PUBLIC_URL, SMS
from bench.servers import SECRET
from core.keys import Keys
from core.local_time import ZONE
from core.lookup import STAGES
from core.pin_lock import TRIES, TRIES_OF_ALL

_ASKED = re.compile(r"(\d{12}) (\d{6})")
_WORDS = {
    "checking": "待预审",
    "amend": "请修改",
    "received": "已收件",
    "accepted": "已受理",
    "reviewing": "审查中",
    "decided": "已决定",
    "finished": "已办结",
    "delivered": "已送达",
}
_PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>办件进度</title><link rel="stylesheet" href="/look.css"></head>
<body><main><h1>{{ case.item }}</h1><p>{{ stage }}</p>
<dl>{% for name, told in (("办件编号", number), ("申请人", case.applicant), ("部门", case.department),
("申请时间", case.applied_at), ("受理时间", case.accepted_at), ("承诺日期", case.due_date),
("结果", case.result_name), ("文号", case.result_no), ("领取", case.collect), ("咨询", case.link_way)) %}
{% if told %}<dt>{{ name }}</dt><dd>{{ told }}</dd>{% endif %}{% endfor %}</dl>
<ol>{% for step in steps %}<li>{{ step }}</li>{% endfor %}</ol></main></body></html>"""
)
RUNNING = ("accepted", "reviewing", "transferred", "special", "decided")
FINISHED = ("completed", "delivered")
AMENDING = ("pre_returned", "correction")
WITH_REASON = (*AMENDING, "not_accepted", "special", "withdrawn", "terminated")


class Bare:
    """The handlers: the JSON API, a signed text message, and what a scanned code opens."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._keys = rows, Keys(SECRET)

    async def read(self, request: web.Request) -> web.Response:
        sent = orjson.loads(await request.read())
        return _json(facts(await self._rows.by_number(sent["number"], "")))

    async def status(self, request: web.Request) -> web.Response:
        sent = orjson.loads(await request.read())
        return _json(await self._by_pin(sent["number"], sent["pin"], "api", request.headers["X-Forwarded-For"]))

    async def sms(self, request: web.Request) -> web.Response:
        form = await request.post()
        signed = PUBLIC_URL + request.path + "".join(name + form[name] for name in sorted(form))
        digest = hmac.digest(AUTH_TOKEN.encode(), signed.encode(), hashlib.sha1)
        if not hmac.compare_digest(base64.b64encode(digest).decode(), request.headers["X-Twilio-Signature"]):
            raise web.HTTPForbidden
        asked = _ASKED.search(form["Body"])
        case = await self._by_pin(asked[1], asked[2], "sms", form["From"])
        told = f"【示例政务】办件{grouped(case['number'])}（{case['item']}）：{_WORDS[case['stage']]}。"
        told += f"咨询{case['link_way']}。"
        text = f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{escape(told)}</Message></Response>'
        return web.Response(text=text, content_type="text/xml")

    async def page(self, request: web.Request) -> web.Response:
        address = request.headers["X-Forwarded-For"]
        read = self._keys.read_token(request.match_info["token"])
        row = await self._rows.by_id(read.case_id)
        if row["token_version"] != read.version:
            raise web.HTTPNotFound
        self._rows.record("qr", self._keys.sender(address), address, row["number"], "token")
        case = facts(row)
        told = {"number": grouped(case["number"]), "stage": _WORDS[case["stage"]], "steps": _WORDS.values()}
        return web.Response(text=_PAGE.render(case=case, **told), content_type="text/html")

    async def _by_pin(self, number: str, pin: str, channel: str, address: str) -> dict[str, Any]:
        sender = self._keys.sender(address)
        row = await self._rows.by_number(number, sender)
        locked = (row["own_failures"] or 0) >= TRIES or (row["all_failures"] or 0) >= TRIES_OF_ALL
        if locked or not hmac.compare_digest(self._keys.pin(number, row["pin_version"]), pin):
            raise web.HTTPNotFound
        self._rows.record(channel, sender, address, number, "pin")
        return facts(row)


def _json(told: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(told), content_type="application/json")


def grouped(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, 12, 4))


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
        "due_provisional": due is not None and bool(row["due_provisional"]),
        "overdue": due is not None and not paused and datetime.now(ZONE) > due,
        "extended": bool(row["extended"]),
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


def local(moment: datetime | str | None) -> datetime | None:
    if isinstance(moment, str):  # SQLite has no type for moments
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(ZONE) if moment else None


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


async def serve(url: str, port: int) -> None:
    rows = await opened(url)
    bare = Bare(rows)
    app = web.Application()
    app.add_routes([web.post("/api/v1/status", bare.status), web.post("/read", bare.read)])
    app.add_routes([web.post(SMS, bare.sms), web.get("/q/{token}", bare.page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await rows.write()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
