"""One page that tells all that was measured: the goals first, then each table with its picture, then on what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.picture import picture
from bench.results import Cell, Result, Table, number

HOW_TO_READ = """\
How often each number was measured, and whether ours and theirs took turns, is told with its table. The machine may be
shared: ratios and CPU time hold, absolute times are only for orientation. CPU time is that of the server's processes,
without the database's and without the client's. In the pictures of goals the green line is the goal, and shorter is
better.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measurement gave: its tables, or why there are none."""

    name: str
    took_s: float
    tables: Sequence[Table] = ()
    failure: str = ""


def write(folder: Path, measured: Sequence[Measured], facts: Mapping[str, str], *, is_whole: bool = True) -> Path:
    """Write the page and its pictures into a folder; where it is. `facts` tell machine and versions.

    All measurements are README.md; some of them are part.md, which leaves README.md and its pictures as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page, prefix = (folder / "README.md", "") if is_whole else (folder / "part.md", "part-")
    _clear(folder, prefix)
    took_s = sum(one.took_s for one in measured)
    parts = ["# Haoban, measured\n" if is_whole else "# Haoban, measured in part\n", HOW_TO_READ]
    parts += [f"All of it took {took_s / 60:.1f} minutes.\n", *_failures(measured), *_summary(measured)]
    for one in measured:
        for at, table in enumerate(one.tables, 1):
            parts += _section(folder, f"{prefix}{one.name}-{at}", table)
    parts += ["## On what it was measured\n", _table(("", ""), list(facts.items()))]
    took = [*((one.name, one.took_s) for one in measured), ("all", took_s)]
    parts += ["How long each measurement took:\n", _table(("", "s"), took)]
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def _clear(folder: Path, prefix: str) -> None:
    """Throw away what the page takes the place of: a part only an earlier part, the whole that too."""
    for old in folder.glob(f"{prefix}*.svg"):
        old.unlink()
    (folder / "part.md").unlink(missing_ok=True)


def results_of(measured: Sequence[Measured]) -> list[Result]:
    """All that has a goal."""
    return [result for one in measured for table in one.tables for result in table.results if result.goal]


def _failures(measured: Sequence[Measured]) -> Iterator[str]:
    failed = [one for one in measured if one.failure]
    if failed:
        yield "## What could not be measured\n"
    for one in failed:
        yield f"**{one.name}** failed:\n\n```text\n{one.failure.strip()}\n```\n"


def _summary(measured: Sequence[Measured]) -> Iterator[str]:
    results = results_of(measured)
    missed = [result for result in results if not result.is_reached]
    yield "## The goals\n"
    yield f"{len(results) - len(missed)} of {len(results)} goals are reached" + (":\n" if results else ".\n")
    yield _goals(results)


def _section(folder: Path, name: str, table: Table) -> Iterator[str]:
    yield f"## {table.title}\n"
    yield f"{table.about}\n"
    if table.turns:
        yield f"How often: {table.turns}\n"
    if drawn := picture(table):
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
        what = f"{table.columns[table.drawn]}, by row" if table.rows else "How far the goals are used up"
        yield f"![{what}]({name}.svg)\n"
    if table.rows:
        yield f"Drawn: {table.columns[table.drawn]}.\n"
        yield _table(table.columns, table.rows)
    if table.results:
        yield _goals(table.results)
    yield from (f"- {note}" for note in table.notes)
    yield ""


def _goals(results: Sequence[Result]) -> str:
    rows = [(result.what, result.told, result.goal, result.verdict, result.note) for result in results]
    return _table(("What", "Measured", "Goal", "Verdict", "Of it"), rows) if rows else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    head = [_line(columns), _line(["---" if not at else "---:" for at in range(len(columns))])]
    if columns[-1] == "Of it" or not any(columns):
        head[1] = _line(["---"] * len(columns))
    return "\n".join([*head, *map(_line, rows)]) + "\n"


def _line(cells: Sequence[Cell]) -> str:
    told = (cell if isinstance(cell, str) else number(cell) for cell in cells)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in told) + " |"
