"""What builds the documentation lives in one environment with what the tests need, and comes from nowhere by name."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", text, re.MULTILINE))


def test_pins_agree_with_those_of_the_tests() -> None:
    ours, theirs = pinned("docs"), pinned("test")
    assert "mkdocs" in ours
    assert {name: ours[name] for name in ours.keys() & theirs.keys()} == {
        name: theirs[name] for name in ours.keys() & theirs.keys()
    }


def test_every_pin_has_its_hash() -> None:
    text = (ROOT / "requirements" / "docs.txt").read_text("utf-8")
    hashed = re.findall(r"^[a-z0-9].*==.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(hashed) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert "://" not in text
