"""Following from where one is: a chat or a telephone that asks to be told, and who was told before hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from core.asker import Asker
from core.database import reading, transaction
from core.errors import BadRequest, NotFound
from core.keys import Keys
from core.language import DEFAULT
from core.models import Case
from core.notify.addresses import is_mail, takes_texts, telephone
from core.notify.consent import Consent, about_case
from core.notify.matters import purpose
from core.notify.outbox import Matter, Outbox
from core.notify.recipients import Recipient
from core.notify.routes import Ladder
from core.notify.states import Kind, Purpose
from core.query import Query
from core.views import CaseStatus


@dataclass(frozen=True, slots=True)
class Here:
    """Where somebody is: who asks, what kind of channel it is, and the language they read."""

    asker: Asker
    kind: Kind
    language: str


@reading
async def telephone_of(case_id: int) -> str:
    """The applicant's telephone number in full form, empty where none is on file."""
    case = await Case.get(id=case_id).only("id", "mobile")
    return telephone(case.mobile)


def reaching(ladder: Ladder, address: str) -> str:
    """The place of the channel by which a telephone or a mail address is told.

    Raises BadRequest for an address that is neither, a telephone that takes no texts, and where nothing of the kind is
    sent; it says what would do.
    """
    mails, texts = ladder.place_of(Kind.MAIL), ladder.place_of(Kind.TEXT)
    place = mails if is_mail(address) else texts if takes_texts(address) else ""
    if place:
        return place
    if mails:
        raise BadRequest("a mail address is needed", key="no_contact" if texts else "no_mail")
    raise BadRequest("a mobile number is needed", key="no_mobile")


class Following:
    def __init__(self, query: Query, keys: Keys, consent: Consent, outbox: Outbox) -> None:
        self._query, self._keys, self._consent, self._outbox = query, keys, consent, outbox

    async def leave(self, here: Here) -> None:
        """A telephone is left alone by texts and by calls, a chat by itself."""
        kind = Kind.CHAT if here.kind == Kind.CHAT else ""
        await self._consent.opt_out(self._address(here), here.asker.channel, kind=kind)

    async def come_back(self, here: Here) -> None:
        await self._consent.opt_in(self._address(here), here.asker.channel)

    async def case(self, token: str, here: Here, *, follow: bool) -> None:
        """Follow the case of a token, or stop it. Raises NotFound for a token that is none, BadRequest for too many."""
        status = await self._query.case_by_token(token, here.asker)
        read = self._keys.read_token(token)
        place = self._place(here)
        if read is None or not place:
            raise NotFound("nothing to follow")
        address, by = self._address(here), here.asker.channel
        if not follow:
            await self._consent.unfollow(about_case(read.case_id), place, address, by)
            return
        await self._consent.opt_in(address, by, kind=here.kind, purpose=Purpose.SERVICE)
        await self._consent.follow(about_case(read.case_id), place, address, here.language, by)
        if here.kind == Kind.CHAT:
            await self._tell_of_diversion(status, read.case_id, f"{place}:{address}")

    async def case_of(self, case_id: int, address: str, by: str) -> None:
        """Have a telephone or a mail address told of a case, for who asks for it in person.

        Raises BadRequest for a telephone that takes no texts, and where nothing of the kind is sent.
        """
        place = reaching(self._outbox.ladder, address)
        await self._consent.follow(about_case(case_id), place, address, DEFAULT, by)

    async def not_case_of(self, case_id: int, address: str, by: str) -> None:
        place = self._outbox.ladder.place_of(Kind.MAIL if is_mail(address) else Kind.TEXT)
        await self._consent.unfollow(about_case(case_id), place, address, by)

    async def announcements(self, topic: str, here: Here, *, follow: bool) -> None:
        """Follow the announcements about an item, of a department or of the centre, or stop it.

        Raises BadRequest for too many.
        """
        place, address, by = self._place(here), self._address(here), here.asker.channel
        if not place:
            raise NotFound("nothing to follow")
        if follow:
            await self._consent.opt_in(address, by, kind=here.kind, purpose=Purpose.ANNOUNCEMENT)
            await self._consent.follow(topic, place, address, here.language, by)
        else:
            await self._consent.unfollow(topic, place, address, by)

    async def _tell_of_diversion(self, status: CaseStatus, case_id: int, whereto: str) -> None:
        """The telephone that was told so far hears of it: whoever found a receipt shall not cut the applicant off."""
        number = await telephone_of(case_id)
        if self._outbox.spares_applicants or not takes_texts(number):
            return
        facts = {
            "item": {"zh": status.item, "en": status.item_en or status.item},
            "number": status.number,
            "phone": self._outbox.phone,
        }
        told = Matter(f"divert:{case_id}:{whereto}"[:60], "diverted", purpose("diverted"), facts, case_id)
        await self._outbox.ready()
        async with transaction() as connection:
            await self._outbox.write(connection, told, [Recipient(f"phone:{number}", number)])

    def _place(self, here: Here) -> str:
        if here.kind == Kind.CHAT:
            place = f"bots.{here.asker.channel}"
            return place if place in self._outbox.ladder else ""
        return self._outbox.ladder.place_of(here.kind)

    def _address(self, here: Here) -> str:
        return telephone(here.asker.address) or here.asker.address if here.kind == Kind.TEXT else here.asker.address
