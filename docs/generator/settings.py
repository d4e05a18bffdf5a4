"""The page of all settings: what the models say of each key, joined with its comment in settings.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.generator import models
from docs.generator.comments import Part, read
from docs.generator.markup import block, code, prose, row, table
from docs.generator.models import Key
from docs.generator.words import Words

FILE = Path(__file__).parents[2] / "settings.toml"
_FORMATS = {"path": "a path", "time": "a time, HH:MM", "ipv4network": "a network", "ipv6network": "a network"}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a table",
}


def made(words: Words) -> str:
    """Every section with its keys."""
    shipped = tomllib.loads(FILE.read_text("utf-8"))
    return "\n".join(_part(part, shipped, words) for part in read(FILE))


def _part(part: Part, shipped: Mapping[str, Any], words: Words) -> str:
    place = f"boards.{models.NAME}" if part.place.startswith("boards.") else part.place
    lines = [f"## `[{place}]` {{: #{part.place.replace('.', '-')} }}", "", prose(words(part.explanation)), ""]
    if part.example:
        lines.append(block(part.example, "text"))
    if model := models.section(part.place):
        lines.append(table(_headings(words), _rows(part, {key.name: key for key in models.keys(model)}, words)))
    elif model := models.named(part.place):
        lines.append(table(_headings(words), _named_rows(part, list(models.keys(model)), shipped, words)))
    return "\n".join(lines)


def _headings(words: Words) -> list[str]:
    return [words(each) for each in ("Key", "Type and limits", "Default", "Explanation")]


def _rows(part: Part, keys: Mapping[str, Key], words: Words) -> Iterator[str]:
    for group in part.groups:
        known = [keys[name] for name in group.keys if name in keys]
        for index, key in enumerate(known):
            cells = [code(key.name), kind(key.schema, words), _default(key, words)]
            if index == 0:
                cells.append(f'<td rowspan="{len(known)}">{prose(words(group.explanation))}</td>')
            yield row(cells, f"{part.place}-{key.name}".replace(".", "-"))


def _named_rows(part: Part, keys: list[Key], shipped: Mapping[str, Any], words: Words) -> Iterator[str]:
    values: Any = shipped
    for name in part.place.split("."):
        values = values[name]
    for index, key in enumerate(keys):
        defaults = "<br>".join(code(f"{name}: {models.written(given[key.name])}") for name, given in values.items())
        cells = [code(f"{models.NAME}.{key.name}"), kind(key.schema, words), defaults or "—"]
        if index == 0:
            cells.append(f'<td rowspan="{len(keys)}">{prose(words(part.explanation))}</td>')
        yield row(cells)


def _default(key: Key, words: Words) -> str:
    return words("must be given") if key.default is None else code(key.default)


def kind(schema: Mapping[str, Any], words: Words) -> str:
    """The type of a value and its limits, in words."""
    if choices := schema.get("enum"):
        return words("one of:") + " " + ", ".join(code(models.written(one)) for one in choices)
    if "anyOf" in schema:
        return words(_FORMATS[schema["anyOf"][0]["format"]])
    if schema["type"] == "array":
        return words("a list, each:") + " " + kind(schema["items"], words)
    said = words(_FORMATS.get(schema.get("format", ""), _TYPES[schema["type"]]))
    return words("; ").join([said, *_limits(schema, words)])


def _limits(schema: Mapping[str, Any], words: Words) -> Iterator[str]:
    if "minimum" in schema:
        yield words("{least} to {most}").format(least=schema["minimum"], most=schema["maximum"])
    if "minLength" in schema and "maxLength" in schema:
        yield words("{least} to {most} characters").format(least=schema["minLength"], most=schema["maxLength"])
    elif "minLength" in schema:
        yield words("at least {least} characters").format(least=schema["minLength"])
    elif "maxLength" in schema:
        yield words("at most {most} characters").format(most=schema["maxLength"])
    if "pattern" in schema:
        yield words("of the form") + " " + code(schema["pattern"])
