"""The file store: files under the digest of their content, so that none is kept twice or changed unseen."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

import structlog

from core.errors import Unavailable

_log = structlog.get_logger()


class FileStore:
    """Files under `folder/ab/abcd…`, named by SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep a file, whole or not at all; its digest. Raises Unavailable when the disk takes no more. Blocks."""
        digest = hashlib.sha256(content).hexdigest()
        try:
            write_once(self.path(digest), content)
        except OSError as error:
            _log.error("file not kept", error=error.strerror)
            raise Unavailable(f"files can't be kept now: {error.strerror}") from error
        return digest


def write_once(path: Path, content: bytes) -> None:
    """Make a file unless it is there already: whole or not at all, and for its owner only. Blocks."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
        # Unlike a renaming, a link leaves alone what another process put there first.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft.name)
