from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from babel import Locale
from markupsafe import Markup

from core.language import Catalogues, Language
from tests.webui.conftest import Client
from tests.webui.reading import Page
from webui.look import asset_url
from webui.look.assets import assets
from webui.look.frame import environment, is_link, is_phone, made_once, numbered, spoken

ROOT = Path(__file__).parents[2]
PASSED = "jinja_pass_arg"
SHEETS = sorted(name for name in assets() if name.endswith(".css"))


async def test_kept_for_a_year_under_its_digest(client: Client) -> None:
    for name in assets():
        answer = await client.get(asset_url(name))
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


async def test_asked_after_without_or_under_an_old_digest(client: Client) -> None:
    for address in ("/static/look/base.css", "/static/look/base.css?v=old"):
        answer = await client.get(address)
        assert answer.headers["Cache-Control"] == "no-cache"
        again = await client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")


@pytest.mark.parametrize("name", ["none.css", "__init__.py", "..%2Fassets.py", "%2e%2e%2fassets.py", "base.css%00"])
async def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/static/look/{name}")).status == 404


@pytest.mark.parametrize("name", SHEETS)
def test_style_sheets_fetch_nothing(name: str) -> None:
    text = assets()[name].body.decode()
    assert not re.search(r"url\(|@import|expression", text)
    assert text.count("{") == text.count("}")


def _themes() -> dict[str, dict[str, str]]:
    """The colours of each theme by name."""
    text = assets()["tokens.css"].body.decode()
    light, _, dark = text.partition("prefers-color-scheme: dark")
    colours = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in (light, dark)]
    return {"light": colours[0], "dark": colours[0] | colours[1]}


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2, 1.4.3)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


GROUNDS = ["ground", "ground-soft", "ground-band", "warn-soft", "well-soft", "stopped-soft", "wrong-soft"]
TEXTS = [
    *product(["ink", "ink-soft", "link", "link-visited"], GROUNDS),
    ("wrong", "ground"),
    ("warn", "warn-soft"),
    ("warn", "ground"),
    ("well", "well-soft"),
    ("stopped", "stopped-soft"),
    ("on-action", "action"),
    ("on-action", "action-over"),
    ("on-focus", "focus"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_is_readable(theme: str, text: str, ground: str) -> None:
    colours = _themes()[theme]
    assert _contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("edge", ["line-control", "action", "ink"])
def test_controls_stand_out(theme: str, edge: str) -> None:
    colours = _themes()[theme]
    assert _contrast(colours[edge], colours["ground"]) >= 3


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1. 甲\n2. 乙", ["甲", "乙"]),
        ("（1）甲\n（2）乙", ["甲", "乙"]),
        ("1、甲\n2、乙\n", ["甲", "乙"]),
        ("1. 只有一条", []),
        ("先说一句\n1. 甲\n2. 乙", []),
        ("1.5 米以上\n2.5 米以上", []),
        ("", []),
    ],
)
def test_numbered_texts(text: str, points: list[str]) -> None:
    assert numbered(text) == points


def test_phones_and_links() -> None:
    assert is_phone("0000-1234512") and is_phone("+86 571 8888 8888")
    assert not is_phone("0000-1234512，二楼") and not is_phone("见公告")
    assert is_link("HTTPS://example.org") and not is_link("data:text/html,x") and not is_link(" javascript:x")


def _made(template: str, code: str, **values: object) -> str:
    return spoken(environment(), Catalogues()[code]).from_string(template).render(values)


@pytest.mark.parametrize(("code", "words"), [("zh", "首页"), ("en", "Home")])
def test_words_asked_for_by_a_constant_and_by_a_value_are_the_same(code: str, words: str) -> None:
    asked = """{{ t("web.nav.home") }} {{ t(key) }} {{ t("web.nav." ~ "home") }} {{ (t("web.nav.home")) | upper }}"""
    assert _made(asked, code, key="web.nav.home") == f"{words} {words} {words} {words.upper()}"


def test_words_stand_in_attributes_lists_and_macros_too() -> None:
    told = _made(
        """{% macro m(words) %}<{{ words }}>{% endmacro %}<a title="{{ t('web.nav.home') }}">
{{ [t("web.nav.home"), t("web.items.title")] | join(t("web.look.comma")) }}{{ m(t("web.nav.home")) }}""",
        "zh",
    )
    assert told.startswith('<a title="首页">')
    assert "首页、" in told
    assert told.endswith("<首页>")


def test_values_are_filled_in_and_what_they_hold_is_escaped() -> None:
    assert "3" in _made('{{ t("web.look.page", page=page, pages=9) }}', "en", page=3)
    assert _made('{{ "t(" }}{{ wild }}{{ tag }}', "en", wild="<b>") == "t(&lt;b&gt;en"


ODD = Language("en", {"k": "a & <b> \"c\" 'd'"}, Locale.parse("en"))


@pytest.mark.parametrize(
    "asked",
    [
        "{{ K }}",
        '<a title="{{ K }}">',
        "{{ K ~ K }}",
        "{% macro m(words) %}{{ words }}{% endmacro %}{{ m(K) }}",
        "{% set words = K %}{{ words }}",
        "{% for one in [K] %}{{ one }}{% endfor %}",
        "{{ K if true else '' }}",
        "{{ K | upper }}",
    ],
)
def test_words_written_into_a_template_are_escaped_as_others_are(asked: str) -> None:
    made = spoken(environment(), ODD)
    written, found = (made.from_string(asked.replace("K", call)).render(key="k") for call in ('t("k")', "t(key)"))
    assert written == found
    assert "<b>" not in written.lower()
    assert "&amp;" in written.lower()


def test_words_asked_for_by_a_constant_cost_nothing_when_a_page_is_made() -> None:
    made = spoken(environment(), Catalogues()["zh"])
    asked: list[str] = []
    template = made.from_string('{{ t("web.nav.home") }}{{ t(key) }}')
    template.globals["t"] = lambda key: asked.append(key) or key
    assert template.render(key="web.items.title") == "首页web.items.title"
    assert asked == ["web.items.title"]


def test_words_that_are_not_in_the_catalogue_are_an_error() -> None:
    with pytest.raises(KeyError):
        _made('{{ t("web.no.such.words") }}', "zh")


def test_nothing_that_templates_call_wants_to_be_given_the_context() -> None:
    engine = spoken(environment(), Catalogues()["zh"])
    asked = [name for name, one in engine.globals.items() for it in (one, type(one).__call__) if hasattr(it, PASSED)]
    assert not asked


def test_all_is_escaped_everywhere_so_that_a_macro_need_not_be_told() -> None:
    engine = spoken(environment(), Catalogues()["zh"])
    assert engine.autoescape is True
    templates = [path for folder in ("webui", "kiosk", "gateway") for path in (ROOT / folder).rglob("*.html")]
    assert len(templates) > 50
    assert not [path for path in templates if "autoescape" in path.read_text("utf-8")]
    assert _made("{% macro m(it) %}{{ it }}{% endmacro %}{{ m(it) }}{{ m(m(it)) }}", "zh", it="<i>") == "&lt;i&gt;" * 2


def test_each_language_keeps_its_own_templates() -> None:
    engine, languages = environment(pages="webui.pages"), Catalogues()
    for code in ("zh", "en", "zh"):
        made = spoken(engine, languages[code])
        assert made.get_template("pages/home.html") is made.get_template("pages/home.html")
        assert made.get_template("pages/home.html").globals["say"] is languages[code]


def test_rows_without_a_value_are_left_out() -> None:
    listed = '{% import "look/parts.html" as ui %}{{ ui.summary_list(rows) }}'
    assert "<dt>a</dt>" in (told := _made(listed, "zh", rows=[("a", "1"), ("b", "")])) and "<dt>b" not in told
    assert _made(listed, "zh", rows=[("b", "")]).strip() == ""


def test_addresses_of_styles_are_those_that_are_served() -> None:
    assert _made("{{ asset('base.css') }}", "zh") == asset_url("base.css")


def test_what_is_the_same_on_page_after_page_is_made_once_and_escaped() -> None:
    frame = spoken(environment(pages="webui.pages"), Catalogues()["en"]).get_template("pages/_frame.html").module
    foot = made_once(frame.foot, "<b>Centre</b>", "", "12345")  # type: ignore[attr-defined]
    assert foot is made_once(frame.foot, "<b>Centre</b>", "", "12345")  # type: ignore[attr-defined]
    assert "&lt;b&gt;Centre" in foot and "tel:12345" in foot
    assert "<b>Centre" in made_once(frame.foot, Markup("<b>Centre</b>"), "", "12345")  # type: ignore[attr-defined]
    assert "<b>Centre" not in made_once(frame.foot, "<b>Centre</b>", "", "12345")  # type: ignore[attr-defined]
    assert "&lt;b&gt;" not in made_once(frame.foot, "Other", "", "12345")  # type: ignore[attr-defined]


def test_only_what_is_the_centres_or_the_frames_is_made_once() -> None:
    used = [
        argument.strip()
        for folder in ("webui", "kiosk", "gateway")
        for path in (ROOT / folder).rglob("*.html")
        for given in re.findall(r"made_once\(([^)]*)\)", path.read_text("utf-8"))
        for argument in given.split(",")[1:]
    ]
    assert used and {one for one in used if not one.startswith("site.")} == {"section", "inside"}


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("/", {}),
        ("/items", {"/items": "page"}),
        ("/items?q=x", {"/items": "page"}),
        ("/items/no-such-item", {"/items": "true"}),
        ("/itemsx", {}),
        ("/cases", {"/cases": "page"}),
        ("/notices", {"/notices": "page"}),
        ("/", {}),
    ],
)
async def test_the_way_that_a_page_lies_on_is_marked(client: Client, path: str, marks: dict[str, str]) -> None:
    for language in ("zh", "en", "zh"):
        page = Page(await (await client.get(path, headers={"Accept-Language": language})).text())
        ways = page.all("//nav[@class='ways']//a")
        assert len(ways) == 4
        assert {way.get("href"): way.get("aria-current") for way in ways if way.get("aria-current")} == marks
        assert ways[0].text == {"zh": "查进度", "en": "Check progress"}[language]
