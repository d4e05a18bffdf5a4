"""The comments of settings.toml, which are the one place where a setting is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SECTION = re.compile(r"\[([\w.]+)\]")
_KEY = re.compile(r"(\w+) = ")


@dataclass
class Group:
    """Keys that stand below one comment and share it; empty for what none explains."""

    explanation: str
    keys: list[str] = field(default_factory=list)


@dataclass
class Part:
    """A section with what is said of it and of its keys. `example` is what its comment shows to be pasted."""

    place: str
    explanation: str
    example: str = ""
    groups: list[Group] = field(default_factory=list)


def read(path: Path) -> list[Part]:
    """The sections of a settings file in their order."""
    parts: list[Part] = []
    said: list[str] | None = None
    for line in _lines(path.read_text("utf-8")):
        if line.startswith("# "):
            said = [*(said or ()), line[2:]]
        elif found := _SECTION.fullmatch(line):
            explanation, example = _apart(said or [])
            parts.append(Part(found[1], explanation, example))
            said = []
        elif found := _KEY.match(line):
            if said or not parts[-1].groups:
                parts[-1].groups.append(Group(" ".join(said or ())))
            parts[-1].groups[-1].keys.append(found[1])
            said = []
        else:
            said = []
    return parts


def _lines(text: str) -> Iterator[str]:
    """Each line by itself, but what stands between brackets on several as one."""
    held = ""
    for line in text.splitlines():
        held += line
        if held.startswith("#") or held.count("[") == held.count("]"):
            yield held.rstrip()
            held = ""


def _apart(said: list[str]) -> tuple[str, str]:
    """The words of a comment and, after `such as`, the line that it shows."""
    if len(said) > 1 and said[-2].endswith("such as"):
        return " ".join(said[:-1]), said[-1]
    return " ".join(said), ""
