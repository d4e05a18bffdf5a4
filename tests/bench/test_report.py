"""The report is what people judge us by: it must be whole and readable, and hide no goal that is missed."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from bench import __main__ as runner
from bench.report import Measured, write
from bench.results import Result, Table
from bench.sizes import Size

SIDES = Table(
    "Look-ups, side by side",
    "10 cases, one process each.",
    ("", "CPU a request, µs", "times ours"),
    [["Haoban", 300.0, 1.0], ["Django & its ORM | gunicorn", 2345.678, 7.82]],
    results=[
        Result("Ours / the bare handler", 1.5, "times", most=1.2, note="300 and 200 µs"),
        Result("Django / ours", 7.82, "times", least=7),
    ],
    notes=["What is left is PostgreSQL's protocol."],
    turns="all take turns, 5 each; the median.",
)
ONLY_GOALS = Table("Pages", "In a browser.", results=[Result("Shift", 0, most=0), Result("Seen", 3, "pages")])


@pytest.fixture
def page(tmp_path: Path) -> str:
    measured = [
        Measured("look_up", 12.3, [SIDES]),
        Measured("pages", 4, [ONLY_GOALS]),
        Measured("board", 1, failure="Traceback\nOSError: no port"),
    ]
    return write(tmp_path, measured, {"processor": "a small one"}).read_text(encoding="utf-8")


def test_goals_come_first_in_plain_words(page: str) -> None:
    assert "2 of 3 goals are reached" in page
    summary = page.partition("## Look-ups")[0]
    assert "| Ours / the bare handler | 1.5 times | at most 1.2 | **missed**: 1.5 times, where at most 1.2" in summary
    assert "| Django / ours | 7.82 times | at least 7 | reached |" in summary


def test_what_failed_is_told(page: str) -> None:
    assert "**board** failed" in page
    assert "OSError: no port" in page


def test_every_table_is_whole(page: str) -> None:
    for block in re.findall(r"(?:^\|.*\|\n)+", page, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block


def test_every_table_has_its_picture(page: str, tmp_path: Path) -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", page)
    assert pictures == ["look_up-1.svg", "pages-1.svg"]
    for name in pictures:
        drawn = Xml.fromstring((tmp_path / name).read_text(encoding="utf-8"))  # noqa: S314  (our own picture)
        assert drawn.tag.endswith("svg")
    assert "Django &amp; its ORM" in (tmp_path / "look_up-1.svg").read_text(encoding="utf-8")


def test_data_machine_and_notes_are_told(page: str) -> None:
    for told in ("10 cases, one process each.", "| processor | a small one |", "PostgreSQL's protocol", "2,346"):
        assert told in page


def test_what_was_measured_survives_the_way_between_processes() -> None:
    assert Table.unpacked(SIDES.packed()).results == SIDES.results


def test_a_failure_stops_nothing_and_is_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(name: str, _size: Size) -> Measured:
        return Measured(name, 1, failure="no port") if name == "board" else Measured(name, 1, [SIDES])

    monkeypatch.setattr(runner, "run", run)
    assert runner.main(["board", "look_up"], Size.TINY, tmp_path) == 1
    assert runner.main(["look_up"], Size.TINY, tmp_path) == 0  # though a goal is missed
    assert "Look-ups, side by side" in (tmp_path / "part.md").read_text(encoding="utf-8")


def test_a_part_leaves_the_whole_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, [Measured("look_up", 1, [SIDES]), Measured("pages", 1, [ONLY_GOALS])], {})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    page = write(tmp_path, [Measured("look_up", 1, [ONLY_GOALS])], {}, is_whole=False)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert page.name == "part.md"
    assert "(part-look_up-1.svg)" in page.read_text(encoding="utf-8")
    assert after.items() >= before.items()
    assert after.keys() - before.keys() == {"part.md", "part-look_up-1.svg"}


def test_a_new_page_has_no_pictures_of_an_old_one(tmp_path: Path) -> None:
    for is_whole in (False, True):
        write(tmp_path, [Measured("pages", 1, [ONLY_GOALS])], {}, is_whole=is_whole)
        write(tmp_path, [Measured("look_up", 1, [SIDES])], {}, is_whole=is_whole)
    assert {path.name for path in tmp_path.iterdir()} == {"README.md", "look_up-1.svg"}


def test_only_all_measurements_are_the_whole() -> None:
    every = [Measured(name, 1, [SIDES]) for name in runner.MEASUREMENTS]
    assert runner.is_whole(every, Size.USUAL)
    assert not runner.is_whole(every[1:], Size.USUAL)
    assert not runner.is_whole(every, Size.TINY)


def test_how_often_and_how_long_are_told(page: str) -> None:
    assert "How often: all take turns" in page
    assert "All of it took 0.3 minutes." in page


def test_a_measurement_that_breaks_is_a_failure() -> None:
    found = runner.run("look_up", "no size")  # type: ignore[arg-type]
    assert "no size" in found.failure
    assert not found.tables
