"""A stand-in for the query layer, so that pages are tried without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from core.asker import Asker
from core.errors import BadNumber, Conflict, NotFound, NotRecognised
from core.numbers import is_query_number
from core.views import CaseStatus, FormView, Found, ItemGuide, ItemSummary, NoticeView, Receipt, Shelf
from tests.webui.samples import BARE_GUIDE, CASES, FORM, GUIDE, MARKET, NOTICES, OTHER, PIN, SUMMARY


@dataclass
class StandIn:
    """Answers as the query layer would; `fails` is raised by every call, `asked` notes who asked for cases."""

    guides: dict[str, ItemGuide] = field(default_factory=lambda: {g.summary.task_code: g for g in (GUIDE, BARE_GUIDE)})
    found: Found = field(default_factory=lambda: Found((SUMMARY, OTHER), clear=False))
    listed: tuple[ItemSummary, ...] = (SUMMARY, OTHER)
    form_view: FormView = FORM
    published: tuple[NoticeView, ...] = NOTICES
    fails: Exception | None = None
    asked: list[Asker] = field(default_factory=list)

    async def case_status(self, number: str, pin: str, asker: Asker, *, with_token: bool = True) -> CaseStatus:
        self._fail()
        self.asked.append(asker)
        if not is_query_number(number):
            raise BadNumber("no query number")
        for one in CASES:
            if one.number == number and pin == PIN:
                return one if with_token else one._replace(token="")
        raise NotRecognised("don't fit")

    async def receipt(self, number: str, pin: str, asker: Asker) -> Receipt:
        status = await self.case_status(number, pin, asker)
        return Receipt(status, pin, f"https://haoban.example/q/{status.token}")

    async def case_by_token(self, token: str, asker: Asker) -> CaseStatus:
        self._fail()
        for one in CASES:
            if one.token == token:
                return one
        raise NotFound("no such token")

    async def find_items(self, words: str, limit: int = 5) -> Found:
        self._fail()
        return Found((), clear=False) if words == "没有" else self.found

    async def item(self, code: str) -> ItemGuide:
        self._fail()
        if code not in self.guides:
            raise NotFound("no such item")
        return self.guides[code]

    async def forms(self, code: str) -> tuple[FormView, ...]:
        return (self.form_view,) if code == SUMMARY.task_code else ()

    async def form(self, slug: str) -> FormView:
        if slug != self.form_view.slug:
            raise NotFound("voided")
        return self.form_view

    async def departments(self) -> tuple[Shelf, ...]:
        self._fail()
        return (
            Shelf(MARKET, SUMMARY.department_en, 41),
            Shelf("示例县公安局", "", 1),
            Shelf("示例县自然资源和规划局", "Shili County Bureau of Natural Resources and Planning", 12),
        )

    async def items_of(self, department_name: str, offset: int, limit: int) -> tuple[tuple[ItemSummary, ...], int]:
        of_it = [one for one in self.listed if one.department == department_name]
        return tuple(of_it[offset : offset + limit]), len(of_it)

    async def notices(self, today: date) -> tuple[NoticeView, ...]:
        self._fail()
        return self.published

    def _fail(self) -> None:
        if self.fails:
            raise self.fails


@dataclass
class Rated:
    """Takes ratings as the house would: `kept` holds score, words and channel by token."""

    kept: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    async def rate(self, token: str, score: int, words: str, channel: str) -> None:
        if token not in {case.token for case in CASES}:
            raise NotFound("no such token")
        if token in self.kept:
            raise Conflict("rated already")
        self.kept[token] = score, words, channel
