"""Whatever a stranger sends is refused clearly or answered: never a traceback, never a hang, never a 5xx."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from gateway.app import build
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import LimitsSection, Server
from tests.contract.doors import kannel
from tests.contract.doors.telegram import SECRET_WORD
from tests.contract.drivers import PUBLIC_URL, opened
from tests.county import SECRET, settings

ANSWERS_WITHIN_S = 10
PLENTY = LimitsSection(requests="1000000/minute", lookups="1000000/minute", messages="1000000/minute")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture
def kind() -> str:
    """What is refused at the door never reaches a database."""
    return "sqlite"


@pytest.fixture
async def door(county_url: str, form_files: Path) -> AsyncIterator[TestServer]:
    """The whole program with every channel switched on."""
    server = Server(port=0, secret_key=SECRET, public_url=PUBLIC_URL)
    async with opened() as (sections, _):
        house = House(settings(county_url, form_files, server=server, limits=PLENTY, **sections))
        await house.open()
        served = TestServer(build(house, switched_on(house.settings)))
        await served.start_server()
        yield served
        await served.close()
        await house.close()


async def answer(door: TestServer, sent: bytes, *, last: bool = False) -> tuple[int, bytes]:
    """Status and all that came back; 0 when the connection was closed without a word. `last`: no more will come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    try:
        writer.write(sent)
        await writer.drain()
        if last:
            writer.write_eof()
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            received = await reader.read()
    except ConnectionError:
        return 0, b""
    finally:
        writer.close()
    return (int(received[9:12]), received) if received else (0, b"")


def get(target: str | bytes, *headers: str) -> bytes:
    target = target.encode() if isinstance(target, str) else target
    return b"GET " + target + b" HTTP/1.1\r\n" + _head(headers) + b"\r\n"


def post(target: str, body: bytes, media: str, *headers: str) -> bytes:
    own = (f"Content-Type: {media}", f"Content-Length: {len(body)}", *headers)
    return f"POST {target} HTTP/1.1\r\n".encode() + _head(own) + b"\r\n" + body


def _head(headers: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\r\n" for line in ("Host: haoban.example", "Connection: close", *headers)).encode("latin-1")


def status(body: bytes, media: str = JSON) -> bytes:
    return post("/api/v1/status", body, media)


def cases(body: bytes, media: str = FORM) -> bytes:
    return post("/cases", body, media)


DEEP = b"[" * 50_000 + b"]" * 50_000
SECRET_HEADER = f"X-Telegram-Bot-Api-Secret-Token: {SECRET_WORD}"
SECRET_OF_GATEWAY = f"secret={kannel.SECRET_WORD}"
KANNEL = f"/channels/kannel/sms?{SECRET_OF_GATEWAY}"
MALFORMED = {
    "no http at all": (b"hello\r\n\r\n", {400}),
    "the first version there was": (b"GET /\r\n\r\n", {200, 400}),
    "a line without its end": (b"GET / HTTP/1.1\r\nHost: x\r\nbroken header\r\n\r\n", {400}),
    "a NUL in a header": (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n", {400}),
    "a length that is no number": (b"POST /cases HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n", {400}),
    "a negative length": (b"POST /cases HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", {400}),
    "two lengths": (b"POST /cases HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", {400}),
    "length and chunks": (
        b"POST /cases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
    "a chunk of no size": (
        b"POST /cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
        + FORM.encode()
        + b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        {400},
    ),
    "a header of 64 KiB": (get("/", "X-A: " + "a" * 65_536), {400, 431}),
    "an address of 64 KiB": (get("/items?q=" + "a" * 65_536), {400, 414}),
    "a method nobody knows": (b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400, 405}),
    "a method for others": (b"PURGE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {405}),
    "no such page": (get("/wp-login.php"), {404}),
    "an address of bad UTF-8": (get(b"/items/%ff%fe"), {400, 404}),
    "a question of bad UTF-8": (get(b"/items?q=%ff%fe"), {400}),
    "a NUL in the address": (get(b"/items/%00"), {400, 404}),
    "a NUL in the question": (get(b"/items?q=%00"), {400}),
    "half of a pair": (get(b"/items/%ed%a0%80"), {400, 404}),
    "a page number nobody has": (get("/items?department=x&page=-1"), {400}),
    "too much asked of the API": (get("/api/v1/items?q=" + "a" * 201), {400}),
    "nothing asked of the API": (get("/api/v1/items"), {400}),
    "no number for a limit": (get("/api/v1/items?q=a&limit=x"), {400}),
    "a limit too large": (get("/api/v1/items?q=a&limit=1000"), {400}),
    "an item of bad UTF-8 from the API": (get(b"/api/v1/items/%ff"), {400, 404}),
    "out of the look": (get("/static/../settings.toml"), {400, 404}),
    "out of the look, in disguise": (get("/static/%2e%2e/%2e%2e/settings.toml"), {400, 404}),
    "out of the forms": (get("/forms/..%2f..%2fetc%2fpasswd"), {400, 404}),
    "a forged code": (get("/q/" + "A" * 31), {404}),
    "a code of any letters": (get("/q/%E4%BD%A0%E5%A5%BD"), {404}),
    "a very long code": (get("/q/" + "A" * 5000), {404}),
    "the picture of a forged code": (get("/q/AAAA/qr.svg"), {404}),
    "a board that is not there": (get("/board/none"), {404}),
    "no JSON": (status(b"{"), {400}),
    "JSON in bad UTF-8": (status(b'{"number": "\xff"}'), {400}),
    "JSON that is a list": (status(b"[]"), {400}),
    "JSON as deep as a well": (status(DEEP), {400, 413}),
    "numbers instead of texts": (status(b'{"number": 261123000018, "pin": 482913}'), {400}),
    "nothing instead of texts": (status(b'{"number": null, "pin": null}'), {400}),
    "a number as long as a novel": (status(b'{"number": "' + b"1" * 10_000 + b'", "pin": "1"}'), {400}),
    "a NUL in a number": (status(b'{"number": "26\\u00001123000018", "pin": "482913"}'), {400, 404}),
    "half of a pair in JSON": (status(b'{"number": "\\ud800", "pin": "1"}'), {400, 404}),
    "a body too large": (status(b'{"number": "' + b"1" * 2_000_000 + b'"}'), {413}),
    "a form that is JSON": (cases(b"{}", JSON), {400, 415}),
    "a form of many parts": (cases(b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"), {400, 415}),
    "a form in bad UTF-8": (cases(b"number=%ff&pin=%fe"), {400}),
    "a form of raw bytes": (cases(b"\xff\xfe\x00"), {400}),
    "a form with a NUL": (cases(b"number=%00&pin=1"), {400}),
    "a form of a thousand fields": (cases(b"&".join(b"a%d=1" % n for n in range(1000))), {400}),
    "an empty form": (cases(b""), {400}),
    "a form too large": (cases(b"number=" + b"1" * 2_000_000), {413}),
    "a rating of nothing": (post("/cases/rating", b"", FORM), {400}),
    "a rating by a forged code": (post("/cases/rating", b"token=x&score=1", FORM), {404}),
    "a text message nobody signed": (post("/channels/twilio/sms", b"From=%2B86&Body=hi", FORM), {403}),
    "a text message in bad UTF-8": (post("/channels/twilio/sms", b"From=%ff&Body=%fe", FORM), {400, 403}),
    "a text message that is JSON": (post("/channels/twilio/sms", b"{}", JSON), {415}),
    "a call nobody signed": (post("/channels/twilio/voice?turn=x", b"CallSid=CA1", FORM), {403}),
    "a call of many parts": (
        post("/channels/twilio/voice", b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        {400, 403, 415},
    ),
    "an update nobody signed": (post("/bots/telegram", b"{}", JSON), {401, 403}),
    "an update that is no JSON": (post("/bots/telegram", b"{", JSON, SECRET_HEADER), {400}),
    "an update that is none": (post("/bots/telegram", b'{"update_id": "x"}', JSON, SECRET_HEADER), {400}),
    "an update in bad UTF-8": (post("/bots/telegram", b'{"a": "\xff"}', JSON, SECRET_HEADER), {400}),
    "an update as deep as a well": (post("/bots/telegram", DEEP, JSON, SECRET_HEADER), {400, 413}),
    "a gateway that is none": (get("/channels/kannel/sms?id=1&from=1&text=x"), {403}),
    "a gateway's message in bad UTF-8": (
        get(f"{KANNEL}&from=86138&id=%ff%fe&coding=0&charset=%00&text=%ff"),
        {200, 400},
    ),
    "half a character of a gateway": (get(f"{KANNEL}&from=86138&id=odd&coding=2&text=%d8"), {200}),
    "a gateway's message to nobody": (get(f"{KANNEL}&id=1&coding=2"), {400}),
    "a receipt for a number that none is": (
        get(f"/channels/kannel/status?{SECRET_OF_GATEWAY}&report=1&message=%ff"),
        {400, 403},
    ),
    "a WeChat that is none": (post("/bots/wechat?timestamp=1&nonce=%ff", b"<xml/>", "text/xml"), {403}),
    "a WeChat of other bytes": (post("/bots/wechat?msg_signature=x", "<xml/>".encode("utf-16"), "text/xml"), {400}),
    "a WeChat message that declares": (
        post("/bots/wechat", b"<!DOCTYPE a [<!ENTITY b 'c'>]><xml/>", "text/xml"),
        {400},
    ),
    "an echo nobody signed": (get("/bots/wechat?echostr=%3Cscript%3E&timestamp=1&nonce=1&signature=%ff"), {403}),
    "a forged code for WeChat": (get("/bots/wechat/qr/" + "A" * 31 + ".png"), {404}),
    "mail stopped by a forgery": (post("/mail/stop/1-" + "0" * 32, b"List-Unsubscribe=One-Click", FORM), {404}),
    "mail stopped by anything": (get("/mail/stop/%ff%fe-%00"), {400, 404}),
    "a charset nobody knows": (cases(b"number=1&pin=1", FORM + "; charset=klingon"), {400, 415}),
    "a language nobody speaks": (get("/", "Accept-Language: " + "x-;q=9," * 500), {200}),
    "cookies of any kind": (get("/", 'Cookie: lang="; DROP TABLE', "Cookie: lang=\xff"), {200, 400}),
    "a proxy that lies": (get("/", "X-Forwarded-For: " + "1.2.3.4," * 500), {200}),
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_what_makes_no_sense_is_refused_clearly(door: TestServer, what: str) -> None:
    sent, expected = MALFORMED[what]
    got, received = await answer(door, sent)
    assert got in expected, received[:500]
    assert b"Traceback" not in received


async def test_what_the_api_refuses_is_refused_in_json(door: TestServer) -> None:
    for what in ("no JSON", "JSON that is a list", "nothing asked of the API", "a body too large"):
        _, received = await answer(door, MALFORMED[what][0])
        head, _, body = received.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head, what
        assert body.startswith(b"{"), what


async def test_a_body_that_is_too_large_in_pieces_is_refused_too(door: TestServer) -> None:
    head = b"POST /cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: "
    piece = b"10000\r\n" + b"1" * 65_536 + b"\r\n"
    got, _ = await answer(door, head + FORM.encode() + b"\r\n\r\n" + piece * 40 + b"0\r\n\r\n")
    assert got in (0, 413)


TARGETS = (
    *("/cases", "/cases/receipt", "/cases/rating", "/api/v1/status", "/bots/telegram", "/channels/twilio/sms"),
    *("/bots/wechat", "/mail/stop/x"),
)


@pytest.mark.slow
async def test_no_bytes_whatever_bring_it_down(door: TestServer) -> None:
    loop = asyncio.get_running_loop()

    @effort(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.one_of(
            st.binary(max_size=300).map(lambda sent: sent + b"\r\n\r\n"),
            st.builds(
                get, st.text(st.characters(codec="utf-8", exclude_characters="\r\n "), max_size=80).map("/".__add__)
            ),
            st.builds(
                post,
                st.sampled_from(TARGETS),
                st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"number={text}&pin={text}".encode()),
                st.sampled_from((FORM, JSON, "text/plain")),
                st.just(SECRET_HEADER),
            ),
        )
    )
    def send(sent: bytes) -> None:
        got, received = asyncio.run_coroutine_threadsafe(answer(door, sent, last=True), loop).result(30)
        assert got < 500, (sent, received[:300])
        assert b"Traceback" not in received

    await asyncio.to_thread(send)
