"""The screens of the conversation: each lead opens one, and says where one can go from there."""

from __future__ import annotations

from core.codes import Stage
from core.dialogue.facts import guide_name, limit_says, material_say, status_says
from core.dialogue.screen import Choice, Listing, Name, Need, Say, Screen
from core.errors import NotFound
from core.language import Language
from core.query import Query
from core.views import CaseStatus, FormView, ItemSummary

MOST_CHOICES = 5
STATUS_SEGMENTS = 2


class Screens:
    """Opens screens by their leads: `help`, `item:CODE:OFFSET`, `forms:CODE`, `departments:OFFSET`, …"""

    def __init__(self, query: Query, public_url: str, centre_phone: str) -> None:
        self._query, self._public_url, self._centre_phone = query, public_url.rstrip("/"), centre_phone

    async def open(self, lead: str, language: Language) -> Screen:
        """The screen behind a lead; help when it leads nowhere any more."""
        kind, _, rest = lead.partition(":")
        try:
            match kind:
                case "item":
                    return await self._item(*_with_offset(rest), language)
                case "forms":
                    return await self._forms(rest)
                case "departments":
                    return await self._departments(int(rest or 0), language)
                case "department":
                    return await self._department(*_with_offset(rest), language)
        except NotFound:
            return Screen((Say("item.gone"),))
        return self.help()

    def help(self) -> Screen:
        return Screen((Say("help"), Say("help.web", {"address": self._public_url}, Need.SHOULD)))

    def status(self, status: CaseStatus, language: Language) -> Screen:
        """Where a case stands, in two segments at most."""
        says = status_says(status, language, f"{self._public_url}/cases")
        if status.stage in (Stage.FINISHED, Stage.DELIVERED):
            says = (*says, Say("status.receipt", need=Need.MAY))
        return Screen(says, segments=STATUS_SEGMENTS)

    async def found(self, words: str, language: Language) -> tuple[Screen, str]:
        """What everyday words found, and its lead: a clear item opens, several are offered, none: the departments."""
        found = await self._query.find_items(words, MOST_CHOICES)
        if not found.items:
            screen = await self._departments(0, language)
            return Screen((Say("found.none"), *screen.says), choices=screen.choices, more=screen.more), ""
        if found.clear or len(found.items) == 1:
            lead = f"item:{found.items[0].task_code}:0"
            return await self.open(lead, language), lead
        return Screen((Say("found.several"),), choices=tuple(_choice(item, language) for item in found.items)), ""

    async def _item(self, code: str, offset: int, language: Language) -> Screen:
        guide = await self._query.item(code)
        name = Name(guide_name(guide, language))
        department = guide.summary.department_en if language.code == "en" else ""
        values = {"item": name, "department": Name(department or guide.summary.department)}
        whom = guide.link_way or self._centre_phone
        if not guide.materials:
            says = [Say("item.head", values), *limit_says(guide, language), Say("item.unpublished", {"link_way": whom})]
            return Screen(tuple(says))
        entries = tuple(material_say(m, language) for m in guide.materials[offset:])
        listing = Listing(entries, lambda shown: f"item:{code}:{offset + shown}", offset)
        if offset:
            return Screen((Say("item.rest", {"item": name}),), listing, self._ways(guide.forms, whom))
        says = [Say("item.head", values), *limit_says(guide, language), Say("item.bring")]
        return Screen(tuple(says), listing, self._ways(guide.forms, whom))

    def _ways(self, forms: tuple[FormView, ...], whom: str) -> tuple[Say, ...]:
        says = [Say("item.form", {"address": self._query.form_address(form)}) for form in forms[:1]]
        return (*says, Say("ask", {"link_way": whom}, Need.MAY))

    async def _forms(self, code: str) -> Screen:
        forms = await self._query.forms(code)
        if not forms:
            return Screen((Say("forms.none"),))
        entries = tuple(Say("", {"text": f"{form.title} {self._query.form_address(form)}"}) for form in forms)
        return Screen((Say("forms.head"),), Listing(entries, lambda shown: f"forms:{code}"))

    async def _departments(self, offset: int, language: Language) -> Screen:
        departments = await self._query.departments()
        part = departments[offset : offset + MOST_CHOICES]
        choices = tuple(
            Choice(d.name_en if language.code == "en" and d.name_en else d.name, f"department:{d.name}:0") for d in part
        )
        more = f"departments:{offset + MOST_CHOICES}" if len(departments) > offset + MOST_CHOICES else ""
        return Screen((Say("departments.head"),), choices=choices, more=more)

    async def _department(self, name: str, offset: int, language: Language) -> Screen:
        items, total = await self._query.items_of(name, offset, MOST_CHOICES)
        more = f"department:{name}:{offset + MOST_CHOICES}" if total > offset + MOST_CHOICES else ""
        says = (Say("department.head", {"department": Name(name), "n": total}),)
        return Screen(says, choices=tuple(_choice(item, language) for item in items), more=more)


def _choice(item: ItemSummary, language: Language) -> Choice:
    name = item.name_en if language.code == "en" and item.name_en else item.name
    return Choice(name, f"item:{item.task_code}:0")


def _with_offset(rest: str) -> tuple[str, int]:
    name, _, offset = rest.rpartition(":")
    return name, int(offset or 0)
