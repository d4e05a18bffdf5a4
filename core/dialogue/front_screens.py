"""The screens around the matter: the welcome, a person to talk to, going on where one stopped, and the goodbye."""

from __future__ import annotations

from core.centre import Centre
from core.dialogue.medium import Medium
from core.dialogue.screen import Address, Choice, Digits, Need, Say, Screen
from core.language import Catalogues, Language
from core.local_time import now

LANGUAGE_KEY = "9"
# Steps that one can be told of and go on with; the welcome is where everything begins anyway.
RESUMED = frozenset({"number", "pin", "status", "items", "offer", "item", "forms", "departments", "department"})


class FrontScreens:
    """`operator` is the number that a call is put through to, empty when there is none."""

    def __init__(
        self,
        centre: Centre,
        catalogues: Catalogues,
        *,
        name: str,
        name_en: str,
        phone: str,
        operator: str,
        address: str,
    ) -> None:
        self._centre, self._catalogues = centre, catalogues
        self._name, self._name_en, self._phone, self._operator = name, name_en, phone, operator
        self._address = address

    def welcome(self, language: Language, *, lead: Say | None = None) -> Screen:
        """What can be asked here, and how to change the language."""
        centre = self._name_en if language.code == "en" else self._name
        says = (
            Say("welcome", {"centre": centre}),
            Say("welcome.web", {"address": Address(self._address)}, Need.SHOULD),
        )
        choices = (
            Choice(Say("choice.status"), "number"),
            Choice(Say("choice.items"), "items"),
            *self._languages(language),
        )
        return Screen((lead, *says) if lead else says, choices=choices, lead="welcome")

    def languages(self) -> Screen:
        """Every language there is, each in its own words."""
        codes = self._catalogues.codes
        choices = (Choice(Say("choice.language"), f"language:{code}", language=code) for code in codes)
        return Screen((Say("language.which"),), choices=tuple(choices))

    def _languages(self, language: Language) -> tuple[Choice, ...]:
        others = [code for code in self._catalogues.codes if code != language.code]
        if len(others) == 1:
            return (Choice(Say("choice.language"), f"language:{others[0]}", LANGUAGE_KEY, language=others[0]),)
        return (Choice(Say("choice.languages"), "languages", LANGUAGE_KEY),) if others else ()

    async def operator(self, medium: Medium) -> Screen:
        """A person: put through in office hours, else when and where to reach one."""
        working = await self._centre.working_time()
        at = now()
        open_now = working.calendar.is_workday(at.date()) and any(
            opens <= at.time() < closes for opens, closes in working.office_hours.periods
        )
        hours = tuple(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in working.office_hours.periods)
        told = {"phone": Digits(self._phone), "hours": hours}
        if open_now and self._operator and medium is Medium.VOICE:
            return Screen((Say("operator.now", told),), transfer=True)
        return Screen((Say("operator.open" if open_now else "operator.closed", told),), choices=self._onward())

    def busy(self) -> Screen:
        """Nobody answered at the other end."""
        return Screen((Say("operator.busy", {"phone": Digits(self._phone)}),), choices=self._onward())

    def language(self, code: str) -> Language:
        return self._catalogues[code]

    def resume(self, lead: str) -> Screen:
        """Offers to go on where one stopped."""
        kind = lead.partition(":")[0]
        choices = (Choice(Say("choice.go_on"), lead), Choice(Say("choice.anew"), "welcome"))
        return Screen((Say("resume", {"step": Say(f"step.{kind}")}),), choices=choices)

    def goodbye(self, *, tried: bool) -> Screen:
        """The polite end, which says where else to ask; `tried` when we did not understand each other."""
        told = {"phone": Digits(self._phone), "address": Address(self._address)}
        return Screen((Say("goodbye.tried" if tried else "goodbye", told),), ends=True)

    def _onward(self) -> tuple[Choice, ...]:
        return (Choice(Say("choice.status"), "number"), Choice(Say("choice.items"), "items"))
