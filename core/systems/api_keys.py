"""Keys of other systems: shown once, kept as digests, each with what it may do and for which department."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tortoise.exceptions import IntegrityError

from core.database import reading, transaction
from core.errors import BadRequest, NotFound
from core.local_time import local, now
from core.models import ApiKey, Department, Webhook
from core.staff.trail import note

PREFIX = "hb_"
TOKEN_BYTES = 32
USED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may do. Whoever decides on cases must be given that by name."""

    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    CASES_DECIDE = "cases:decide"
    ITEMS_WRITE = "items:write"
    EVENTS_READ = "events:read"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class System:
    """Another system, as its key tells it. `department` is the only one whose cases it sees, empty for all."""

    id: int
    name: str
    scopes: frozenset[Scope]
    department: str
    created_at: datetime
    used_at: datetime | None
    disabled: bool


class ApiKeys:
    async def add(self, name: str, scopes: Collection[Scope], department: str, by: str) -> str:
        """A new key, which is shown this once. Raises BadRequest."""
        if not 1 <= len(name.strip()) <= 50 or not scopes:
            raise BadRequest("a key has a name of at most 50 characters, and something that it may do")
        key = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        try:
            async with transaction() as connection:
                found = await Department.get_or_none(name=department, using_db=connection) if department else None
                if department and found is None:
                    raise BadRequest(f"there is no department {department}")
                await ApiKey.create(
                    using_db=connection,
                    name=name.strip(),
                    key_digest=_digest(key),
                    scopes=sorted(scope.value for scope in scopes),
                    department_id=found.id if found else None,
                    created_at=now(),
                    created_by=by[:32],
                )
                detail = {"scopes": sorted(scopes), "department": department}
                await note(connection, by, "key added", name.strip(), detail)
        except IntegrityError:
            raise BadRequest(f"there is a key named {name} already") from None
        return key

    async def disable(self, name: str, by: str) -> None:
        """The key, and what is sent to its system, end at once. Raises NotFound."""
        async with transaction() as connection:
            if not await ApiKey.filter(name=name, disabled_at=None).using_db(connection).update(disabled_at=now()):
                raise NotFound(f"there is no key {name} in use")
            ended = Webhook.filter(key__name=name, disabled_at=None).using_db(connection)
            ids = [row.id for row in await ended]
            await Webhook.filter(id__in=ids).using_db(connection).update(disabled_at=now())
            await note(connection, by, "key disabled", name)

    async def known_by(self, key: str) -> System | None:
        """The system with this key; None for an unknown or a disabled one. Raises Unavailable."""
        row = await _by_digest(_digest(key)) if key.startswith(PREFIX) else None
        if row is None:
            return None
        if row.used_at is None or now() - row.used_at > USED_EVERY:
            async with transaction() as connection:
                await ApiKey.filter(id=row.id).using_db(connection).update(used_at=now())
        return _system(row)

    @reading
    async def listed(self) -> list[System]:
        return [_system(row) for row in await ApiKey.all().order_by("name").select_related("department")]


@reading
async def _by_digest(digest: str) -> ApiKey | None:
    # The digest is looked up, so that the time it takes says nothing of the key.
    return await ApiKey.get_or_none(key_digest=digest, disabled_at=None).select_related("department")


def _system(row: ApiKey) -> System:
    return System(
        row.id,
        row.name,
        frozenset(Scope(scope) for scope in row.scopes),
        row.department.name if row.department else "",
        local(row.created_at),
        local(row.used_at) if row.used_at else None,
        row.disabled_at is not None,
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
