"""The events that citizens are told of, with the facts that their words and a provider's templates may name."""

from __future__ import annotations

from core.notify.words import FACTS
from docs.generator.markup import code, row, table
from docs.generator.words import Words

# These are no notices of a case that somebody could subscribe to.
_ELSE = frozenset({"confirm", "alert"})


def made(words: Words) -> str:
    """A table of all events."""
    headings = [words(each) for each in ("Event", "Facts")]
    rows = (row([code(event), " ".join(map(code, facts))]) for event, facts in FACTS.items() if event not in _ELSE)
    return table(headings, rows)
