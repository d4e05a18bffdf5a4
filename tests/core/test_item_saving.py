"""An item is saved by whoever saw what is in force; who saw something older is told so, however close they come."""

from __future__ import annotations

import asyncio

import pytest

from core.content.items import Items
from core.database import Database
from core.errors import BadRequest
from core.models import AuditRecord, ItemVersion, ServiceItem

ROW = {"task_code": "A1", "name": "甲", "department": "局", "task_type": "01"}


async def saved(items: Items, expected_version: int | None, *names: str) -> list[int | BaseException]:
    """What became of saving an item under each name at the same time."""
    work = (items.save(ROW | {"name": name}, expected_version, "王编辑") for name in names)
    return await asyncio.gather(*work, return_exceptions=True)


def one_of_two(outcomes: list[int | BaseException], version: int) -> bool:
    """Whether one is taken, and the other one is told that somebody else was first."""
    refused = [one for one in outcomes if isinstance(one, BadRequest) and one.key == "item_meanwhile"]
    return [one for one in outcomes if one not in refused] == [version] and len(refused) == 1


@pytest.fixture
def items(database: Database) -> Items:
    return Items(database)


async def test_who_saw_an_older_version_is_told(items: Items) -> None:
    assert await saved(items, None, "甲") == [1]
    assert await saved(items, 1, "乙") == [2]
    [told] = await saved(items, 1, "丙")
    assert isinstance(told, BadRequest)
    assert told.key == "item_meanwhile"
    assert (await ItemVersion.get(number=2)).name == "乙"


async def test_of_two_who_save_at_once_one_is_told(items: Items) -> None:
    await saved(items, None, "甲")
    assert one_of_two(await saved(items, 1, "乙", "丙"), 2)
    assert await ItemVersion.all().count() == 2
    assert await AuditRecord.filter(action="item saved").count() == 2


async def test_of_two_who_make_the_same_item_at_once_one_is_told(items: Items) -> None:
    assert one_of_two(await saved(items, None, "甲", "乙"), 1)
    assert await ServiceItem.all().count() == 1
    assert await ItemVersion.all().count() == 1
