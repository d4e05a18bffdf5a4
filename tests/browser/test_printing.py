"""A receipt comes out of every printer on one sheet, with all that is needed and nothing to operate."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.numbers import grouped
from tests.browser.places import Case, first_item, receipt_of
from tests.browser.printing import PAPERS_MM, codes_on, printed, words_on

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("paper", PAPERS_MM)
def test_receipt_is_one_sheet(
    page: Page, county_cases: dict[str, Case], served: str, tmp_path: Path, language: str, paper: str
) -> None:
    case = county_cases["special"]
    receipt_of(case)(page)
    sheets = printed(page, tmp_path, paper)
    words = words_on(tmp_path)
    assert len(sheets) == 1
    assert [code.startswith(f"{served}/q/") for code in codes_on(sheets[0])] == [True]
    assert grouped(case.number) in words and case.pin in words
    for operated in ("Ctrl+P", "English", "中文", "办事指南", "Service guides", "Cookie", "cookie"):
        assert operated not in words


@pytest.mark.parametrize("language", ["zh"])
def test_guide_is_printed_with_its_answers_and_without_its_contents(page: Page, tmp_path: Path) -> None:
    first_item(page)
    answer = page.locator("details > :not(summary)").last.text_content() or ""
    printed(page, tmp_path, "A4")
    words = "".join(words_on(tmp_path).split())
    assert "申请材料" in words
    assert "".join(answer.split())[:12] in words
    assert "本页内容受理条件" not in words
