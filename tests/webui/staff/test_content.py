"""Editors change what citizens are told; each change is checked, versioned, noted, and there at once."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from core.content.items import Items
from core.local_time import now
from core.models import AuditRecord, Case, CaseEvent, FormFile, ItemVersion
from core.revisions import LOOK_AGAIN_S
from core.staff import Post
from tests.county import County
from tests.webui.staff.conftest import Enter
from tests.webui.staff.person import Person
from tests.webui.staff.test_whole_case import PNG, taken_in

ITEM = "DEMOGA001"
PAGE = f"/staff/content/items/{ITEM}"
_FIELD = re.compile(
    r'<input id="[^"]+" name="([a-z0-9_-]+)" type="text" value="([^"]*)"'
    r'|<textarea id="[^"]+" name="([a-z0-9_-]+)" rows="3">([^<]*)</textarea>'
    r'|<select id="[^"]+" name="([a-z0-9_-]+)"(?: lang="zh-CN")?>(.*?)</select>'
)


def fields_of(page: str) -> dict[str, str]:
    """What the editor's form would send if nothing was touched."""
    found = {}
    for name, value, area, text, select, options in _FIELD.findall(page):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)<', options)
        found[name or area or select] = html.unescape(value or text or (chosen[1] or chosen[2] if chosen else ""))
    return found


async def edited(editor: Person, **changes: str) -> dict[str, str]:
    page = await editor.text(PAGE)
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    return fields_of(page) | {"version": version[1]} | changes


async def post(editor: Person, path: str, fields: dict[str, str]):
    sent = fields | {"mark": editor.mark}
    return await editor.client.post(path, data=sent, allow_redirects=False)


async def test_saving_untouched_makes_no_version_and_a_change_makes_one(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    assert (await post(editor, PAGE, await edited(editor))).status == 303
    assert await ItemVersion.filter(item__task_code=ITEM).count() == 1
    changed = await edited(editor, accept_condition="新的条件", **{"materials-0-name": "新的表格"})
    assert (await post(editor, PAGE, changed)).status == 303
    assert await ItemVersion.filter(item__task_code=ITEM).count() == 2
    guide = await desk.house.query.item(ITEM)
    assert (guide.version, guide.accept_condition, guide.materials[0].name) == (2, "新的条件", "新的表格")
    compared = await editor.text(f"{PAGE}/compare")
    assert "新的条件" in compared
    assert "版本 1 与 2" in compared
    assert await AuditRecord.filter(action="item saved", subject=ITEM, actor="editor").count() == 1


async def test_of_two_editors_the_second_is_told(enter: Enter) -> None:
    first, second = await enter("editor"), await enter("editor")
    mine, theirs = await edited(first, link_way="1"), await edited(second, link_way="2")
    assert (await post(first, PAGE, mine)).status == 303
    answer = await post(second, PAGE, theirs)
    assert answer.status == 400
    assert "刚刚有人修改了" in await answer.text()


async def test_a_case_keeps_the_version_it_was_accepted_under(desk: County, enter: Enter) -> None:
    editor, clerk = await enter("editor"), await enter("clerk")
    number = await taken_in(clerk)
    await post(editor, PAGE, await edited(editor, promise_days="1"))
    assert (await Case.get(number=number).select_related("version")).version.number == 1
    assert "事项版本 1" in await clerk.text(f"/staff/cases/{number}")


@pytest.mark.parametrize(
    ("field", "value"), [("promise_days", "x"), ("task_type", "99"), ("name", ""), ("promise_days", "99")]
)
async def test_what_cant_be_is_refused_with_its_column_and_stays_in_the_form(
    enter: Enter, field: str, value: str
) -> None:
    editor = await enter("editor")
    answer = await post(editor, PAGE, await edited(editor, accept_condition="留着的话", **{field: value}))
    assert answer.status == 400
    assert "留着的话" in await answer.text()
    assert await ItemVersion.filter(item__task_code=ITEM).count() == 1


async def test_a_new_item_is_found_once_it_is_saved(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    await editor.text("/staff/content/new")
    new = {"version": "0", "task_code": "NEW1", "name": "新的事项试办", "department": "示例县公安局", "task_state": "1"}
    assert await editor.done("/staff/content/new", **new) == "/staff/content/items/NEW1"
    page = await editor.text("/staff/content/items/NEW1")
    for part in ("受理条件", "办理流程", "申请材料"):
        assert part in page
    assert "指南还缺少" in page
    await desk.house.catalogue.refresh()
    assert "NEW1" in await editor.text("/staff/content?q=新的事项试办")


async def test_a_row_read_and_saved_is_the_same_for_every_item(desk: County) -> None:
    items = Items(desk.house.database)
    for version in await ItemVersion.all().select_related("item"):
        row = await items.row(version.item.task_code)
        assert await items.save(row, 1, "tests") == 1, version.item.task_code


async def test_a_new_form_voids_the_one_before(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    old = await FormFile.filter(item__task_code=ITEM).first()
    assert old
    await editor.text(PAGE)
    sent = {"material": old.material_name, "title": "新表格", "notes": "用黑色笔\n写清楚", "file": ("表.png", PNG)}
    await editor.done(f"{PAGE}/forms", **sent)
    forms = await desk.house.query.forms(ITEM)
    assert [(form.title, form.notes, form.file_name) for form in forms if form.material_name == old.material_name] == [
        ("新表格", ("用黑色笔", "写清楚"), "表.png")
    ]
    assert (await editor.client.get(f"/forms/{old.slug}")).status == 404
    assert (await editor.client.get(f"/forms/{forms[0].slug}")).status == 200
    await editor.done(f"{PAGE}/forms/void", slug=forms[0].slug)
    assert (await editor.client.get(f"/forms/{forms[0].slug}")).status == 404
    assert "作废" in await editor.text(PAGE)


async def test_a_notice_is_written_by_one_and_approved_by_another(desk: County, enter: Enter) -> None:
    editor, head = await enter("editor"), await enter("head")
    today = now().date()
    told = {"kind": "publicity", "title": "关于试办的公示", "text": "内容", "from_day": today, "until_day": today}
    assert (await editor.post("/staff/content/notices", **told)).status == 400, "where to object is missing"
    told |= {"objection_contact": "0000-1"}
    await editor.done("/staff/content/notices", **told)
    assert "关于试办的公示" not in await (await editor.client.get("/notices")).text()
    page = await head.text("/staff/notices")
    key = re.search(r'name="key" value="(notice-[0-9a-f]+)"', page)
    assert key
    assert "起草：editor" in page
    assert (await editor.post("/staff/notices", what="approve", key=key[1])).status == 404
    await head.done("/staff/notices", what="approve", key=key[1])
    assert "关于试办的公示" in await (await editor.client.get("/notices")).text()
    assert (await editor.post("/staff/content/notices", key=key[1], **told)).status == 404, "an approved one stands"
    assert (await head.post("/staff/notices", what="withdraw", key=key[1])).status == 400
    await head.done("/staff/notices", what="withdraw", key=key[1], reason="内容有误")
    assert "关于试办的公示" not in await (await editor.client.get("/notices")).text()


async def test_nobody_approves_an_own_notice(desk: County, enter: Enter) -> None:
    head = await enter("head")
    today = now().date().isoformat()
    told = {"kind": "announcement", "title": "一", "text": "二", "from_day": today}
    key = await desk.house.notices.write(told, "head")
    assert "不能审核自己" in await (await head.post("/staff/notices", what="approve", key=key)).text()


async def test_a_published_year_moves_due_dates_that_were_provisional(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    await Case.filter(due_at__not_isnull=True).update(due_provisional=True)
    year = now().year + 1
    days = "\n".join(f"{year}-01-{day:02d} 休" for day in range(1, 29))
    await editor.text(f"/staff/content/calendar?year={year}")
    sent = {"year": year, "lines": days, "source": "通知"}
    told = await (await editor.post("/staff/content/calendar", **sent)).text()
    assert f"{year} 年日历已发布" in told
    moved = int(re.search(r"(\d+) 个办件的到期日", told)[1])  # type: ignore[index]
    assert moved == await CaseEvent.filter(kind="rescheduled").count() > 0
    for bad in (f"{year + 1}-01-01 休", "明天 休", f"{year}-02-01", f"{year}-02-01 休\n{year}-02-01 班"):
        assert (await editor.post("/staff/content/calendar", **sent | {"lines": bad})).status == 400
    assert (await editor.post("/staff/content/calendar", **sent | {"source": ""})).status == 400


async def test_office_hours_are_set_in_order(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    await editor.text("/staff/content/calendar")
    assert (await editor.post("/staff/content/calendar", what="hours", hours="9:00-12:00\n13:30-17:00")).status == 200
    hours = (await desk.house.centre.working_time()).office_hours
    assert hours.total == timedelta(hours=6, minutes=30)
    for bad in ("12:00-9:00", "x", "", "9:00-12:00\n11:00-13:00", "25:00-26:00"):
        assert (await editor.post("/staff/content/calendar", what="hours", hours=bad)).status == 400


async def test_own_words_find_an_item_within_two_seconds(desk: County, enter: Enter) -> None:
    import asyncio

    editor = await enter("editor")
    assert (await desk.house.query.find_items("呼噜噜卡")).items == ()
    await editor.text("/staff/content/synonyms")
    assert (await editor.post("/staff/content/synonyms", say="<x>", means="居民身份证")).status == 400
    await editor.done("/staff/content/synonyms", say="呼噜噜卡，呼噜噜", means="居民身份证补领")
    for _ in range(60):
        await asyncio.sleep(LOOK_AGAIN_S / 20)
        if found := (await desk.house.query.find_items("呼噜噜卡")).items:
            break
    assert found[0].task_code == ITEM
    row = (await desk.house.synonyms.listed())[0]
    await editor.done("/staff/content/synonyms", remove=row.id)
    assert await desk.house.synonyms.listed() == []


async def test_an_editor_of_a_department_looks_after_its_items_and_notices_only(desk: County, enter: Enter) -> None:
    await desk.house.accounts.change("editor", Post.EDITOR, "示例县市场监督管理局", "", "tests")
    editor = await enter("editor")
    await editor.text("/staff/content")
    for path in (PAGE, f"{PAGE}/compare"):
        assert (await editor.get(path)).status == 404
    foreign = {"name": "x", "department": "示例县公安局", "version": "1"}
    assert (await editor.post(PAGE, **foreign)).status == 404
    assert (await editor.post("/staff/content/new", **foreign | {"task_code": "N", "version": "0"})).status == 404
    assert (await editor.post(f"{PAGE}/forms", material="m", title="t", file=("a.png", PNG))).status == 404
    form = await FormFile.filter(item__task_code=ITEM).first()
    assert form
    assert (await editor.post(f"{PAGE}/forms/void", slug=form.slug)).status == 404
    own = await ItemVersion.filter(department__name="示例县市场监督管理局").first().select_related("item")
    assert own
    of_own = f"/staff/content/items/{own.item.task_code}"
    assert (await editor.get(of_own)).status == 200
    assert (await editor.post(f"{of_own}/forms/void", slug=form.slug)).status == 404, "another item's form"
    notice = {"kind": "announcement", "title": "一", "text": "二", "from_day": now().date()}
    assert (await editor.post("/staff/content/notices", **notice, department="示例县公安局")).status == 404
    await editor.done("/staff/content/notices", **notice, department="示例县市场监督管理局")


async def test_a_guide_may_be_long_and_have_many_materials(desk: County, enter: Enter) -> None:
    editor = await enter("editor")
    long = "长" * 25_000
    many = {f"materials-{n}-name": f"材料{n}" for n in range(60)}
    await editor.done(PAGE, **(await edited(editor)) | many | {"accept_condition": long})
    guide = await desk.house.query.item(ITEM)
    assert (len(guide.accept_condition), len(guide.materials)) == (25_000, 60)
