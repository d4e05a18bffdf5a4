"""The description says what the API does: a client made of it works, and thousands of odd requests find no breach."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, settings

from core.codes import Status
from core.systems.api_keys import Scope
from gateway.app import build
from tests.county import County
from tests.webui.api.conftest import System

EXAMPLES = 60


async def test_the_description_names_each_address_there_is(client: TestClient[web.Request, web.Application]) -> None:
    told = await (await client.get("/api/openapi.json")).json()
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    served = {
        (route.method, route.resource.canonical)
        for route in client.app.router.routes()  # type: ignore[union-attr]
        if route.resource and route.resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    assert described == served
    assert told["openapi"].startswith("3.")


@pytest.fixture
async def served(county: County) -> AsyncIterator[TestServer]:
    server = TestServer(build(county.house, ()))
    await server.start_server()
    yield server
    await server.close()


@pytest.mark.slow
async def test_a_client_made_of_the_description_works_unchanged(
    county: County, served: TestServer, system: System, tmp_path: Path
) -> None:
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(await (await system.client.get("/api/openapi.json")).json()))
    tool = Path(sys.executable).with_name("openapi-python-client")
    made = await asyncio.to_thread(
        subprocess.run,
        [tool, "generate", "--path", described, "--output-path", tmp_path / "made", "--meta", "none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout.upper(), made.stdout
    sys.path.insert(0, str(tmp_path))
    try:
        await _try(county, f"http://{served.host}:{served.port}", system.key)
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name == "made" or name.startswith("made.")]:
            del sys.modules[name]


async def _try(county: County, url: str, key: str) -> None:
    """Open a case and ask for it by the generated code."""
    made = importlib.import_module("made")
    models = importlib.import_module("made.models")
    open_case = importlib.import_module("made.api.systems.open_case")
    get_case = importlib.import_module("made.api.systems.get_case")
    ask_status = importlib.import_module("made.api.public.ask_status")
    person = models.Applicant(name="欧阳测试")
    clerk = models.By(name="王小丽", role=models.ByRole("clerk"))
    new = models.NewCase(task_code="DEMOGA001", applicant=person, by=clerk)
    async with made.AuthenticatedClient(base_url=url, token=key) as client:
        opened = await open_case.asyncio(client=client, body=new, idempotency_key="generated-1")
        assert isinstance(opened, models.CaseOpened)
        found = await get_case.asyncio(number=opened.number, client=client)
        assert (found.number, found.status.value, found.seq) == (opened.number, Status.RECEIVED.value, 1)
    async with made.Client(base_url=url) as client:
        asked = models.StatusQuestion(number=opened.number, pin=opened.pin)
        told = await ask_status.asyncio(client=client, body=asked)
        assert (told.stage.value, told.applicant) == ("received", "欧阳*")


@pytest.fixture
def odd_requests(served: TestServer, system: System) -> Iterator[dict[str, Any]]:
    yield {"url": f"http://{served.host}:{served.port}", "key": system.key}


@pytest.mark.slow
async def test_odd_requests_find_no_fault_of_ours_and_no_breach_of_the_description(
    county: County, odd_requests: dict[str, Any]
) -> None:
    """Thousands of requests made of the description, sound and unsound, for each operation."""
    await county.house.api_keys.add("odd", list(Scope), "", "tests")
    assert await asyncio.to_thread(_wander, odd_requests["url"], odd_requests["key"]) > 10


def _wander(url: str, key: str) -> int:
    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    checks = schemathesis.checks
    wanted = [
        checks.not_a_server_error,
        schemathesis.specs.openapi.checks.status_code_conformance,
        schemathesis.specs.openapi.checks.content_type_conformance,
        schemathesis.specs.openapi.checks.response_schema_conformance,
    ]
    operations = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1

        @_given(operation)
        def sends(case: Any) -> None:
            response = case.call(base_url=url, headers={"Authorization": f"Bearer {key}"})
            case.validate_response(response, checks=wanted)

        sends()
    return operations


def _given(operation: Any) -> Any:
    from hypothesis import given

    def made(function: Any) -> Any:
        quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
        usual = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=quiet, database=None)
        return usual(given(case=operation.as_strategy())(function))

    return made
