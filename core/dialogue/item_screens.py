"""The screens about items: finding one by words or by department, what it requires, and its blank forms."""

from __future__ import annotations

from collections.abc import Sequence

from core.dialogue.facts import item_name, limit_says, material_say
from core.dialogue.medium import Medium
from core.dialogue.screen import WORDS, Address, Choice, Listing, Name, Need, Say, Screen
from core.errors import NotFound
from core.language import Language
from core.query import Query
from core.views import FormView, ItemGuide, ItemSummary

MOST_CHOICES = 5
# On the telephone the way to the rest of a list is a choice itself, and five are the most anybody keeps in mind.
MOST_LISTED = MOST_CHOICES - 1
_HEARD = frozenset({Medium.VOICE})
_SEEN = frozenset({Medium.TEXT, Medium.CHAT})
_SHOWN = frozenset({Medium.CHAT})


class ItemScreens:
    """`centre_phone` is whom to ask where an item names nobody, `follows` whether items can be followed from a chat."""

    def __init__(self, query: Query, centre_phone: str, *, follows: bool) -> None:
        self._query, self._centre_phone, self._follows = query, centre_phone, follows

    def ask(self) -> Screen:
        """Asks what the citizen wants to do."""
        return Screen(
            (Say("items.ask"),),
            choices=(Choice(Say("choice.departments"), "departments:0"),),
            lead="items",
            awaits=WORDS,
        )

    async def found(self, words: str, language: Language) -> Screen:
        """What everyday words found: a clear item opens, several are offered, none: the departments."""
        found = await self._query.find_items(words, MOST_CHOICES)
        if not found.items:
            departments = await self.departments(0, language)
            return departments._replace(says=(Say("found.none"),), awaits=WORDS, missed=True)
        if found.clear or len(found.items) == 1:
            return await self.item(found.items[0].task_code, 0, language)
        return _offered(found.items, language)

    async def offer(self, codes: str, language: Language) -> Screen:
        """The items that were found before, offered again."""
        guides = [await self._query.item(code) for code in codes.split("|")[:MOST_CHOICES]]
        return _offered([guide.summary for guide in guides], language)

    async def item(self, code: str, offset: int, language: Language) -> Screen:
        """What an item requires, from the material at `offset` on. Raises NotFound."""
        guide = await self._query.item(code)
        lead = f"item:{code}:{offset}"
        if not guide.materials:
            says = (*self._head(guide, language), Say("item.unpublished", {"link_way": self._whom(guide)}))
            return Screen(says, choices=self._onward(guide, lead), choices_need=Need.MAY, lead=lead)
        entries = tuple(material_say(m, language) for m in guide.materials[offset:])
        says = self._head(guide, language, more_follows=True) if not offset else (self._again(guide, language),)
        return Screen(
            says,
            Listing(entries, lambda shown: f"item:{code}:{offset + shown}", offset),
            self._ways(guide),
            choices=self._onward(guide, lead),
            choices_need=Need.MAY,
            lead=lead,
        )

    def _head(self, guide: ItemGuide, language: Language, *, more_follows: bool = False) -> tuple[Say, ...]:
        department = guide.summary.department_en if language.code == "en" else ""
        names = {
            "item": Name(item_name(guide.summary, language)),
            "department": Name(department or guide.summary.department),
        }
        paused = (Say("item.paused", {"link_way": self._whom(guide)}),) if guide.paused else ()
        bring = (Say("item.bring"),) if more_follows else ()
        return (Say("item.head", names), *paused, *limit_says(guide, language), *bring)

    def _again(self, guide: ItemGuide, language: Language) -> Say:
        return Say("item.rest", {"item": Name(item_name(guide.summary, language))})

    def _ways(self, guide: ItemGuide) -> tuple[Say, ...]:
        says = [Say("item.form", {"address": Address(self._query.form_address(form))}) for form in guide.forms[:1]]
        return (*says, Say("ask", {"link_way": self._whom(guide)}, Need.MAY))

    def _onward(self, guide: ItemGuide, lead: str) -> tuple[Choice, ...]:
        code = guide.summary.task_code
        forms = (Choice(Say("choice.forms"), f"forms:{code}", media=_SEEN),) if guide.forms else ()
        send = (Choice(Say("choice.send"), f"send:{code}", media=_HEARD),) if guide.materials else ()
        follow = (Choice(Say("choice.follow_item"), f"follow:item:{code}", media=_SHOWN),) if self._follows else ()
        return (*forms, *follow, *send, Choice(Say("choice.repeat"), lead, media=_HEARD))

    def _whom(self, guide: ItemGuide) -> str:
        return guide.link_way or self._centre_phone

    async def forms(self, code: str, language: Language) -> Screen:
        """An item's blank forms: as files where the channel can carry them, as addresses where not."""
        forms = await self._query.forms(code)
        if not forms:
            return Screen((Say("forms.none"),), lead=f"forms:{code}")
        return Screen(
            (Say("forms.head"),),
            Listing(tuple(self._form(form, language) for form in forms), lambda shown: f"forms:{code}"),
            lead=f"forms:{code}",
            attachments=forms,
        )

    def _form(self, form: FormView, language: Language) -> Say:
        title = form.title_en if language.code == "en" and form.title_en else form.title
        return Say("forms.entry", {"title": Name(title), "address": Address(self._query.form_address(form))})

    async def departments(self, offset: int, language: Language) -> Screen:
        departments = await self._query.departments()
        part = departments[offset : offset + MOST_LISTED]
        choices = tuple(
            Choice(_name(d.name_en if language.code == "en" and d.name_en else d.name), f"department:{d.name}:0")
            for d in part
        )
        more = f"departments:{offset + MOST_LISTED}" if len(departments) > offset + MOST_LISTED else ""
        return Screen((Say("departments.head"),), choices=choices, more=more, lead=f"departments:{offset}")

    async def department(self, name: str, offset: int, language: Language) -> Screen:
        """A part of a department's items. Raises NotFound."""
        items, total = await self._query.items_of(name, offset, MOST_LISTED)
        if not items:
            raise NotFound(f"there is no department {name}")
        more = f"department:{name}:{offset + MOST_LISTED}" if total > offset + MOST_LISTED else ""
        shown = items[0].department_en if language.code == "en" and items[0].department_en else name
        says = (Say("department.head", {"department": Name(shown), "n": total}),)
        choices = tuple(_item(item, language) for item in items)
        return Screen(says, choices=choices, more=more, lead=f"department:{name}:{offset}")


def _offered(items: Sequence[ItemSummary], language: Language) -> Screen:
    choices = tuple(_item(item, language) for item in items)
    lead = "offer:" + "|".join(item.task_code for item in items)
    return Screen((Say("found.several"),), choices=choices, lead=lead, awaits=WORDS)


def _item(item: ItemSummary, language: Language) -> Choice:
    return Choice(_name(item_name(item, language)), f"item:{item.task_code}:0")


def _name(name: str) -> Say:
    return Say("", {"text": Name(name)})
