"""The templates' engine, so that every page is escaped, strict about missing values, and in the same frame."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup

from core.language import Language
from core.numbers import grouped
from webui.look.assets import asset_url
from webui.look.engine import Constants, Engine
from webui.look.tags import tag

NUMBERED = re.compile(r"^\s*[（(]?\d{1,2}\s*[.、．)）]\s*(?!\d)")
HAN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
MOST_KEPT = 1_000
PHONE = re.compile(r"\+?\d[\d -]{2,20}\d")


def environment(**packages: str) -> Environment:
    """An engine for the templates of some packages, each under its prefix: `environment(pages="webui.pages")`.

    The frame and its parts are under `look/`. Whoever asks for the same packages gets the same engine, for it holds
    nothing but templates, and compiling them takes its time. Pages are made by `spoken` of it.
    """
    return _environment(tuple(sorted(packages.items())))


@cache
def spoken(templates: Environment, language: Language) -> Environment:
    """The templates of an engine in a language: they know its words `t`, its dates and numbers `say`, and its `tag`."""
    made = templates.overlay(extensions=[Constants])
    made.globals = templates.globals | {"t": language.text, "say": language, "tag": tag(language.code)}
    return made


@cache
def _environment(packages: tuple[tuple[str, str], ...]) -> Environment:
    sources = {"look": __package__, **dict(packages)}
    made = Engine(
        loader=PrefixLoader({prefix: PackageLoader(package) for prefix, package in sources.items()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"asset": asset_url, "made_once": made_once}
    made.filters |= {"filled": filled, "grouped": grouped, "lines": lines, "numbered": numbered}
    made.tests |= {"chinese": is_chinese, "link": is_link, "phone": is_phone}
    return made


@lru_cache(MOST_KEPT, typed=True)  # what is escaped already is not the same as what is not
def made_once(part: Macro, *about: str | bool) -> Markup:
    """What a part makes of these values, made once: for what is the same on page after page, and holds nothing of a
    citizen. The part must have been imported without context, else it is another one on each page.
    """
    return Markup(part(*about))  # noqa: S704  (a part escapes what it is given)


def filled(rows: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows that have a value."""
    return [row for row in rows if row[1]]


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
