"""A bar for each row as SVG, so that a report can be looked at before it is read; nothing heavier is needed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.results import Result, Table, number

WIDTH, NAME_WIDTH, BAR_WIDTH = 760, 330, 320
ROW, BAR, TOP = 26, 16, 12
INK, OURS, THEIRS, SHORT, GOAL = "#1f2933", "#1a6fb5", "#9aa5b1", "#c2410c", "#15803d"
_FONT = 'font-family="system-ui, sans-serif" font-size="13"'


def picture(table: Table) -> str:
    """The drawn column's bars, or how far each goal is used up; empty when there is nothing to draw."""
    if table.rows:
        return _bars([(str(row[0]), float(row[table.drawn]), _colour(str(row[0]))) for row in table.rows])
    return _goals([result for result in table.results if result.goal])


def _colour(name: str) -> str:
    return OURS if name.startswith("Haoban") else THEIRS


def _bars(bars: Sequence[tuple[str, float, str]]) -> str:
    most = max((value for _, value, _ in bars), default=0) or 1
    parts = [_bar(at, name, value / most, number(value), colour) for at, (name, value, colour) in enumerate(bars)]
    return _framed(len(bars), parts)


def _goals(results: Sequence[Result]) -> str:
    """Bars of the share of a goal that is used, the goal itself a line; shorter is better."""
    if not results:
        return ""
    shares = [_share(result) for result in results]
    most = max(1.25, *(min(share, 4.0) for share in shares))
    parts = [
        _bar(at, result.what, min(share, most) / most, result.told, OURS if result.is_reached else SHORT)
        for at, (result, share) in enumerate(zip(results, shares, strict=True))
    ]
    x = NAME_WIDTH + BAR_WIDTH / most
    line = f'<line x1="{x:.1f}" y1="4" x2="{x:.1f}" y2="{TOP + ROW * len(results)}" stroke="{GOAL}" stroke-width="2"/>'
    return _framed(len(results), [*parts, line])


def _share(result: Result) -> float:
    """1 is just the goal, less is better."""
    if result.most is not None:
        return result.value / result.most if result.most else 1.0 + result.value
    return (result.least or 0) / result.value if result.value else 4.0


def _bar(at: int, name: str, share: float, told: str, colour: str) -> str:
    y, width = TOP + at * ROW, max(1.0, share * BAR_WIDTH)
    middle = y + BAR - 3
    return (
        f'<text x="{NAME_WIDTH - 8}" y="{middle}" text-anchor="end">{escape(_short(name))}</text>'
        f'<rect x="{NAME_WIDTH}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
        f'<text x="{NAME_WIDTH + width + 6:.1f}" y="{middle}">{escape(told)}</text>'
    )


def _short(name: str) -> str:
    return name if len(name) <= 48 else name[:47] + "…"


def _framed(rows: int, parts: Sequence[str]) -> str:
    height = TOP * 2 + rows * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/><g {_FONT} fill="{INK}">{"".join(parts)}</g></svg>\n'
    )
