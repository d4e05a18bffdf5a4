"""Signing in: password, then second factor; five failures lock, idle sessions end. Source: 等保 2.0 level 3."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F

from core import second_factor
from core.database import Database, reading, transaction
from core.errors import BadRequest, NotRecognised, Wait
from core.keys import Keys
from core.local_time import kept, now
from core.models import StaffMember, StaffSession
from core.passwords import Passwords, check_password
from core.rates import Rate
from core.staff.accounts import member, member_of_row
from core.staff.trail import note
from core.staff.views import Member

TRIES = 5
LOCK = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# Half-way signed in is not idling: whoever hasn't found the telephone by then begins anew.
HALF_WAY = timedelta(minutes=10)
SEEN_EVERY = timedelta(seconds=30)
_SEALED_FOR = "second factor of {}"
# Asked before every page of the desk.
_KNOWN = """
SELECT s.id AS session_id, s.stage, s.began_at, s.seen_at, m.id, m.login, m.name, m.post, m."window",
       m.second_factor_at, m.created_at, m.disabled_at, d.name AS department
FROM staff_session s JOIN staff_member m ON m.id = s.member_id LEFT JOIN department d ON d.id = m.department_id
WHERE s.token_digest = $1 AND s.ended_at IS NULL AND m.disabled_at IS NULL
"""


class Stage(StrEnum):
    """How far a session has come: what is still asked of the person before anything else is answered."""

    PASSWORD = "password"  # noqa: S105  (the name of a stage)
    ENROL = "enrol"
    CODE = "code"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session: `token` is what the browser keeps; its digest is in the database."""

    token: str
    stage: Stage
    member: Member


class SignIn:
    """Opens, checks and ends sessions.

    `idle` is how long one may stand untouched, `second_factor` whether one is asked for, `single` whether signing in
    ends the person's other sessions.
    """

    def __init__(
        self,
        database: Database,
        keys: Keys,
        passwords: Passwords,
        *,
        idle: timedelta,
        second_factor: bool,
        single: bool,
    ) -> None:
        self._database, self._keys, self._passwords = database, keys, passwords
        self._idle, self._single = idle, single
        self.asks_second_factor = second_factor
        # An unknown login is refused after as many tries as a known one, lest it be told apart.
        self._unknown = Rate("unknown logins", f"{TRIES}/{LOCK // timedelta(minutes=1)} minutes")

    async def begin(self, login: str, password: str, origin: str) -> SignedIn:
        """A session after the right password. Raises NotRecognised, and Wait while the account is locked.

        An unknown login, a disabled account and a wrong password are answered alike and take the same time.
        """
        at = now()
        row = await _by_login(login)
        locked = await self._counted(row, origin, at) if row else None
        right = await self._passwords.fits(password, row.password if row and not row.disabled_at and not locked else "")
        if locked:
            raise locked
        if row is None or not right:
            await _note_failure(login, origin)
            if row is None:
                await self._count_unknown(login)
            raise NotRecognised("login and password don't fit")
        return await self._opened(row, origin, at)

    async def _counted(self, row: StaffMember, origin: str, at: datetime) -> Wait | None:
        """Count one more try before it is looked at, so that many at once are no more than one after the other.

        The right answer takes the count back. The wait when there were too many, which is noted.
        """
        async with transaction() as connection:
            known = await StaffMember.filter(id=row.id).using_db(connection).select_for_update().get()
            if until := _locked_until(known, at):
                await note(connection, row.login, "sign-in refused", row.login, {"from": origin, "why": "locked"})
                return Wait(int((until - at).total_seconds()) + 1, locked=True)
            fresh = known.failed_at is None or at - known.failed_at >= LOCK
            failures = 1 if fresh else known.failures + 1
            await StaffMember.filter(id=row.id).using_db(connection).update(failures=failures, failed_at=at)
        return None

    async def _count_unknown(self, login: str) -> None:
        try:
            await self._unknown.take(login)
        except Wait as wait:
            raise Wait(wait.retry_after_s, locked=True) from None

    async def _opened(self, row: StaffMember, origin: str, at: datetime) -> SignedIn:
        token = secrets.token_urlsafe(32)
        stage = self._next_stage(row, Stage.PASSWORD) if not row.password_temporary else Stage.PASSWORD
        async with transaction() as connection:
            await StaffSession.create(
                using_db=connection,
                member_id=row.id,
                token_digest=_digest(token),
                stage=stage.value,
                origin=origin[:64],
                began_at=at,
                seen_at=at,
            )
            if stage is Stage.FULL:
                await self._entered(connection, row, token)
            else:
                await StaffMember.filter(id=row.id).using_db(connection).update(failures=F("failures") - 1)
        return SignedIn(token, stage, member(row))

    def _next_stage(self, row: StaffMember, after: Stage) -> Stage:
        if not self.asks_second_factor or after in (Stage.ENROL, Stage.CODE):
            return Stage.FULL
        return Stage.CODE if row.second_factor_at else Stage.ENROL

    async def _entered(self, connection: BaseDBAsyncClient, row: StaffMember, token: str) -> None:
        await StaffMember.filter(id=row.id).using_db(connection).update(failures=0, failed_at=None)
        if self._single:
            others = StaffSession.filter(member_id=row.id, ended_at=None).exclude(token_digest=_digest(token))
            await others.using_db(connection).update(ended_at=now())
        await note(connection, row.login, "signed in", row.login)

    async def known_by(self, token: str) -> SignedIn | None:
        """The session of a token, None when there is none or it has ended. Raises Unavailable."""
        at = now()
        # The digest is looked up, so that the time it takes says nothing of the token.
        found = await self._database.rows(_KNOWN, (_digest(token),)) if token else ()
        if not found:
            return None
        [row] = found
        stage, seen_at = Stage(row["stage"]), kept(row["seen_at"])
        if self._is_over(stage, kept(row["began_at"]), seen_at, at):
            return None
        if at - seen_at >= SEEN_EVERY:
            async with transaction() as connection:
                await StaffSession.filter(id=row["session_id"]).using_db(connection).update(seen_at=at)
        return SignedIn(token, stage, member_of_row(row))

    def _is_over(self, stage: Stage, began_at: datetime, seen_at: datetime, at: datetime) -> bool:
        if stage is not Stage.FULL and at - began_at > HALF_WAY:
            return True
        return at - seen_at > self._idle or at - began_at > LONGEST

    async def end(self, session: SignedIn) -> None:
        async with transaction() as connection:
            ended = StaffSession.filter(token_digest=_digest(session.token), ended_at=None).using_db(connection)
            if await ended.update(ended_at=now()):
                await note(connection, session.member.login, "signed out", session.member.login)

    async def enrolment(self, session: SignedIn) -> str:
        """The secret that a session on its way is to set up, the same until it is confirmed."""
        row = await _by_id(session.member.id)
        if session.stage is not Stage.ENROL or row.second_factor_at:
            raise BadRequest("the second factor is set up already")
        if row.second_factor:
            return self._secret(row)
        secret = second_factor.new_secret()
        sealed = self._keys.seal.closed(secret, _SEALED_FOR.format(row.login))
        async with transaction() as connection:
            await StaffMember.filter(id=row.id, second_factor="").using_db(connection).update(second_factor=sealed)
            return self._secret(await StaffMember.get(id=row.id, using_db=connection))

    async def give_code(self, session: SignedIn, code: str) -> Stage:
        """Go on with six digits. Raises BadRequest for wrong ones, Wait when they were wrong too often."""
        at = now()
        row = await _by_id(session.member.id)
        if session.stage not in (Stage.ENROL, Stage.CODE) or not row.second_factor:
            raise BadRequest("no code is asked for")
        if locked := await self._counted(row, "", at):
            raise locked
        step = second_factor.step_of(self._secret(row), code, at, row.second_factor_step)
        if step is None:
            await _note_failure(row.login, "")
            raise BadRequest("this code is not the one shown now")
        async with transaction() as connection:
            taken = StaffMember.filter(id=row.id, second_factor_step__lt=step).using_db(connection)
            if not await taken.update(second_factor_step=step, second_factor_at=row.second_factor_at or at):
                raise BadRequest("this code was used already")
            if session.stage is Stage.ENROL:
                await note(connection, row.login, "second factor set up", row.login)
            await _reach(connection, session.token, Stage.FULL)
            await self._entered(connection, row, session.token)
        return Stage.FULL

    async def set_password(self, session: SignedIn, old: str, new: str) -> Stage:
        """Take a password of the person's own. Raises BadRequest for a plain one, NotRecognised for a wrong old one."""
        row = await _by_id(session.member.id)
        check_password(new, row.login)
        if locked := await self._counted(row, "", now()):
            raise locked
        if not await self._passwords.fits(old, row.password):
            await _note_failure(row.login, "")
            raise NotRecognised("the old password is wrong")
        if old == new:
            raise BadRequest("the new password is the old one")
        digest = await self._passwords.digest(new)
        stage = self._next_stage(row, Stage.PASSWORD) if session.stage is Stage.PASSWORD else session.stage
        async with transaction() as connection:
            changed = StaffMember.filter(id=row.id).using_db(connection)
            await changed.update(password=digest, password_temporary=False, failures=0, failed_at=None)
            await note(connection, row.login, "password changed", row.login)
            others = StaffSession.filter(member_id=row.id, ended_at=None).exclude(token_digest=_digest(session.token))
            await others.using_db(connection).update(ended_at=now())
            await _reach(connection, session.token, stage)
            if stage is Stage.FULL and session.stage is not Stage.FULL:
                await self._entered(connection, row, session.token)
        return stage

    def _secret(self, row: StaffMember) -> str:
        return self._keys.seal.opened(row.second_factor, _SEALED_FOR.format(row.login))


@reading
async def _by_login(login: str) -> StaffMember | None:
    return await StaffMember.get_or_none(login=login[:32]).select_related("department")


@reading
async def _by_id(member_id: int) -> StaffMember:
    return await StaffMember.get(id=member_id).select_related("department")


async def _reach(connection: BaseDBAsyncClient, token: str, stage: Stage) -> None:
    await StaffSession.filter(token_digest=_digest(token)).using_db(connection).update(stage=stage.value, seen_at=now())


async def _note_failure(login: str, origin: str) -> None:
    async with transaction() as connection:
        await note(connection, login[:32], "sign-in failed", login[:32], {"from": origin})


def _locked_until(row: StaffMember, at: datetime) -> datetime | None:
    if row.failures < TRIES or row.failed_at is None or at >= row.failed_at + LOCK:
        return None
    return row.failed_at + LOCK


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
