"""Jinja's engine without what our templates never need, for most of what a page costs is the engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from jinja2 import Environment, Template
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.nodes import Expr
from jinja2.runtime import Context
from markupsafe import Markup, escape

_CALL = ("name", "lparen", "string", "rparen")
_PARTS = "_parts"  # of the page that is being made
_must_be_escaped = re.compile("[&<>'\"]").search


class Constants(Extension):
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


def _may_be_call(tokens: list[Token], known: Mapping[str, Any]) -> bool:
    """Whether tokens begin such a call."""
    fits = all(token.type == wanted for token, wanted in zip(tokens, _CALL, strict=False))
    return fits and tokens[0].value in known


def written(value: Any) -> str:
    """The text that stands for a value in a page; `escape` wraps each anew, though nothing asks the parts of a page
    whether they are escaped.
    """
    kind = type(value)
    if kind is Markup or (kind is str and not _must_be_escaped(value)):
        return value  # type: ignore[no-any-return]
    return escape(value)


class _Program(CodeGenerator):
    """Has what a template puts out written by `written`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        assert frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and not finalize.src  # noqa: S101
        self.write("environment.written(")


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


class Engine(Environment):
    """Templates are read once and never change; what is global is there before the first is read."""

    code_generator_class = _Program
    template_class = _Page
    context_class = _Context
    _read: dict[str, Template]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._read = {}
        self.written = written

    def overlay(self, *args: Any, **options: Any) -> Engine:
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
