"""Who is told of a case: the applicant, and everybody who follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortoise.backends.base.client import BaseDBAsyncClient

from core.keys import Keys
from core.language import DEFAULT
from core.models import Case
from core.notify.addresses import is_mail, telephone
from core.notify.consent import about_case, followers


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person: a name for them that stays the same, a telephone number, chats and mails by the places of their
    channels, and the language they read."""

    name: str
    number: str = ""
    chats: Mapping[str, str] = field(default_factory=dict)
    language: str = DEFAULT
    mails: Mapping[str, str] = field(default_factory=dict)


class Recipients:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def by_mail(self, place: str, address: str, language: str) -> Recipient:
        """Who is told by mail: named by a digest, for an address may be longer than a name."""
        return Recipient(f"mail:{self._keys.sender(address)}", "", {}, language, {place: address})

    async def of_case(self, connection: BaseDBAsyncClient, case_id: int, *, by_telephone: bool) -> list[Recipient]:
        """The applicant, with the chats that follow the case in front of the telephone, which is left out where nobody
        is told `by_telephone`; then the others who follow it.
        """
        case = await Case.get(id=case_id, using_db=connection).only("id", "mobile")
        following = await followers(connection, about_case(case_id))
        chatting = [one for one in following if not one.address.startswith("+") and not is_mail(one.address)]
        chats = {one.place: one.address for one in chatting}
        number = telephone(case.mobile) if by_telephone else ""
        applicant = Recipient(about_case(case_id), number, chats, chatting[-1].language if chatting else DEFAULT)
        # Of several chats on one channel each is told; one of them has the telephone behind it.
        others = [
            Recipient(f"{one.place}:{one.address}", "", {one.place: one.address}, one.language)
            for one in chatting
            if chats[one.place] != one.address
        ]
        others += [
            Recipient(f"phone:{one.address}", one.address, {}, one.language)
            for one in following
            if one.address.startswith("+") and one.address != number
        ]
        others += [self.by_mail(one.place, one.address, one.language) for one in following if is_mail(one.address)]
        return [applicant, *others]
