"""Lists of items as somebody spoiled them: an import takes them, or refuses them with a reason."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bench.day.books import Entry
from bench.day.inputs import LISTS, effort, mutated, mutations, words
from core.cases import Actor, Role
from core.database import Database
from core.errors import HaobanError
from core.exchange import import_items


def send_lists(url: str, folder: Path, inputs: int) -> Entry:
    """Lists of items, spoiled: taken, or refused with a reason."""
    amiss: list[str] = []

    @effort(inputs)
    @given(st.sampled_from(LISTS), mutations, words)
    def one(kind: tuple[str, bytes], changes: list[tuple[int, bytes]], said: str) -> None:
        path = folder / f"spoiled.{kind[0]}"
        path.write_bytes(mutated(kind[1].replace("事项".encode(), said.encode()[:60]), changes))
        try:
            asyncio.run(_imported(url, path))
        except HaobanError:
            pass
        except Exception as error:
            amiss.append(f"{type(error).__name__}: {error!s:.200} {path.read_bytes()!r:.200}")

    one()
    return Entry("Spoiled lists imported, or refused", inputs, amiss)


async def _imported(url: str, path: Path) -> None:
    database = Database(url)
    await database.open()
    try:
        await import_items(database, path, Actor("bench", Role.SYSTEM, channel="import"))
    finally:
        await database.close()
