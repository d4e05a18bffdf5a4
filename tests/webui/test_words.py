from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import webui
from core.codes import Decision, NoticeKind, Stage
from core.language import Catalogues
from webui.faults import _KINDS, _STATUSES
from webui.look.case_view import STEPS
from webui.pages.item import ELEMENTS

FOLDER = Path(webui.__file__).parent
TAKES = ["text", "mail", "both"]
ONE_BY_ONE = {
    "web.case.means.": [*(stage.value for stage in Stage), "paused"],
    "web.case.step.": STEPS,
    "web.case.step_is.": ["done", "current", "ahead"],
    "web.decision.": [decision.value for decision in Decision],
    "web.notices.": [kind.value for kind in NoticeKind],
    "web.notices.until_": [kind.value for kind in NoticeKind],
    "web.item.": ELEMENTS,
    "web.following.done.": ["stop", "again", "added"],
    "web.following.further.": TAKES,
    "web.following.number.": TAKES,
    "web.following.number_hint.": TAKES,
    "web.home.": ["cases", "items", "forms", "notices"],
    "web.service.": ["online", "schedule", "pay_online", "express"],
}
SHARED = {"stage.": [*(stage.value for stage in Stage), "paused"], "unit.": "12345"}
KINDS_OF_FILES = "web.forms.kind."
CODE_LISTS = ("serve_type", "handle_type", "material_format", "source_type", "project_type", "result_type")
FAULTS = [code for _, _, code in _KINDS] + [*_STATUSES.values(), "wait", "locked", "unforeseen"]


def _ours(words: Catalogues, code: str) -> set[str]:
    return {key for key in words[code].keys if key.startswith("web.")}


def _used() -> set[str]:
    """The keys written out in templates and code."""
    files = [*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")]
    return {key for file in files for key in re.findall(r'["\'](web\.[a-z_.0-9]*[a-z0-9])["\']', file.read_text())}


def test_every_key_used_has_its_words(words: Catalogues) -> None:
    listed = {prefix + name for table in (ONE_BY_ONE, SHARED) for prefix, names in table.items() for name in names}
    faults = {f"web.error.{code}.{part}" for code in FAULTS for part in ("title", "body")}
    for code in words.codes:
        assert not (_used() | listed | faults) - words[code].keys


def test_languages_have_the_same_keys(words: Catalogues) -> None:
    assert _ours(words, "zh") == _ours(words, "en")


def test_languages_fill_in_the_same_values(words: Catalogues) -> None:
    for key in _ours(words, "zh"):
        values = [_values(form) for code in ("zh", "en") for form in _forms(words, code, key)]
        assert all(value == values[0] for value in values), key


def test_no_words_left_that_nobody_uses(words: Catalogues) -> None:
    prefixes = (*ONE_BY_ONE, "web.error.", KINDS_OF_FILES, *(f"web.{name}." for name in CODE_LISTS))
    assert not {key for key in _ours(words, "zh") - _used() if not key.startswith(prefixes)}


def _forms(words: Catalogues, code: str, key: str) -> tuple[str, ...]:
    text = words[code].raw(key)
    return (text,) if isinstance(text, str) else text


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
