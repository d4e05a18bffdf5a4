"""What the engine puts into a page is what Jinja's own would."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from webui.look.engine import Engine, written

SPECIAL = st.text(st.sampled_from("&<>'\"福 a;#\0")) | st.text()


class Telling:
    """Says itself what it is in a page, and what it is elsewhere."""

    def __html__(self) -> str:
        return "<b>bold</b>"

    def __str__(self) -> str:
        return "<plain>"


class Name(str):
    """A text of a kind of its own."""


@given(SPECIAL | SPECIAL.map(Markup) | SPECIAL.map(Name) | st.integers() | st.floats() | st.none() | st.booleans())
def test_a_value_is_written_as_it_would_be_escaped(value: Any) -> None:
    assert written(value) == str(escape(value))


@pytest.mark.parametrize(
    "template",
    [
        "{{ value }}",
        "<a title='{{ value }}'>{{ value ~ '&' }}</a>",
        "{% set kept %}<i>{{ value }}</i>{% endset %}{{ kept }}{{ kept ~ value }}",
        "{% macro part(one) %}<i>{{ one }}{{ caller() }}</i>{% endmacro %}{% call part(value) %}&{% endcall %}",
        "{% for one in [value, 1, none] %}{{ one }}{{ loop.index }}{% endfor %}{{ [value] | join('&') }}",
        "{% block inner %}{{ value }}{% endblock %}{{ self.inner() }}",
    ],
)
@given(value=SPECIAL | SPECIAL.map(Markup) | st.builds(Telling))
def test_a_page_is_what_the_library_would_make_of_it(template: str, value: Any) -> None:
    ours, plain = (
        kind(loader=DictLoader({"page": template}), autoescape=True, undefined=StrictUndefined)
        for kind in (Engine, Environment)
    )
    assert ours.get_template("page").render(value=value) == plain.get_template("page").render(value=value)


def test_what_is_missing_is_an_error() -> None:
    engine = Engine(loader=DictLoader({"page": "{{ missing }}"}), autoescape=True, undefined=StrictUndefined)
    with pytest.raises(UndefinedError):
        engine.get_template("page").render()
