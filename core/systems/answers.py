"""The same write sent again is answered as it was, and done once; its answer is kept in its own transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from core.again import again
from core.database import reading, transaction
from core.errors import BadRequest, Conflict
from core.local_time import now
from core.models import ApiAnswer
from core.sealing import Seal

KEPT = timedelta(days=7)
MOST_NAME_CHARS = 200
FORGOTTEN_AT_ONCE = 2_000

Answer = tuple[int, bytes]


class Answers:
    """`seal` closes what is kept: answers hold PINs and secrets, which the database must never have in clear."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    @again
    async def once(
        self, system_id: int, name: str, request: bytes, make: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, bool]:
        """The answer to a request, and whether it was given before.

        `name` is the sender's own for the request. What `make` writes and the answer are kept together or not at all;
        what `make` raises leaves nothing behind, so that the request can be sent again. Raises BadRequest for a
        name that is none, Conflict when it was given to another request.
        """
        if not 1 <= len(name) <= MOST_NAME_CHARS or not name.isprintable():
            raise BadRequest(f"an Idempotency-Key of 1 to {MOST_NAME_CHARS} characters is needed")
        digest = hashlib.sha256(request).hexdigest()
        if known := await self._known(system_id, name, digest):
            return known, True
        try:
            async with transaction() as connection:
                row = await ApiAnswer.create(
                    using_db=connection,
                    key_id=system_id,
                    name=name,
                    request_digest=digest,
                    status=0,
                    body="",
                    at=now(),
                )
                status, body = await make()
                await (
                    ApiAnswer.filter(id=row.id)
                    .using_db(connection)
                    .update(status=status, body=self._seal.closed(body.decode(), _purpose(system_id, name)))
                )
        except IntegrityError:
            # Somebody was first; the database held us until they were done.
            if known := await self._known(system_id, name, digest):
                return known, True
            raise
        return (status, body), False

    async def forget(self) -> int:
        """Delete answers that nobody will ask for again; how many. Raises Unavailable."""
        async with transaction() as connection:
            old = await ApiAnswer.filter(at__lt=now() - KEPT).using_db(connection).limit(FORGOTTEN_AT_ONCE)
            await ApiAnswer.filter(id__in=[row.id for row in old]).using_db(connection).delete()
        return len(old)

    async def _known(self, system_id: int, name: str, digest: str) -> Answer | None:
        row = await _read(system_id, name)
        if row is None:
            return None
        if row.request_digest != digest:
            raise Conflict("this Idempotency-Key was given to another request")
        return row.status, self._seal.opened(row.body, _purpose(system_id, name)).encode()


@reading
async def _read(system_id: int, name: str) -> ApiAnswer | None:
    return await ApiAnswer.get_or_none(key_id=system_id, name=name)


def _purpose(system_id: int, name: str) -> str:
    return f"answer {system_id} {name}"
