"""What is made from the code is whole: each setting explained, each option and table told, all of it in Chinese too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import click
import pytest

from docs.generator import commands, events, models, settings, tables
from docs.generator.comments import Part, read
from docs.generator.labels import LABELS
from docs.generator.words import CATALOGUE, Words, catalogue
from docs.hooks import ASKED, MADE
from gateway.cli import main
from gateway.registry import CHANNELS
from gateway.settings import Settings
from tests.docs.pages import LANGUAGES, Page, pages

PARTS = read(settings.FILE)
SHIPPED = tomllib.loads(settings.FILE.read_text("utf-8"))
MODULES = (settings, commands, tables, events)


def values_of(place: str) -> dict[str, Any]:
    found: Any = SHIPPED
    for name in place.split("."):
        found = found[name]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.place)
def test_every_section_and_every_key_is_explained(part: Part) -> None:
    assert part.explanation
    if model := models.section(part.place):
        assert [group.keys for group in part.groups if not group.explanation] == []
        explained = {key for group in part.groups for key in group.keys}
        assert explained == {key.name for key in models.keys(model)}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.place)
def test_the_file_has_the_defaults_of_the_program(part: Part) -> None:
    if model := models.section(part.place):
        values = values_of(part.place)
        for key in models.keys(model):
            # What must be given is empty in the file, or what most will give.
            assert key.default in (models.written(values[key.name]), None), key.name


def sections() -> Iterator[str]:
    """Every section that a model or a channel has."""
    for name, field in Settings.model_fields.items():
        if name not in ("channels", "bots", "boards"):
            assert field.annotation is not None
            yield name
    yield from ("boards.hall", *CHANNELS)


def test_the_file_has_every_section() -> None:
    assert {part.place for part in PARTS} >= set(sections())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_all_of_it_is_there_in_chinese(module: Any) -> None:
    words = Words("zh")
    module.made(words)
    assert words.missing == set(), "run `python -m docs.generator`, and translate"


def test_nothing_is_translated_that_nobody_says() -> None:
    words = Words("zh")
    for module in MODULES:
        module.made(words)
    assert {str(one.id) for one in catalogue() if one.id} - words.asked == set()
    assert CATALOGUE.read_text("utf-8").startswith("# ")


def test_translations_keep_what_is_code() -> None:
    for one in filter(lambda one: one.id, catalogue()):
        for piece in (r"`[^`]+`", r"\{\w+\}", r"\d{3,}"):
            said, meant = re.findall(piece, str(one.id)), re.findall(piece, str(one.string))
            assert set(said) == set(meant), one.id


def test_every_command_and_option_is_explained() -> None:
    for called, command in commands.walk(main, ["haoban"]):
        assert command.help, called
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (called, option.name)


def test_every_column_has_a_meaning() -> None:
    unknown, used = set(), set()
    for model in tables.models():
        told = model.describe(serializable=True)
        for one in tables.columns(told):
            names = (f"{told['table']}.{one['name']}", one["name"])
            found = next((name for name in names if name in LABELS), None)
            used.add(found)
            if found is None:
                unknown.add(names[0])
    assert unknown == set()
    assert set(LABELS) - used == set()


def test_every_meaning_is_told_in_both_languages() -> None:
    assert all(len(label) == 2 and all(label) for label in LABELS.values())


def test_every_table_is_told() -> None:
    made = tables.made(Words("en"))
    for model in tables.models():
        assert model.__doc__
        assert f"### `{model.describe()['table']}`" in made


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_ask_for_what_there_is(language: str) -> None:
    asked = {name for page in pages(language) for _, name in ASKED.findall(page.text)}
    assert asked == set(MADE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_made_stands_where_it_was_asked_for(language: str) -> None:
    """Within a list too, whose lines are indented."""
    from types import SimpleNamespace

    from docs.hooks import on_page_markdown

    page = SimpleNamespace(file=SimpleNamespace(locale=language))
    text = on_page_markdown(Page(language, "channels/kannel.md").text, page)
    assert "    group = core\n" in text
    assert "<!-- made" not in text
