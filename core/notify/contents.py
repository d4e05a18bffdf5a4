"""What a message is about, for channels that tell more of it than its words: a subject, fields, files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.database import reading
from core.errors import NotFound
from core.models import Message
from core.query import Query
from core.views import FormView

# With these comes what is to be filled in again, or brought.
_WITH_FORMS = frozenset({"returned", "correction"})


@dataclass(frozen=True, slots=True)
class Content:
    """A message's event and purpose, the facts that its words were filled with, and the blank forms it calls for.

    `facts` are those of `core.notify.words.FACTS`, already masked.
    """

    message_id: int
    event: str
    purpose: str
    language: str
    address: str
    text: str
    facts: Mapping[str, Any]
    forms: tuple[FormView, ...]


class Contents:
    def __init__(self, query: Query) -> None:
        self._query = query

    async def of(self, message_id: int) -> Content:
        """Raises NotFound for what is no message, or one whose words were forgotten; Unavailable."""
        message, task_code = await _read(message_id)
        told = message.notification
        forms = await self._query.forms(task_code) if told.kind in _WITH_FORMS and task_code else ()
        return Content(
            message_id, told.kind, message.purpose, message.language, message.address, message.text, told.facts, forms
        )


@reading
async def _read(message_id: int) -> tuple[Message, str]:
    message = await Message.get_or_none(id=message_id)
    if message is None or not message.text:
        raise NotFound(f"message {message_id} has no content")
    await message.fetch_related("notification__case__version__item")
    case = message.notification.case
    return message, case.version.item.task_code if case else ""
