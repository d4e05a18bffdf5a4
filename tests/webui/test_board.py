"""The public board: what it shows and that it follows."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.board import Board
from core.cases import Actor
from core.codes import Status
from core.local_time import now
from core.models import Case, Department, Notice
from core.transitions import Role
from gateway.app import _boards as boards_of
from gateway.app import build
from gateway.settings import BoardSection

CLERK = Actor("王", Role.CLERK)


@pytest.fixture
async def boards(county):
    """A client of the county's program with two boards."""
    settings = county.house.settings
    plans = {"hall": BoardSection(), "east": BoardSection(title="东厅", screens=("promises",), language="en")}
    county.house.settings = settings.model_copy(update={"boards": plans})
    client = TestClient(TestServer(build(county.house, [])))
    await client.start_server()
    yield client
    await client.close()


async def pictures(client, count):
    """So many pictures from the stream of the hall's board."""
    found = []
    async with client.get("/board/hall/events") as stream:
        assert stream.content_type == "text/event-stream"
        while len(found) < count:
            line = await asyncio.wait_for(stream.content.readline(), 10)
            if line.startswith(b"data: {"):
                found.append(orjson.loads(line.removeprefix(b"data: "))["html"])
    return found


async def test_a_board_shows_the_day_without_scripts_and_without_whole_names(county, boards):
    case = await county.house.cases.move(county.number(Status.RECEIVED), Status.ACCEPTED, CLERK)
    page = await (await boards.get("/board/hall")).text()
    assert f"…{case.number[-4:]}" in page
    assert case.number not in page
    assert case.applicant_name not in page
    assert '<meta http-equiv="refresh"' in page


async def test_a_board_follows_a_case_that_moves(county, boards):
    watching = asyncio.create_task(pictures(boards, 2))
    await asyncio.sleep(0.3)
    case = await county.house.cases.move(county.number(Status.RECEIVED), Status.ACCEPTED, CLERK)
    before, after = await asyncio.wait_for(watching, 10)
    assert f"…{case.number[-4:]}" not in before
    assert f"…{case.number[-4:]}" in after


async def test_boards_that_show_the_same_are_drawn_once_for_all_of_them(county, monkeypatch):
    drawn = []
    day = Board.day

    async def counted(self, *asked):
        drawn.append(asked[1:])
        return await day(self, *asked)

    monkeypatch.setattr(Board, "day", counted)
    plans = {
        "first": BoardSection(),
        "second": BoardSection(title="二楼", seconds=20),
        "of one department": BoardSection(department="示例县公安局"),
    }
    county.house.settings = county.house.settings.model_copy(update={"boards": plans})
    async with TestClient(TestServer(build(county.house, []))) as client:
        pages = [await (await client.get(f"/board/{name}")).text() for name in plans]
    assert sorted(drawn) == [("",), ("示例县公安局",)]
    assert "二楼" in pages[1]
    assert 'data-seconds="20"' in pages[1]


async def test_a_board_is_seen_as_long_as_a_screen_watches_it(county):
    plans = {"hall": BoardSection(), "east": BoardSection(title="东厅")}
    county.house.settings = county.house.settings.model_copy(update={"boards": plans})
    made = boards_of(county.house)
    app = web.Application()
    app.add_routes(made.routes())
    async with TestClient(TestServer(app)) as client:
        assert set(made.seen().values()) == {None}
        async with client.get("/board/hall/events") as stream:
            await asyncio.wait_for(stream.content.readline(), 10)
            before = now()
            seen = made.seen()
            assert seen["hall"] >= before
            assert seen["east"] is None
            await made.close()  # everybody who watches is sent home
            await asyncio.wait_for(stream.read(), 10)
        last = made.seen()["hall"]
        assert before <= last == made.seen()["hall"]


async def test_a_board_in_english_shows_promises_only(boards):
    page = await (await boards.get("/board/east")).text()
    assert "Promised time limits" in page
    assert "Accepted today" not in page
    assert '<html lang="en">' in page


async def test_there_is_no_other_board(boards):
    for path in ("/board/none", "/board/none/events", "/board/"):
        assert (await boards.get(path)).status == 404


async def test_yesterdays_cases_are_not_todays(county):
    number = (await county.house.cases.move(county.number(Status.RECEIVED), Status.ACCEPTED, CLERK)).number
    board = Board(county.house.database)
    assert [case.tail for case in (await board.day(now().date())).accepted] == [number[-4:]]
    await Case.filter(number=number).update(accepted_at=now() - timedelta(days=1))
    assert (await board.day(now().date())).accepted_total == 0


async def test_the_state_changes_with_every_event(county):
    board = Board(county.house.database)
    before = await board.state()
    assert await board.state() == before
    await county.house.cases.move(county.number(Status.RECEIVED), Status.ACCEPTED, CLERK)
    assert await board.state() != before


async def test_a_shutdown_ends_the_streams(county, boards):
    async with boards.get("/board/hall/events") as stream:
        await stream.content.readline()
        await asyncio.wait_for(boards.close(), 5)


async def test_a_departments_board_shows_its_own_notices(county):
    police, market = [d.name for d in await county.house.query.departments()]
    for name in (police, market):
        await Notice.create(
            key=name,
            kind="announcement",
            title=f"{name}的公告",
            text="说明",
            department=await Department.get(name=name),
            from_day=now().date(),
            approved_by="局长",
        )
    plans = {name: BoardSection(screens=("notices",), department=name) for name in (police, market)}
    county.house.settings = county.house.settings.model_copy(update={"boards": plans})
    client = TestClient(TestServer(build(county.house, [])))
    await client.start_server()
    try:
        pages = {name: await (await client.get(f"/board/{name}")).text() for name in plans}
    finally:
        await client.close()
    for notice in await county.house.query.notices(now().date()):
        shown = [name for name, page in pages.items() if notice.title in page]
        assert shown == ([notice.department] if notice.department else [])
