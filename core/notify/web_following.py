"""Notices as the page of a case sets them: none of this case any more, or to a further address that proves itself."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

from core.asker import Asker
from core.database import reading, transaction
from core.errors import BadRequest, NotFound
from core.keys import Keys
from core.models import Subscription
from core.notify.addresses import contact, is_mail, masked
from core.notify.consent import Consent, about_case, muting
from core.notify.following import reaching, telephone_of
from core.notify.matters import purpose
from core.notify.outbox import Matter, Outbox
from core.notify.recipients import Recipient
from core.notify.states import Kind, Purpose
from core.query import Query
from core.rates import Rate
from core.redis_line import RedisLine
from core.scratch import Scratch
from core.views import CaseStatus

CODE_KEPT_S = 600
CODE_DIGITS = 6
# To one address, from one asker, and guesses at one code: so that nobody is flooded, and no code is guessed.
TO_ONE, FROM_ONE, GUESSES = "3/day", "10/hour", "5/hour"
BY = "web"


@dataclass(frozen=True, slots=True)
class Notices:
    """Which telephone a case's notices go to, masked, empty where none is known, and whether they are stopped."""

    status: CaseStatus
    telephone: str
    stopped: bool


class WebFollowing:
    def __init__(
        self, query: Query, keys: Keys, consent: Consent, outbox: Outbox, scratch: Scratch, line: RedisLine | None
    ) -> None:
        self._query, self._keys, self._consent, self._outbox, self._scratch = query, keys, consent, outbox, scratch
        self._to = Rate("confirmations", TO_ONE, line)
        self._from = Rate("confirmations asked", FROM_ONE, line)
        self._guesses = Rate("confirmations guessed", GUESSES, line)

    @property
    def is_possible(self) -> bool:
        return bool(self.takes)

    @property
    def takes(self) -> str:
        """What can be told of a case besides: a `text`, a `mail`, `both`, or nothing."""
        text, mail = (self._outbox.ladder.place_of(kind) for kind in (Kind.TEXT, Kind.MAIL))
        return "both" if text and mail else "text" if text else "mail" if mail else ""

    @property
    def calls(self) -> bool:
        """Whether the applicant's telephone is told of anything."""
        return any(self._outbox.ladder.place_of(kind) for kind in (Kind.TEXT, Kind.VOICE))

    async def state(self, token: str, asker: Asker) -> Notices:
        """Raises NotFound for a token that is none."""
        status, case_id = await self._case(token, asker)
        number = await telephone_of(case_id)
        return Notices(status, masked(number) if number else "", await _is_muted(case_id))

    async def stop(self, token: str, asker: Asker, *, stop: bool) -> None:
        """No notices of this case to the applicant's telephone any more but what the law has told, or again."""
        _, case_id = await self._case(token, asker)
        await (self._consent.mute(case_id, BY) if stop else self._consent.unmute(case_id, BY))

    async def ask_code(self, token: str, written: str, asker: Asker, language: str) -> str:
        """Send a code to a further telephone or mail address that is to be told; the address in full form.

        Raises BadRequest for what can't be told, Wait for one code too many, Unavailable.
        """
        status, case_id = await self._case(token, asker)
        address = contact(written)
        to = reaching(self._outbox.ladder, address)
        await self._from.take(self._keys.sender(asker.address))
        await self._to.take(self._keys.sender(address))
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        await self._scratch.put(self._place(case_id, address), code, CODE_KEPT_S)
        facts = {"code": code, "item": {"zh": status.item, "en": status.item_en or status.item}}
        told = Matter(f"confirm:{secrets.token_hex(16)}", "confirm", purpose("confirm"), facts, case_id, urgent=True)
        await self._outbox.ready()
        async with transaction() as connection:
            await self._outbox.write(connection, told, [self._recipient(to, address, language)])
        return address

    async def give_code(self, token: str, written: str, code: str, asker: Asker, language: str) -> None:
        """Tell the address of the case from now on. Raises BadRequest for a wrong code, Wait for too many."""
        _, case_id = await self._case(token, asker)
        address = contact(written)
        place = self._place(case_id, address)
        await self._guesses.take(place)
        sent = await self._scratch.get(place) or ""
        if not sent or not hmac.compare_digest(sent.encode(), code.strip().encode()):
            raise BadRequest("this is not the code, or not any more", key="wrong_code")
        await self._scratch.drop(place)
        # Who wants to be told of this case no longer means an opting out from before.
        await self._consent.opt_in(address, BY, kind=_kind(address), purpose=Purpose.SERVICE)
        await self._consent.follow(about_case(case_id), reaching(self._outbox.ladder, address), address, language, BY)

    async def _case(self, token: str, asker: Asker) -> tuple[CaseStatus, int]:
        status = await self._query.case_by_token(token, asker)
        read = self._keys.read_token(token)
        if read is None:
            raise NotFound("this code is not valid")
        return status, read.case_id

    def _recipient(self, place: str, address: str, language: str) -> Recipient:
        if is_mail(address):
            return self._outbox.recipients.by_mail(place, address, language)
        return Recipient(f"phone:{address}", address, {}, language)

    def _place(self, case_id: int, address: str) -> str:
        return f"confirm:{case_id}:{self._keys.sender(address)}"


def _kind(address: str) -> Kind:
    return Kind.MAIL if is_mail(address) else Kind.TEXT


@reading
async def _is_muted(case_id: int) -> bool:
    return await Subscription.exists(topic=muting(case_id))
