"""What somebody did on `/try`, as stories: each hop that follows from it is told with the time since it was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from gateway.demo.trial.visit import Visit

KEPT = 50
MOST_SOURCES = 300


class Stories:
    """The stories of one visit, numbered from 1; `tell` makes events of them. Of old ones nothing is told any more."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._begun: dict[int, float] = {}
        self._last = 0
        self._of_source: dict[str, int] = {}
        self._of_message: dict[int, int] = {}

    def begin(self, what: str) -> int:
        self._last += 1
        self._begun[self._last] = time.perf_counter()
        self._begun.pop(self._last - KEPT, None)
        self._tell("story", story=self._last, what=what)
        return self._last

    def wrote(self, source: str, story: int) -> None:
        """What a story has to tell was written into the outbox, under the name of its source."""
        _keep(self._of_source, source, story)

    def sends(self, message: int, source: str) -> None:
        """A message about that leaves."""
        _keep(self._of_message, message, self._of_source.get(source, self._last))

    def of(self, message: int, otherwise: int) -> int:
        """The story that a message of ours belongs to."""
        return self._of_message.get(message, otherwise or self._last)

    def hop(self, story: int, name: str, about: str, begun: float, fault: str = "") -> None:
        """A hop of a story ends now: when it began after what was done, and how long it took, in milliseconds."""
        if story not in self._begun:
            return
        after, took = begun - self._begun[story], time.perf_counter() - begun
        times = {"after": round(after * 1000, 1), "ms": round(took * 1000, 1)}
        self._tell("hop", story=story, hop=name, about=about, fault=fault, **times)


class Doing(NamedTuple):
    """Whose doing something is, and in which story; 0 for the latest."""

    visit: Visit
    story: int


DOING: ContextVar[Doing | None] = ContextVar("DOING", default=None)


def _keep(known: dict[Any, int], key: Any, story: int) -> None:
    known[key] = story
    while len(known) > MOST_SOURCES:
        del known[next(iter(known))]
