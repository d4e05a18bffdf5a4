"""Every write at the desk leaves its trace: an event of its case, or a record of the trail; and files stay harmless."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from core.codes import Status
from core.local_time import now
from core.models import AuditRecord, Case, CaseEvent, DeskTask, FormFile, Message, Notification
from gateway.settings import NotifySection
from tests.channels.twilio import SECTION
from tests.county import County
from tests.webui.staff.conftest import PLENTY, Enter
from tests.webui.staff.person import Person
from tests.webui.staff.test_content import edited
from tests.webui.staff.test_fees import FEE
from tests.webui.staff.test_whole_case import APPLICANT, PNG, taken_in
from webui.staff.console import PLACES

ITEM = "DEMOGA001"
READY = {"event": "ready", "kind": "text", "language": "zh"}
_TEMPLATE = "/staff/content/templates/{event}/{kind}/{language}"
# Where nothing is written: a look, and what begins or ends a session, which its own tests see.
ELSEWHERE = {"/staff/code", "/staff/sign-out", "/staff/password"}


@pytest.fixture
def given() -> dict[str, object]:
    """With a channel that is configured, and reaches nobody."""
    return {"limits": PLENTY, "channels": {"twilio_sms": SECTION}, "notify": NotifySection(worker=False)}


async def waits_for_somebody(case: Case) -> None:
    """A dead letter, and somebody whom no channel reached."""
    at, of = now(), {"purpose": "statutory", "language": "zh", "at": now()}
    told = await Notification.create(
        source="dead",
        recipient="x",
        kind="correction",
        case=case,
        route=[["channels.twilio_sms", "+8613800001111"]],
        **of,
    )
    await Message.create(
        notification=told,
        place="channels.twilio_sms",
        kind="text",
        address="+8613800001111",
        text="您的办件需要补正",
        template="correction/text/zh",
        state="failed",
        reason="config",
        is_dead=True,
        due_at=at,
        expires_at=at,
        **of,
    )
    away = await Notification.create(
        source="task", recipient="x", kind="correction", case=case, route=[["desk", ""]], facts={"number": "1"}, **of
    )
    await DeskTask.create(notification=away, department=case.department, at=at)


class Walk:
    """Does one write after the other, and sees the trace of each."""

    def __init__(self, enter: Enter) -> None:
        self._enter = enter
        self._people: dict[str, Person] = {}
        self.done: set[str] = set()

    async def __call__(self, who: str, pattern: str, path: str, /, **fields: Any) -> None:
        if who not in self._people:
            self._people[who] = await self._enter(who)
        before = await self.traces()
        answer = await self._people[who].post(path, **fields)
        assert answer.status in (200, 303), (path, await answer.text())
        assert await self.traces() > before, path
        self.done.add(pattern)

    async def traces(self) -> int:
        noted = AuditRecord.exclude(action="looked at a case")  # every page of a case that is shown is one
        return await noted.count() + await CaseEvent.all().count()


async def seq(number: str) -> int:
    return (await Case.get(number=number)).seq


async def test_every_write_leaves_its_trace(desk: County, enter: Enter) -> None:
    walk, case = Walk(enter), "/staff/cases/{number}"
    clerk = await enter("clerk")
    waits = await taken_in(clerk, "receive", "")
    number = await taken_in(clerk)
    at = f"/staff/cases/{number}"
    await walk("clerk", "/staff/reception/{task_code}", f"/staff/reception/{ITEM}", **APPLICANT, outcome="receive")
    await walk("clerk", "/staff/reception/known", "/staff/reception/known", id_number=APPLICANT["id_number"])
    await walk("clerk", f"{case}/materials", f"/staff/cases/{waits}/materials", **{"scan-0": ("a.png", PNG)})
    await walk("clerk", f"{case}/fees", f"{at}/fees", kind="due", fee=FEE, amount="40")
    await walk("clerk", f"{case}/fees", f"{at}/fees", kind="paid", amount="40", method="cash")
    await walk("clerk", "/staff/till", "/staff/till", counted="40")
    await walk("clerk", f"{case}/files", f"{at}/files", file=("a.png", PNG))
    await walk("clerk", f"{case}/id", f"{at}/id")
    await walk("head", f"{case}/take", f"{at}/take")
    await walk("head", f"{case}/opinion", f"{at}/opinion", decision="granted", reason="属实")
    await walk("head", f"{case}/extend", f"{at}/extend", workdays="3", reason="案情复杂")
    await walk("head", f"{case}/move/{{status}}", f"{at}/move/reviewing", seq=await seq(number))
    await walk("head", f"{case}/undo", f"{at}/undo", seq=await seq(number), reason="选错了")
    done = desk.number(Status.COMPLETED)
    await walk("clerk", f"{case}/ready", f"/staff/cases/{done}/ready", collect="出证窗口")
    item = "/staff/content/items/{task_code}"
    editor = await enter("editor")
    await walk("editor", item, f"/staff/content/items/{ITEM}", **await edited(editor, link_way="0000-9"))
    new = {"task_code": "NEW1", "name": "新", "department": "示例县公安局"}
    await walk("editor", "/staff/content/new", "/staff/content/new", version="0", **new)
    form = {"material": "表", "title": "新表", "file": ("a.png", PNG)}
    await walk("editor", f"{item}/forms", f"/staff/content/items/{ITEM}/forms", **form)
    slug = (await FormFile.filter(voided_at=None).first()).slug  # type: ignore[union-attr]
    await walk("editor", f"{item}/forms/void", f"/staff/content/items/{ITEM}/forms/void", slug=slug)
    await walk("editor", "/staff/content/synonyms", "/staff/content/synonyms", say="甲", means="乙")
    await walk("editor", "/staff/content/calendar", "/staff/content/calendar", year="2030", lines="", source="通知")
    notice = {"kind": "announcement", "title": "一", "text": "二", "from_day": now().date()}
    await walk("editor", "/staff/content/notices", "/staff/content/notices", **notice)
    key = (await desk.house.notices.listed())[0].key
    await walk("head", "/staff/notices", "/staff/notices", what="approve", key=key)
    await desk.house.kiosks.register("hall-1", "一楼", "tests")
    channel = {"channel": "channels.twilio_sms", "to": "off"}
    await walk("admin", "/staff/operations/channel", "/staff/operations/channel", **channel)
    await walk("admin", "/staff/operations/kiosk", "/staff/operations/kiosk", name="hall-1")
    person = {"login": "zhang", "name": "张三", "post": "clerk"}
    await walk("admin", "/staff/people", "/staff/people", **person)
    await walk("admin", "/staff/people/change", "/staff/people/change", login="zhang", what="disable")
    person = {"id_number": APPLICANT["id_number"]}
    await walk("supervisor", "/staff/persons", "/staff/persons", **person)
    await walk("admin", "/staff/erasure", "/staff/erasure", **person, reason="本人申请")
    await walk("editor", _TEMPLATE, _TEMPLATE.format(**READY), text="{item}可以领取了", what="save")
    told = {"title": "停水", "text_zh": "明天停水"}
    await walk("editor", "/staff/content/announcements", "/staff/content/announcements", **told)
    [one] = [each for each in await desk.house.announcements.listed() if each.state == "draft"]
    await walk("head", "/staff/announcements", "/staff/announcements", what="release", id=one.id)
    await walk("clerk", "/staff/consent", "/staff/consent", what="out", number="13800001111")
    await waits_for_somebody(await Case.get(number=waits))
    message, task = await Message.filter(is_dead=True).first(), await DeskTask.filter(done_at=None).first()
    assert message is not None
    assert task is not None
    await walk("head", "/staff/dead", "/staff/dead", message=message.id)
    await walk("clerk", "/staff/tasks", "/staff/tasks", task=task.id, outcome="reached")
    writes = {place.path for place in PLACES if place.method == "POST"}
    assert writes - walk.done - ELSEWHERE == set(), "a write that nobody walked"


async def test_a_channel_that_is_switched_off_answers_later(desk: County, enter: Enter) -> None:
    admin, supervisor = await enter("admin"), await enter("supervisor")
    await admin.text("/staff/operations")
    assert "未配置" in await supervisor.text("/staff/operations")
    assert (await admin.post("/staff/operations/channel", channel="channels.pigeon", to="off")).status == 404
    assert (await supervisor.post("/staff/operations/channel", channel="channels.twilio_sms", to="off")).status == 404


async def test_a_file_is_served_to_staff_only_and_can_run_nothing(desk: County, enter: Enter, stranger: Person) -> None:
    clerk = await enter("clerk")
    number = await taken_in(clerk, "receive", "", **{"scan-0": ("<img src=x>.png", PNG)})
    [file] = await desk.house.case_files.of((await Case.get(number=number)).id)
    path = f"/staff/cases/{number}/files/{file.id}"
    answer = await clerk.get(path)
    assert await answer.read() == PNG
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<" not in answer.headers["Content-Disposition"]
    assert (await stranger.get(path)).status == 303
    other = desk.number(Status.RECEIVED)
    assert (await clerk.get(f"/staff/cases/{other}/files/{file.id}")).status == 404, "a file of another case"
    assert (await clerk.get(f"/staff/cases/{number}/files/x")).status == 404
    await clerk.text(f"/staff/cases/{number}")
    for bad in (b"<html>", b"MZ", b""):
        assert (await clerk.post(f"/staff/cases/{number}/files", file=("a.pdf", bad))).status == 400


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_list_is_taken_along_as_it_is_filtered_and_no_cell_is_a_formula(
    desk: County, enter: Enter, form: str
) -> None:
    clerk, supervisor = await enter("clerk"), await enter("supervisor")
    formula = '=HYPERLINK("http://evil.example","x")'
    await clerk.text(f"/staff/reception/{ITEM}")
    await clerk.done(f"/staff/reception/{ITEM}", **APPLICANT | {"name": formula}, outcome="receive")
    answer = await supervisor.get(f"/staff/work?tab=waiting&as={form}")
    rows = table(form, await answer.read())
    waiting = ("submitted", "pre_passed", "pre_returned", "received", "correction")
    assert len(rows) == 1 + await Case.filter(status__in=waiting).count()
    assert any(f"'{formula}" in row for row in rows)
    noted = await AuditRecord.get(action="exported", subject="cases")
    assert (noted.actor, noted.detail["rows"], noted.detail["filter"]["tab"]) == (
        "supervisor",
        len(rows) - 1,
        "waiting",
    )
    trail = table(form, await (await supervisor.get(f"/staff/trail?actor=supervisor&as={form}")).read())
    assert {row[1] for row in trail[1:]} == {"supervisor"}


@pytest.mark.parametrize(
    ("login", "path", "name", "rows"),
    [
        ("admin", "/staff/people", "staff", 6),
        ("admin", "/staff/operations", "kiosks", 1),
        ("head", "/staff/notices", "notices", 4),
        ("editor", "/staff/content/notices", "notices", 4),
        ("supervisor", "/staff/till", "closings", 0),
    ],
)
async def test_every_list_can_be_taken_along(
    desk: County, enter: Enter, login: str, path: str, name: str, rows: int
) -> None:
    await desk.house.kiosks.register("hall-1", "一楼", "tests")
    person = await enter(login)
    answer = await person.get(f"{path}?as=csv")
    assert f"{name}-" in answer.headers["Content-Disposition"]
    assert len(table("csv", await answer.read())) == 1 + rows
    assert (await AuditRecord.get(action="exported")).subject == name


def table(form: str, content: bytes) -> list[list[str]]:
    if form == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(content[3:].decode())))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


async def test_the_trail_is_searched_by_person_thing_and_day(desk: County, enter: Enter) -> None:
    clerk, supervisor = await enter("clerk"), await enter("supervisor")
    number = await taken_in(clerk)
    await clerk.text(f"/staff/cases/{number}")
    page = await supervisor.text(f"/staff/trail?actor=clerk&subject={number}&action=looked")
    assert number in page
    today = now().date().isoformat()
    assert number in await supervisor.text(f"/staff/trail?since={today}&until={today}&subject={number}")
    assert number not in await supervisor.text("/staff/trail?until=2000-01-01")
    assert (await supervisor.get("/staff/trail?since=x")).status == 400


async def test_the_administrator_makes_an_account_with_a_password_shown_once(desk: County, enter: Enter) -> None:
    admin = await enter("admin")
    await admin.text("/staff/people")
    told = await admin.post("/staff/people", login="zhang", name="张三", post="clerk", department="示例县公安局")
    assert "zhang 的临时密码" in await told.text()
    for wrong in ({"login": "zhang"}, {"login": "Z!"}, {"login": "li", "name": ""}, {"login": "li", "department": "x"}):
        sent = {"login": "wang", "name": "王", "post": "clerk"} | wrong
        assert (await admin.post("/staff/people", **sent)).status == 400
    assert (await admin.post("/staff/people/change", login="admin", what="disable")).status == 400
    reset = await admin.post("/staff/people/change", login="zhang", what="password")
    assert "zhang 的临时密码" in await reset.text()
    await admin.done("/staff/people/change", login="zhang", what="post", post="head", department="", window="1")
    await admin.done("/staff/people/change", login="zhang", what="second_factor")
    [zhang] = [one for one in await desk.house.accounts.listed() if one.login == "zhang"]
    assert (zhang.post, zhang.department, zhang.window) == ("head", "", "1")
