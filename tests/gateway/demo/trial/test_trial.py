"""On `/try` everything passes through the real channels, and a change at the desk is everywhere within a second."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copy

import aiohttp
import pytest
from aiohttp import web

from core.codes import Status
from core.language import Catalogues
from core.models import Message
from gateway.app import build
from gateway.demo.trial import pages
from gateway.demo.trial.pages import TrialPages
from gateway.demo.trial.trial import MOST_VISITS, Trial, may_be_tried
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, RedisSection, Server, Settings
from tests.channels.twilio import SECTION
from tests.county import SECRET, settings
from tests.gateway.demo.trial.visitor import Event, Visitor
from tests.gateway.program import free_port, serving

ROOT = Path(__file__).parents[4]
A_SECOND = 1.0


@pytest.fixture
async def address(sqlite_county_template: Path, tmp_path: Path, form_files: Path) -> AsyncIterator[str]:
    port = free_port()
    given = settings(
        f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}",
        form_files,
        # Nobody resolves this address: what the stand-ins are told leads to where the program really is.
        server=Server(port=port, secret_key=SECRET, public_url="http://haoban.invalid"),
        limits=LimitsSection(messages="1000/minute", lookups="1000/minute", requests="10000/minute"),
    )
    trial = Trial(given)
    await trial.start()
    house = House(trial.settings)
    await house.open()
    runner = web.AppRunner(build(house, switched_on(trial.settings), TrialPages(trial, house)), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await trial.telegram.called("setWebhook")
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()
    await house.close()
    await trial.stop()


@pytest.fixture
async def visitor(address: str) -> AsyncIterator[Visitor]:
    async with Visitor(address) as made:
        yield made


def by_centre(*words: str) -> object:
    return lambda event: event["by"] == "centre" and all(word in event["words"] for word in words)


async def test_the_receipt_of_the_case_comes_by_text_message(visitor: Visitor) -> None:
    told = await visitor.once("text", by_centre("已收件"))
    assert "食品经营许可" in told["words"]


async def test_a_text_message_is_answered_by_the_real_webhook(visitor: Visitor) -> None:
    await visitor.act("text", words=f"CX {visitor.case['number']} {visitor.case['pin']}")
    story = visitor.story + 1
    await visitor.once("text", by_centre("办件", "已收件"))
    await visitor.once("hop", lambda hop: hop["story"] == story and hop["hop"] == "webhook")
    assert visitor.hops(story) == ["webhook", "dialogue", "query"]


async def test_a_call_asks_for_number_and_pin_and_says_where_the_case_stands(visitor: Visitor) -> None:
    await visitor.act("dial")
    for keys in ("1", visitor.case["number"], visitor.case["pin"]):
        seen = len(visitor.events)
        await visitor.once("listening", lambda event, keys=keys: event["digits"] == len(keys))  # type: ignore[misc]
        await visitor.act("press", keys=keys)
        await visitor.once("said", after=seen)
    said = await visitor.once("said", lambda event: "已收件" in "".join(part["words"] for part in event["parts"]))
    assert said["parts"][0]["language"] == "cmn-CN"
    await visitor.act("hang_up")
    assert (await visitor.once("hung_up"))["why"] == "completed"


async def followed(visitor: Visitor) -> None:
    """The case is followed in the chat."""
    await visitor.act("write", words=f"/start {visitor.case['token']}")
    shown = await visitor.once("chat", lambda event: bool(event["buttons"]))
    [key] = [one for row in shown["buttons"] for one in row if "告诉我" in one["label"]]
    await visitor.act("tap", message=shown["message"], data=key["data"])
    await visitor.once("chat", by_centre("都会发到这里"))
    await visitor.once("text", by_centre("今后先发到聊天软件"))


async def picture(board: aiohttp.ClientResponse) -> str:
    """The next picture of the board."""
    async for line in board.content:
        if line.startswith(b"data: {"):
            return str(json.loads(line.removeprefix(b"data: "))["html"])
    raise AssertionError("the board has ended")


async def test_a_step_at_the_desk_is_everywhere_within_a_second(visitor: Visitor, address: str) -> None:
    await followed(visitor)
    seen = len(visitor.events)
    async with aiohttp.ClientSession() as http, http.get(f"{address}/board/hall/events") as board:
        await picture(board)
        begun = time.monotonic()
        assert await visitor.act("move", to="accepted") == 204
        await visitor.once("chat", by_centre("已受理"), after=seen, within_s=A_SECOND)
        html = await visitor.at_kiosk(visitor.case["token"])
        assert "已受理" in html
        assert visitor.case["number"][-4:] in await asyncio.wait_for(picture(board), A_SECOND)
        assert time.monotonic() - begun < A_SECOND
    assert visitor.hops(visitor.story)[:2] == ["desk", "outbox"]
    assert "provider" in visitor.hops(visitor.story)


async def test_the_whole_way_of_a_notice_is_told(visitor: Visitor) -> None:
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("hop", lambda hop: hop["hop"] == "receipt" and hop["about"] == "delivered", after=seen)
    way = visitor.hops(visitor.story)
    assert [hop for hop in way if hop in ("desk", "outbox", "provider", "receipt")] == [
        *("desk", "outbox", "provider"),
        *("receipt", "receipt"),
    ]


async def test_when_nothing_arrives_the_telephone_rings_and_who_hears_it_out_is_the_proof(visitor: Visitor) -> None:
    await followed(visitor)
    await visitor.act("order", how="lost")
    await visitor.act("block", blocked=True)
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("ringing", after=seen)
    fault = await visitor.once("hop", lambda hop: hop["about"] == "bots.telegram", after=seen)
    assert "blocked" in fault["fault"]
    await visitor.act("answer")
    said = await visitor.once("said", after=seen)
    assert "已受理" in said["parts"][0]["words"]
    await visitor.act("heard")
    assert (await visitor.once("hung_up", after=seen, within_s=15))["why"] == "completed"
    call = await Message.filter(place="channels.twilio_voice").order_by("-id").first().select_related("notification")
    assert call is not None
    assert (call.state, call.heard_by, call.notification.state) == ("read", "person", "told")


async def test_who_declines_or_hears_nothing_is_not_taken_for_told(visitor: Visitor) -> None:
    await visitor.act("order", how="lost")
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("ringing", after=seen)
    await visitor.act("decline")
    assert (await visitor.once("hung_up", after=seen))["why"] == "busy"
    await visitor.once("hop", lambda hop: hop["hop"] == "receipt" and hop["about"] == "failed", after=seen)


async def test_a_case_goes_all_the_way_and_another_one_begins(visitor: Visitor) -> None:
    for step in ("accepted", "reviewing", "decided", "completed", "delivered"):
        assert visitor.case["steps"][0] == step
        seen = len(visitor.events)
        assert await visitor.act("move", to=step) == 204
        assert (await visitor.once("case", after=seen))["is_told"] is (step != "reviewing")
    assert visitor.case["steps"] == []
    number, seen = visitor.case["number"], len(visitor.events)
    await visitor.act("open")
    assert (await visitor.once("case", after=seen))["number"] != number


async def test_two_who_try_never_see_each_others_messages(visitor: Visitor, address: str) -> None:
    async with Visitor(address, "en") as other:
        assert other.number != visitor.number
        await other.act("text", words=f"status {other.case['number']} {other.case['pin']}")
        await other.once("text", by_centre("Received"))
        await visitor.once("text", by_centre("已收件"))
    assert not [one for one in visitor.events if "Received" in one.get("words", "")]


async def test_who_loads_the_page_again_goes_on_where_they_were(visitor: Visitor) -> None:
    await visitor.once("text", by_centre("已收件"))
    again: list[Event] = []
    async with aiohttp.ClientSession() as http:
        address = f"{visitor.address}/try/visits/{visitor.id}/events"
        async with http.get(address, headers={"Last-Event-ID": "1"}) as stream:
            while not any(event["kind"] == "text" for event in again):
                line = await asyncio.wait_for(stream.content.readline(), 5)
                if line.startswith(b"data: "):
                    again.append(json.loads(line.removeprefix(b"data: ")))
    assert again == [event for event in visitor.events if event in again]
    assert again[0] == visitor.events[1]


NONSENSE: tuple[tuple[object, int], ...] = (
    ({"what": "rob"}, 400),
    ({"what": ""}, 400),
    ({}, 400),
    ([], 400),
    ({"what": "text"}, 400),
    ({"what": "text", "words": "x" * 1601}, 400),
    ({"what": "text", "words": 7}, 400),
    ({"what": "press", "keys": "A"}, 400),
    ({"what": "move", "to": "nowhere"}, 400),
    ({"what": "move", "to": "delivered"}, 400),
    ({"what": "order", "how": "rob"}, 400),
    ({"what": "tap", "message": 1, "data": "1:1"}, 404),
    ({"what": "tap", "message": {}, "data": "1:1"}, 404),
)


async def test_what_makes_no_sense_is_refused(visitor: Visitor) -> None:
    address = f"{visitor.address}/try/visits/{visitor.id}"
    async with aiohttp.ClientSession() as http:
        for asked, status in NONSENSE:
            async with http.post(address, json=asked) as answer:
                assert answer.status == status, asked


async def test_a_form_of_another_site_can_do_nothing(visitor: Visitor) -> None:
    address = f"{visitor.address}/try/visits/{visitor.id}"
    async with aiohttp.ClientSession() as http, http.post(address, data='{"what":"open"}') as answer:
        assert answer.status == 400


async def test_nobody_acts_under_an_id_that_is_not_known(visitor: Visitor) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("", "/events", "/files/file-1"):
            address = f"{visitor.address}/try/visits/unknown{path}"
            async with http.post(address, json={"what": "open"}) if not path else http.get(address) as answer:
                assert answer.status == 404


async def test_of_too_many_the_first_has_to_leave(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.demo.trial.trial.MOST_VISITS", 2)
    async with Visitor(address) as first, Visitor(address), Visitor(address):
        assert await first.act("text", words="帮助") == 404


async def test_visits_are_not_begun_without_end(address: str) -> None:
    statuses = []
    async with aiohttp.ClientSession() as http:
        for _ in range(31):
            async with http.post(f"{address}/try/visits") as answer:
                statuses.append(answer.status)
    assert statuses == [200] * 30 + [429]
    assert MOST_VISITS > 30


async def test_kiosk_and_board_may_be_framed_by_our_own_page_and_nothing_else(visitor: Visitor) -> None:
    async with aiohttp.ClientSession() as http:
        for path, allowed in (("/kiosk/", "'self'"), ("/board/hall", "'self'"), ("/", "'none'"), ("/try", "'none'")):
            async with http.get(visitor.address + path) as answer:
                assert f"frame-ancestors {allowed}" in answer.headers["Content-Security-Policy"], path


async def test_a_stranger_can_not_make_the_stand_ins_webhooks_theirs(visitor: Visitor) -> None:
    async with aiohttp.ClientSession(headers={"X-Trial-Visit": visitor.id}) as http:
        async with http.post(f"{visitor.address}/channels/twilio/sms", data={"From": visitor.number}) as answer:
            assert answer.status == 403
        async with http.post(f"{visitor.address}/bots/telegram", json={"update_id": 1}) as answer:
            assert answer.status == 403


def test_the_demonstration_prints_its_address(county_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, county_url) as program:
        assert program.status_of("/try") == 200
        until = time.monotonic() + 10
        while "Ctrl-C" not in program.words and time.monotonic() < until:
            time.sleep(0.05)
        assert "Try everything" in program.words


def test_it_is_not_there_in_real_use(database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path, database_url) as program:
        assert program.status_of("/try") == 404
        assert program.status_of("/channels/twilio/sms") == 404


def test_it_is_not_there_where_a_channel_leads_outside_or_several_processes_serve(tmp_path: Path) -> None:
    plain = settings("sqlite://x.db", tmp_path)
    real = settings("sqlite://x.db", tmp_path, channels={"twilio_sms": SECTION})
    several = Settings.model_validate(plain.model_dump() | {"redis": RedisSection(url="redis://127.0.0.1:6379/0")})
    assert may_be_tried(plain, switched_on(plain))
    assert not may_be_tried(real, switched_on(real))
    assert not may_be_tried(several, switched_on(several))


def test_every_word_of_the_page_is_used_and_every_step_has_one() -> None:
    known = {key for key in Catalogues()["zh"].keys if key.startswith("try.")}
    shown = [ROOT / "gateway" / "demo" / "trial" / "templates" / "try.html", Path(pages.__file__)]
    shown += sorted((ROOT / "webui" / "look" / "static").glob("try*.js"))
    written = "\n".join(path.read_text("utf-8") for path in shown)
    stems = {"try.call.", "try.hop.", "try.about.", "try.orders.", "try.tour."}
    unused = [key for key in known if f'"{key}"' not in written and f"'{key}'" not in written]
    assert [key for key in unused if not key.startswith(tuple(stems))] == []
    used = set(re.findall(r"[\"'](try\.[a-z_.]+[a-z])[\"']", written)) - {"try.css"}
    assert used <= known
    assert {f"staff.status.{status}" for status in Status} <= Catalogues()["zh"].keys
