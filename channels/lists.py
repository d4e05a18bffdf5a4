"""Lists in settings, which the environment can only write as one text."""

from __future__ import annotations


def listed(value: object) -> object:
    """A list as the environment writes it: parts with commas between."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
