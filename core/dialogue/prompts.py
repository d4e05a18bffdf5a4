"""All that a line of our own says in the same words again and again, so that it can be spoken beforehand."""

from __future__ import annotations

from collections.abc import Iterator

from core.codes import Stage
from core.dialogue.screen import Say
from core.dialogue.speakable import sentences
from core.dialogue.speech import Part, pressing, with_stop
from core.dialogue.wording import Spoken
from core.language import Catalogues, Language

# The groups of the catalogue whose texts are said in a conversation as they stand.
_SAID = frozenset(
    {
        *("decision", "departments", "goodbye", "item", "items", "language", "miss", "operator", "opt_in", "opt_out"),
        *("rating", "send", "status", "subscribe", "unavailable"),
    }
)
_ALONE = ("follow.out.voice", "notify.call.again")
_CHOICES = ("status", "items", "language", "departments", "requirements", "another", "repeat", "send", "rate", "go_on")
_KEYS = "123459"


def fixed(languages: Catalogues) -> list[Part]:
    """Each sentence once, in every language."""
    found: dict[Part, None] = {}
    for code in languages.codes:
        language = languages[code]
        for text in _texts(languages, language):
            for sentence in sentences(with_stop(text, language)) if text else ():
                found[Part(sentence, code)] = None
    return list(found)


def _texts(languages: Catalogues, language: Language) -> Iterator[str]:
    wording = Spoken(language, listens=False)
    for key in sorted(language.keys):
        if key.split(".")[0] in _SAID and not key.endswith((".text", ".chat")) and _is_whole(key, language):
            yield wording.sentence(Say(key))
    for choice in (*_CHOICES, "anew"):
        label = wording.sentence(Say(f"choice.{choice}"))
        yield from (pressing(key, label, language) for key in _KEYS)
    for stage in Stage:
        yield wording.sentence(Say("status.stage", {"stage": Say(f"stage.{stage}")}))
    for key in _ALONE:
        yield language.text(key)


def _is_whole(key: str, language: Language) -> bool:
    """Whether a text has nothing to fill in."""
    said = next((form + key for form in ("keypad.", "voice.") if language.has(form + key)), key)
    text = language.raw(said)
    return isinstance(text, str) and "{" not in text
