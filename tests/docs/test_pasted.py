"""What the documents recommend is what the program takes."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels.asterisk import AsteriskSettings
from channels.kannel_wire import KannelSettings
from core.local_time import now
from core.switchboard import Switchboard
from core.systems.webhooks import signed
from tests.docs.pages import DOCS, LANGUAGES, ROOT, Page


def block_of(page: Page, beginning: str) -> str:
    """The piece of a page that begins so."""
    [found] = [block.text for block in page.blocks if block.text.startswith(beginning)]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_exchange_is_told_what_the_settings_are_told(language: str) -> None:
    page = Page(language, "channels/asterisk.md")
    settings = block_of(page, "[channels.asterisk]")
    section = AsteriskSettings.model_validate(tomllib.loads(settings)["channels"]["asterisk"])
    assert f"AGI(agi://{section.listen}/" in block_of(page, "[from-carrier]")
    manager = block_of(page, "[general]")
    assert f"[{section.ami_username}]" in manager
    assert f"secret = {section.ami_password}" in manager


@pytest.mark.parametrize("language", LANGUAGES)
def test_kannel_is_told_what_the_settings_are_told(language: str) -> None:
    settings = tomllib.loads(block_of(Page(language, "channels/kannel.md"), "[channels.kannel]"))["channels"]["kannel"]
    conf = (DOCS / "kannel.conf").read_text("utf-8")
    section = KannelSettings.model_validate(settings)
    assert f"{section.callback_url}/channels/kannel/sms?secret={section.secret}&" in conf
    for line in (f"username = {section.username}", f"password = {section.password}"):
        assert line in conf
    assert f"status-password = {section.status_password}" in conf
    assert f"sendsms-port = {urlsplit(section.send_url).port}" in conf
    assert f"admin-port = {urlsplit(section.status_url).port}" in conf


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_adding_a_channel_is_how_they_are_added(language: str) -> None:
    said = Page(language, "adding-a-channel.md").text
    [line] = re.findall(r'^("channels\.kannel".*)$', said, re.MULTILINE)
    assert line in (ROOT / "gateway" / "registry.py").read_text("utf-8")
    for path in re.findall(r"`((?:channels|gateway|tests|docs)/[\w/]+\.(?:py|conf|po))`", said):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`(?:switchboard\.)(\w+)", said):
        assert name in Switchboard.__dataclass_fields__, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_checking_a_webhook_is_how_it_is_signed(language: str) -> None:
    [code] = [block.text for block in Page(language, "api.md").blocks if block.kind == "python"]
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102  (our own documentation)
    headers = signed("secret", b"body", now())
    assert told["is_from_haoban"]("secret", headers, b"body")
    assert not told["is_from_haoban"]("secret", headers, b"another")
    assert not told["is_from_haoban"]("secret", signed("secret", b"body", now() - timedelta(minutes=10)), b"body")
