"""The screens about one case: asking for its number and PIN, and telling where it stands."""

from __future__ import annotations

import math

from core.asker import Asker
from core.dialogue.facts import status_says
from core.dialogue.medium import Medium
from core.dialogue.screen import NUMBER, PIN, Choice, Digits, Need, Picture, Say, Screen
from core.errors import BadNumber, NotFound, NotRecognised, Wait
from core.language import Language
from core.numbers import is_query_number
from core.query import Query
from core.views import CaseStatus

STATUS_SEGMENTS = 2
MOMENT_S = 10
_HEARD = frozenset({Medium.VOICE})
_SHOWN = frozenset({Medium.CHAT})


class CaseScreens:
    """`address` is where the web page asks for a case, `follows` whether a case can be followed from a chat."""

    def __init__(self, query: Query, address: str, *, follows: bool) -> None:
        self._query, self._address, self._follows = query, address, follows

    def number(self) -> Screen:
        """Asks which case."""
        return Screen((Say("status.ask_number"),), lead="number", awaits=NUMBER)

    def pin(self, number: str) -> Screen:
        """Asks for the PIN of a case; a slip in the number is told at once."""
        if not is_query_number(number):
            return self._bad_number()
        return Screen((Say("status.ask_pin", {"number": Digits(number)}),), lead=f"pin:{number}", awaits=PIN)

    async def by_pin(self, number: str, pin: str, asker: Asker, language: Language) -> Screen:
        """Where a case stands, or why that isn't told."""
        try:
            return self._status(await self._query.case_status(number, pin, asker), language)
        except BadNumber:
            return self._bad_number()
        except NotRecognised:
            return Screen((Say("status.not_recognised"),), lead=f"pin:{number}", awaits=PIN, missed=True)
        except Wait as error:
            return _wait(error, f"pin:{number}")

    async def by_token(self, token: str, asker: Asker, language: Language) -> Screen:
        """Where the case of a receipt's QR code stands; an empty token is a picture without a code."""
        if not token:
            return Screen((Say("status.no_code"),), lead="number", awaits=NUMBER, missed=True)
        try:
            return self._status(await self._query.case_by_token(token, asker), language)
        except NotFound:
            return self._bad_code()
        except Wait as error:
            return _wait(error, "number")

    async def code(self, token: str, asker: Asker) -> Screen:
        """The QR code of a case as a picture, as it is printed on the receipt."""
        try:
            status = await self._query.case_by_token(token, asker)
        except NotFound:
            return self._bad_code()
        except Wait as error:
            return _wait(error, "number")
        address = self._query.qr_address(status.token)
        return Screen((Say("status.code", {"number": Digits(status.number)}),), attachments=(Picture(address),))

    def _status(self, status: CaseStatus, language: Language) -> Screen:
        says = status_says(status, language, self._address)
        lead = f"status:{status.number}"
        rate = (Choice(Say("choice.rate"), f"rate:{status.number}"),) if status.can_be_rated else ()
        follow = (Choice(Say("choice.follow"), f"follow:case:{status.number}", media=_SHOWN),) if self._follows else ()
        choices = (
            *rate,
            *follow,
            Choice(Say("choice.requirements"), f"item:{status.task_code}:0"),
            Choice(Say("choice.code"), f"code:{status.number}", media=_SHOWN),
            Choice(Say("choice.another"), "number"),
            Choice(Say("choice.repeat"), lead, media=_HEARD),
        )
        return Screen(
            says,
            choices=choices,
            choices_need=Need.MAY,
            lead=lead,
            grant=status.token,
            segments=STATUS_SEGMENTS,
        )

    def _bad_number(self) -> Screen:
        return Screen((Say("status.bad_number"),), lead="number", awaits=NUMBER, missed=True)

    def _bad_code(self) -> Screen:
        return Screen((Say("status.bad_code"),), lead="number", awaits=NUMBER, missed=True)


def _wait(error: Wait, lead: str) -> Screen:
    awaits = PIN if lead.startswith("pin:") else NUMBER
    if error.retry_after_s <= MOMENT_S and not error.locked:
        return Screen((Say("status.moment"),), lead=lead, awaits=awaits, missed=True)
    minutes = max(1, math.ceil(error.retry_after_s / 60))
    key = "status.locked" if error.locked else "status.wait"
    return Screen((Say(key, {"n": minutes}),), lead=lead, awaits=awaits, missed=True)
