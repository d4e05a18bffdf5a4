"""Two installations that never see each other agree on their cases, whatever happens to the files between them."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.cases import Actor, Cases
from core.centre import Centre
from core.codes import Status
from core.database import Database
from core.errors import SettingsError
from core.exchange.ferry import Crossing, Ferry, public_text
from core.exchange.standing import NEEDED
from core.models import AuditRecord, Case, CaseEvent
from core.new_case import NewCase
from core.transitions import Role
from gateway.settings import FerrySection
from tests.core.case_steps import item

FIELDS = frozenset(FerrySection().fields)
CODE = "X" * 55
CLERK, HANDLER, HEAD = (Actor("王", role) for role in (Role.CLERK, Role.HANDLER, Role.HEAD))
SECRETS = {"id_number": "11010519491231002X", "mobile": "13800138000"}


class Side:
    """An installation with its database, opened only while something is done there: one is open at a time."""

    def __init__(self, name: str, peer: str, url: str, folder: Path) -> None:
        self.name, self.peer, self.url, self.outbox = name, peer, url, folder
        self.key, self.peer_key = Ed25519PrivateKey.generate(), ""
        self.fields = FIELDS
        folder.mkdir()

    async def do(self, work: Any) -> Any:
        database = Database(self.url)
        await database.open()
        centre = Centre(database)
        try:
            return await work(database, Cases(database, centre))
        finally:
            await centre.close()
            await database.close()

    def ferry(self, database: Database, cases: Cases) -> Ferry:
        return Ferry(database, cases, Crossing(self.name, self.peer, self.peer_key, self.fields), self.key)

    async def export(self, *, again: bool = False) -> list[Path]:
        return await self.do(lambda d, c: self.ferry(d, c).export(self.outbox, "tests", again=again))

    async def land(self, *paths: Path) -> Any:
        return await self.do(lambda d, c: self.ferry(d, c).land(paths, "tests"))

    async def open(self, **person: str) -> str:
        async def work(_: Database, cases: Cases) -> str:
            version = (await _version()).id
            return (await cases.open(NewCase(version, CODE, "欧阳测试", person=person), CLERK)).number

        return await self.do(work)

    async def move(self, number: str, to: Status, actor: Actor, **told: Any) -> None:
        await self.do(lambda _, cases: cases.move(number, to, actor, **told))

    async def standing(self) -> dict[str, tuple[Any, ...]]:
        async def work(*_: object) -> dict[str, tuple[Any, ...]]:
            return {
                case.number: (case.status, case.accepted_at, case.completed_at, _kept(case.told), case.project_no)
                for case in await Case.all()
            }

        return await self.do(work)


def _kept(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "paused_from"}


async def _version() -> Any:
    from core.models import ItemVersion

    return await ItemVersion.get()


@pytest.fixture
def kind() -> str:
    """One side is a SQLite, the other a PostgreSQL."""
    return "sqlite"


@pytest.fixture
async def sides(database_url: str, postgres_server: Any, postgres_template: str, tmp_path: Path) -> AsyncIterator[Any]:
    url = await postgres_server.new(postgres_template)
    outer, inner = (
        Side("outer", "inner", database_url, tmp_path / "out"),
        Side("inner", "outer", url, tmp_path / "in"),
    )
    outer.peer_key, inner.peer_key = public_text(inner.key), public_text(outer.key)
    for side in (outer, inner):
        await side.do(lambda *_: item(CODE))
    yield outer, inner
    await postgres_server.drop(url)


async def test_a_case_goes_in_is_decided_there_and_comes_back(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    number = await outer.open(**SECRETS)
    [file] = await outer.export()
    taken = await inner.land(file)
    assert (taken.numbers, taken.report.created) == ([1], 1)
    await inner.move(number, Status.CORRECTION, CLERK, data={"missing": ["甲", "乙"], "amend_until": "2030-01-01"})
    [back] = await inner.export()
    assert (await outer.land(back)).report.updated == 1
    assert (await outer.standing())[number][3] == {"missing": ["甲", "乙"], "amend_until": "2030-01-01"}
    await inner.move(number, Status.RECEIVED, CLERK)
    await inner.move(number, Status.ACCEPTED, CLERK)
    await inner.move(number, Status.REVIEWING, HANDLER)
    pause = {"procedure": "检测", "until": "2030-01-01"}
    await inner.move(number, Status.SPECIAL, HANDLER, reason="送检", data=pause)
    await outer.land(*await inner.export())
    told = (await outer.standing())[number]
    assert (told[0], told[3]["paused_by"], told[3]["reason"]) == ("special", "检测", "送检")
    await inner.move(number, Status.REVIEWING, HANDLER)
    await inner.move(number, Status.DECIDED, HEAD, reason="同意", data={"decision": "granted"})
    await inner.move(number, Status.COMPLETED, HANDLER, data={"result_code": "0", "result_no": "K1", "collect": "一楼"})
    await outer.land(*await inner.export())
    told = (await outer.standing())[number]
    assert (told[0], told[3]["result_no"], told[3]["collect"]) == ("completed", "K1", "一楼")
    assert told[4] == (await inner.standing())[number][4]


async def test_only_whitelisted_fields_go_out(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    await outer.open(**SECRETS)
    [file] = await outer.export()
    text = file.read_text()
    for secret in SECRETS.values():
        assert secret not in text
    assert set(json.loads(text)["cases"][0]) <= FIELDS
    outer.fields = FIELDS | {"id_number"}
    number = await outer.open(**SECRETS)
    [file] = await outer.export()
    assert SECRETS["id_number"] in file.read_text()
    await inner.land(*sorted(outer.outbox.iterdir()))

    async def known(*_: object) -> str:
        return (await Case.get(number=number)).id_number

    assert await inner.do(known) == "", "what this side's list does not name is not taken either"


async def test_nothing_new_makes_no_file_and_what_came_never_goes_back(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    assert await outer.export() == []
    await outer.open()
    await inner.land(*await outer.export())
    [acknowledgement] = await inner.export()
    assert json.loads(acknowledgement.read_text())["cases"] == []
    assert await inner.export() == []
    await outer.land(acknowledgement)
    [told] = await outer.export()
    assert (json.loads(told.read_text())["acknowledges"], json.loads(told.read_text())["cases"]) == (1, [])


async def test_a_gap_ends_the_landing_and_a_repeat_is_told(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    files = []
    for _ in range(3):
        await outer.open()
        files += await outer.export()
    taken = await inner.land(files[0], files[2])
    assert (taken.numbers, taken.gap) == ([1], (2, 2))
    taken = await inner.land(files[2], files[1], files[0])
    assert (taken.numbers, taken.repeats, taken.gap) == ([2, 3], [1], None)
    assert len(await inner.standing()) == 3


async def test_lost_files_are_written_again_until_they_are_acknowledged(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    for _ in range(3):
        await outer.open()
        for path in await outer.export():
            path.unlink()
    again = await outer.export(again=True)
    assert [path.name for path in again] == [f"haoban-outer-inner-{n:08d}.json" for n in (1, 2, 3)]
    assert (await inner.land(*again[:2])).numbers == [1, 2]
    await outer.land(*await inner.export())
    assert next(path.name[-6] for path in await outer.export(again=True)) == "3"


def _changed(text: str, name: str, value: Any) -> str:
    return json.dumps(json.loads(text) | {name: value})


SPOILED = {
    "another case": lambda text: text.replace("欧阳测试", "欧阳改了"),
    "another number": lambda text: _changed(text, "number", 2),
    "no signature": lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "signature"}),
    "a false signature": lambda text: _changed(text, "signature", "AAAA"),
    "half a file": lambda text: text[: len(text) // 2],
    "no file at all": lambda _: "[]",
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("how", SPOILED)
async def test_a_spoiled_file_is_refused(sides: tuple[Side, Side], how: str) -> None:
    outer, inner = sides
    await outer.open()
    [file] = await outer.export()
    file.write_text(SPOILED[how](file.read_text()))
    taken = await inner.land(file)
    assert (taken.numbers, len(taken.refused)) == ([], 1)
    assert await inner.standing() == {}


async def test_a_file_for_somebody_else_or_from_nobody_known_is_refused(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    await outer.open()
    [file] = await outer.export()
    assert (await outer.land(file)).refused, "its own file"
    inner.peer_key = public_text(Ed25519PrivateKey.generate())
    assert "signature" in (await inner.land(file)).refused[0][1]


async def test_whatever_happens_to_the_files_both_sides_agree_in_the_end(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    """Files are lost, doubled and come in any order; cases are opened outside and worked on inside."""
    outer, inner = sides
    chance = random.Random(7)
    numbers: list[str] = []
    for turn in range(6):
        numbers.append(await outer.open())
        for number in numbers[:turn]:
            status = (await inner.standing()).get(number, ("",))[0]
            if status == "received":
                await inner.move(number, Status.ACCEPTED, CLERK)
            elif status == "accepted" and chance.random() < 0.6:
                await inner.move(number, Status.REVIEWING, HANDLER)
        for side, other in ((outer, inner), (inner, outer)):
            await side.export(again=chance.random() < 0.4)
            files = [path for path in side.outbox.iterdir() if chance.random() < 0.7]
            chance.shuffle(files)
            await other.land(*files, *files[:1])
    for _ in range(2):
        for side, other in ((outer, inner), (inner, outer)):
            shutil.rmtree(side.outbox)
            side.outbox.mkdir()
            await side.export(again=True)
            await other.land(*side.outbox.iterdir())
    assert await outer.standing() == await inner.standing()
    assert len(await outer.standing()) == 6

    async def echoes(*_: object) -> int:
        return await CaseEvent.filter(channel="ferry", kind="opened").count()

    assert (await outer.do(echoes), await inner.do(echoes)) == (0, 6)


async def test_each_file_is_in_the_trail(sides: tuple[Side, Side]) -> None:
    outer, inner = sides
    await outer.open()
    await inner.land(*await outer.export())

    async def noted(*_: object) -> list[str]:
        return [row.action for row in await AuditRecord.filter(action__startswith="ferry")]

    assert (await outer.do(noted), await inner.do(noted)) == (["ferry export"], ["ferry import"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": ""}, "ferry.name"),
        ({"peer": "Inner!"}, "ferry.peer"),
        ({"peer_key": "x"}, "ferry.peer_key"),
        ({"peer": "outer"}, "this side itself"),
        ({"fields": NEEDED | {"shoe_size"}}, "shoe_size"),
        ({"fields": NEEDED - {"number"}}, "number must be among them"),
    ],
)
def test_a_crossing_that_is_not_set_up_is_told(change: dict[str, Any], told: str) -> None:
    key = Ed25519PrivateKey.generate()
    usual = {"name": "outer", "peer": "inner", "peer_key": public_text(key), "fields": FIELDS}
    with pytest.raises(SettingsError, match=told):
        Ferry(None, None, Crossing(**(usual | change)), key)  # type: ignore[arg-type]
