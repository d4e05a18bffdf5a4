"""The templates' engine, so that every page is escaped, strict about missing values, and in the same frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined, Template
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from core.language import Language
from core.numbers import grouped
from webui.look.assets import asset_url
from webui.look.tags import tag

NUMBERED = re.compile(r"^\s*[（(]?\d{1,2}\s*[.、．)）]\s*(?!\d)")
HAN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_CALL = ("name", "lparen", "string", "rparen")
_PARTS = "_parts"  # of the page that is being made
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
    made = templates.overlay(extensions=[_Written])
    made.globals = templates.globals | {"t": language.text, "say": language, "tag": tag(language.code)}
    return made


class _Written(Extension):
    """Words and addresses that a template asks for by a constant, as in `t("web.nav.home")`, stand in it as written.

    Most calls of a page are such ones; made anew for each page they cost more than the page's own facts.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        known: Mapping[str, Any] = {name: self.environment.globals[name] for name in ("t", "asset")}
        held: list[Token] = []
        for token in stream:
            held.append(token)
            while held and not _may_be_call(held, known):
                yield held.pop(0)
            if len(held) == len(_CALL):
                yield Token(held[0].lineno, "string", known[held[0].value](held[2].value))
                held.clear()
        yield from held


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


class _Context(Context):
    """Calls what a template calls, without looking first whether that wants to be given the context.

    Nothing does but Jinja's macros, which ask it whether to escape; left alone, they go by the engine, which always
    escapes.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*args, **named)


class _Engine(Environment):
    """Templates are read once and never change; what is global is there before the first is read."""

    template_class = _Page
    context_class = _Context
    _read: dict[str, Template]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._read = {}

    def overlay(self, *args: Any, **options: Any) -> _Engine:
        made = super().overlay(*args, **options)
        made._read = {}
        return made

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}  # Jinja makes a chain, from which each page is copied slowly

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:  # noqa: A002
        assert not globals, "a template has those of its engine"  # noqa: S101
        if (found := self._read.get(name)) is None:
            found = self._read[name] = super().get_template(name, parent, globals)
        return found


def _may_be_call(tokens: list[Token], known: Mapping[str, Any]) -> bool:
    """Whether tokens begin such a call."""
    fits = all(token.type == wanted for token, wanted in zip(tokens, _CALL, strict=False))
    return fits and tokens[0].value in known


@cache
def _environment(packages: tuple[tuple[str, str], ...]) -> Environment:
    sources = {"look": __package__, **dict(packages)}
    made = _Engine(
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
