"""Everything made from the server's secret key: PINs, tokens, and digests of senders, each from a key of its own."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from pathlib import Path
from typing import NamedTuple

from core.errors import SettingsError
from core.numbers import PIN_LENGTH

MIN_SECRET_CHARS = 32
_MAC_BYTES = 16
_ID_BYTES = 6


class Token(NamedTuple):
    """What a QR code's token says: which case, and which version of its token."""

    case_id: int
    version: int


class Keys:
    """Derives PINs, tokens and digests; the same secret gives the same ones again, so receipts can be reprinted."""

    def __init__(self, secret: str) -> None:
        root = secret.encode()
        self._pin = hmac.digest(root, b"haoban pin 1", "sha256")
        self._token = hmac.digest(root, b"haoban token 1", "sha256")
        self._sender = hmac.digest(root, b"haoban sender 1", "sha256")

    def pin(self, number: str, version: int) -> str:
        """The six-digit query PIN 查询密码 of a query number; another `version` gives another PIN."""
        digest = hmac.digest(self._pin, f"{number}|{version}".encode(), "sha256")
        return f"{int.from_bytes(digest[:8]) % 10**PIN_LENGTH:0{PIN_LENGTH}d}"

    def token(self, case_id: int, version: int) -> str:
        """A signed token of 31 URL-safe characters that holds nothing but the case's internal number."""
        body = case_id.to_bytes(_ID_BYTES) + (version % 256).to_bytes(1)
        return base64.urlsafe_b64encode(body + self._mac(body)).rstrip(b"=").decode()

    def read_token(self, token: str) -> Token | None:
        """What a token says, or None when we didn't sign it."""
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error, ValueError):
            return None
        body, mac = raw[: _ID_BYTES + 1], raw[_ID_BYTES + 1 :]
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        return Token(int.from_bytes(body[:_ID_BYTES]), body[_ID_BYTES])

    def sender(self, address: str) -> str:
        """A digest that tells senders apart without naming them: 32 hexadecimal characters."""
        return hmac.digest(self._sender, address.encode(), "sha256").hex()[:32]

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._token, body, hashlib.sha256)[:_MAC_BYTES]


def secret_from(configured: str, path: Path) -> str:
    """The secret key from the settings, else from `path`, made there once with mode 0600.

    Raises SettingsError for a key that is too short to be safe.
    """
    secret = configured or _kept_secret(path)
    if len(secret) < MIN_SECRET_CHARS:
        raise SettingsError([f"server.secret_key: at least {MIN_SECRET_CHARS} characters are needed"])
    return secret


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
