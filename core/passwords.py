"""Passwords of staff: what one must be like, and its argon2id digest; the only place that knows the library."""

from __future__ import annotations

import asyncio
import secrets
import string
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import BadRequest

FEWEST, MOST = 8, 128
CLASSES = 3
AT_ONCE = 4
# RFC 9106, 4: the second recommended choice, for machines with little memory: 64 MiB, three passes.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)


def check_password(password: str, login: str) -> None:
    """Raises BadRequest for a password that is too plain. Source: 等保 2.0 level 3."""
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    found = sum(any(map(kind, password)) for kind in kinds)
    if not FEWEST <= len(password) <= MOST or found < CLASSES:
        raise BadRequest(
            f"a password has at least {FEWEST} characters of {CLASSES} kinds: small and capital letters, digits, others"
        )
    if login.casefold() in password.casefold():
        raise BadRequest("a password must not hold the login")


def temporary_password() -> str:
    """A password to be handed over on paper, without characters that are taken for others."""
    letters = [c for c in string.ascii_letters + string.digits if c not in "0OoIl1"]
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3)) + "-aA2"


class Passwords:
    """Reckons digests beside the requests. Many guesses at once must not take all memory: some wait their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def digest(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(_hasher.hash, password)

    async def fits(self, password: str, digest: str) -> bool:
        """Whether a password fits a digest; an empty digest, which is nobody's, takes the same time."""
        async with self._turns:
            fits = await asyncio.to_thread(lambda: _fits(password[:MOST], digest or _nobodys()))
        return fits and bool(digest)


@cache
def _nobodys() -> str:
    """A digest that no password fits, to be compared where there is none; made when it is first wanted, for it takes
    its time.
    """
    return _hasher.hash(secrets.token_urlsafe(16))


def _fits(password: str, digest: str) -> bool:
    try:
        return _hasher.verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False
