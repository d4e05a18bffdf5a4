"""Loads the demonstration into an empty database; loading it again changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.cases import Actor
from core.codes import NoticeKind
from core.database import Database, transaction
from core.errors import BadRequest
from core.exchange import Progress, import_items
from core.files import FileStore
from core.local_time import now
from core.models import Case, Department, FormFile, ItemVersion, Notice, Revision, ServiceItem
from core.revisions import NOTICES, raise_revision
from core.transitions import Role
from gateway.demo.cases import WAYS, DemoItem, Ways, open_cases
from gateway.demo.forms import MEDIA_TYPE, blank_form, slug
from gateway.demo.staff import employ
from gateway.house import DEMONSTRATION, House

ITEMS = tuple(sorted((Path(__file__).parent / "items").glob("*.json")))
# Kind, title, text, and the department that publishes; none is the centre itself.
_NOTICES = (
    (
        NoticeKind.PUBLICITY,
        "关于拟准予农药经营许可的公示（演示）",
        "拟准予示例农资店农药经营许可，现予公示，公示期内如有异议请书面提出。",
        "示例县农业农村局",
    ),
    (
        NoticeKind.PUBLICITY,
        "关于建设工程规划许可批前公示（演示）",
        "示例小区二期工程规划方案公示，欢迎利害关系人提出意见。",
        "示例县自然资源和规划局",
    ),
    (
        NoticeKind.ANNOUNCEMENT,
        "政务服务中心延时服务公告（演示）",
        "每周三窗口延时服务至19时，可办理身份证、社保、不动产等事项。",
        "",
    ),
    (NoticeKind.ANNOUNCEMENT, "出证窗口调整公告（演示）", "出证窗口调整到一楼大厅东侧，凭回执领取。", ""),
)
_ACTOR = Actor("演示数据", Role.SYSTEM, channel="demo")


async def load(house: House, progress: Progress, lists: Sequence[Path] = ITEMS, ways: Ways = WAYS) -> bool:
    """Load items, forms, notices and cases; False when they are there already.

    `lists` and `ways` make a smaller one. Raises BadRequest for a database that holds anything else.
    """
    if await Revision.exists(name=DEMONSTRATION):
        await employ(house)  # an earlier version's demonstration had nobody at the desk
        return False
    if await ServiceItem.exclude(task_code__startswith="DEMO").exists() or await Case.exclude(channel="demo").exists():
        raise BadRequest("this database holds real data: the demonstration wants an empty one")
    if await Case.exists():
        raise BadRequest("loading the demonstration was broken off before: delete the database and begin again")
    house.outbox.spares_applicants = True  # their numbers are made up
    for path in lists:
        await import_items(house.database, path, _ACTOR)
    definitions = [item for path in lists for item in json.loads(path.read_text("utf-8"))]
    await _name_departments(definitions)
    await _write_forms(FileStore(house.settings.files.folder), definitions)
    await _write_notices(house.database, now().date())
    working_time = await house.centre.working_time()
    await open_cases(house.cases, await demo_items(), working_time.calendar, now(), progress, ways)
    await employ(house)
    await Revision.create(name=DEMONSTRATION, value=1)
    house.is_demonstration = True
    return True


async def _name_departments(definitions: Sequence[dict[str, Any]]) -> None:
    for name, name_en in {item["department"]: item["department_en"] for item in definitions}.items():
        await Department.filter(name=name).update(name_en=name_en)


async def _write_forms(store: FileStore, definitions: Sequence[dict[str, Any]]) -> None:
    ids = dict(await ServiceItem.all().values_list("task_code", "id"))
    for item in definitions:
        for material in item["materials"]:
            if form := material.get("form"):
                content = await asyncio.to_thread(blank_form, form, item["department"])
                await _write_form(store, ids[item["task_code"]], item["task_code"], material["name"], form, content)


async def _write_form(
    store: FileStore, item_id: int, task_code: str, material_name: str, form: dict[str, Any], content: bytes
) -> None:
    digest = await asyncio.to_thread(store.put, content)
    await FormFile.update_or_create(
        slug=slug(task_code, material_name),
        defaults={
            "item_id": item_id,
            "material_name": material_name,
            "title": form["title"],
            "title_en": form["title_en"],
            "notes": form["notes"],
            "notes_en": form["notes_en"],
            "file_name": f"{form['title']}.docx",
            "media_type": MEDIA_TYPE,
            "size_bytes": len(content),
            "digest": digest,
        },
    )


async def _write_notices(database: Database, today: date) -> None:
    departments = {row.name: row for row in await Department.all()}
    for n, (kind, title, text, department) in enumerate(_NOTICES):
        await Notice.update_or_create(
            key=f"demo-{n + 1}",
            defaults={
                "kind": kind.value,
                "title": title,
                "text": text,
                "department": departments.get(department),
                "from_day": today - timedelta(days=n),
                "until_day": today + timedelta(days=7 + n) if kind == NoticeKind.PUBLICITY else None,
                "objection_contact": "0000-12345" if kind == NoticeKind.PUBLICITY else "",
                "approved_by": "演示人员",
            },
        )
    async with transaction() as connection:
        await raise_revision(connection, NOTICES, postgres=database.is_postgres)


async def demo_items() -> list[DemoItem]:
    """The items in force, as far as cases of the demonstration need them."""
    versions = await ItemVersion.all().order_by("id").select_related("item", "department").prefetch_related("materials")
    return [
        DemoItem(
            version.id,
            version.item.task_code,
            version.name,
            version.department.name,
            version.project_type,
            version.result_name,
            tuple(material.name for material in version.materials),
            version.name_en,
        )
        for version in versions
        if version.number == version.item.version
    ]
