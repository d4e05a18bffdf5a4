"""What the other ways to ask cost beside the JSON API: a signed text message, a scanned receipt, a search, a call."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from html import unescape
from pathlib import Path

import orjson

from bench.databases import fill
from bench.load import answers
from bench.postgres import postgres
from bench.questions import CHANNEL, Questions, questions
from bench.results import Table
from bench.rounds import COLUMNS, UNTIL_RECORDED_S, Side, run_anew
from bench.search import asked as words_asked
from bench.servers import Server, bare, haoban
from bench.sizes import Size
from core.language import Catalogues, Language
from core.numbers import grouped

STATUS, SMS, PAGE, ITEMS = "Haoban, JSON API", "Haoban, text message", "Haoban, scanned receipt", "Haoban, item search"
BARE_SMS, BARE_PAGE = "bare, text message", "bare, scanned receipt"
COMPARED = 100
# Where the stage stands, without the words that the clock is stopped: behind number and item, or as heading.
_STAGE = {"sms": re.compile(r"）：([^。（]+)[。（]"), "page": re.compile(r'(?:class="stage-name">|</h1><p>)([^<（]+)')}
SLOW = 0.3  # of the requests for the search, which would take most of the time
ABOUT = """\
{count:,} cases on one PostgreSQL, one process each, 8 connections kept open. Text message: Twilio's webhook, the
signature checked, the answer as TwiML; ours leads the whole conversation (a menu follows, a repeat is known, the
sender is limited), the bare handler says one sentence. Scanned receipt: `GET /q/TOKEN`, the token checked, a page of
HTML; ours has the design's frame, steps and actions, the bare handler's is a small template of Jinja. Both check PIN or
token, record the look-up and tell the same number, item, stage and contact, which is compared for {compared} cases
before it is measured."""
NOTES = (
    "What each is made of is measured under `profile`.",
    "The search is `GET /api/v1/items?q=…` over the demonstration's items, in everyday words.",
    "The steps of a call are measured under `calls`.",
)


def measure(size: Size) -> Sequence[Table]:
    count, asked = size.of(2_000, 20_000, 1_000_000), size.of(60, 500, 2_000)
    with postgres() as url, tempfile.TemporaryDirectory() as folder:
        fill(url, Path(folder), count)
        about = questions(url)

        def opened(stack: ExitStack) -> Mapping[str, Side]:
            ours = stack.enter_context(haoban(url, Path(folder), **CHANNEL))
            plain = stack.enter_context(bare(url, Path(folder)))
            for server in (ours, plain):
                server.first_answer_s()
            compare(ours, plain, about)
            return _sides(ours, plain, about)

        turns = run_anew(opened, size.of(1, 2, 5), size.of(1, 2, 3), asked)
    results = [
        turns.result("Text message: ours / the bare handler", SMS, BARE_SMS, most=2.2),
        turns.result("Scanned receipt: ours / the bare handler", PAGE, BARE_PAGE, most=2.5),
        turns.result("Text message, nobody else asking: ours / the bare handler", SMS, BARE_SMS, "alone_us"),
        turns.result("Scanned receipt, nobody else asking: ours / the bare handler", PAGE, BARE_PAGE, "alone_us"),
    ]
    told = ABOUT.format(count=count, compared=COMPARED)
    columns = [name.replace("ours", "our JSON API") for name in COLUMNS]
    rows = turns.rows(STATUS)
    return [Table("Every way to ask", told, columns, rows, results=results, notes=NOTES, turns=turns.told)]


def _sides(ours: Server, plain: Server, about: Questions) -> dict[str, Side]:
    return {
        STATUS: Side(ours, about.status, UNTIL_RECORDED_S),
        SMS: Side(ours, about.sms, UNTIL_RECORDED_S),
        BARE_SMS: Side(plain, about.sms, UNTIL_RECORDED_S),
        PAGE: Side(ours, about.page, UNTIL_RECORDED_S),
        BARE_PAGE: Side(plain, about.page, UNTIL_RECORDED_S),
        ITEMS: Side(ours, about.items(words_asked()), share=SLOW),
    }


def compare(ours: Server, plain: Server, about: Questions) -> None:
    """Both tell of each case what the JSON API tells. Raises RuntimeError."""
    words = Catalogues()["zh"]
    for way in ("sms", "page"):
        cases, requests = about.pairs(COMPARED, way)
        facts = [orjson.loads(one) for one in _told(ours, cases)]
        for server in (ours, plain):
            for case, text in zip(facts, _told(server, requests), strict=True):
                if missing := untold(case, unescape(text), way, words):
                    raise RuntimeError(f"{missing} is not told: {text}")


def untold(case: Mapping[str, str], text: str, way: str, words: Language) -> list[str]:
    """What of a case's number, item, contact and stage an answer does not tell; the stage in its place, for a page
    names the others too.
    """
    missing = [told for told in (grouped(case["number"]), case["item"], case["link_way"]) if told not in text]
    stage, found = words.text(f"stage.{case['stage']}"), _STAGE[way].search(text)
    return missing if found and found[1] == stage else [*missing, stage]


def _told(server: Server, requests: Sequence[bytes]) -> list[str]:
    return [answer.body.decode() for answer in asyncio.run(answers(server.port, requests, 1))]
