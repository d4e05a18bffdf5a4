"""The public entrances, each with the requests that bring a stranger's input there, past its lock where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from bench.day import fuzz_carriers, fuzz_chats, fuzz_hall, fuzz_pages, fuzz_systems
from bench.day.fuzz_stranger import Make

ENTRANCES: Mapping[str, Make] = {
    **fuzz_carriers.ENTRANCES,
    **fuzz_chats.ENTRANCES,
    **fuzz_pages.ENTRANCES,
    **fuzz_hall.ENTRANCES,
    **fuzz_systems.ENTRANCES,
}
CLOSED = {"sign in": "only wrong passwords are tried"}
"""Entrances that let no stranger in, and why."""
