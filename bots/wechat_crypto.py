"""How WeChat signs and seals what it sends to a webhook, and how it wants the answer.

Source: WeChat's documentation for official accounts, "接入指南" (signature) and "消息加解密说明" (AES-256-CBC,
padding to 32 bytes; sixteen random bytes, the length, the message, and the account's id).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK, _RANDOM, _LENGTH = 32, 16, 4
_MOST_BYTES = 256 * 1024


class Unsealable(Exception):
    """What can't be read with our key, or is another account's."""


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  (WeChat's own choice)


def is_signed(given: str, *parts: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogatepass"), signature(*parts).encode())


class Seal:
    """Seals and opens messages of one account; `aes_key` has 43 characters, as the account's page shows it."""

    def __init__(self, aes_key: str, app_id: str) -> None:
        self._key, self._app_id = base64.b64decode(aes_key + "="), app_id.encode()

    def seal(self, message: bytes) -> str:
        whole = os.urandom(_RANDOM) + len(message).to_bytes(_LENGTH) + message + self._app_id
        padding = _BLOCK - len(whole) % _BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(whole + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> bytes:
        """Raises Unsealable."""
        try:
            content = base64.b64decode(sealed, validate=True)
        except ValueError:
            raise Unsealable("no base64") from None
        if not content or len(content) % _RANDOM or len(content) > _MOST_BYTES:
            raise Unsealable("a length that no message has")
        decryptor = self._cipher().decryptor()
        whole = decryptor.update(content) + decryptor.finalize()
        padding = whole[-1]
        if not 1 <= padding <= _BLOCK or whole[-padding:] != bytes([padding]) * padding:
            raise Unsealable("another key")
        whole = whole[_RANDOM:-padding]
        length = int.from_bytes(whole[:_LENGTH])
        message, app_id = whole[_LENGTH : _LENGTH + length], whole[_LENGTH + length :]
        if len(message) != length or not hmac.compare_digest(app_id, self._app_id):
            raise Unsealable("another account's")
        return message

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:_RANDOM]))
