"""Accounts of staff: one a person, made and changed by an administrator, each change in the audit trail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError

from core.database import reading, transaction
from core.errors import BadRequest, NotFound
from core.local_time import kept, now
from core.models import Department, StaffMember, StaffSession
from core.naming import may_be
from core.passwords import Passwords, check_password, temporary_password
from core.staff.posts import Post
from core.staff.trail import note
from core.staff.views import Member

_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True, slots=True)
class NewMember:
    """An account to be made; `department` is one of the catalogue by its name, empty for the whole centre."""

    login: str
    name: str
    post: Post
    department: str = ""
    window: str = ""


class Accounts:
    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    async def add(self, new: NewMember, by: str, password: str = "") -> str:
        """Make an account; its temporary password, which is shown this once. Raises BadRequest."""
        _check(new)
        given = password or temporary_password()
        check_password(given, new.login)
        digest = await self._passwords.digest(given)
        try:
            async with transaction() as connection:
                await StaffMember.create(
                    using_db=connection,
                    login=new.login,
                    name=new.name.strip(),
                    post=new.post.value,
                    department_id=await _department_id(connection, new.department),
                    window=new.window.strip(),
                    password=digest,
                    password_temporary=not password,
                    created_at=now(),
                )
                detail = {"post": new.post.value, "department": new.department, "window": new.window}
                await note(connection, by, "staff added", new.login, detail)
        except IntegrityError:
            raise BadRequest(f"there is an account {new.login} already") from None
        return given

    async def change(self, login: str, post: Post, department: str, window: str, by: str) -> None:
        """Give a person another post, department or window; open sessions end. Raises BadRequest, NotFound."""
        async with transaction() as connection:
            changes = {"post": post.value, "department_id": await _department_id(connection, department)}
            await _changed(connection, login, **changes, window=window.strip()[:50])
            detail = {"post": post.value, "department": department, "window": window}
            await note(connection, by, "staff changed", login, detail)

    async def reset_password(self, login: str, by: str) -> str:
        """A new temporary password, and no lock; open sessions end. Raises NotFound."""
        given = temporary_password()
        digest = await self._passwords.digest(given)
        async with transaction() as connection:
            await _changed(connection, login, password=digest, password_temporary=True, failures=0, failed_at=None)
            await note(connection, by, "staff password reset", login)
        return given

    async def forget_second_factor(self, login: str, by: str) -> None:
        """The person sets up another one at the next signing in; open sessions end. Raises NotFound."""
        async with transaction() as connection:
            await _changed(connection, login, second_factor="", second_factor_at=None)
            await note(connection, by, "staff second factor reset", login)

    async def disable(self, login: str, by: str) -> None:
        """Nobody signs in with this account any more; open sessions end. Raises NotFound."""
        async with transaction() as connection:
            await _changed(connection, login, disabled_at=now())
            await note(connection, by, "staff disabled", login)

    @reading
    async def listed(self) -> list[Member]:
        return [member(row) for row in await StaffMember.all().order_by("login").select_related("department")]

    @reading
    async def handlers(self, department: str) -> list[Member]:
        """Who may be accountable for a case of a department: its handlers and heads, and those of the whole centre."""
        posts = (Post.HANDLER.value, Post.HEAD.value)
        rows = await StaffMember.filter(disabled_at=None, post__in=posts).order_by("login").select_related("department")
        return [one for one in map(member, rows) if one.department in ("", department)]


_OF_MEMBER = ("id", "login", "name", "post", "window", "second_factor_at", "created_at", "disabled_at")


def member(row: StaffMember) -> Member:
    """What the desk knows of a row read with its department."""
    columns = {name: getattr(row, name) for name in _OF_MEMBER}
    return member_of_row(columns | {"department": row.department.name if row.department else ""})


def member_of_row(row: Mapping[str, Any]) -> Member:
    """The same of a row as a database gave it, `department` being the name."""
    return Member(
        id=row["id"],
        login=row["login"],
        name=row["name"],
        post=Post(row["post"]),
        department=row["department"] or "",
        window=row["window"],
        second_factor=row["second_factor_at"] is not None,
        created_at=kept(row["created_at"]),
        disabled=row["disabled_at"] is not None,
    )


def _check(new: NewMember) -> None:
    if not _LOGIN.fullmatch(new.login):
        raise BadRequest("a login has 2 to 32 small letters, digits, dots, hyphens and underscores, a letter first")
    if not 1 <= len(new.name.strip()) <= 50 or len(new.window) > 50:
        raise BadRequest("a name of 1 to 50 characters is needed, and a window of at most 50")


async def _changed(connection: BaseDBAsyncClient, login: str, **columns: object) -> None:
    """Change an account in use and end its sessions. Raises NotFound."""
    in_use = StaffMember.filter(login=login, disabled_at=None).using_db(connection)
    if not may_be(StaffMember, login=login) or not await in_use.update(**columns):
        raise NotFound(f"there is no account {login} in use")
    ids = [row.id for row in await StaffMember.filter(login=login).using_db(connection)]
    await StaffSession.filter(member_id__in=ids, ended_at=None).using_db(connection).update(ended_at=now())


async def _department_id(connection: BaseDBAsyncClient, name: str) -> int | None:
    if not name:
        return None
    found = await Department.get_or_none(name=name, using_db=connection)
    if found is None:
        raise BadRequest(f"there is no department {name}")
    return found.id
