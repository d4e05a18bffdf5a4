"""The guide of an item: the seven public elements, and plainly said where one isn't published yet."""

from __future__ import annotations

from aiohttp import web

from core.views import FormView, ItemGuide
from webui.language import language_of
from webui.look.guide_view import ELEMENTS, limit_in_words
from webui.page import render
from webui.site import WEB

FEW_GAPS = 2


async def item(request: web.Request) -> web.Response:
    site = request.app[WEB]
    guide = await site.query.item(request.match_info["code"])
    language = language_of(request, site.catalogues)
    return render(
        request,
        "item.html",
        guide=guide,
        elements=_shown(guide),
        forms_by_material=_by_material(guide.forms),
        other_forms=_other_forms(guide),
        promised=limit_in_words(language, guide, guide.promised),
        statutory=limit_in_words(language, guide, guide.statutory),
        whom=guide.link_way or site.centre_phone,
    )


def _shown(guide: ItemGuide) -> tuple[str, ...]:
    """The elements that have a part of their own: where most are gaps, to be told so once at the top is enough."""
    if len(guide.unpublished) <= FEW_GAPS:
        return ELEMENTS
    has_forms = {"materials"} if _other_forms(guide) else set()
    return tuple(one for one in ELEMENTS if one not in guide.unpublished or one in has_forms)


def _by_material(forms: tuple[FormView, ...]) -> dict[str, list[FormView]]:
    found: dict[str, list[FormView]] = {}
    for form in forms:
        found.setdefault(form.material_name, []).append(form)
    return found


def _other_forms(guide: ItemGuide) -> list[FormView]:
    names = {material.name for material in guide.materials}
    return [form for form in guide.forms if form.material_name not in names]
