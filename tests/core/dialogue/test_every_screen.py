"""Every screen that there is, of every case and of many items, in every form and language: fit to be heard and read."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path
from shutil import copy

import pytest

from core.asker import Asker
from core.cases import Actor, Role
from core.codes import Status
from core.dialogue.commands import Command
from core.dialogue.flow import TRIES
from core.dialogue.medium import Medium
from core.dialogue.screen import Need, Say
from core.dialogue.screens import Turn
from core.dialogue.segments import segments
from core.dialogue.session import Session
from core.dialogue.speakable import LONGEST_PART_S
from core.exchange import import_items
from core.models import Case, ItemVersion
from gateway.demo.load import ITEMS
from gateway.dialogue import screens_of
from gateway.house import House
from tests.county import county_of, settings

GUANGAN = Path(__file__).parents[4] / "shared" / "data" / "guangan-items.csv"
ODD = (
    "A类（含B〔2026〕3号）经营许可证—变更/换证【试行】",
    "“双随机、一公开”抽查结果公示; 100%以上",
    "3D打印Ⅱ类医疗器械GB 9706.1-2020备案 http://a.example/x?y=1",
    "食品经营许可（新办、变更、延续、补办、注销），仅销售预包装食品备案" * 12,
    "Ⅲ级、Ⅳ级#*_~`|\\^ 特种设备<使用>登记 No.1234567890",
    "X",
)
ASKER = Asker("sms", "+8613800001234")
UNSPEAKABLE = re.compile(r"[()（）\[\]【】〔〕{}<>《》|*_#~`^\\•\n\t]|https?:|www\.|\d{5}")
# What is said in a second, with room for slow speakers.
LONGEST = {"zh": LONGEST_PART_S * 5, "en": LONGEST_PART_S * 17}
MOST_CHAT, MOST_BUTTON_BYTES, MOST_SEGMENTS = 4096, 64, 6


@pytest.fixture
async def county(sqlite_county_template, tmp_path, form_files) -> AsyncIterator[object]:
    """The county with all items of the demonstration, the oddest names of a real list, and odder ones of our own."""
    house = House(settings(f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}", form_files))
    await house.open()
    odd = [
        {"task_code": f"ODD{n}", "name": name, "department": f"第{n}（市）局/所", "task_type": "01",
         "materials": [{"name": name[:100], "original_num": 99, "copy_num": 0, "is_need": "0"}] * (n * 3)}
        for n, name in enumerate(ODD)
    ]  # fmt: skip
    (tmp_path / "odd.json").write_text(json.dumps(odd, ensure_ascii=False), "utf-8")
    for path in (*ITEMS, tmp_path / "odd.json", *([GUANGAN] if GUANGAN.exists() else [])):
        report = await import_items(house.database, path, Actor("王管理", Role.SYSTEM))
        assert report.rejected == []
    yield await county_of(house)
    await house.close()


async def odd_items(house):
    """The items of the demonstration and our own, and of the real list the longest names and the oddest signs."""
    rows = await ItemVersion.all().select_related("item").order_by("id")
    oddest = sorted(rows, key=lambda one: (len(one.name), len(re.findall(r"[^\u4e00-\u9fff]", one.name))))[-40:]
    codes = [one.item.task_code for one in rows if one in oddest or one.item.task_code.startswith(("ODD", "DEMO"))]
    guides = [await house.query.item(code) for code in codes]
    ours = [one for one in guides if one.summary.task_code.startswith("ODD")]
    demo = [one for one in guides if one.summary.task_code.startswith("DEMO")][::4]
    real = [one for one in guides if not one.summary.task_code.startswith(("ODD", "DEMO"))]
    longest = sorted(real, key=lambda one: -len(one.summary.name))[:10]
    signs = sorted(real, key=lambda one: -len(re.findall(r"[^\u4e00-\u9fff]", one.summary.name)))[:10]
    return [one.summary.task_code for one in chain(ours, demo, longest, signs)]


async def screens(county, medium, language):
    """Every screen, each with a word of where it is."""
    house = county.house
    all_ = screens_of(house)
    flow = house.switchboard.conversation._flow

    def turn(**session):
        return Turn(ASKER, medium, Session(language.code, **session), language)

    leads = ["welcome", "languages", "number", "items", "nonsense", "item:GONE:0", "forms:GONE", "department:GONE:0"]
    codes = await odd_items(house)
    leads += [f"{kind}:{code}" for code in codes for kind in ("forms", "offer")] + [f"item:{code}:0" for code in codes]
    leads += [f"offer:{'|'.join(codes[at : at + 5])}" for at in range(0, len(codes), 5)]
    for offset in range(0, len(await house.query.departments()), 4):
        leads.append(f"departments:{offset}")
    leads += [f"department:{one.name}:0" for one in await house.query.departments()]
    for lead in leads:
        yield lead, await all_.open(lead, turn())
    for status in set(Status) - {Status.DRAFT}:
        case = await Case.get(number=county.number(status))
        token = house.keys.token(case.id, case.token_version)
        granted = {"grant": token, "granted": case.number}
        for kind in ("pin", "status", "code", "rate"):
            yield f"{kind} of {status}", await all_.open(f"{kind}:{case.number}", turn(**granted))
        told = await all_.cases.by_pin(case.number, county.pin(status), ASKER, language)
        yield f"told of {status}", told._replace(says=tuple(say._replace(need=Need.MUST) for say in told.says))
    for command in Command:
        yield command.value, await flow.next(command, turn(path=["items"]))
    for misses in range(TRIES):
        for lead in ("welcome", "number", "items", "departments:0"):
            yield f"miss {misses} at {lead}", await flow._again(turn(path=[lead], misses=misses))
            yield f"wrong {misses} at {lead}", await flow._again(turn(path=[lead], misses=misses), otherwise="choice")
    for key in ("unavailable", "choose.old", "unreadable", "unreadable.text"):
        yield key, (await all_.open("welcome", turn()))._replace(says=(Say(key),))


@pytest.mark.parametrize("code", ["zh", "en"])
async def test_every_screen_can_be_heard(county, code):
    house, seen = county.house, 0
    names = [case.applicant_name for case in await Case.all()]
    async for where, screen in screens(county, Medium.VOICE, house.catalogues[code]):
        speech = house.switchboard.speech.render(screen, house.catalogues[code])
        for part in speech.parts:
            assert part.text.strip(), where
            assert not UNSPEAKABLE.search(part.text), (where, part.text)
            assert len(part.text) <= LONGEST[part.language], (where, part.text)
            assert not any(name in part.text for name in names), where
        keys = [offer.key for offer in speech.shown.offers]
        assert len(set(keys)) == len(keys) <= 6, where
        assert len(set(keys) - {"9"}) <= 5, where
        seen += 1
    assert seen > 150


ENGLISH_TOO = ["zh", pytest.param("en", marks=pytest.mark.slow)]


@pytest.mark.parametrize("code", ENGLISH_TOO)
async def test_every_screen_can_be_read_as_a_text_message(county, code):
    house = county.house
    async for where, screen in screens(county, Medium.TEXT, house.catalogues[code]):
        message = house.switchboard.text.render(screen, house.catalogues[code])
        assert "{" not in message.text.replace("{0}", ""), (where, message.text)
        assert segments(message.text) <= MOST_SEGMENTS, (where, segments(message.text), message.text)
        assert all(f"\n{offer.key} " in message.text for offer in message.shown.offers), (where, message.text)


@pytest.mark.parametrize("code", ENGLISH_TOO)
async def test_every_screen_fits_a_chat(county, code):
    house = county.house
    async for where, screen in screens(county, Medium.CHAT, house.catalogues[code]):
        message = house.switchboard.chat.render(screen, house.catalogues[code], 999_999_999)
        assert 0 < len(message.text) <= MOST_CHAT, where
        for button in (*message.buttons, *message.steps):
            assert button.label.strip(), where
            assert len(f"{button.turn}:{button.key}".encode()) <= MOST_BUTTON_BYTES, where
