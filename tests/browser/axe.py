"""Whether a page breaks a rule of WCAG 2.2 A or AA, as far as axe-core can tell."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parent.parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
}"""


def violations(page: Page) -> list[str]:
    """The rules that the page as it stands breaks, each with where."""
    page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, RULES)
    return found


@cache
def _source() -> str:
    return AXE.read_text("utf-8")
