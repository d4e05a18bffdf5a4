"""What we ask of Twilio, held against its own description of its interface by a mock server made from it."""

from __future__ import annotations

import asyncio
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from channels.twilio_rest import TwilioRest
from channels.twilio_sms import TwilioSms, TwilioSmsSettings
from channels.twilio_voice import TwilioVoice, TwilioVoiceSettings
from core.errors import SendError
from core.ports import Outbound
from tests.browser.validity import NODE, node
from tests.channels.twilio import PUBLIC_URL, SECTION
from tests.gateway.program import free_port

OPENAPI = Path(__file__).parents[3] / "shared" / "data" / "twilio-openapi.json"
PRISM = NODE / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
STARTS_WITHIN_S = 60
MESSAGE = Outbound("+8613800001234", "【示例政务】您的“食品经营许可”已受理。", "zh", 42)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not OPENAPI.exists(), reason=f"Twilio's own description of its interface is not at {OPENAPI}"),
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the mock server, which refuses with 422 whatever the description doesn't allow."""
    port = free_port()
    said = tmp_path_factory.mktemp("prism") / "said.txt"
    with said.open("wb") as file:
        command = [*node(), str(PRISM), "mock", "--dynamic", "--errors", "--port", str(port), str(OPENAPI)]
        server = subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603  (a server that the tests install)
        try:
            asyncio.run(_up(port, server, said))
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)


async def _up(port: int, server: subprocess.Popen[bytes], said: Path) -> None:
    async with asyncio.timeout(STARTS_WITHIN_S):
        while server.poll() is None:
            try:
                await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/", timeout=5)
            except urllib.error.HTTPError:
                return
            except OSError:
                await asyncio.sleep(0.2)
    raise AssertionError(said.read_text("utf-8", "replace"))


def section(described: str) -> dict[str, Any]:
    return SECTION | {"api_base": described}


async def test_a_message_and_the_asking_for_its_record_are_as_described(described: str) -> None:
    channel = TwilioSms(TwilioSmsSettings(**section(described)), SimpleNamespace(public_url=PUBLIC_URL))  # type: ignore[arg-type]
    await channel.start()
    sent = await channel.send(MESSAGE)
    assert sent.provider_id.startswith(("SM", "MM"))
    assert await channel.records(MESSAGE, datetime.now(UTC)) == []
    await channel.stop()


async def test_a_call_is_as_described(described: str) -> None:
    board = SimpleNamespace(public_url=PUBLIC_URL, operator="")
    channel = TwilioVoice(TwilioVoiceSettings(**section(described)), board)  # type: ignore[arg-type]
    await channel.start()
    assert (await channel.send(MESSAGE)).provider_id.startswith("CA")
    await channel.stop()


async def test_the_mock_server_would_have_told(described: str) -> None:
    rest = TwilioRest(TwilioSmsSettings(**section(described)))
    await rest.start()
    with pytest.raises(SendError):
        await rest.create("Calls", {"To": "+8613800001234", "MachineDetectionTimeout": "soon"})
    await rest.stop()
