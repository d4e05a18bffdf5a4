"""The data dictionary: every table with its columns, as the models have them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from tortoise import Tortoise
from tortoise.models import Model

import core.models
from docs.generator.labels import LABELS
from docs.generator.markup import code, prose, row, table
from docs.generator.words import Words


def made(words: Words) -> str:
    """Every table, by the modules of the models."""
    return "\n\n".join(_groups(words))


@cache
def models() -> list[type[Model]]:
    """Every model, in the order of their modules."""
    Tortoise.init_models(["core.models"], "core")
    found = [getattr(core.models, name) for name in core.models.__all__]
    return sorted(found, key=lambda model: (model.__module__, inspect.getsourcelines(model)[1]))


def _groups(words: Words) -> Iterator[str]:
    module = ""
    for model in models():
        if model.__module__ != module:
            module = model.__module__
            yield f"## {module.rpartition('.')[2]} {{: #{module.replace('.', '-')} }}"
            yield words(_plain(sys.modules[module].__doc__ or ""))
        yield from _table(model, words)


def _table(model: type[Model], words: Words) -> Iterator[str]:
    told: Mapping[str, Any] = model.describe(serializable=True)
    yield f"### `{told['table']}` {{: #{told['table']} }}"
    yield from (words(_plain(text)) for text in inspect.getdoc(model).split("\n\n"))  # type: ignore[union-attr]
    headings = [words(each) for each in ("Column", "Meaning", "Type", "Null", "Key", "Default")]
    yield table(headings, (_column(told, one, words) for one in columns(told)))
    for pair in told["unique_together"]:
        yield words("Unique together:") + " " + words(", ").join(f"`{_name(told, one)}`" for one in pair)


def columns(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The columns in their order; a reference stands where the model has it."""
    references = {one["raw_field"]: one for one in (*told["fk_fields"], *told["o2o_fields"]) if one.get("raw_field")}
    found = [told["pk_field"], *told["data_fields"]]
    return [{**one, "reference": references.get(one["name"])} for one in found]


def _column(told: Mapping[str, Any], one: Mapping[str, Any], words: Words) -> str:
    label = LABELS.get(f"{told['table']}.{one['name']}") or LABELS.get(one["name"], ("", ""))
    meaning = label[0] if words.language == "zh" else label[1]
    default = one["default"] if isinstance(one["default"], str | int | float) and one["default"] != "" else ""
    null = words("yes") if one["nullable"] else words("no")
    cells = [code(one["db_column"]), prose(meaning), code(_type(one)), null, _key(told, one, words)]
    return row([*cells, code(str(default))])


def _type(one: Mapping[str, Any]) -> str:
    most = one["constraints"].get("max_length")
    return f"{one['field_type'].removesuffix('Field')}({most})" if most else one["field_type"].removesuffix("Field")


def _key(told: Mapping[str, Any], one: Mapping[str, Any], words: Words) -> str:
    if one["name"] == told["pk_field"]["name"]:
        return words("primary key")
    parts = [words("unique")] if one["unique"] else []
    if reference := one["reference"]:
        target = next(m for m in models() if m.__name__ == reference["python_type"].rpartition(".")[2])
        name = target.describe()["table"]
        parts.append(words("refers to") + f' <a href="#{name}"><code>{name}</code></a>')
    return words("; ").join(parts)


def _name(told: Mapping[str, Any], field: str) -> str:
    references = {one["name"]: one["raw_field"] for one in (*told["fk_fields"], *told["o2o_fields"])}
    return references.get(field) or field


def _plain(text: str) -> str:
    return " ".join(text.split())
