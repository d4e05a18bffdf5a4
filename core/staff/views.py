"""A member of staff, as the desk knows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import NotFound
from core.new_case import Actor
from core.staff.posts import Post, Right, may


@dataclass(frozen=True, slots=True)
class Member:
    """`department` is the only one whose cases the person sees, empty for the whole centre."""

    id: int
    login: str
    name: str
    post: Post
    department: str
    window: str
    second_factor: bool
    created_at: datetime
    disabled: bool

    def may(self, right: Right) -> bool:
        return may(self.post, right)

    def need(self, right: Right) -> None:
        """Raises NotFound where the person has not this right: what one may not see isn't there."""
        if not self.may(right):
            raise NotFound(f"a {self.post} may not {right}")

    def need_own(self, department: str) -> None:
        """Raises NotFound for what another department looks after."""
        if self.department and self.department != department:
            raise NotFound(f"{self.login} looks after {self.department} only")

    @property
    def actor(self) -> Actor:
        """Who changes a case. Raises NotFound for a post that changes none."""
        if (role := self.post.role) is None:
            raise NotFound(f"a {self.post} does not act on cases")
        return Actor(f"{self.name} ({self.login})", role, self.department, "desk", self.login)
