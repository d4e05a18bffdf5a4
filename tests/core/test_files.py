"""A file is kept whole or not at all, once, under the digest of its content."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.files import FileStore

# Writes more than the process may: what a full disk does.
TOO_MUCH = """
import resource, sys
from pathlib import Path
from core.errors import Unavailable
from core.files import FileStore
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    FileStore(Path(sys.argv[1])).put(bytes(100_000))
except Unavailable:
    sys.exit(7)
"""


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_content_is_kept_once_under_its_digest(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    digest = store.put(b"form")
    assert digest == store.put(b"form") == hashlib.sha256(b"form").hexdigest()
    assert store.path(digest).read_bytes() == b"form"
    assert len(files_in(tmp_path)) == 1


def test_other_content_has_another_digest(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert store.put(b"one") != store.put(b"other")


def test_many_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    store, content = FileStore(tmp_path), bytes(range(256)) * 2000
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(store.put, [content] * 32))
    assert [path.read_bytes() for path in files_in(tmp_path)] == [content]
    assert len(digests) == 1


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path) -> None:
    tried = subprocess.run([sys.executable, "-c", TOO_MUCH, str(tmp_path)], check=False, timeout=60)  # noqa: S603
    assert tried.returncode == 7
    assert not files_in(tmp_path)
