"""Finding an item: by everyday words, by department, or from the list of departments."""

from __future__ import annotations

from aiohttp import web

from core.errors import NotFound
from webui.page import render
from webui.sent import page_number, query_fields, words
from webui.site import WEB

CHOICES = 5
PAGE_ITEMS = 20


async def items(request: web.Request) -> web.Response:
    """What the address asks for: `q` words to search, `department` with `page` a list, neither the departments."""
    fields = query_fields(request)
    if sought := words(fields.get("q", "")):
        return await _found(request, sought)
    if department := fields.get("department", "").strip():
        return await _of_department(request, department, page_number(fields.get("page")))
    departments = await request.app[WEB].query.departments()
    return render(request, "departments.html", departments=departments, asked="q" in fields)


async def _found(request: web.Request, sought: str) -> web.Response:
    query = request.app[WEB].query
    found = await query.find_items(sought, CHOICES)
    departments = () if found.items else await query.departments()
    return render(request, "found.html", sought=sought, found=found, departments=departments)


async def _of_department(request: web.Request, department: str, page: int) -> web.Response:
    offset = (page - 1) * PAGE_ITEMS
    listed, total = await request.app[WEB].query.items_of(department, offset, PAGE_ITEMS)
    if not listed:
        raise NotFound("no such department, or no such page of its list")
    pages = -(-total // PAGE_ITEMS)
    return render(
        request,
        "department.html",
        department=department,
        items=listed,
        total=total,
        page=page,
        pages=pages,
        offset=offset,
    )
