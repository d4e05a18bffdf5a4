"""What another system may send with a key that may do everything: right but for one part of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from bench.day.fuzz_stranger import Make, Request, Stranger
from bench.day.settings import NOWHERE

Call = tuple[str, str, dict[str, Any]]
_BY = {"name": "测试", "role": "head"}
_MOVE: dict[str, Any] = {"to": "accepted", "by": _BY, "reason": "", "missing": [], "until": None, "seq": None}
_RESULT: dict[str, Any] = {"by": _BY, "result_code": "0", "result_name": "", "result_no": "", "collect": ""}
_ITEM: dict[str, Any] = {"name": "事项", "department": "局", "materials": [], "fees": [], "questions": []}
_HOOK: dict[str, Any] = {"url": f"{NOWHERE}/events", "after": 0}


def _calls(s: Stranger) -> tuple[Call, ...]:
    told = quote(s.pick("1", s.said), safe="") or "x"
    status = s.pick("received", told)
    new = {"task_code": s.facts.item, "applicant": {"name": "测试"}, "status": "received", "by": _BY}
    case = f"/api/v1/cases/{s.mostly(s.one_of(s.day.county.today).number, s.case.number, told)}"
    return (
        ("POST", "/api/v1/cases", new),
        ("GET", f"/api/v1/cases?status={status}&after={told}", {}),
        ("GET", case, {}),
        ("POST", f"{case}/moves", _MOVE),
        ("POST", f"{case}/result", _RESULT),
        ("PUT", f"/api/v1/items/{told}", _ITEM),
        ("GET", f"/api/v1/events?after={told}&limit={told}", {}),
        ("POST", "/api/v1/webhooks", _HOOK),
        ("POST", f"/api/v1/webhooks/{told}/replay", {"after": 0}),
        ("DELETE", f"/api/v1/webhooks/{told}", {}),
    )


def system(s: Stranger) -> tuple[Request, ...]:
    method, path, right = s.pick(*_calls(s))
    spoiled = right | {s.pick(*right): s.pick(s.said, s.more)} if right else s.more
    name = s.mostly(f"stranger-{s.n}", s.header())
    headers = {"Authorization": f"Bearer {s.day.county.key}", "Idempotency-Key": name}
    sent = (
        {}
        if method == "GET"
        else s.pick({"json": right}, {"json": right}, {"json": spoiled}, {"json": spoiled}, {"data": s.raw})
    )
    return ((method, path, {"headers": headers} | sent),)


ENTRANCES: dict[str, Make] = {"system": system}
