"""What feeds the screens of a board: one look for all who watch, and nobody left alone when a look fails or is slow."""

from __future__ import annotations

import asyncio

from core.errors import Unavailable
from webui.board import feed as feeds
from webui.board.feed import ALIVE, NOT_YET, Feed, picture


async def take(watching, count):
    """The first pictures that are any."""
    while count:
        if picture := await anext(watching):
            count -= 1
            yield picture


async def test_many_who_watch_cost_one_look(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    looks, draws = 0, 0

    async def state():
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return str(looks // 20)

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


async def test_a_screen_that_comes_while_the_database_is_away_is_shown_the_picture_when_it_is_back(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(feeds, "HEARTBEAT_S", 0.05)
    away = True

    async def state():
        if away:
            raise Unavailable("away")
        return "1"

    async def draw():
        return picture("picture", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    async with asyncio.timeout(5):
        assert await anext(watching) == NOT_YET
        away = False
        while (event := await anext(watching)) == NOT_YET:
            pass
    assert b"picture" in event
    await feed.close()
    await watching.aclose()


async def test_a_sign_of_life_comes_though_a_look_never_ends(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(feeds, "HEARTBEAT_S", 0.05)
    looks = 0

    async def state():
        nonlocal looks
        looks += 1
        if looks > 1:
            await asyncio.Event().wait()
        return "1"

    async def draw():
        return picture("picture", "08:00")

    feed = Feed(state, draw)
    watching = feed.watch()
    async with asyncio.timeout(5):
        assert b"picture" in await anext(watching)
        assert await anext(watching) == ALIVE
        assert await anext(watching) == ALIVE
        await feed.close()
    await watching.aclose()


async def test_screens_that_come_at_once_before_there_is_a_picture_make_one_look(monkeypatch):
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 3600)
    board = Slow()
    watching = [board.feed.watch() for _ in range(100)]
    waiting = [asyncio.ensure_future(anext(screen)) for screen in watching]
    async with asyncio.timeout(5):
        await board.began.wait()
        board.let_go.set()
        assert set(await asyncio.gather(*waiting)) == {picture("picture 1", "08:00").event}
    assert board.looks == 1
    await board.feed.close()
    for screen in watching:
        await screen.aclose()


async def test_screens_that_wait_for_their_first_picture_are_sent_home_too():
    board = Slow()
    watching = board.feed.watch()
    waiting = asyncio.ensure_future(anext(watching, None))
    async with asyncio.timeout(5):
        await board.began.wait()
        await board.feed.close()
        assert await waiting is None
        late = board.feed.watch()
        assert await anext(late, None) is None  # and nobody looks for who comes later
    assert board.looks == 1


class Slow:
    """A board of which each look finds news, and takes until it is let go."""

    def __init__(self):
        self.looks, self.is_away = 0, False
        self.began, self.let_go = asyncio.Event(), asyncio.Event()
        self.feed = Feed(self._state, self._draw)

    async def _state(self):
        self.looks += 1
        found = f"picture {self.looks}"
        self.began.set()
        await self.let_go.wait()
        if self.is_away:
            raise Unavailable("away")
        return found

    async def _draw(self):
        return picture(f"picture {self.looks}", "08:00")

    async def asked_by(self, many):
        """So many who ask in the middle of a look, and the one who looks."""
        first = asyncio.create_task(self.feed.picture())
        async with asyncio.timeout(5):
            await self.began.wait()
        others = [asyncio.create_task(self.feed.picture()) for _ in range(many)]
        await asyncio.sleep(0)
        self.let_go.set()
        async with asyncio.timeout(5):
            return await asyncio.gather(first, *others, return_exceptions=True)


async def test_who_asks_in_the_middle_of_a_look_gets_the_next_one_together_with_the_others():
    board = Slow()
    first, *others = await board.asked_by(20)
    assert first.html == "picture 1"
    assert {each.html for each in others} == {"picture 2"}
    assert board.looks == 2


async def test_a_look_that_fails_fails_for_all_who_waited_for_it_and_for_nobody_later():
    board = Slow()
    board.is_away = True
    found = await board.asked_by(20)
    assert {type(each) for each in found} == {Unavailable}
    assert board.looks == 2
    board.is_away = False
    assert (await board.feed.picture()).html == "picture 3"


async def test_who_gives_up_a_look_leaves_it_to_the_next():
    board = Slow()
    first = asyncio.create_task(board.feed.picture())
    await board.began.wait()
    second = asyncio.create_task(board.feed.picture())
    await asyncio.sleep(0)
    first.cancel()
    board.let_go.set()
    async with asyncio.timeout(5):
        assert (await second).html == "picture 2"
