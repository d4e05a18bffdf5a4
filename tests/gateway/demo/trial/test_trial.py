"""On `/try` everything passes through the real channels, and a change at the desk is everywhere within a second."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import aiohttp

from core.models import Message
from tests.gateway.demo.trial.visitor import Event, Visitor

ROOT = Path(__file__).parents[4]
A_SECOND = 1.0


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
    await visitor.act("order", how="lost", blocked=True)
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("ringing", after=seen)
    fault = await visitor.once("hop", lambda hop: hop["about"] == "bots.telegram", after=seen)
    assert fault["fault"] == "opted_out"
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
    told = [event for event in visitor.events if event["kind"] != "now"]
    assert again == told[1 : len(again) + 1]
