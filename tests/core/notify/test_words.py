"""The words of notices: whole in every language and channel, refused at saving when they can't be filled."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.database import Database
from core.dialogue.segments import is_gsm
from core.errors import BadRequest, SendReason
from core.language import Catalogues
from core.notify.announcing import DONE, DRAFT, PAUSED, RUNNING
from core.notify.outbox import FAILED, OPEN, STOPPED, TOLD
from core.notify.states import Purpose, State
from core.notify.tasks import NOT_REACHED, REACHED, SPARED
from core.notify.templates import KINDS, Templates
from core.notify.words import EVENTS, FACTS, check, filled, sample_facts

CATALOGUES = Catalogues()
SIGNATURES = {"zh": "【示例政务】", "en": "Service Centre: "}


@pytest.mark.parametrize("code", CATALOGUES.codes)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("event", EVENTS)
def test_every_shipped_text_is_whole_with_all_facts_and_with_none(event: str, kind: str, code: str) -> None:
    language = CATALOGUES[code]
    text = language.text(f"notify.{event}")
    check(event, text)
    facts = sample_facts(event, "https://example.cn", "12345")
    needed = {name: facts[name] for name in ("item", "number", "text", "stage") if name in facts}
    for told in (facts, needed):
        said = filled(text, told, kind, language)
        assert not re.search(r"[{}\[\]]", said)
        assert not re.search(r"[：，,:]\s*[。.]|  |。。|\(\s*\)|（\s*）", said), said
        assert said
    if kind == "voice":
        assert "http" not in filled(text, facts, kind, language)


def test_what_is_not_known_takes_its_sentence_along() -> None:
    zh = CATALOGUES["zh"]
    text = "已受理[，预计{due}前办结]。"
    assert filled(text, {"due": "2026-12-07"}, "text", zh) == "已受理，预计2026年12月7日前办结。"
    assert filled(text, {"due": ""}, "text", zh) == "已受理。"


def test_a_value_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    assert (
        filled("[{reason}]{number}", {"reason": "{number}[x]", "number": "1"}, "text", CATALOGUES["zh"])
        == "{number}[x]1"
    )


@pytest.mark.parametrize("text", ["{name}", "您好{due", "您好[{due}", "a]b", "", "   ", "{}", "x" * 1001])
def test_a_text_that_cant_be_filled_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        check("accepted", text)


@given(st.text(st.sampled_from("ab{}[] ，due"), max_size=30))
def test_whatever_is_saved_can_be_filled(text: str) -> None:
    try:
        check("accepted", text)
    except BadRequest:
        return
    filled(text, {name: "x" for name in FACTS["accepted"] if name not in ("due", "stage")}, "text", CATALOGUES["zh"])


@pytest.mark.parametrize("event", ["received", "accepted", "decided", "rating", "confirm"])
async def test_an_english_notice_is_written_in_letters_that_cost_half(event: str) -> None:
    facts = sample_facts(event, "https://example.cn", "12345")
    assert is_gsm(filled(CATALOGUES["en"].text(f"notify.{event}"), facts, "text", CATALOGUES["en"]))


@pytest.fixture
async def templates(database: Database) -> Templates:
    return Templates(database, CATALOGUES, SIGNATURES)


async def test_own_words_take_the_place_of_the_shipped_ones_in_versions(templates: Templates) -> None:
    facts = sample_facts("ready", "https://example.cn", "12345")
    shipped = await templates.word("ready", "text", Purpose.SERVICE, "zh", facts)
    assert shipped.version == 0
    for number in (1, 2):
        assert await templates.save("ready", "text", "zh", f"第{number}版{{item}}", "editor") == number
    own = await templates.word("ready", "text", Purpose.SERVICE, "zh", facts)
    assert (own.text, own.version) == ("【示例政务】第2版食品经营许可 退订回TD", 2)
    assert (await templates.word("ready", "chat", Purpose.SERVICE, "zh", facts)).version == 0
    assert [one.version for one in await templates.versions("ready", "text", "zh")] == [2, 1]


async def test_an_unknown_fact_is_refused_at_saving_and_named(templates: Templates) -> None:
    with pytest.raises(BadRequest, match="phone_number"):
        await templates.save("ready", "text", "zh", "{item}{phone_number}", "editor")
    assert (await templates.in_force("ready", "text", "zh")).version == 0


def test_all_that_can_become_of_a_message_has_words_for_staff() -> None:
    reasons = {*get_args(SendReason), "too_old", "too_late", "told", "undone", "receipt"}
    sources = {"answer", "receipt", "record", "hand", "consent", "lease", "age"}
    needed = {
        "staff.message.events.": EVENTS,
        "staff.message.states.": State,
        "staff.message.kinds.": KINDS,
        "staff.message.reasons.": reasons,
        "staff.message.purposes.": Purpose,
        "staff.evidence.states.": (OPEN, TOLD, FAILED, STOPPED),
        "staff.evidence.sources.": sources,
        "staff.evidence.by.": ("person", "machine"),
        "staff.task.outcomes.": (REACHED, NOT_REACHED, SPARED),
        "staff.template.fact.": {fact for facts in FACTS.values() for fact in facts},
        "staff.announcement.states.": (DRAFT, RUNNING, PAUSED, DONE),
    }
    for code in CATALOGUES.codes:
        missing = {f"{front}{name}" for front, names in needed.items() for name in names} - CATALOGUES[code].keys
        assert not missing
