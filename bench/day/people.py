"""Who lives in the county: cases of other days, those of today with who follows them, staff, kiosks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from bench.case_list import write_list
from bench.databases import put_items
from bench.day.plan import POSTS, Plan
from bench.day.settings import SECRET
from bench.day.town import Town
from core.cases import Actor
from core.codes import Status
from core.keys import Keys
from core.local_time import now
from core.models import ItemVersion
from core.new_case import NewCase
from core.staff import NewMember, Post
from core.systems.api_keys import Scope
from core.transitions import Role
from gateway.house import House
from gateway.settings import DatabaseSection, FilesSection, Settings
from gateway.settings import Server as ServerSection

PASSWORD = "Busy-day-2026"
FIRST_CHAT = 2_000_000
_FOLLOW = ("topic", "place", "address", "language", "at", "by")


@dataclass(frozen=True, slots=True)
class Known:
    """What the receipt of a case says of it."""

    id: int
    number: str
    pin: str
    token: str


@dataclass(frozen=True)
class County:
    """`today` are the cases that are changed in the day, `standing` the others; `kiosks` are their tokens.

    `key` is another system's, which may do everything.
    """

    today: list[Known]
    standing: list[Known]
    kiosks: list[str]
    chats: list[int]
    key: str


async def settle(town: Town, plan: Plan) -> County:
    """Fill the county's empty database."""
    await asyncio.to_thread(_import, town, plan)
    house = House(
        Settings(
            server=ServerSection(port=0, secret_key=SECRET),
            database=DatabaseSection(url=town.url),
            files=FilesSection(folder=town.folder / "forms", cases=town.uploads),
        )
    )
    await house.open()
    try:
        before = (await town.rows("SELECT max(id) AS id FROM approval_case"))[0]["id"]
        await _open_cases(house, plan.cases)
        await _employ(house, plan.teams)
        key = await house.api_keys.add("another system", list(Scope), "", "bench")
        kiosks = [await house.kiosks.register(f"kiosk-{n}", "hall", "bench") for n in range(plan.kiosks)]
    finally:
        await house.close()
    today, standing = await _known(town, f"id > {before}"), await _known(town, f"id <= {before}")
    return County(today, standing, kiosks, await _follow(town, today), key)


def _import(town: Town, plan: Plan) -> None:
    town.haoban("migrate")
    codes = asyncio.run(put_items(town.url))
    path = town.folder / "cases.csv"
    write_list(path, plan.standing, codes)
    town.haoban("import", "cases", str(path))
    path.unlink()


async def _open_cases(house: House, count: int) -> None:
    versions = await ItemVersion.all().order_by("id").select_related("department", "item")
    for n in range(count):
        version = versions[n % len(versions)]
        person = {"mobile": f"138{n:08d}", "department": version.department.name}
        new = NewCase(version.id, version.item.task_code, "张三", Status.RECEIVED, person=person)
        await house.cases.open(new, Actor("窗口", Role.CLERK))


async def _employ(house: House, teams: int) -> None:
    for team in range(teams):
        for post in POSTS:
            member = NewMember(login(post, team), f"{post} {team}", Post(post))
            await house.accounts.add(member, "bench", PASSWORD)


def login(post: str, team: int) -> str:
    return f"{post}{team}"


async def _known(town: Town, which: str) -> list[Known]:
    sql = f"SELECT id, number FROM approval_case WHERE {which} AND status <> 'draft' ORDER BY id"
    keys, found = Keys(SECRET), await town.rows(sql)
    return [Known(row["id"], row["number"], keys.pin(row["number"], 1), keys.token(row["id"], 1)) for row in found]


async def _follow(town: Town, cases: list[Known]) -> list[int]:
    """Each case is followed by two further telephones and two chats, of which one is the applicant's; the chats."""
    at: datetime = now()
    rows, chats = [], []
    for n, case in enumerate(cases):
        pair = [FIRST_CHAT + 2 * n, FIRST_CHAT + 2 * n + 1]
        chats += pair
        phones = [("channels.twilio_sms", f"+86{code}{n:08d}") for code in ("139", "137")]
        for place, address in [*phones, *(("bots.telegram", str(chat)) for chat in pair)]:
            rows.append((f"case:{case.id}", place, address, "zh", at, "bench"))
    connection = await asyncpg.connect(town.url)
    try:
        await connection.copy_records_to_table("subscription", records=rows, columns=list(_FOLLOW))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return chats


def items_to_import(path: Path, count: int) -> None:
    """A list of new items, under codes of their own."""
    lines = ["实施主体,事项名称,实施编码,事项类型"]
    lines += [f"示例县住房和城乡建设局,忙日导入事项{n:05d},BUSYDAY{n:08d},公共服务" for n in range(count)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
