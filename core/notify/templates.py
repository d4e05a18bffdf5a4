"""The centre's own words for notices, in versions, over those that are shipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.database import Database, reading, transaction
from core.errors import BadRequest
from core.language import Catalogues
from core.local_time import local, now
from core.models import MessageTemplate
from core.notify.states import Kind
from core.notify.words import EVENTS, Worded, check, filled, fitting, framed
from core.revisions import TEMPLATES, Kept, raise_revision
from core.staff.trail import note

KINDS = (Kind.TEXT, Kind.CHAT, Kind.VOICE, Kind.MAIL)
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TemplateView:
    """The words in force, version 0 being those that are shipped, and who wrote them when."""

    event: str
    kind: str
    language: str
    version: int
    text: str
    by: str = ""
    at: datetime | None = None


class Templates:
    """`signatures` stand in front of text messages, by language."""

    def __init__(self, database: Database, catalogues: Catalogues, signatures: Mapping[str, str]) -> None:
        self._database, self._catalogues, self._signatures = database, catalogues, signatures
        self._own = Kept(database, TEMPLATES, _read)

    async def ready(self) -> None:
        """Read the words before a transaction begins: within one, SQLite would have the reading wait for its end."""
        await self._own.get()

    async def word(self, event: str, kind: str, purpose: str, code: str, facts: Mapping[str, Any]) -> Worded:
        """The words of an event for a channel, filled and framed."""
        template = await self.in_force(event, kind, code)
        facts = fitting(facts) if kind == Kind.TEXT else facts
        return Worded(self.tried(template, purpose, facts), f"{event}/{kind}/{template.language}", template.version)

    def tried(self, template: TemplateView, purpose: str, facts: Mapping[str, Any]) -> str:
        """What a person would get of a template with these facts."""
        language = self._catalogues[template.language]
        told = filled(template.text, facts, template.kind, language)
        return framed(told, template.kind, purpose, language, self._signatures)

    async def in_force(self, event: str, kind: str, code: str) -> TemplateView:
        language = self._catalogues[code]
        own = (await self._own.get()).get((event, kind, language.code))
        return own or TemplateView(event, kind, language.code, 0, language.text(f"notify.{event}"))

    async def listed(self) -> list[TemplateView]:
        """Every event on every kind of channel in every language, as it is worded now."""
        return [
            await self.in_force(event, kind, code)
            for event in EVENTS
            for kind in KINDS
            for code in self._catalogues.codes
        ]

    @reading
    async def versions(self, event: str, kind: str, code: str) -> list[TemplateView]:
        """The centre's own versions, newest first."""
        rows = await MessageTemplate.filter(event=event, kind=kind, language=code).order_by("-version")
        return [_view(row) for row in rows]

    async def save(self, event: str, kind: str, code: str, text: str, by: str) -> int:
        """Put a new version in force; its number. Raises BadRequest for a text that can't be filled."""
        text = text.replace("\r\n", "\n").strip()
        check(event, text)
        if kind not in KINDS or code not in self._catalogues:
            raise BadRequest(f"there is no channel {kind} or language {code}")
        async with transaction() as connection:
            known = MessageTemplate.filter(event=event, kind=kind, language=code).using_db(connection)
            last = await known.order_by("-version").first()
            version = last.version + 1 if last else 1
            await MessageTemplate.create(
                using_db=connection,
                event=event,
                kind=kind,
                language=code,
                version=version,
                text=text,
                by=by,
                at=now(),
            )
            await note(connection, by, "template saved", f"{event}/{kind}/{code}", {"version": version})
            await raise_revision(connection, TEMPLATES, postgres=self._database.is_postgres)
        await self._own.refresh()
        return version

    async def close(self) -> None:
        await self._own.close()


@reading
async def _read() -> Mapping[_Key, TemplateView]:
    rows: Sequence[MessageTemplate] = await MessageTemplate.all().order_by("version")
    return {(row.event, row.kind, row.language): _view(row) for row in rows}


def _view(row: MessageTemplate) -> TemplateView:
    return TemplateView(row.event, row.kind, row.language, row.version, row.text, row.by, local(row.at))
