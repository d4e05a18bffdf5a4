"""Both languages say the same, and what a page has one paste into the settings is what the program takes."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from gateway.registry import CHANNELS, switched_on
from gateway.settings import Settings, load
from tests.docs.pages import ROOT, SHELL, Page, pages

CHINESE = pages("zh")
SETTINGS = [
    pytest.param(block.text, id=f"{page.language}/{page.name}:{number}")
    for page in (*CHINESE, *pages("en"))
    for number, block in enumerate(page.blocks)
    if block.kind == "toml" and not block.title
]


def without_comments(text: str) -> str:
    """What a block says to a program; its comments are in the page's language."""
    return re.sub(r"[ \t]+# .*$", "", text, flags=re.MULTILINE)


def test_each_page_is_there_in_both_languages() -> None:
    assert [page.name for page in CHINESE] == [page.name for page in pages("en")]


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_both_languages_have_the_same_to_paste(page: Page) -> None:
    ours, theirs = page.blocks, Page("en", page.name).blocks
    assert [(one.kind, one.title) for one in ours] == [(one.kind, one.title) for one in theirs]
    # A picture drawn in letters is for readers.
    pasted = [[without_comments(one.text) for one in blocks if one.kind != "text"] for blocks in (ours, theirs)]
    assert pasted[0] == pasted[1]


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_both_languages_have_the_same_made_from_the_code(page: Page) -> None:
    asked = r"<!-- made: (\w+) -->"
    assert re.findall(asked, page.text) == re.findall(asked, Page("en", page.name).text)


@pytest.mark.parametrize("text", SETTINGS)
def test_settings_to_paste_are_taken(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, "utf-8")
    assert load(path, {}, channels=switched_on)


@pytest.mark.parametrize("page", (*CHINESE, *pages("en")), ids=lambda page: f"{page.language}/{page.name}")
def test_every_block_says_what_it_is(page: Page) -> None:
    known = SHELL | {"toml", "ini", "csv", "json", "python", "text", "nginx", "yaml", "caddyfile", "conf", "sql"}
    assert {block.kind for block in page.blocks} <= known


@pytest.mark.parametrize("page", (*CHINESE, *pages("en")), ids=lambda page: f"{page.language}/{page.name}")
def test_settings_that_are_mentioned_are_there(page: Page) -> None:
    shipped = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    sections = "|".join(set(Settings.model_fields) - {"channels", "bots"})
    for said in page.mentioned:
        if found := re.match(rf"({sections})\.([a-z_]+)(?: = .*)?$", said):
            assert found[2] in shipped[found[1]], said
        if found := re.match(r"\[?((?:channels|bots)\.[a-z_]+)\]?$", said):
            assert found[1] in CHANNELS, said
    for variable in re.findall(r"\bHAOBAN_([A-Z]+__[A-Z_]+)", page.text):
        assert known_variable(*variable.removesuffix("_FILE").lower().split("__")), variable


def known_variable(*place: str) -> bool:
    """Whether an environment variable leads to a setting."""
    channel = ".".join(place[:2])
    if channel in CHANNELS:
        module, _, name = CHANNELS[channel].partition(":")
        return place[2] in getattr(import_module(module), name).Settings.model_fields
    section = Settings.model_fields.get(place[0])
    return section is not None and place[1] in getattr(section.annotation, "model_fields", {})
