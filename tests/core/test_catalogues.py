"""Both catalogues are complete: what one says the other says too, and all that the code says has its words."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from shutil import copy

import pytest

from core.codes import Decision, Stage
from core.dialogue.commands import Command
from core.dialogue.front_screens import RESUMED
from core.language import FOLDER, Catalogues
from core.legal_clock import Unit

ROOT = Path(__file__).parents[2]
HOUSE = ("core", "channels", "bots", "kiosk", "webui", "gateway")
CATALOGUES = Catalogues()


def texts(code, key):
    found = CATALOGUES[code].raw(key)
    return (found,) if isinstance(found, str) else found


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def keys_said() -> set[str]:
    """The keys that the conversation names in its code."""
    found = set()
    for path in (ROOT / "core" / "dialogue").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ("Say", "text") and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
            if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Constant):
                found |= {str(part.value) for part in (node.body, node.orelse) if isinstance(part, ast.Constant)}
    return {key for key in found if CATALOGUES["zh"].has(key) or "." in key}


def keys_made() -> set[str]:
    """Those that are put together from codes."""
    return {
        *(f"stage.{stage}" for stage in Stage),
        "stage.paused",
        *(f"decision.{decision}" for decision in Decision),
        *(f"unit.{unit.value}" for unit in Unit),
        *(f"step.{kind}" for kind in RESUMED),
        *(f"miss.{n}.{kind}" for n in (1, 2) for kind in ("digits", "words", "choice", "answer")),
        *(command.value for command in (Command.OPT_OUT, Command.OPT_IN, Command.SUBSCRIBE)),
        *(f"button.{command}" for command in (Command.MORE, Command.BACK, Command.RESTART)),
        *(f"command.{name}" for name in ("start", "status", "items", "subscribe", "language", "help")),
    }


def test_both_languages_say_the_same_things():
    assert CATALOGUES["zh"].keys == CATALOGUES["en"].keys


@pytest.mark.parametrize("key", sorted(CATALOGUES["zh"].keys))
def test_a_text_has_the_same_values_in_every_language(key):
    wanted = {frozenset(places(text)) - {"n"} for code in CATALOGUES.codes for text in texts(code, key)}
    assert len(wanted) == 1


@pytest.mark.parametrize("key", sorted(keys_said() | keys_made()))
def test_what_is_said_has_words(key):
    assert all(CATALOGUES[code].has(key) for code in CATALOGUES.codes)


def test_what_is_spoken_otherwise_is_said_somewhere():
    spoken = {key.removeprefix("voice.") for key in CATALOGUES["zh"].keys if key.startswith("voice.")}
    said = keys_said() | keys_made() | {key.removeprefix("voice.") for key in keys_said()} | {"digits", "keys"}
    assert spoken - said == set()


def test_no_text_is_kept_that_nothing_says():
    """A key stands in the code whole, or begins with a part that stands there and is joined to a code."""
    files = (path for part in HOUSE for kind in ("*.py", "*.html", "*.txt") for path in (ROOT / part).rglob(kind))
    source = "\n".join(path.read_text("utf-8") for path in files)
    parts = set(re.findall(r"[\"'{ ]([a-z_]+(?:\.[a-z_0-9]+)*\.?)", source))
    parts |= {part.removeprefix("voice.") for part in parts}
    keys = {key.removeprefix("voice.") for key in CATALOGUES["zh"].keys} - keys_made()
    assert {key for key in keys if key not in parts and not any(f"{stem}." in parts for stem in _stems(key))} == set()


def _stems(key: str) -> list[str]:
    words = key.split(".")
    return [".".join(words[:n]) for n in range(1, len(words))]


def test_a_third_language_is_one_more_file(tmp_path):
    for path in FOLDER.glob("*.po"):
        copy(path, tmp_path)
    (tmp_path / "fr.po").write_text(
        (FOLDER / "en.po").read_text("utf-8").replace("Language: en", "Language: fr"), "utf-8"
    )
    assert Catalogues(tmp_path).codes == ("zh", "en", "fr")
    assert Catalogues(tmp_path)["fr"].text("unit.1", n=3) == "3 working days"
