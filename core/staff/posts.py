"""What each post may do: one table, asked by every page and every call of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.transitions import Role


class Post(StrEnum):
    """岗位: in what capacity a person works at the centre."""

    CLERK = "clerk"
    HANDLER = "handler"
    HEAD = "head"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def role(self) -> Role | None:
        """In what capacity the post acts on cases; None for one that doesn't."""
        return _ROLES.get(self)


class Right(StrEnum):
    """What a page or a call asks for. Which moves of a case are allowed, `core.transitions` says besides."""

    SEE_CASES = "see_cases"
    RECEIVE = "receive"
    HANDLE = "handle"
    TAKE_FEES = "take_fees"
    SEE_FEES = "see_fees"
    EDIT_CONTENT = "edit_content"
    APPROVE_CONTENT = "approve_content"
    SEE_OPERATIONS = "see_operations"
    OPERATE = "operate"
    SEE_TRAIL = "see_trail"
    MANAGE_STAFF = "manage_staff"
    SEE_PERSONS = "see_persons"
    ERASE_PERSONS = "erase_persons"
    SEE_MESSAGES = "see_messages"
    SEND_AGAIN = "send_again"
    TELL = "tell"


R = Right
_SEES = frozenset({R.SEE_CASES, R.SEE_FEES})
# The administrator looks after accounts and machines, and sees no citizen's case; the supervisor sees all, and
# changes nothing: so that nobody can both do a thing and clear away its traces (等保 2.0, 三权分立).
RIGHTS: Mapping[Post, frozenset[Right]] = {
    Post.CLERK: _SEES | {R.RECEIVE, R.HANDLE, R.TAKE_FEES, R.SEE_MESSAGES, R.TELL},
    Post.HANDLER: _SEES | {R.RECEIVE, R.HANDLE, R.SEE_MESSAGES, R.TELL},
    Post.HEAD: _SEES | {R.RECEIVE, R.HANDLE, R.APPROVE_CONTENT, R.SEE_MESSAGES, R.SEND_AGAIN, R.TELL},
    Post.SUPERVISOR: _SEES | {R.SEE_OPERATIONS, R.SEE_TRAIL, R.SEE_PERSONS, R.SEE_MESSAGES},
    Post.EDITOR: frozenset({R.EDIT_CONTENT}),
    Post.ADMIN: frozenset(
        {R.SEE_OPERATIONS, R.OPERATE, R.MANAGE_STAFF, R.APPROVE_CONTENT, R.ERASE_PERSONS, R.SEND_AGAIN}
    ),
}
_ROLES = {
    Post.CLERK: Role.CLERK,
    Post.HANDLER: Role.HANDLER,
    Post.HEAD: Role.HEAD,
    Post.SUPERVISOR: Role.SUPERVISOR,
}


def may(post: Post, right: Right) -> bool:
    return right in RIGHTS[post]
