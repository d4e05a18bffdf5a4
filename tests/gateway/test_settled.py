"""Once it is up, the program looks for garbage among what comes and goes alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core.errors import SettingsError, Unavailable
from gateway.settled import settle
from tests.county import County


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture(autouse=True)
def collected_again() -> Iterator[None]:
    yield
    gc.unfreeze()


async def test_without_a_database_what_is_there_stays_all_the_same(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(county.house.catalogue, "warm_up", away)
    await settle(county.house.catalogue)
    assert gc.get_freeze_count() > 100_000


async def test_whatever_is_wrong_with_the_index_what_is_there_stays(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise SettingsError(["words.toml: is gone"])

    monkeypatch.setattr(county.house.catalogue, "warm_up", broken)
    with pytest.raises(SettingsError):
        await settle(county.house.catalogue)
    assert gc.get_freeze_count() > 100_000


async def test_what_stays_is_taken_in_first_and_looked_through_no_more(county: County) -> None:
    await settle(county.house.catalogue)
    listed = await county.house.catalogue._kept.get()
    assert gc.is_tracked(listed.items)
    assert gc.get_freeze_count() > 100_000
    assert not any(one is listed.items for one in gc.get_objects())
