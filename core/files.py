"""The file store: files under the digest of their content, so that none is kept twice or changed unseen."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


class FileStore:
    """Files under `folder/ab/abcd…`, named by SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Keep a file; its digest. Whole or not at all, whatever happens in between. Blocks."""
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).replace(path)
        return digest
