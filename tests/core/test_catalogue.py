"""The listed items as citizens find them: by words, by department, by code; and that a change reaches every process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from core import revisions
from core.cases import Actor
from core.catalogue import Catalogue
from core.codes import TaskState
from core.database import Database
from core.errors import NotFound
from core.exchange import import_items
from core.guides import read_forms, read_guide
from core.legal_clock import Limit, Unit
from core.local_time import now
from core.models import FormFile
from core.search import Synonyms, initial
from core.transitions import Role
from gateway.house import House
from gateway.settings import SearchSection
from tests.county import LISTS, County, settings

ACTOR = Actor("王管理", Role.SYSTEM, channel="import")
TOLD = [item for path in LISTS for item in json.loads(path.read_text("utf-8"))]
LOST_CARD = next(item for item in TOLD if item["name"] == "居民身份证补领")


async def change(database: Database, folder: Path, item: dict[str, Any]) -> None:
    """Import one item as its department would send it again."""
    path = folder / "changed.json"
    path.write_text(json.dumps([item], ensure_ascii=False), "utf-8")
    report = await import_items(database, path, ACTOR)
    assert report.created + report.updated == 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are looked after at every question, not every two seconds."""
    monkeypatch.setattr(revisions, "LOOK_AGAIN_S", 0)


async def test_words_find_what_is_meant_and_nothing_when_nothing_is_plausible(county: County) -> None:
    query = county.house.query
    found = await query.find_items("身份证丢了怎么办", 5)
    assert found.items[0].task_code == LOST_CARD["task_code"]
    assert len(found.items) <= 5
    assert [item.task_code for item in (await query.find_items("身份证丢了怎么办", 1)).items] == [
        LOST_CARD["task_code"]
    ]
    assert (await query.find_items("火星移民", 5)).items == ()


async def test_departments_are_told_with_their_items_the_largest_first(county: County) -> None:
    told = await county.house.query.departments()
    counts = {name: sum(item["department"] == name for item in TOLD) for name in {i["department"] for i in TOLD}}
    assert {one.name: one.items for one in told} == counts
    assert [one.items for one in told] == sorted(counts.values(), reverse=True)
    assert all(one.name_en for one in told)


async def test_a_departments_items_come_in_parts(county: County) -> None:
    query, name = county.house.query, LOST_CARD["department"]
    everything, total = await query.items_of(name, 0, 100)
    assert total == len(everything) == sum(item["department"] == name for item in TOLD)
    parts = [(await query.items_of(name, offset, 2))[0] for offset in range(0, total, 2)]
    assert [item for part in parts for item in part] == list(everything)
    assert await query.items_of("没有的部门", 0, 100) == ((), 0)


async def test_every_item_stands_under_a_letter_and_those_with_a_topic_under_it(county: County) -> None:
    query = county.house.query
    for kind in ("letter", "topic"):
        shelves = await query.shelves(kind)
        found = [item for one in shelves for item in (await query.shelf(kind, one.name, 0, 1000))[0]]
        assert {item.task_code for item in found} == {item["task_code"] for item in TOLD}
        assert [one.items for one in shelves] == [(await query.shelf(kind, one.name, 0, 1))[1] for one in shelves]
    letters = [one.name for one in await query.shelves("letter")]
    assert letters == sorted(letters)
    assert LOST_CARD["task_code"] in {item.task_code for item in (await query.shelf("letter", "J", 0, 1000))[0]}
    assert await query.shelf("topic", "没有的主题", 0, 9) == ((), 0)


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("居民身份证补领", "J"),
        ("“双随机、一公开”抽查", "S"),
        ("（新办）食品经营许可", "X"),
        ("重大项目备案", "Z"),
        ("重新换发证书", "C"),
        ("A类医疗器械备案", "A"),
        ("3D打印备案", "D"),
        ("长江河道采砂许可", "C"),
        ("——", "#"),
    ],
)
def test_a_name_is_looked_up_under_the_letter_of_its_sound(name: str, letter: str) -> None:
    assert initial(name) == letter


async def test_a_changed_name_is_found_and_told_by_every_process(county: County, tmp_path: Path, at_once: None) -> None:
    elsewhere = Catalogue(county.house.database)
    await elsewhere.warm_up()
    await change(county.house.database, tmp_path, LOST_CARD | {"name": "潜水证件补发"})
    for _ in range(1000):
        if (found := await elsewhere.find("潜水证件")).items:
            break
        await asyncio.sleep(0.01)
    assert found.items[0].name == "潜水证件补发"
    assert (await county.house.query.item(LOST_CARD["task_code"])).summary.name == "潜水证件补发"
    await elsewhere.close()


async def test_a_copy_is_not_read_anew_while_nothing_changed(county: County) -> None:
    catalogue = Catalogue(county.house.database)
    (before, *_), _ = await catalogue.shelf("department", LOST_CARD["department"], 0, 1)
    await catalogue.refresh()
    (after, *_), _ = await catalogue.shelf("department", LOST_CARD["department"], 0, 1)
    assert after is before
    await catalogue.close()


async def test_words_are_read_by_who_searches_first(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[Path, ...]] = []
    load = Synonyms.load
    monkeypatch.setattr(Synonyms, "load", lambda *paths: read.append(paths) or load(*paths))
    house = county.house
    await house.query.item(LOST_CARD["task_code"])
    assert read == []
    await house.query.find_items("身份证丢了")
    await house.catalogue.refresh()
    assert read == [()]


async def test_words_of_the_centres_own_files_find_an_item(county_url: str, form_files: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('rows = [{ say = ["呼噜噜卡"], means = ["居民身份证补领"] }]', "utf-8")
    house = House(settings(county_url, form_files, search=SearchSection(synonyms=(own,))))
    await house.open()
    assert [item.name for item in (await house.query.find_items("呼噜噜卡")).items] == [LOST_CARD["name"]]
    await house.close()


async def test_a_cancelled_item_is_nowhere_to_be_found(county: County, tmp_path: Path) -> None:
    await change(county.house.database, tmp_path, LOST_CARD | {"task_state": TaskState.CANCELLED})
    catalogue = Catalogue(county.house.database)
    codes = {item.task_code for item in (await catalogue.find("身份证丢了怎么办")).items}
    codes |= {item.task_code for item in (await catalogue.shelf("department", LOST_CARD["department"], 0, 100))[0]}
    assert codes
    assert LOST_CARD["task_code"] not in codes
    with pytest.raises(NotFound):
        await read_guide(LOST_CARD["task_code"])
    await catalogue.close()


async def test_a_paused_item_is_told_with_its_guide_and_as_paused(county: County, tmp_path: Path) -> None:
    before = await read_guide(LOST_CARD["task_code"])
    await change(county.house.database, tmp_path, LOST_CARD | {"task_state": TaskState.PAUSED})
    guide = await read_guide(LOST_CARD["task_code"])
    assert (before.paused, guide.paused) == (False, True)
    assert guide.materials == before.materials
    await change(county.house.database, tmp_path, LOST_CARD)
    assert not (await read_guide(LOST_CARD["task_code"])).paused


async def test_a_guide_tells_all_that_the_department_sent(county: County) -> None:
    for told in TOLD:
        guide = await read_guide(told["task_code"])
        assert guide.summary.name == told["name"]
        assert guide.summary.name_en == told["name_en"]
        assert [one.name for one in guide.materials] == [one["name"] for one in told["materials"]]
        assert [one.needed for one in guide.materials] == [one.get("is_need") != "0" for one in told["materials"]]
        assert [(one.fee_name, one.fee_stand) for one in guide.fees] == [
            (one["fee_name"], one["fee_stand"]) for one in told["fees"]
        ]
        assert [(one.law_name, one.clause_number) for one in guide.legal_bases] == [
            (one["law_name"], one["clause_number"]) for one in told["by_law"]
        ]
        assert [one.question for one in guide.questions] == [one["question"] for one in told["faqs"]]
        assert guide.promised == Limit(told["promise_days"], Unit(told["promise_unit"]))
        assert guide.accept_condition == told["accept_condition"]
        assert guide.handle_flow == told["handle_flow"]
        assert guide.result_name == told["result_name"]
        assert guide.is_fee is told["is_fee"]
        assert guide.unpublished == ()


async def test_forms_in_force_are_told_and_voided_ones_are_not(county: County) -> None:
    forms = await read_forms(LOST_CARD["task_code"])
    assert forms
    assert (await read_guide(LOST_CARD["task_code"])).forms == forms
    await FormFile.filter(slug=forms[0].slug).update(voided_at=now())
    assert forms[0] not in await read_forms(LOST_CARD["task_code"])
    with pytest.raises(NotFound):
        await county.house.query.form(forms[0].slug)
    assert await read_forms("nothing") == ()
