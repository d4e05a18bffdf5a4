"""The public board: what it shows, that it follows, and that it stands when the database is away."""

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
from core.errors import Unavailable
from core.local_time import now
from core.models import Case, Department, Notice
from core.transitions import Role
from gateway.app import _boards as boards_of
from gateway.app import build
from gateway.settings import BoardSection
from webui.board import feed as feeds
from webui.board.feed import ALIVE, Feed, picture

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


async def take(watching, count):
    """The first pictures that are any."""
    while count:
        if picture := await anext(watching):
            count -= 1
            yield picture


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


async def test_many_who_watch_cost_one_look(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    looks, draws = 0, 0

    async def state():
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return str(looks // 150)

    async def draw():
        nonlocal draws
        draws += 1
        await asyncio.sleep(0)
        return picture(f"picture {draws}", "08:00")

    feed = Feed(state, draw)

    async def watch():
        watching = feed.watch()
        events = [event async for event in take(watching, 3)]
        await watching.aclose()
        return events

    seen = await asyncio.gather(*(watch() for _ in range(100)))
    assert all(one == [picture(f"picture {n}", "08:00").event for n in (1, 2, 3)] for one in seen)
    assert draws == 3
    await feed.close()


async def test_the_last_picture_stands_while_the_database_is_away(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(feeds, "HEARTBEAT_S", 0.05)
    away = False

    async def state():
        if away:
            raise Unavailable("away")
        return "1"

    async def draw():
        return picture("picture", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    assert b"picture" in await anext(watching)
    away = True
    assert await anext(watching) == ALIVE
    await feed.close()
    assert [event async for event in watching] == []


async def test_a_look_that_fails_for_whatever_reason_is_not_the_last_one(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    looks = 0

    async def state():
        nonlocal looks
        looks += 1
        if looks == 2:
            raise ConnectionResetError
        return str(looks)

    async def draw():
        return picture(f"picture {looks}", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    async with asyncio.timeout(5):
        assert b"picture 1" in await anext(watching)
        assert b"picture 3" in await anext(watching)
    await feed.close()


async def test_who_was_slow_to_take_a_picture_is_given_the_next_at_once(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    looks, looked = 0, asyncio.Event()

    async def state():
        nonlocal looks
        looks += 1
        if looks == 10:
            looked.set()
        return str(min(looks, 3))

    async def draw():
        return picture(f"picture {looks}", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    assert b"picture 1" in await anext(watching)
    await looked.wait()
    async with asyncio.timeout(5):  # the next sign of life would come later
        assert b"picture 3" in await anext(watching)
    await feed.close()
    await watching.aclose()


async def test_news_that_a_page_finds_first_is_told_to_the_screens(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 3600)
    said = "1"

    async def state():
        return said

    async def draw():
        return picture(f"picture {said}", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    assert b"picture 1" in await anext(watching)
    waiting = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0.05)
    said = "2"
    assert (await feed.picture()).html == "picture 2"
    async with asyncio.timeout(5):
        assert b"picture 2" in await waiting
    await feed.close()
    await watching.aclose()


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
