"""A third catalogue beside the two does what the page on adding a language promises."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import pytest
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from core.dialogue.front_screens import FrontScreens
from core.language import FOLDER, Catalogues
from webui.language import choices, language_of


@pytest.fixture
def three(tmp_path: Path) -> Catalogues:
    """Chinese, English, and the English words as if they were French."""
    for path in FOLDER.glob("*.po"):
        copy(path, tmp_path)
    english = (FOLDER / "en.po").read_text("utf-8")
    text = english.replace("Language: en", "Language: fr").replace('msgstr "English"', 'msgstr "Français"')
    (tmp_path / "fr.po").write_text(text, "utf-8")
    return Catalogues(tmp_path)


def test_pages_offer_it(three: Catalogues) -> None:
    offered = choices(URL("/items"), three["zh"], three)
    assert ("Français", "/items?lang=fr") in [(one.name, one.address) for one in offered]


def test_a_browser_that_asks_for_it_gets_it(three: Catalogues) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"})
    assert language_of(request, three).code == "fr"


def test_the_conversation_offers_it(three: Catalogues) -> None:
    screens = FrontScreens.__new__(FrontScreens)
    screens._catalogues = three
    assert [choice.language for choice in screens.languages().choices] == ["zh", "en", "fr"]


def test_dates_and_plurals_are_those_of_the_language(three: Catalogues) -> None:
    assert three["fr"].text("unit.1", n=3) == "3 working days"
    assert three["fr"].number(12345) == "12\u202f345"
