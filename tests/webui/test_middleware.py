from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientError, web
from structlog.testing import capture_logs

from core.errors import BadNumber, BadRequest, Conflict, NotFound, NotRecognised, SendError, Unavailable, Wait
from tests.webui.conftest import Client, Open
from tests.webui.reading import Page
from tests.webui.serving import OpenGate

SECRET = "欧阳锋 13812345678 261123000018"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def raising(error: BaseException) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        raise error

    return handle


def routes(error: Exception) -> tuple[web.RouteDef, ...]:
    return web.get("/fails/{token}", raising(error)), web.get("/api/v1/fails", raising(error))


KINDS = [
    (BadNumber("x"), 400, "bad_number"),
    (BadRequest("x"), 400, "bad_request"),
    (NotRecognised("x"), 404, "not_recognised"),
    (NotFound("x"), 404, "not_found"),
    (Conflict("x"), 409, "conflict"),
    (Wait(90), 429, "wait"),
    (Wait(90, locked=True), 429, "locked"),
    (Unavailable("x"), 503, "unavailable"),
    (SendError("config"), 500, "unforeseen"),
    (RuntimeError(SECRET), 500, "unforeseen"),
    (web.HTTPForbidden(), 403, "bad_request"),
    (web.HTTPUnsupportedMediaType(), 415, "bad_request"),
    (web.HTTPBadGateway(), 502, "unavailable"),
    (web.HTTPTooManyRequests(headers={"Retry-After": "7"}), 429, "bad_request"),
]


@pytest.mark.parametrize(("error", "status", "code"), KINDS, ids=lambda kind: type(kind).__name__)
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_errors_as_pages_and_as_problem_details(
    opened: Open, error: Exception, status: int, code: str, lang: str
) -> None:
    client = await opened(*routes(error))
    page = await client.get("/fails/x", headers={"Accept-Language": lang})
    assert page.status == status
    assert page.headers["Cache-Control"] == "no-store"
    assert Page(await page.text()).heading
    problem = await client.get("/api/v1/fails", headers={"Accept-Language": lang})
    assert (problem.status, problem.content_type) == (status, "application/problem+json")
    told = await problem.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["detail"] and told["title"]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(Wait(90), "90"), (Unavailable("x"), "5"), (web.HTTPTooManyRequests(headers={"Retry-After": "7"}), "7")],
)
async def test_when_to_come_back(opened: Open, error: Exception, seconds: str) -> None:
    client = await opened(*routes(error))
    for address in ("/fails/x", "/api/v1/fails"):
        assert (await client.get(address)).headers["Retry-After"] == seconds


async def test_unforeseen_errors_are_logged_without_what_they_quote(opened: Open) -> None:
    client = await opened(*routes(ValueError(SECRET)))
    with capture_logs() as logs:
        answer = await client.get("/fails/very-secret-token")
        page = Page(await answer.text())
    assert answer.status == 500
    entry = next(log for log in logs if log["event"] == "request_failed")
    assert entry["reference"] in page.words
    assert (entry["error"], entry["route"], entry["method"]) == ("ValueError", "/fails/{token}", "GET")
    assert "test_middleware.py" in entry["where"][-1]
    assert "very-secret-token" not in str(logs)
    assert all(part not in str(logs) and part not in page.source for part in SECRET.split())


async def test_who_hangs_up_while_sending_is_no_fault_of_ours(opened: Open) -> None:
    async def read(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        raise ConnectionResetError  # what reading the rest of a body then raises

    client = await opened(web.post("/reads", read))
    with capture_logs() as logs:
        with pytest.raises(ClientError):
            await client.post("/reads")
        await asyncio.sleep(0.1)
    assert not [entry for entry in logs if entry["event"] == "request_failed"]


async def test_unknown_address(client: Client) -> None:
    answer = await client.get("/no/such/page")
    assert answer.status == 404
    assert Page(await answer.text()).heading == "没有找到"
    assert (await (await client.get("/api/v1/none")).json())["code"] == "not_found"


async def test_wrong_method(client: Client) -> None:
    answer = await client.delete("/cases")
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) >= {"GET", "POST"}
    page = Page(await answer.text())
    assert page.heading == "不能这样访问"
    assert page.one("//nav[@class='languages']/a").get("href") == "/cases?lang=en"


@pytest.mark.parametrize("address", ["/items?q=%FF%FE", "/items?q=%00", "/forms?q=%C0%AF", "/items?" + "a=1&" * 50])
async def test_malformed_addresses(client: Client, address: str) -> None:
    from yarl import URL

    answer = await client.get(URL(address, encoded=True))
    assert answer.status == 400


async def test_redirects_stay_redirects(opened: Open) -> None:
    client = await opened(*routes(web.HTTPFound("/cases")))
    answer = await client.get("/fails/x", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/cases")
    assert "Content-Security-Policy" in answer.headers


ADDRESSES = ["/", "/items", "/cases", "/notices", "/forms/b7k2", "/none", "/api/v1/none", "/static/look/base.css"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_security_headers_on_every_answer(client: Client, address: str) -> None:
    headers = (await client.get(address)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")


async def test_no_hsts_without_https(opened: Open) -> None:
    client = await opened(public_url="http://10.1.2.3:8080")
    assert "Strict-Transport-Security" not in (await client.get("/")).headers


async def test_a_handlers_own_policy_stands(opened: Open) -> None:
    async def own(_: web.Request) -> web.Response:
        return web.Response(headers={"Content-Security-Policy": "default-src 'self'"})

    client = await opened(web.get("/own", own))
    assert (await client.get("/own")).headers.getall("Content-Security-Policy") == ["default-src 'self'"]


async def test_a_stream_that_fails_is_cut_and_not_answered_twice(opened: Open) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        raise ValueError("half way")

    client = await opened(web.get("/stream", stream))
    answer = await client.get("/stream")
    assert "Content-Security-Policy" in answer.headers
    with pytest.raises(Exception, match=r"payload|Not enough data|closed"):
        await answer.read()


class Watching(OpenGate):
    """A gate that keeps what it is told, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.refuses: Exception | None = None
        self.began = 0
        self.told: list[tuple[float, int | None]] = []
        self.was_told = asyncio.Event()

    def begun(self) -> float:
        self.began += 1
        return self.began

    async def admit(self, request: web.Request) -> None:
        if self.refuses:
            raise self.refuses

    def ended(self, request: web.Request, response: web.StreamResponse | None, began: float) -> None:
        self.told.append((began, response.status if response else None))
        self.was_told.set()


@pytest.fixture
def gate() -> Watching:
    return Watching()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    await web.StreamResponse(headers={"Content-Length": "100"}).prepare(request)
    raise ValueError("half way")


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    raise ConnectionResetError


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (raising(NotFound("x")), 404),
        (raising(RuntimeError("x")), 500),
        (raising(web.HTTPFound("/")), 302),
        (breaks_off, None),
        (hangs_up, None),
        (raising(asyncio.CancelledError()), None),
    ],
)
async def test_whatever_comes_of_a_request_the_gate_is_told_of_it_once(
    opened: Open, gate: Watching, handler: Handler, status: int | None
) -> None:
    client = await opened(web.get("/asked", handler), gate=gate)
    try:
        answer = await client.get("/asked", allow_redirects=False)
        await answer.read()
    except ClientError:
        assert status is None
    else:
        assert answer.status == status
    async with asyncio.timeout(5):
        await gate.was_told.wait()
    first = gate.told[0]
    assert (await client.get("/items")).status == 200
    assert gate.told == [first, (gate.began, 200)]
    assert first == (1, status)


async def test_who_is_refused_at_the_gate_is_told_why_and_gets_no_further(opened: Open, gate: Watching) -> None:
    gate.refuses = Wait(7)
    client = await opened(web.get("/asked", raising(RuntimeError("it was asked"))), gate=gate)
    for address in ("/asked", "/none", "/api/v1/none"):
        answer = await client.get(address)
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert gate.told == [(1, 429), (2, 429), (3, 429)]
