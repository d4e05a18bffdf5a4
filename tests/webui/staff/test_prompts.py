"""The desk listens to what the voice line says, before a caller does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.channels.test_speech import properties
from tests.gateway.program import free_port
from tests.webui.staff.conftest import PLENTY, Enter


@pytest.fixture
def given(tmp_path: Path) -> dict[str, object]:
    line = {"enabled": True, "listen": f"127.0.0.1:{free_port()}", "speech": {"folder": str(tmp_path / "speech")}}
    return {"limits": PLENTY, "channels": {"asterisk": line}}


async def test_every_prompt_is_listed_in_its_language_and_can_be_heard(enter: Enter) -> None:
    admin = await enter("admin")
    assert "/staff/operations/prompts" in await admin.text("/staff/operations")
    answer = await admin.get("/staff/operations/prompts")
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
    page = await answer.text()
    assert "查办件进度，请按一。" in page
    assert 'lang="en">Another case: press one.' in page
    sounds = re.findall(r'src="([^"]+\.wav)"', page)
    assert len(sounds) > 200
    heard = await admin.get(sounds[0])
    assert heard.content_type == "audio/wav"
    assert properties(await heard.read()) == (8000, 1, 2)


async def test_what_is_no_prompt_is_not_found(enter: Enter) -> None:
    admin = await enter("admin")
    assert (await admin.get("/staff/operations/prompts/nothing.wav")).status == 404


async def test_who_has_no_business_with_operations_does_not_hear_them(enter: Enter) -> None:
    clerk = await enter("clerk")
    assert (await clerk.get("/staff/operations/prompts")).status == 404


class TestWithoutAnExchange:
    @pytest.fixture
    def given(self) -> dict[str, object]:
        return {"limits": PLENTY}

    async def test_the_page_says_that_there_is_nothing_to_listen_to(self, enter: Enter) -> None:
        admin = await enter("admin")
        assert "/staff/operations/prompts" not in await admin.text("/staff/operations")
        assert "没有接自己的电话交换机" in await admin.text("/staff/operations/prompts")
        assert (await admin.get("/staff/operations/prompts/nothing.wav")).status == 404
