"""Backups while the gateway runs: every table in one snapshot, with the files and the secret key, encrypted.

The same backup is put back into an empty database of either kind.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from core.backup.stream import Opening, Sealing
from core.backup.tables import lines_of, put_back
from core.database import Database
from core.errors import BadRequest
from core.files import write_once
from core.local_time import now

FEWEST_PASSPHRASE = 12
TABLES = "tables.jsonl"
SECRETS = "secrets"


async def backup(
    database: Database, folders: Mapping[str, Path], secrets: Mapping[str, str], path: Path, passphrase: str
) -> int:
    """Write a backup; how many rows are in it. `folders` are those of files, by the names they have in it, `secrets`
    the keys without which it would be worth nothing.

    Raises BadRequest for a short passphrase or a file that is there already, Unavailable when the database is away.
    """
    _check_passphrase(passphrase)
    if await asyncio.to_thread(path.exists):
        raise BadRequest(f"{path} is there already")
    draft = path.with_name(f".{path.name}.part")
    rows = 0
    try:
        with tempfile.TemporaryFile(dir=path.parent) as tables:
            async for line in lines_of(database):
                tables.write(line)
                rows += 1
            await asyncio.to_thread(_pack, draft, tables, folders, secrets, passphrase)
        draft.rename(path)
    except OSError as error:
        raise BadRequest(f"{path} can't be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


async def restore(
    database: Database, folders: Mapping[str, Path], path: Path, passphrase: str
) -> tuple[int, dict[str, str]]:
    """Put a backup back into a migrated, empty database; how many rows, and the secrets that it was made with.

    All or nothing for the database; files that are there already stay. Raises BadRequest for a wrong passphrase, a
    spoiled backup, or a database that isn't empty.
    """
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(_unpack, path, Path(folder), passphrase)
        rows = await put_back(database, Path(folder) / TABLES)
        await asyncio.to_thread(_put_files, Path(folder), folders)
        secrets = await asyncio.to_thread(_secrets, Path(folder))
    return rows, secrets


def _pack(
    draft: Path, tables: IO[bytes], folders: Mapping[str, Path], secrets: Mapping[str, str], passphrase: str
) -> None:
    with (
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        Sealing(out, passphrase) as sealed,
        tarfile.open(fileobj=sealed, mode="w|gz") as archive,
    ):
        size = tables.seek(0, io.SEEK_END)
        tables.seek(0)
        entry = tarfile.TarInfo(TABLES)
        entry.size, entry.mtime = size, int(now().timestamp())
        archive.addfile(entry, tables)
        for name, secret in secrets.items():
            _add(archive, f"{SECRETS}/{name}", secret.encode())
        for name, folder in folders.items():
            # Contents lie under their digests and never change, so that those of now will do.
            for file in sorted(folder.glob("??/*")) if folder.is_dir() else ():
                if len(file.name) == 64:
                    archive.add(file, f"{name}/{file.parent.name}/{file.name}", recursive=False)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _unpack(path: Path, folder: Path, passphrase: str) -> None:
    try:
        with (
            path.open("rb") as file,
            tarfile.open(fileobj=(opened := Opening(file, passphrase)), mode="r|gz") as archive,
        ):
            archive.extractall(folder, filter="data")
            opened.read()  # to the last piece, which tells that nothing was cut off
    except OSError as error:
        raise BadRequest(f"{path} can't be read: {error.strerror or error}") from error
    except (tarfile.TarError, EOFError) as error:
        raise BadRequest(f"{path} is spoiled: {error}") from error
    if not (folder / TABLES).is_file():
        raise BadRequest(f"{path} is no whole backup")


def _secrets(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / SECRETS).glob("*")}


def _put_files(folder: Path, folders: Mapping[str, Path]) -> None:
    """Files back to where they belong, each only if its content is what its name says."""
    for name, target in folders.items():
        for file in sorted((folder / name).glob("??/*")):
            content = file.read_bytes()
            if hashlib.sha256(content).hexdigest() == file.name:
                write_once(target / file.name[:2] / file.name, content)


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < FEWEST_PASSPHRASE:
        raise BadRequest(f"a passphrase of at least {FEWEST_PASSPHRASE} characters is needed")
