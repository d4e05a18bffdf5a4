"""One account for each post, with a password that everybody knows: for the demonstration alone."""

from __future__ import annotations

from core.models import StaffMember
from core.staff import NewMember, Post
from gateway.house import House

PASSWORD = "Haoban-2026"  # noqa: S105  (it is printed on the page)
_PEOPLE = (
    NewMember("clerk", "王小丽", Post.CLERK, window="3号窗口"),
    NewMember("handler", "李建国", Post.HANDLER),
    NewMember("head", "陈志强", Post.HEAD),
    NewMember("supervisor", "赵敏", Post.SUPERVISOR),
    NewMember("editor", "周静", Post.EDITOR),
    NewMember("admin", "吴涛", Post.ADMIN),
)


async def employ(house: House) -> None:
    """Make the accounts that aren't there yet."""
    known = {row.login for row in await StaffMember.all()}
    for person in _PEOPLE:
        if person.login not in known:
            await house.accounts.add(person, "demonstration", PASSWORD)
