"""What the documents recommend is what the program takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from channels.asterisk import AsteriskSettings

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
