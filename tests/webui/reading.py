"""Reading a page as a browser and a screen reader would, strictly."""

from __future__ import annotations

from typing import Any

from lxml import html
from lxml.html import HtmlElement

Element = HtmlElement


class Page:
    """A parsed page."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.root = html.document_fromstring(text)

    def all(self, path: str) -> list[Any]:
        found = self.root.xpath(path)
        assert isinstance(found, list)
        return found

    def one(self, path: str) -> Any:
        found = self.all(path)
        assert len(found) == 1, f"{len(found)} of {path}"
        return found[0]

    @property
    def words(self) -> str:
        """What the main part says."""
        return " ".join(self.one("//main").text_content().split())

    @property
    def heading(self) -> str:
        return " ".join(self.one("//h1").text_content().split())

    def facts(self) -> dict[str, str]:
        """Labels and values of the summary lists."""
        return {
            " ".join(row.findtext("dt").split()): " ".join(row.find("dd").text_content().split())
            for row in self.all("//dl[@class='summary']/div")
        }

    def steps(self) -> list[str]:
        return [step.get("class").removeprefix("step step-") for step in self.all("//ol[@class='steps']/li")]
