"""What the documents recommend is what the program takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from channels.asterisk import AsteriskSettings
from core.switchboard import Switchboard

DOCS = Path(__file__).parent.parent / "docs"


def blocks(name: str) -> list[str]:
    """The pieces of a document that are to be pasted."""
    return re.findall(r"^```\w*\n(.*?)^```$", (DOCS / name).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_settings_recommended_for_the_exchange_are_valid() -> None:
    [settings] = [block for block in blocks("asterisk.md") if block.startswith("[channels.asterisk]")]
    section = AsteriskSettings.model_validate(tomllib.loads(settings)["channels"]["asterisk"])
    [dialplan] = [block for block in blocks("asterisk.md") if block.startswith("[from-carrier]")]
    assert f"AGI(agi://{section.listen}/" in dialplan
    [manager] = [block for block in blocks("asterisk.md") if block.startswith("[general]")]
    assert f"[{section.ami_username}]" in manager
    assert f"secret = {section.ami_password}" in manager


def test_what_is_said_of_adding_a_channel_is_how_they_are_added() -> None:
    said = (DOCS / "adding-a-channel.md").read_text("utf-8")
    root = DOCS.parent
    [line] = re.findall(r'^    ("channels\.kannel".*)$', said, re.MULTILINE)
    assert line in (root / "gateway" / "registry.py").read_text("utf-8")
    for path in re.findall(r"`((?:channels|gateway|tests|docs)/[\w/]+\.(?:py|conf))`", said):
        assert (root / path).exists(), path
    for name in re.findall(r"`(?:switchboard\.)(\w+)", said):
        assert name in Switchboard.__dataclass_fields__, name
