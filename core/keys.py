"""Everything made from the server's secret key: PINs, tokens, and digests of senders, each from a key of its own."""

from __future__ import annotations

import base64
import hmac
import secrets
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from core.errors import SettingsError
from core.files import write_once
from core.numbers import PIN_LENGTH
from core.sealing import Seal

MIN_SECRET_CHARS = 32
_MAC_BYTES = 16
_ID_BYTES, _VERSION_BYTES = 5, 2
# Whoever sends something is asked about several times on its way; few are kept, for they are kept as they are.
_SENDERS_KEPT = 50


class Token(NamedTuple):
    """What a QR code's token says: which case, and which version of its token."""

    case_id: int
    version: int


class Keys:
    """Derives PINs, tokens and digests; the same secret gives the same ones again, so receipts can be reprinted."""

    def __init__(self, secret: str) -> None:
        root = secret.encode()
        self._pin = _begun(hmac.digest(root, b"haoban pin 1", "sha256"))
        self._token = _begun(hmac.digest(root, b"haoban token 1", "sha256"))
        self._sender = _begun(hmac.digest(root, b"haoban sender 1", "sha256"))
        self._sender_kept = lru_cache(_SENDERS_KEPT)(self._sender_digest)
        self._form = _begun(hmac.digest(root, b"haoban form 1", "sha256"))
        self._mark = _begun(hmac.digest(root, b"haoban mark 1", "sha256"))
        self.seal = Seal(hmac.digest(root, b"haoban seal 1", "sha256"))

    def pin(self, number: str, version: int) -> str:
        """The six-digit query PIN 查询密码 of a query number; another `version` gives another PIN."""
        digest = _mac(self._pin, f"{number}|{version}".encode())
        return f"{int.from_bytes(digest[:8]) % 10**PIN_LENGTH:0{PIN_LENGTH}d}"

    def token(self, case_id: int, version: int) -> str:
        """A signed token of 31 URL-safe characters that holds nothing but the case's internal number."""
        return self._signed(case_id.to_bytes(_ID_BYTES) + version.to_bytes(_VERSION_BYTES))

    def read_token(self, token: str) -> Token | None:
        """What a token says, or None when we didn't sign it."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            return None
        body = raw[: _ID_BYTES + _VERSION_BYTES]
        # The whole text is compared, for several texts of base64 mean the same bytes and only one is ours.
        if not hmac.compare_digest(self._signed(body), token):
            return None
        return Token(int.from_bytes(body[:_ID_BYTES]), int.from_bytes(body[_ID_BYTES:]))

    def sender(self, address: str) -> str:
        """A digest that tells senders apart without naming them: 32 hexadecimal characters."""
        return self._sender_kept(address)

    def form_mark(self, session: str) -> str:
        """What a form of a session must bring along, so that no other site can send one in its name."""
        return _mac(self._form, session.encode()).hex()

    def mark(self, purpose: str, text: str) -> str:
        """What shows that a text is ours and meant for a purpose: 32 hexadecimal characters to stand beside it."""
        return _mac(self._mark, f"{purpose}|{text}".encode()).hex()[:32]

    def is_marked(self, purpose: str, text: str, mark: str) -> bool:
        return hmac.compare_digest(self.mark(purpose, text).encode(), mark.encode())

    def _sender_digest(self, address: str) -> str:
        return _mac(self._sender, address.encode()).hex()[:32]

    def _signed(self, body: bytes) -> str:
        mac = _mac(self._token, body)[:_MAC_BYTES]
        return base64.urlsafe_b64encode(body + mac).rstrip(b"=").decode()


def _begun(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


def _mac(begun: hmac.HMAC, message: bytes) -> bytes:
    """The HMAC of a message under a key that was worked in before. `hmac.digest` would work it in each time, and let
    another thread have the interpreter meanwhile.
    """
    mac = begun.copy()
    mac.update(message)
    return mac.digest()


def secret_from(configured: str, path: Path) -> str:
    """The secret key from the settings, else from `path`, made there once with mode 0600.

    Raises SettingsError for a key that is too short to be safe.
    """
    secret = configured or _kept_secret(path)
    if len(secret) < MIN_SECRET_CHARS:
        raise SettingsError([f"server.secret_key: at least {MIN_SECRET_CHARS} characters are needed"])
    return secret


def _kept_secret(path: Path) -> str:
    write_once(path, secrets.token_urlsafe(48).encode())
    return path.read_text().strip()
