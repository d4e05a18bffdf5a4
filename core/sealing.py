"""Sealing of what the database must keep but nobody may read there, with a key derived from the server's secret."""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import SettingsError

_NONCE = 12


class Seal:
    """Encrypts and authenticates short texts (AES-256-GCM), each bound to what it is for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def closed(self, text: str, purpose: str) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def opened(self, sealed: str, purpose: str) -> str:
        """The text again. Raises SettingsError when it was sealed with another secret key, or tampered with."""
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
        except InvalidTag:
            raise SettingsError(["server.secret_key: what was sealed with another key can't be opened"]) from None
