"""What whoever runs the program sees of its health: which part is not ready, what was counted, what check tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.asker import Asker
from core.codes import Status
from gateway.app import build
from gateway.house import House
from gateway.settings import LimitsSection
from gateway.under_way import UNDER_WAY
from tests import servers
from tests.core.outage import away
from tests.county import County, settings
from tests.gateway.program import free_port, run

SECONDS = "haoban_request_seconds"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(county: County) -> AsyncIterator[Client]:
    made = TestClient(TestServer(build(county.house, [])))
    await made.start_server()
    yield made
    await made.close()


async def ready(client: Client) -> tuple[int, list[str]]:
    answer = await client.get("/readyz")
    return answer.status, (await answer.json())["not_ready"]


async def test_alive_is_said_without_asking_anybody(client: Client, county: County) -> None:
    async with away(county.house.database):
        assert (await client.get("/healthz")).status == 200


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_database_that_is_away_is_named_until_it_is_back(client: Client, county: County) -> None:
    assert await ready(client) == (200, [])
    async with away(county.house.database):
        assert await ready(client) == (503, ["database"])
        answer = await client.get("/items", params={"q": "身份证"})
        assert answer.status in (200, 503)  # the list of items is kept in the process
        status = {"number": county.number(Status.ACCEPTED), "pin": county.pin(Status.ACCEPTED)}
        assert (await client.post("/api/v1/status", json=status)).status == 503
    assert await ready(client) == (200, [])
    assert (await client.post("/api/v1/status", json=status)).status == 200


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_redis_that_is_away_is_named_and_citizens_are_answered_all_the_same(
    county_url: str, form_files: Path
) -> None:
    with servers.redis() as redis_url:
        house = House(settings(county_url, form_files, redis_url))
        await house.open()
        client = TestClient(TestServer(build(house, [])))
        await client.start_server()
        assert await ready(client) == (200, [])
    assert await ready(client) == (503, ["redis"])
    assert (await client.get("/")).status == 200
    await client.close()
    await house.close()


async def counted(client: Client) -> str:
    return await (await client.get("/metrics")).text()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_requests_are_counted_by_route_and_never_by_what_a_citizen_sent(client: Client, county: County) -> None:
    number, pin = county.number(Status.ACCEPTED), county.pin(Status.ACCEPTED)
    token = (await county.house.query.case_status(number, pin, Asker("test", "test"))).token
    await client.post("/cases", data={"number": number, "pin": pin})
    await client.get(f"/q/{token}")
    for n in range(50):
        await client.get(f"/nothing/{n}")
        await client.request(f"BREW{n}", "/")
    told = await counted(client)
    assert 'haoban_requests_total{method="POST",route="/cases",status="200"} 1.0' in told
    assert 'route="/q/{token}"' in told
    for never in (number, pin, token, "BREW", "/nothing"):
        assert never not in told
    assert told.count("haoban_requests_total{") < 12


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_whatever_comes_of_a_request_it_is_counted_and_no_longer_under_way(
    county_url: str, form_files: Path
) -> None:
    house = House(settings(county_url, form_files, limits=LimitsSection(requests="3/minute")))
    await house.open()
    app = build(house, [])

    async def fails(_: web.Request) -> web.Response:
        raise ValueError

    async def leads_on(_: web.Request) -> web.Response:
        raise web.HTTPFound("/")

    app.add_routes([web.get("/healthz/fails", fails), web.get("/healthz/leads", leads_on)])
    client = TestClient(TestServer(app))
    await client.start_server()
    for address in ("/", "/", "/nothing", "/", "/healthz/fails", "/healthz/leads"):
        await client.get(address, allow_redirects=False)
    told = await counted(client)
    for line in (
        'method="GET",route="/",status="200"} 2.0',
        'method="GET",route="/",status="429"} 1.0',
        'method="",route="none",status="404"} 1.0',
        'method="GET",route="/healthz/fails",status="500"} 1.0',
        'method="GET",route="/healthz/leads",status="302"} 1.0',
    ):
        assert f"haoban_requests_total{{{line}" in told
    async with asyncio.timeout(5):
        await app[UNDER_WAY].finish(60)
    for address in ("/healthz", "/healthz/fails", "/healthz/leads", "/nothing"):
        ended = await client.get(address, allow_redirects=False)
        assert ended.headers["Connection"] == "close", address
    await client.close()
    await house.close()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_the_time_to_the_answer_is_told_by_route_in_buckets_that_hold_the_smaller_ones(client: Client) -> None:
    for _ in range(3):
        assert (await client.get("/items")).status == 200
    told = await counted(client)
    assert "# TYPE haoban_request_seconds histogram" in told
    lines = [line.removeprefix(SECONDS) for line in told.splitlines() if 'route="/items"' in line and SECONDS in line]
    *buckets, count, took = [float(line.split()[-1]) for line in lines]
    assert [line.split('"')[1] for line in lines[:-2]] == ["0.005", "0.02", "0.05", "0.1", "0.3", "1.0", "3.0", "+Inf"]
    assert [line.split("{")[0] for line in lines[-2:]] == ["_count", "_sum"]
    assert buckets == sorted(buckets)
    assert buckets[-1] == count == 3
    assert 0 < took / count < 3 == buckets[-2]


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_count_is_for_this_machine_and_not_through_a_proxy(client: Client) -> None:
    assert (await client.get("/metrics")).status == 200
    assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})).status == 404


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_check_tells_what_is_configured_and_that_it_is_well(county_url: str, tmp_path: Path) -> None:
    told = run(tmp_path, county_url, "check")
    assert told.returncode == 0
    for line in (
        "database               answers",
        "channels.twilio_sms    off",
        "redis                  none",
        "staff                  6 accounts",
    ):
        assert line in told.stdout
    assert "!!" not in told.stdout


@pytest.mark.parametrize("kind", ["sqlite"])
def test_check_tells_what_is_missing_and_fails(county_url: str, tmp_path: Path) -> None:
    told = run(tmp_path, county_url, "check", REDIS__URL=f"redis://127.0.0.1:{free_port()}/0")
    assert told.returncode == 1
    assert any(line.startswith("!!") and " redis " in line for line in told.stdout.splitlines())
    empty = run(tmp_path, f"sqlite://{tmp_path / 'empty.db'}", "check")
    assert empty.returncode == 1
    assert "haoban migrate" in empty.stdout
