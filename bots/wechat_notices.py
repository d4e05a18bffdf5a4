"""Notices that people subscribed to in WeChat: a template's fields filled with a case's facts, in WeChat's measures.

Source: WeChat's documentation for official accounts, "订阅通知" (the kinds of fields and what each may hold).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core.errors import SendError
from core.language import Language
from core.notify.states import Kind
from core.notify.words import fact as worded

_ROOM = {"thing": 20, "character_string": 32, "phrase": 5, "name": 10, "number": 32, "phone_number": 17, "const": 20}

_HAN = re.compile(r"[\u4e00-\u9fff]")


class Template(BaseModel):
    """A template's id, and for each of its fields, such as thing1, the fact that goes into it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=10, max_length=64)
    fields: dict[str, str] = Field(min_length=1)


def filled(template: Template, facts: Mapping[str, Any], language: Language) -> dict[str, str]:
    """The values of the fields. Raises SendError where a fact isn't known that a moment is made of.

    Any other that isn't known is a dash, for WeChat takes no empty ones.
    """
    return {field: _value(field, fact, facts.get(fact), language) for field, fact in template.fields.items()}


def _value(field: str, fact: str, value: Any, language: Language) -> str:
    kind = re.sub(r"\d+$", "", field)
    if kind in ("date", "time"):
        return _moment(str(value or ""), kind, fact)
    text = worded(fact, value, Kind.CHAT, language) if value else ""
    if kind == "phrase":
        text = "".join(_HAN.findall(text))[: _ROOM["phrase"]]  # nothing but so many Chinese characters
    room = _ROOM.get(kind, _ROOM["thing"])
    return (text if len(text) <= room else text[: room - 1] + "…") or "-"


def _moment(text: str, kind: str, fact: str) -> str:
    if not text:
        raise SendError("rejected", f"bots.wechat.templates: {fact} is not known, and a {kind} can't be left out")
    if "T" in text:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    day = date.fromisoformat(text)
    return f"{day:%Y-%m-%d} 00:00" if kind == "time" else f"{day:%Y-%m-%d}"
