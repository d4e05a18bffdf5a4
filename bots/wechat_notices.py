"""Notices that people subscribed to in WeChat: a template's fields filled with a case's facts, in WeChat's measures.

Source: WeChat's documentation for official accounts, "订阅通知" (the kinds of fields and what each may hold).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.language import Language

_ROOM = {"thing": 20, "character_string": 32, "phrase": 5, "name": 10, "number": 32, "phone_number": 17, "const": 20}


class Template(BaseModel):
    """A template's id, and for each of its fields, such as thing1, the fact that goes into it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=10, max_length=64)
    fields: dict[str, str] = Field(min_length=1)


def filled(template: Template, facts: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The values of the fields; a fact that isn't known is a dash, for WeChat takes no empty ones."""
    return {field: _value(field, facts.get(fact), fact, language) or "-" for field, fact in template.fields.items()}


def _value(field: str, value: Any, fact: str, language: Language) -> str:
    kind = re.sub(r"\d+$", "", field)
    if isinstance(value, Mapping):
        value = value.get(language.code) or value.get("zh", "")
    if isinstance(value, list):
        value = language.text("comma").join(map(str, value))
    text = str(value or "")
    if fact == "stage" and text:
        text = language.text(f"stage.{text}")
    if kind in ("date", "time") and text:
        return _moment(text, kind)
    room = _ROOM.get(kind, 20)
    return text if len(text) <= room else text[: room - 1] + "…"


def _moment(text: str, kind: str) -> str:
    if "T" in text:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    day = date.fromisoformat(text)
    return f"{day:%Y-%m-%d} 00:00" if kind == "time" else f"{day:%Y-%m-%d}"
