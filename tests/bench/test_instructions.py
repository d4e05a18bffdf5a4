"""Instructions are counted between two moments, of the last of what was asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import instructions
from bench.instructions import Way, counted, measure, total
from bench.sizes import Size


def dump(path: Path, count: int) -> None:
    path.write_text(f"version: 1\npid: 7\nevents: Ir\nfn=(1) main\n12 {count - 1}\n\ntotals: {count}\n")


def test_all_instructions_of_a_dump_are_told_and_one_without_is_refused(tmp_path: Path) -> None:
    dump(tmp_path / "counts.7.1", 123_456)
    assert total(tmp_path / "counts.7.1") == 123_456
    (tmp_path / "counts.7.2").write_text("events: Ir\n")
    with pytest.raises(RuntimeError, match=r"counts\.7\.2"):
        total(tmp_path / "counts.7.2")


def test_each_way_is_counted_from_its_own_zero_and_without_what_came_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes 1,000 instructions for each question, under a callgrind that is played."""
    state = SimpleNamespace(is_on=False, taken=0, dumps=0)

    def hears(_: Any, word: str) -> None:
        match word:
            case "--zero":
                state.taken = 0
            case "--dump":
                state.dumps += 1
                dump(tmp_path / f"counts.7.{state.dumps}", state.taken)
            case _:
                state.is_on = word == "--instr=on"

    def asked(_: Any, way: Way, number: int) -> None:
        state.taken += state.is_on * len(way.draw(number)) * 1000

    monkeypatch.setattr(instructions, "_told", hears)
    monkeypatch.setattr(instructions, "_ask", asked)
    monkeypatch.setattr(instructions, "until_at_rest", lambda _: None)
    server: Any = SimpleNamespace(first_answer_s=lambda _: 0.1, process=SimpleNamespace(pid=7))
    ways = {f"way {n}": Way(lambda number, n=n: [b""] * number * n, 1) for n in range(1, 12)}
    assert counted(server, tmp_path, ways, 8) == {f"way {n}": 1000 * n for n in range(1, 12)}


def test_without_valgrind_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "is_installed", lambda: False)
    [table] = measure(Size.TINY)
    assert not table.rows
    assert table.notes == [instructions.ABSENT]
