"""The templates' engine, so that every page is escaped, strict about missing values, and in the same frame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule

from core.numbers import grouped
from webui.look.assets import asset_url

NUMBERED = re.compile(r"^\s*[（(]?\d{1,2}\s*[.、．)）]\s*(?!\d)")
HAN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_PARTS = "_parts"  # of the page that is being made
PHONE = re.compile(r"\+?\d[\d -]{2,20}\d")


def environment(**packages: str) -> Environment:
    """An engine for the templates of some packages, each under its prefix: `environment(pages="webui.pages")`.

    The frame and its parts are under `look/`. Every page is given what `webui.page.render` gives. Whoever asks for the
    same packages gets the same engine, for it holds nothing but templates, and compiling them takes its time.
    """
    return _environment(tuple(sorted(packages.items())))


class _Page(Template):
    """A template whose parts are set up once for a page, however many of its templates import them.

    What a part sees is what the page is given: one that was imported keeps to that, not to what an importer has set.
    """

    def render(self, *args: Any, **values: Any) -> str:
        return super().render(*args, **values, **{_PARTS: {}})

    def make_module(
        self,
        vars: Mapping[str, Any] | None = None,  # noqa: A002  (Jinja's names)
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,  # noqa: A002
    ) -> TemplateModule:
        parts: dict[Template, TemplateModule] = (vars or {}).get(_PARTS, {})
        if (made := parts.get(self)) is None:
            made = parts[self] = super().make_module(vars, shared, locals)  # type: ignore[arg-type]
        return made


@cache
def _environment(packages: tuple[tuple[str, str], ...]) -> Environment:
    sources = {"look": __package__, **dict(packages)}
    made = Environment(
        loader=PrefixLoader({prefix: PackageLoader(package) for prefix, package in sources.items()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.template_class = _Page
    made.globals["asset"] = asset_url
    made.filters |= {"grouped": grouped, "lines": lines, "numbered": numbered}
    made.tests |= {"chinese": is_chinese, "link": is_link, "phone": is_phone}
    return made


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def numbered(text: str) -> list[str]:
    """The points of a text whose every line is numbered, without their numbers; none for any other text."""
    points = lines(text)
    if len(points) < 2 or not all(NUMBERED.match(point) for point in points):
        return []
    return [NUMBERED.sub("", point) for point in points]


def is_chinese(text: str) -> bool:
    """Whether a text is to be read as Chinese: digits and Latin alone are not."""
    return bool(HAN.search(text))


def is_phone(text: str) -> bool:
    """Whether a text is one telephone number and nothing else."""
    return bool(PHONE.fullmatch(text))


def is_link(address: str) -> bool:
    """Whether an address from the data may be linked to: only the web's own, never a script."""
    return address.lower().startswith(("https://", "http://"))
