"""A stream of sealed pieces: nothing of it can be read, cut off, left out or put in another order unseen.

Each piece is sealed by AES-256-GCM with its place in its nonce, the last one marked; the key comes from a passphrase by
scrypt (RFC 7914).
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import BadRequest

MAGIC = b"HAOBAN1\n"
PIECE = 1024 * 1024
TAG_BYTES = 16
SALT_BYTES, NONCE_BYTES = 16, 7
# 64 MiB and about a quarter of a second.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1
SCRYPT_MEMORY = 128 * 1024 * 1024


class Sealing(io.RawIOBase):
    """A file that is written to in pieces, each sealed."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        salt, self._front = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
        out.write(MAGIC + salt + self._front)
        self._out, self._cipher = out, AESGCM(_key(passphrase, salt))
        self._waiting, self._pieces = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._waiting += content
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._front, self._pieces, last=last), piece, MAGIC))
        self._pieces += 1


class Opening(io.RawIOBase):
    """A sealed file that is read from. Raises BadRequest for a wrong passphrase or a spoiled piece."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise BadRequest("this is no backup of Haoban")
        salt, self._front = file.read(SALT_BYTES), file.read(NONCE_BYTES)
        self._file, self._cipher = file, AESGCM(_key(passphrase, salt))
        self._piece, self._pieces, self._last = b"", 0, False
        self._next = file.read(PIECE + TAG_BYTES)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._last and (size < 0 or len(self._piece) < size):
            self._piece += self._opened()
        taken = self._piece if size < 0 else self._piece[:size]
        self._piece = self._piece[len(taken) :]
        return taken

    def _opened(self) -> bytes:
        sealed, self._next = self._next, self._file.read(PIECE + TAG_BYTES)
        self._last = not self._next
        try:
            piece = self._cipher.decrypt(_nonce(self._front, self._pieces, last=self._last), sealed, MAGIC)
        except InvalidTag:
            raise BadRequest("the passphrase is wrong, or the backup is spoiled") from None
        self._pieces += 1
        return piece


def _nonce(front: bytes, place: int, *, last: bool) -> bytes:
    """A piece's place and whether it is the last, so that pieces fit only where they belong (RFC 5116, 3.2)."""
    return front + struct.pack("!I?", place, last)


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        passphrase.encode(), salt=salt, dklen=32, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, maxmem=SCRYPT_MEMORY
    )
