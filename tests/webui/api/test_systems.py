"""Other systems open and move cases, look after items and follow events: each by its key, each write done once."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from core.asker import Asker
from core.codes import Status
from core.models import ApiAnswer, AuditRecord, Case, CaseEvent
from core.systems.api_keys import Scope
from gateway.settings import LimitsSection
from tests.county import County
from tests.webui.api.conftest import System
from webui.api.operations import OPERATIONS

ITEM = "DEMOGA001"
BY = {"name": "李建国", "role": "handler"}
HEAD = {"name": "陈志强", "role": "head"}
NEW: dict[str, Any] = {
    "task_code": ITEM,
    "applicant": {"name": "欧阳测试", "id_number": "11010519491231002X", "mobile": "13800138000"},
    "by": {"name": "王小丽", "role": "clerk"},
}


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


MOVE = {"to": "accepted", "by": {"name": "王芳", "role": "clerk"}}


async def test_a_case_goes_from_opening_to_its_result_and_the_citizen_is_told_each_step(
    county: County, system: System
) -> None:
    opened = await system.post("/cases", NEW, 201)
    number, asker = opened["number"], Asker("web", "1.2.3.4")

    async def told() -> str:
        return (await county.house.query.case_status(number, opened["pin"], asker)).stage

    assert await told() == "received"
    assert (await county.house.query.case_by_token(opened["address"].rpartition("/")[2], asker)).number == number
    moves = f"/cases/{number}/moves"
    assert (await system.post(moves, {"to": "accepted", "by": BY}))["due_at"]
    await system.post(moves, {"to": "reviewing", "by": BY})
    assert await told() == "reviewing"
    pause = {"to": "special", "by": BY, "reason": "需要检测", "procedure": "检测", "until": "2027-12-31"}
    assert (await system.post(moves, pause))["status"] == "special"
    await system.post(moves, {"to": "reviewing", "by": BY})
    await system.post(moves, {"to": "decided", "by": BY, "decision": "granted"}, 400)
    await system.post(moves, {"to": "decided", "by": HEAD, "decision": "granted", "reason": "同意"})
    done = await system.post(f"/cases/{number}/result", {"by": BY, "result_code": "0", "result_no": "K1"})
    assert (done["status"], done["may_become"]) == ("completed", ["delivered"])
    status = await county.house.query.case_status(number, opened["pin"], asker)
    assert (status.stage, status.result_no) == ("finished", "K1")
    case = await Case.get(number=number)
    actors = [event.actor for event in await CaseEvent.filter(case_id=case.id).order_by("seq")]
    assert actors[0] == "王小丽 (县数据平台)"
    assert (case.channel, case.department, case.id_number) == ("api", "示例县公安局", "11010519491231002X")


async def test_the_same_write_again_is_answered_as_before_and_done_once(system: System) -> None:
    before = await Case.all().count()
    named = {"headers": {"Idempotency-Key": "first"}}
    answers = [await system.ask("POST", "/cases", json=NEW, headers=dict(named["headers"])) for _ in range(3)]
    bodies = {await answer.text() for answer in answers}
    assert [answer.status for answer in answers] == [201] * 3
    assert len(bodies) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert await Case.all().count() == before + 1
    other = await system.ask("POST", "/cases", json=NEW | {"invest_no": "X"}, headers=dict(named["headers"]))
    assert other.status == 409
    missing = await system.ask("POST", "/cases", json=NEW, headers={"Idempotency-Key": ""})
    assert (missing.status, "Idempotency-Key" in await missing.text()) == (400, True)


async def test_an_answer_that_is_kept_holds_no_pin_in_clear(system: System) -> None:
    opened = await system.post("/cases", NEW, 201)
    kept = str(await ApiAnswer.all().values())
    for secret in (opened["pin"], opened["address"], opened["number"]):
        assert secret not in kept


async def test_at_once_the_same_write_is_done_once_too(system: System) -> None:
    before = await Case.all().count()
    asks = (system.ask("POST", "/cases", json=NEW, headers={"Idempotency-Key": "burst"}) for _ in range(5))
    answers = await asyncio.gather(*asks)
    assert {answer.status for answer in answers} == {201}
    assert len({await answer.text() for answer in answers}) == 1
    assert await Case.all().count() == before + 1


async def test_what_was_refused_may_be_sent_again_under_the_same_name(system: System) -> None:
    named = {"Idempotency-Key": "again"}
    assert (await system.ask("POST", "/cases", json=NEW | {"task_code": "NONE"}, headers=dict(named))).status == 400
    assert await ApiAnswer.all().count() == 0
    assert (await system.ask("POST", "/cases", json=NEW, headers=dict(named))).status == 201


async def test_a_change_of_what_was_changed_meanwhile_is_told(county: County, system: System) -> None:
    number = county.number(Status.RECEIVED)
    seen = (await system.get(f"/cases/{number}"))["seq"]
    await system.post(f"/cases/{number}/moves", {"to": "accepted", "by": BY, "seq": seen})
    problem = await system.post(f"/cases/{number}/moves", {"to": "accepted", "by": BY, "seq": seen}, 409)
    assert problem["code"] == "conflict"


async def test_a_key_does_what_its_scopes_say_and_nothing_else(county: County, keyed) -> None:
    number = county.number(Status.RECEIVED)
    bodies = {"open_case": NEW, "move_case": {"to": "accepted", "by": BY}, "add_webhook": {"url": "http://x"}}
    for scope in Scope:
        system = await keyed(f"only {scope}", scope)
        for operation in OPERATIONS:
            if operation.scope is None:
                continue
            path = operation.path.removeprefix("/api/v1").format(number=number, task_code=ITEM, id=1)
            sent = bodies.get(operation.id, {})
            answer = await system.ask(operation.method, path, **({} if operation.method == "GET" else {"json": sent}))
            assert (answer.status == 403) is (operation.scope != scope), (scope, operation.id)
            assert answer.status < 500
    clerk = await keyed("nobody decides", Scope.CASES_WRITE)
    decide = {"to": "decided", "by": HEAD, "decision": "granted"}
    reviewing = county.number(Status.REVIEWING)
    assert (await clerk.ask("POST", f"/cases/{reviewing}/moves", json=decide)).status == 403


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic hb_x", "Bearer hb_" + "x" * 43])
async def test_without_a_key_there_is_nothing(client, header: str) -> None:
    answer = await client.get("/api/v1/cases", headers={"Authorization": header} if header else {})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


async def test_a_disabled_key_is_worth_nothing(county: County, system: System) -> None:
    assert (await system.ask("GET", "/cases")).status == 200
    await county.house.api_keys.disable("县数据平台", "tests")
    assert (await system.ask("GET", "/cases")).status == 401


async def test_a_departments_key_sees_its_own_cases_only(county: County, keyed) -> None:
    police = await keyed("公安", *Scope, department="示例县公安局")
    mine = [case["number"] for case in (await police.get("/cases"))["cases"]]
    theirs = await Case.exclude(department="示例县公安局").exclude(status="draft").first()
    assert set(mine) == {case.number for case in await Case.filter(department="示例县公安局").exclude(status="draft")}
    assert theirs
    await police.get(f"/cases/{theirs.number}", 404)
    await police.post(f"/cases/{theirs.number}/moves", {"to": "withdrawn", "by": BY}, 404)
    other = next(one for one in ("DEMOSC001", "DEMOSC002") if one)
    assert (await police.ask("POST", "/cases", json=NEW | {"task_code": other})).status == 400
    item = {"name": "x", "department": "示例县市场监督管理局"}
    assert (await police.ask("PUT", f"/items/{other}", json=item)).status == 400
    item["department"] = "示例县公安局"
    assert (await police.ask("PUT", f"/items/{other}", json=item)).status == 400
    events = (await police.get("/events"))["events"]
    assert {event["department"] for event in events} == {"示例县公安局"}


async def test_an_item_is_written_and_found_in_its_new_version(county: County, system: System) -> None:
    row = await county.house.items.row(ITEM)
    del row["task_code"]
    same = await system.ask("PUT", f"/items/{ITEM}", json=row)
    assert await same.json() == {"task_code": ITEM, "version": 1}
    changed = await system.ask("PUT", f"/items/{ITEM}", json=row | {"accept_condition": "新条件"})
    assert await changed.json() == {"task_code": ITEM, "version": 2}
    assert (await system.get(f"/items/{ITEM}"))["accept_condition"] == "新条件"
    bad = await system.ask("PUT", f"/items/{ITEM}", json=row | {"promise_days": "soon"})
    assert (bad.status, "promise_days" in await bad.text()) == (400, True)


async def test_events_are_followed_by_a_cursor_to_the_end(system: System) -> None:
    cursor, seen = 0, []
    while True:
        page = await system.get(f"/events?after={cursor}&limit=7")
        seen += [event["id"] for event in page["events"]]
        if page["cursor"] == cursor:
            break
        cursor = page["cursor"]
    drafts = {case.id for case in await Case.filter(status="draft")}
    wanted = [event.id for event in await CaseEvent.all().order_by("id") if event.case_id not in drafts]
    assert seen == wanted
    await system.post("/cases", NEW, 201)
    [event] = (await system.get(f"/events?after={cursor}"))["events"]
    assert (event["kind"], event["status_to"], event["task_code"]) == ("opened", "received", ITEM)
    assert "actor" not in event


async def test_pages_of_cases_hold_each_once(system: System) -> None:
    after, seen = 0, []
    while after is not None:
        page = await system.get(f"/cases?after={after}&limit=4")
        seen += [case["number"] for case in page["cases"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == await Case.exclude(status="draft").count()
    assert {case["status"] for case in (await system.get("/cases?status=received"))["cases"]} == {"received"}
    for wrong in ("after=x", "limit=0", "limit=101", "status=gone", "after=-1", "limit=٣"):
        await system.get(f"/cases?{wrong}", 400)


async def test_every_look_of_a_system_is_noted(county: County, system: System) -> None:
    number = county.number(Status.RECEIVED)
    await system.get(f"/cases/{number}")
    await system.get("/cases?limit=3")
    noted = [(row.actor, row.action, row.subject) for row in await AuditRecord.filter(action__startswith="looked")]
    assert noted == [("县数据平台", "looked at a case", number), ("县数据平台", "looked at a list of cases", "3 cases")]


async def test_nothing_new_is_told_by_304(county: County, system: System) -> None:
    for path in (f"/cases/{county.number(Status.RECEIVED)}", f"/items/{ITEM}", "/notices", "/items?q=身份证"):
        answer = await system.ask("GET", path)
        tag = answer.headers["ETag"]
        again = await system.ask("GET", path, headers={"If-None-Match": tag})
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    path = f"/cases/{county.number(Status.RECEIVED)}"
    tag = (await system.ask("GET", path)).headers["ETag"]
    await system.post(f"{path}/moves", {"to": "accepted", "by": BY})
    assert (await system.ask("GET", path, headers={"If-None-Match": tag})).status == 200


class TestLimits:
    @pytest.fixture
    def limits(self) -> LimitsSection:
        return LimitsSection(systems="3/minute", requests="1000/minute")

    async def test_what_is_left_stands_in_the_headers(self, system: System) -> None:
        left = []
        for _ in range(3):
            answer = await system.ask("GET", "/cases?limit=1")
            assert answer.headers["RateLimit-Limit"] == "3"
            assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
            left.append(int(answer.headers["RateLimit-Remaining"]))
        assert left == [2, 1, 0]
        refused = await system.ask("GET", "/cases?limit=1")
        assert (refused.status, (await refused.json())["code"]) == (429, "wait")
        assert int(refused.headers["Retry-After"]) > 0


async def test_everybody_asks_by_the_token_of_a_code_too(county: County, client) -> None:
    number, pin = county.number(Status.REVIEWING), county.pin(Status.REVIEWING)
    by_pin = await (await client.post("/api/v1/status", json={"number": number, "pin": pin})).json()
    case = await Case.get(number=number)
    token = county.house.keys.token(case.id, case.token_version)
    by_token = await (await client.post("/api/v1/status", json={"token": token})).json()
    assert by_pin == by_token
    times = [by_pin[name] for name in ("applied_at", "accepted_at", "updated_at")]
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", time) for time in times), times
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", by_pin["due_date"])
    for bad in ({"token": "x"}, {"token": 1}, {"token": "x" * 200}):
        assert (await client.post("/api/v1/status", json=bad)).status in (400, 404)


async def test_forms_and_notices_are_everybodys(client) -> None:
    forms = (await (await client.get(f"/api/v1/items/{ITEM}/forms")).json())["forms"]
    assert (await client.get(forms[0]["address"])).status == 200
    assert (await client.get("/api/v1/items/NONE/forms")).status == 404
    notices = (await (await client.get("/api/v1/notices")).json())["notices"]
    assert {"key", "title", "from_day"} <= notices[0].keys()


async def test_the_page_of_the_api_shows_every_operation(client) -> None:
    page = await (await client.get("/api/docs")).text()
    for operation in OPERATIONS:
        assert operation.path in page
