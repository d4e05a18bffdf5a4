"""What every channel is told of a case, on a real SQLite and a real PostgreSQL."""

from __future__ import annotations

import pytest

from core.asker import Asker
from core.codes import Status
from core.errors import NotRecognised

CITIZEN = Asker("sms", "+8613800005678")


async def test_number_and_pin_tell_where_a_case_stands(county):
    status = Status.REVIEWING
    told = await county.house.query.case_status(county.number(status), county.pin(status), CITIZEN)
    assert told.status == status
    assert told.due_at is not None


async def test_a_draft_is_nobodys_but_its_writers(county):
    with pytest.raises(NotRecognised):
        await county.house.query.case_status(county.number(Status.DRAFT), county.pin(Status.DRAFT), CITIZEN)
