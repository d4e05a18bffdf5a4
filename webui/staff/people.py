"""Accounts of staff, for the administrator."""

from __future__ import annotations

from aiohttp import web

from core.errors import BadRequest
from core.staff import NewMember, Post
from webui.staff.export import export, wanted
from webui.staff.visit import Visit


async def people(visit: Visit) -> web.Response:
    """Everybody; `as` a file of them."""
    if form := wanted(visit.asked()):
        return await _exported(visit, form)
    return await _page(visit)


async def _exported(visit: Visit, form: str) -> web.Response:
    names = ("login", "name", "post", "department", "window", "second_factor", "disabled")
    rows = [
        [
            one.login,
            one.name,
            visit.t(f"staff.post.{one.post}"),
            one.department,
            one.window,
            visit.t("staff.yes" if one.second_factor else "staff.no"),
            visit.t("staff.yes" if one.disabled else "staff.no"),
        ]
        for one in await visit.site.accounts.listed()
    ]
    return await export(visit, form, "staff", [visit.t(f"staff.people.{name}") for name in names], rows)


async def add(visit: Visit) -> web.Response:
    """Makes an account and shows its temporary password, this once."""
    posted = visit.posted
    new = NewMember(
        posted.get("login").lower(), posted.get("name"), _post(visit), posted.get("department"), posted.get("window")
    )
    try:
        password = await visit.site.accounts.add(new, visit.member.login)
    except BadRequest as error:
        return await _page(visit, status=400, error=visit.why(error))
    return await _page(visit, shown=(new.login, password))


async def change(visit: Visit) -> web.Response:
    """What `what` says, to the account `login`: other post, new password, no second factor, disabled."""
    accounts, posted, by = visit.site.accounts, visit.posted, visit.member.login
    login = posted.get("login")
    if login == by and posted.get("what") in ("post", "disable"):
        raise BadRequest("nobody takes the own account away", key="own_account")
    match posted.get("what"):
        case "post":
            await accounts.change(login, _post(visit), posted.get("department"), posted.get("window"), by)
        case "password":
            return await _page(visit, shown=(login, await accounts.reset_password(login, by)))
        case "second_factor":
            await accounts.forget_second_factor(login, by)
        case "disable":
            await accounts.disable(login, by)
        case _:
            raise BadRequest("there is no such change")
    return visit.to("/staff/people")


def _post(visit: Visit) -> Post:
    found = next((post for post in Post if post == visit.posted.get("post")), None)
    if found is None:
        raise BadRequest("there is no such post")
    return found


async def _page(
    visit: Visit, *, status: int = 200, error: str = "", shown: tuple[str, str] | None = None
) -> web.Response:
    departments = await visit.site.query.departments()
    return visit.page(
        "people.html",
        status=status,
        people=await visit.site.accounts.listed(),
        departments=[one.name for one in departments],
        posts=tuple(Post),
        error=error,
        shown=shown,
        typed=visit.posted,
    )
