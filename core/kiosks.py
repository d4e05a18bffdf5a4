"""The touch devices of the hall: registered by name, known by a token, and what each last told of itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from core.database import reading, transaction
from core.errors import BadRequest, NotFound
from core.local_time import local, now
from core.models import AuditRecord, Kiosk

TOKEN_BYTES = 32
MOST_STATE_CHARS = 200


@dataclass(frozen=True, slots=True)
class KioskView:
    """A kiosk as staff see it: `state` is what it last told (printer, paper …), `seen_at` its last sign of life.

    `printer` is where its thermal printer is, e.g. tcp://192.168.1.50:9100; empty when it has none.
    """

    name: str
    place: str
    printer: str
    state: Mapping[str, str]
    seen_at: datetime | None
    disabled: bool


class Kiosks:
    async def register(self, name: str, place: str, actor: str, printer: str = "") -> str:
        """A new kiosk; its token, which is shown this once and kept as a digest only. Raises BadRequest."""
        name = name.strip()
        if not name or len(name) > 50 or len(place) > 100:
            raise BadRequest("a kiosk needs a name of at most 50 characters and a place of at most 100")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            async with transaction() as connection:
                await Kiosk.create(
                    using_db=connection,
                    name=name,
                    place=place,
                    printer=printer,
                    token_digest=_digest(token),
                    registered_at=now(),
                )
                await _audit(connection, actor, "kiosk added", name)
        except IntegrityError:
            raise BadRequest(f"there is a kiosk named {name} already") from None
        return token

    async def disable(self, name: str, actor: str) -> None:
        """Its token is worth nothing from now on. Raises NotFound."""
        async with transaction() as connection:
            changed = await Kiosk.filter(name=name, disabled_at=None).using_db(connection).update(disabled_at=now())
            if not changed:
                raise NotFound(f"there is no kiosk {name} in use")
            await _audit(connection, actor, "kiosk disabled", name)

    @reading
    async def known_by(self, token: str) -> KioskView | None:
        """The kiosk with this token; None for an unknown or a disabled one. Raises Unavailable."""
        # The digest is looked up, so that the time it takes says nothing of the token.
        kiosk = await Kiosk.get_or_none(token_digest=_digest(token), disabled_at=None) if token else None
        return _view(kiosk) if kiosk else None

    async def set_printer(self, name: str, printer: str, actor: str) -> None:
        """Where the kiosk's printer is from now on. Raises NotFound."""
        async with transaction() as connection:
            if not await Kiosk.filter(name=name).using_db(connection).update(printer=printer):
                raise NotFound(f"there is no kiosk {name}")
            await _audit(connection, actor, "kiosk printer changed", name)

    async def told(self, name: str, state: Mapping[str, str]) -> None:
        """A sign of life with what the kiosk tells of its parts. Raises Unavailable."""
        kept = {key[:20]: value[:MOST_STATE_CHARS] for key, value in list(state.items())[:20]}
        async with transaction() as connection:
            await Kiosk.filter(name=name).using_db(connection).update(seen_at=now(), state=kept)

    @reading
    async def listed(self) -> list[KioskView]:
        return [_view(kiosk) for kiosk in await Kiosk.all().order_by("name")]


def _view(kiosk: Kiosk) -> KioskView:
    seen_at = local(kiosk.seen_at) if kiosk.seen_at else None
    return KioskView(kiosk.name, kiosk.place, kiosk.printer, kiosk.state, seen_at, kiosk.disabled_at is not None)


async def _audit(connection: Any, actor: str, action: str, name: str) -> None:
    await AuditRecord.create(using_db=connection, at=now(), actor=actor[:100], action=action, subject=name)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
