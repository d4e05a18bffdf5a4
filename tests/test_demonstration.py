"""The main job end to end: the demonstration loaded, and one case asked for through every channel there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from core.numbers import query_number

ROOT = Path(__file__).parent.parent
UNKNOWN = query_number(date(2000, 1, 1), 1)
HAOBAN = [sys.executable, "-m", "gateway"]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    (folder / "settings.toml").write_text((ROOT / "settings.toml").read_text("utf-8"), "utf-8")
    assert haoban(folder, "migrate").returncode == 0
    return folder, json.loads(haoban(folder, "demo", "--json").stdout)


def haoban(folder, *words):
    return subprocess.run(  # noqa: S603
        [*HAOBAN, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def case_that_is(cases, status):
    return next(case for case in cases if case["status"] == status)


def test_the_demonstration_holds_500_cases_in_every_status(county):
    _, cases = county
    assert len(cases) == 500
    assert len({case["status"] for case in cases}) == 16
    assert set(cases[0]) == {"number", "pin", "status", "item"}


def test_loading_it_again_changes_nothing(county):
    folder, cases = county
    before = json.loads(haoban(folder, "demo", "--json").stdout)
    assert json.loads(haoban(folder, "demo", "--json").stdout) == before
    assert [case["number"] for case in before] == [case["number"] for case in cases]


def test_a_text_message_with_number_and_pin_is_told_the_status(county):
    folder, cases = county
    case = case_that_is(cases, "reviewing")
    answer = haoban(folder, "ask", f"CX {case['number']} {case['pin']}").stdout
    assert answer.startswith("【示例政务】")
    assert "审查中" in answer


def test_an_english_question_is_answered_in_english(county):
    folder, _ = county
    assert (
        "Reply with a number" in haoban(folder, "ask", "open a restaurant").stdout
        or "Please bring" in haoban(folder, "ask", "open a restaurant").stdout
    )


def test_a_wrong_pin_and_an_unknown_number_are_answered_alike(county):
    folder, cases = county
    case = case_that_is(cases, "accepted")
    wrong = f"{(int(case['pin']) + 1) % 1_000_000:06d}"
    refused = haoban(folder, "ask", f"{case['number']} {wrong}").stdout
    assert refused == haoban(folder, "ask", f"{UNKNOWN} {wrong}").stdout
    assert "不符" in refused


def test_a_case_moves_by_allowed_changes_only(county):
    folder, cases = county
    number = case_that_is(cases, "received")["number"]
    assert "can't become delivered" in haoban(folder, "case", "move", number, "delivered").stderr
    assert "is accepted now" in haoban(folder, "case", "move", number, "accepted", "--role", "clerk").stdout
    assert "received → accepted" in haoban(folder, "case", "show", number).stdout


def test_check_says_what_is_configured(county):
    folder, _ = county
    checked = haoban(folder, "check")
    assert checked.returncode == 0
    assert "48 of 12 departments" in checked.stdout
