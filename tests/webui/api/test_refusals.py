"""What other systems send that can't be: refused with its place, and never a fault of ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.webui.api.conftest import System
from tests.webui.api.test_systems import BY, MOVE, NEW


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task_code": "NONE"}, "no item"),
        ({"task_code": "\0"}, "task_code"),
        ({"invest_no": "2026\0"}, "invest_no"),
        ({"applicant": {"name": "欧阳\0测试"}}, "applicant.name"),
        ({"applicant": {"name": ""}}, "applicant.name"),
        ({"applicant": {"name": "x", "id_number": "1"}}, "no valid ID number"),
        ({"applicant": {"name": "x", "mobile": "<script>"}}, "applicant.mobile"),
        ({"by": {"name": "x", "role": "supervisor"}}, "by.role"),
        ({"by": None}, "by"),
        ({"status": "decided"}, "status"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_case_that_cant_be_is_refused_with_its_place(system: System, change: dict[str, Any], told: str) -> None:
    problem = await system.post("/cases", NEW | change, 400)
    assert told in problem["detail"]
    assert problem["status"] == 400


async def test_a_move_that_cant_be_kept_is_refused_with_its_place(system: System) -> None:
    opened = await system.post("/cases", NEW, 201)
    asked = {"to": "correction", "by": BY, "missing": ["身份证复印件", "照片\0"], "amend_until": "2027-12-31"}
    problem = await system.post(f"/cases/{opened['number']}/moves", asked, 400)
    assert "missing" in problem["detail"]


@pytest.mark.parametrize("odd", ["9" * 400, "%00", "2611%00", "x" * 65, "\U0001f600" * 70])
async def test_what_there_cant_be_is_not_found(system: System, odd: str) -> None:
    assert (await system.ask("GET", f"/cases/{odd}")).status == 404
    assert (await system.ask("POST", f"/cases/{odd}/moves", json=MOVE)).status == 404
    assert (await system.ask("PUT", f"/items/{odd}", json={"name": "事项", "department": "局"})).status == 400
    assert (await system.ask("GET", f"/items/{odd}")).status == 404
