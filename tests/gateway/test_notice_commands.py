"""`haoban evidence` and `haoban worker`, as an administrator runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.codes import Status
from core.local_time import now
from core.models import AuditRecord, Case, Message, MessageEvent, Notification
from tests.county import County
from tests.gateway.program import run


@pytest.fixture
def kind() -> str:
    """What is printed does not hang on the kind of database."""
    return "sqlite"


async def sent(county: County) -> tuple[Message, str]:
    """A message with a receipt, and the number of its case."""
    case, at = await Case.get(number=county.number(Status.CORRECTION)), now()
    told = await Notification.create(
        source=f"case:{case.id}:2",
        recipient=f"case:{case.id}",
        kind="correction",
        purpose="statutory",
        case=case,
        language="zh",
        route=[["channels.twilio_sms", "+8613800001111"], ["desk", ""]],
        state="told",
        at=at,
        closed_at=at,
    )
    message = await Message.create(
        notification=told,
        place="channels.twilio_sms",
        kind="text",
        address="+8613800001111",
        language="zh",
        purpose="statutory",
        text="您的办件需要补正",
        template="correction/text/zh",
        template_version=3,
        state="delivered",
        provider_id="SM1",
        at=at,
        due_at=at,
        expires_at=at,
    )
    await MessageEvent.create(message=message, at=at, source="receipt", state="delivered", word="delivered")
    return message, case.number


async def test_evidence_tells_the_trail_without_the_number_and_is_noted(
    county: County, county_url: str, tmp_path: Path
) -> None:
    message, number = await sent(county)
    done = run(tmp_path, county_url, "evidence", str(message.id), "--by", "auditor")
    assert done.returncode == 0, done.stderr
    for part in (number, "+86138****1111", "correction/text/zh, version 3", "SM1", "receipt", "您的办件需要补正"):
        assert part in done.stdout
    assert "13800001111" not in done.stdout
    told = json.loads(run(tmp_path, county_url, "evidence", str(message.id), "--json").stdout)
    assert (told["state"], told["sendings"][0]["heard"][0]["word"]) == ("told", "delivered")
    assert await AuditRecord.filter(action="looked at evidence", subject=number).count() == 2


async def test_there_is_no_evidence_of_what_was_never_sent(county: County, county_url: str, tmp_path: Path) -> None:
    done = run(tmp_path, county_url, "evidence", "999")
    assert (done.returncode, "there is no message 999" in done.stderr) == (1, True)


async def test_a_worker_without_a_channel_says_why_it_does_not_run(
    county: County, county_url: str, tmp_path: Path
) -> None:
    done = run(tmp_path, county_url, "worker")
    assert (done.returncode, "notify.ladder" in done.stderr) == (1, True)
