"""What a stranger can and can't do with `/try`, and where it isn't."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from shutil import copy

import aiohttp
import pytest

from core.cases import Actor
from core.codes import Status
from core.language import Catalogues
from core.models import Case, Kiosk, Message
from core.transitions import Role
from gateway.demo.trial import pages
from gateway.demo.trial.trial import MOST_VISITS, may_be_tried
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import RedisSection, Settings
from tests.channels.twilio import SECTION
from tests.county import settings
from tests.gateway.demo.trial.visitor import Visitor
from tests.gateway.program import serving

ROOT = Path(__file__).parents[4]
A_SECOND = 1.0


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


async def test_of_too_many_who_has_gone_makes_room_and_nobody_who_looks(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.demo.trial.trial.MOST_VISITS", 2)
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{address}/try/visits", json={}) as answer:
            gone = (await answer.json())["id"]
        async with Visitor(address) as first, Visitor(address):
            async with http.get(f"{address}/try/visits/{gone}") as answer:
                assert answer.status == 404
            async with http.post(f"{address}/try/visits", json={}) as answer:
                assert answer.status == 503
            assert await first.act("text", words="帮助") == 204


async def test_no_more_streams_are_held_open_than_a_person_needs(visitor: Visitor) -> None:
    async with aiohttp.ClientSession() as http:
        address = f"{visitor.address}/try/visits/{visitor.id}/events"
        held = [await http.get(address) for _ in range(4)]
        assert [one.status for one in held] == [200, 200, 200, 429]
        for one in held:
            one.close()


async def test_who_comes_back_is_told_how_it_stands(visitor: Visitor) -> None:
    await visitor.act("order", how="lost", blocked=False)
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("ringing", after=seen)
    async with aiohttp.ClientSession() as http:
        address = f"{visitor.address}/try/visits/{visitor.id}/events"
        async with http.get(address, headers={"Last-Event-ID": "999999"}) as stream:
            told = json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))
    assert told["kind"] == "now"
    assert (told["case"]["status"], told["call"]["state"], told["order"]) == ("accepted", "ringing", "lost")


async def test_what_is_done_at_the_same_time_is_told_apart(visitor: Visitor) -> None:
    seen = len(visitor.events)
    await asyncio.gather(visitor.act("text", words="帮助"), visitor.act("write", words="帮助"), visitor.act("dial"))
    for path in ("/channels/twilio/sms", "/bots/telegram", "/channels/twilio/voice"):
        await visitor.once("hop", lambda hop, path=path: hop["about"] == path, after=seen)  # type: ignore[misc]
    stories = {event["story"]: event["what"] for event in visitor.events[seen:] if event["kind"] == "story"}
    webhooks = {hop["about"]: stories[hop["story"]] for hop in visitor.events[seen:] if hop.get("hop") == "webhook"}
    assert webhooks == {
        "/channels/twilio/sms": "try.story.text",
        "/bots/telegram": "try.story.chat",
        "/channels/twilio/voice": "try.story.call",
    }


async def test_a_file_is_for_whom_it_was_sent_to(visitor: Visitor, address: str) -> None:
    await visitor.act("write", words=f"/start {visitor.case['token']}")
    shown = await visitor.once("chat", lambda event: bool(event["buttons"]))
    [key] = [one for row in shown["buttons"] for one in row if "二维码" in one["label"]]
    await visitor.act("tap", message=shown["message"], data=key["data"])
    file = (await visitor.once("chat", lambda event: bool(event["file"])))["file"]
    assert await visitor.status_of(f"/try/visits/{visitor.id}/files/{file['key']}") == 200
    async with Visitor(address) as other:
        assert await other.status_of(f"/try/visits/{other.id}/files/{file['key']}") == 404


async def test_each_has_a_kiosk_of_their_own(visitor: Visitor, address: str) -> None:
    async with Visitor(address) as other:
        assert other.kiosk != visitor.kiosk
        assert "已收件" in await other.at_kiosk(other.case["token"])


@pytest.mark.parametrize(
    ("how", "states"),
    [
        ("slow", ["delivered"]),
        ("429", ["deferred", "queued", "delivered"]),
        ("500", ["unknown"]),
        ("cut after", ["delivered", "unknown"]),
    ],
)
async def test_a_provider_that_fails_on_order_is_dealt_with(visitor: Visitor, how: str, states: list[str]) -> None:
    await visitor.act("order", how=how, blocked=False)
    seen = len(visitor.events)
    await visitor.act("move", to="accepted")
    await visitor.once("hop", lambda hop: hop["hop"] == "provider", after=seen, within_s=15)
    if how != "500":
        await visitor.act("order", how="ok", blocked=False)
        delivered = lambda hop: hop["hop"] == "receipt" and hop["about"] == "delivered"  # noqa: E731
        await visitor.once("hop", delivered, after=seen, within_s=20)
    await asyncio.sleep(0.2)
    message = await Message.filter(notification__kind="accepted").order_by("-id").first()
    assert message is not None
    assert message.state in states


async def test_who_has_gone_leaves_no_telephone_number_behind(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.demo.trial.trial.MOST_VISITS", 1)
    async with Visitor(address) as gone:
        number, kiosk = gone.number.removeprefix("+86"), await Kiosk.all().count()
        assert await Case.filter(mobile=number).count() == 1
    await asyncio.sleep(1.5)  # it is looked each second whether anybody is there still
    async with Visitor(address):
        assert await Case.filter(mobile=number).count() == 0
        assert await Message.filter(address=gone.number).count() == 0
        assert await Kiosk.all().count() == kiosk


async def test_the_made_up_numbers_of_a_demonstration_are_never_told_by_a_real_channel(
    sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> None:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'real.db')}"
    house = House(settings(url, form_files, channels={"twilio_sms": SECTION}))
    await house.open()
    house.spare_strangers()
    case = await Case.filter(status="received").first()
    assert case is not None
    await house.cases.move(case.number, Status.ACCEPTED, Actor("x", Role.CLERK, case.department))
    assert await Message.filter(notification__case_id=case.id).count() == 0
    await house.close()


async def test_visits_are_not_begun_without_end(address: str) -> None:
    statuses = []
    async with aiohttp.ClientSession() as http:
        for _ in range(31):
            async with http.post(f"{address}/try/visits", json={}) as answer:
                statuses.append(answer.status)
    assert statuses == [200] * 30 + [429]
    assert MOST_VISITS > 30


async def test_kiosk_and_board_may_be_framed_by_our_own_page_and_nothing_else(visitor: Visitor) -> None:
    async with aiohttp.ClientSession() as http:
        for path, allowed in (("/kiosk/", "'self'"), ("/board/hall", "'self'"), ("/", "'none'"), ("/try", "'none'")):
            async with http.get(visitor.address + path) as answer:
                assert f"frame-ancestors {allowed}" in answer.headers["Content-Security-Policy"], path


async def test_a_stranger_can_not_make_the_stand_ins_webhooks_theirs(visitor: Visitor) -> None:
    async with aiohttp.ClientSession(headers={"X-Trial-Trace": f"{visitor.id}/1"}) as http:
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
    trial = Path(pages.__file__).parent
    shown = [trial / "templates" / "try.html", *trial.glob("*.py"), *trial.glob("static/*.js")]
    written = "\n".join(path.read_text("utf-8") for path in shown)
    stems = {"try.call.", "try.hop.", "try.about.", "try.orders.", "try.tour.", "try.reason."}
    unused = [key for key in known if f'"{key}"' not in written and f"'{key}'" not in written]
    assert [key for key in unused if not key.startswith(tuple(stems))] == []
    used = set(re.findall(r"[\"'](try\.[a-z_.]+[a-z])[\"']", written)) - {"try.css"}
    assert used <= known
    assert {f"staff.status.{status}" for status in Status} <= Catalogues()["zh"].keys
