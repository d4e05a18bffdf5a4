"""Staff who lead cases through the house at the desk: each team a clerk, a handler and a head, step after step."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field

from aiohttp import FormData

from bench.day.ledger import Street
from bench.day.people import PASSWORD, Known, login
from bench.day.plan import POSTS

AGAIN_S, TRIES = 1.0, 60
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\n"
    b"IDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)
_MARK = re.compile(r'name="mark" value="([0-9a-f]{64})"')
_SEQ = re.compile(r'name="seq" value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Step:
    """One change: whose it is, what the case becomes, with which fields, and whether a scan belongs to it."""

    post: str
    to: str
    fields: dict[str, str] = field(default_factory=dict)
    scan: bool = False


ROAD = (
    Step("clerk", "accepted"),
    Step("handler", "reviewing"),
    Step("handler", "special", {"procedure": "检验", "until": "", "reason": "需要现场检验"}),
    Step("handler", "reviewing"),
    Step("head", "decided", {"decision": "granted", "reason": "同意"}, scan=True),
    Step("handler", "completed", {"result_code": "0", "result_name": "许可证", "collect": "3号窗口"}),
)


@dataclass(frozen=True, slots=True)
class Done:
    """A change that the desk said was made, or, not `sure`, one whose answer was lost."""

    case_id: int
    to: str
    sure: bool


class Member:
    """One of staff at a browser of their own."""

    def __init__(self, street: Street, name: str, address: str) -> None:
        self._street, self.name = street, name
        self._headers, self.mark = {"X-Forwarded-For": address}, ""

    async def sign_in(self) -> None:
        """Raises RuntimeError when the desk doesn't let them in."""
        data = {"login": self.name, "password": PASSWORD}
        given = await self._street.ask(
            "sign in", "POST", "/staff/sign-in", data=data, wanted=303, headers=self._headers
        )
        if given is None:
            raise RuntimeError(f"{self.name} can't sign in")
        self._headers["Cookie"] = given.headers["Set-Cookie"].partition(";")[0]

    async def page(self, path: str, *, wanted: int = 200) -> str | None:
        given = await self._street.ask(
            "desk page", "GET", path, headers=self._headers, wanted=wanted, about=f"{self.name} {path}"
        )
        if given is not None and (found := _MARK.search(given.body)):
            self.mark = found[1]
        return given.body if given else None

    async def post(self, path: str, fields: dict[str, str], scan: bytes = b"") -> bool:
        form = FormData({"mark": self.mark, **fields}, default_to_multipart=bool(scan))
        if scan:
            form.add_field("file", scan, filename="scan.png")
        given = await self._street.ask(
            "desk change", "POST", path, data=form, headers=self._headers, wanted=303, about=f"{self.name} {path}"
        )
        return given is not None


class Team:
    """Leads its cases one after the other; whoever isn't answered looks again and does what is still to be done."""

    def __init__(self, street: Street, number: int, until_day: str) -> None:
        self.members = {
            post: Member(street, login(post, number), f"10.9.{at}.{number + 1}") for at, post in enumerate(POSTS)
        }
        self.done: list[Done] = []
        self.stuck: list[str] = []
        self._until = until_day
        self._scans = 0

    async def sign_in(self) -> None:
        for member in self.members.values():
            await member.sign_in()

    async def lead(self, case: Known, begins: float, pause_s: float) -> None:
        """All steps of a case, the first at a time of the loop's clock."""
        for at, step in enumerate(ROAD):
            wait_s = begins + at * pause_s - asyncio.get_running_loop().time()
            await asyncio.sleep(max(0, wait_s))
            if not await self._make(case, step, at):
                self.stuck.append(f"{case.number} does not become {step.to}")
                return

    async def _make(self, case: Known, step: Step, at: int) -> bool:
        """Make one change, trying again while the program is away."""
        member, path = self.members[step.post], f"/staff/cases/{case.number}"
        if step.to == "reviewing" and at == 1 and not await self._taken(member, path):
            return False
        doubtful = False
        for _ in range(TRIES):
            page = await member.page(path)
            if page is not None:
                if f"/move/{step.to}" not in page:
                    # Not offered any more: the answer was lost, and the change was made.
                    self.done.append(Done(case.id, step.to, sure=False))
                    return doubtful
                form = await member.page(f"{path}/move/{step.to}")
                if form is not None and (seq := _SEQ.search(form)):
                    doubtful = True
                    if await member.post(f"{path}/move/{step.to}", self._fields(step, seq[1]), self._scan(step)):
                        self.done.append(Done(case.id, step.to, sure=True))
                        return True
            await asyncio.sleep(AGAIN_S)
        return False

    async def _taken(self, member: Member, path: str) -> bool:
        for _ in range(TRIES):
            page = await member.page(path)
            if page is not None and ("/move/reviewing" in page or await member.post(f"{path}/take", {})):
                return True
            await asyncio.sleep(AGAIN_S)
        return False

    def _fields(self, step: Step, seq: str) -> dict[str, str]:
        fields = {"seq": seq} | step.fields
        return fields | {"until": self._until} if "until" in fields else fields

    def _scan(self, step: Step) -> bytes:
        """Each scan is another file."""
        if not step.scan:
            return b""
        self._scans += 1
        return PNG + f"{self.members['head'].name} {self._scans} {time.time_ns()}".encode()
