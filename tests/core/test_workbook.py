"""Whatever stands in the database can be taken along as a table that opens, and nothing in it is a formula."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from openpyxl import load_workbook

from core.workbook import as_csv, as_xlsx, harmless


def written(text: str) -> tuple[str, str]:
    """The kind of the cell that a text became, and what stands in it."""
    book = load_workbook(io.BytesIO(as_xlsx("办件", ["申请人"], [["", text]])))
    cell = book.active["B2"]
    return cell.data_type, str(cell.value or "")


def printed(text: object) -> str:
    return "".join(filter(str.isprintable, str(text)))


@given(some.text(max_size=40))
@example("王\uffff芳")
@example("\ufffe")
@example("\ud800")
def test_every_text_is_read_again_but_for_what_no_workbook_holds(text: str) -> None:
    assert printed(written(text)[1]).removeprefix("'") == printed(harmless(text)).removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "\x01=1+1", "\ufffe=1+1", "\0\0@SUM(A1)", "\x0b+86", "-" * 40_000])
def test_nothing_becomes_a_formula(text: str) -> None:
    kind, told = written(text)
    assert kind != "f"
    assert told.startswith("'")
    assert len(told) <= 32_767
    assert as_csv(["申请人"], [[text]]).decode("utf-8-sig").splitlines()[1].startswith("'")
