"""What the settings models say of each key: its type, its limits, its default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from gateway.registry import CHANNELS
from gateway.settings import Settings

NAME = "NAME"


@dataclass(frozen=True)
class Key:
    """A key of a section. `default` is as settings.toml writes it, None where the key must be given."""

    name: str
    schema: Mapping[str, Any]
    default: str | None


def section(place: str) -> type[BaseModel] | None:
    """The model of a section; None where each name of one's own is a section, as in `[bots.wechat.templates]`."""
    model: type[BaseModel] | None
    model, way = _start(place)
    for name in way:
        kept_by_name, model = _inner(model, name)
        if kept_by_name:
            return None
    return model


def named(place: str) -> type[BaseModel] | None:
    """The model that each name of one's own has in a section, where it is such a one."""
    model, (*way, last) = _start(place)
    for name in way:
        model = _inner(model, name)[1]
    kept_by_name, inner = _inner(model, last)
    return inner if kept_by_name else None


def keys(model: type[BaseModel]) -> Iterator[Key]:
    """The keys of a section that are no sections themselves."""
    whole = model.model_json_schema()
    for name, field in model.model_fields.items():
        if _inner(model, name)[1] is None:
            given = field.get_default(call_default_factory=True) if not field.is_required() else None
            default = None if field.is_required() else written(given)
            yield Key(name, _resolved(whole["properties"][name], whole), default)


def written(value: Any) -> str:
    """A value as settings.toml has it."""
    if isinstance(value, bool | int | float):
        return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(written, value)) + "]"
    text = f"{value:%H:%M}" if hasattr(value, "hour") else str(value)
    return json.dumps(text, ensure_ascii=False)


def _start(place: str) -> tuple[Any, list[str]]:
    """The model that a place begins in, and the rest of the way."""
    parts = place.split(".")
    channel = ".".join(parts[:2])
    if channel in CHANNELS:
        module, _, name = CHANNELS[channel].partition(":")
        return getattr(import_module(module), name).Settings, parts[2:]
    if parts[0] == "boards":
        return _inner(Settings, "boards")[1], []
    return Settings, parts


def _inner(model: Any, name: str) -> tuple[bool, Any]:
    """Whether a field keeps sections by names of one's own, and the model of a section in it, None for a value."""
    kind = model.model_fields[name].annotation
    if get_origin(kind) is dict:
        kind = get_args(kind)[1]
        return True, kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return False, kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema in which nothing is only referred to."""
    if "$ref" in schema:
        return _resolved(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    return {**schema, "items": _resolved(schema["items"], whole)} if "items" in schema else schema
