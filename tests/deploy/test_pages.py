"""What the pages on running say to type is typed here, one page after the other, or is left out for a reason."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.deploy.machine import KANNEL, Machine, machine, program
from tests.deploy.places import DEPLOY, ROOT, is_setting, variables_in
from tests.deploy.standins import answering
from tests.gateway.program import free_port
from tests.servers import PostgresServer

LANGUAGES = {language: ROOT / "docs" / language / "running" for language in ("en", "zh")}
PAGES = sorted(page.name for page in LANGUAGES["en"].glob("*.md"))
# In the order in which they are read; each begins where the last one ended.
TYPED = ("index.md", "database.md", "systemd.md", "backup.md", "upgrade.md", "watching.md")
# Commands that a stand-in takes the place of, and why.
STOOD_IN = {
    "apt-get": "installs on the machine that tests run on",
    "useradd": "makes an account there",
    "chgrp": "that group is not there",
    "sysctl": "changes the kernel's settings for all",
    "tar": "the test has laid the versions where they belong",
    "make": "fetches packages; every run of the tests has done it",
    "journalctl": "there is no journal",
    "runuser": "PostgreSQL's administrator is another one; the statements are run by the test below",
    "systemctl": "no systemd runs; the stand-in starts what the units say",
}
# Pages that aren't typed, and why.
ELSEWHERE = {
    "proxy.md": "the proxies run with these files in test_nginx and test_caddy",
    "compose.md": "there is no Docker; the files are held against the program in test_compose",
    "measured.md": "the measurements run in small in tests/bench and tests/faults",
    "moving.md": "a backup goes to the other kind in tests/core/test_backup; imports are in tests/core/exchange",
}
_NOTHING = "#!/bin/sh\nexit 0\n"
_INSTALL = """#!{python}
import os, sys
words = iter(sys.argv[1:])
kept = [word for word in words if word not in ("-o", "-g") or not next(words)]
os.execv("{install}", ["install", *kept])
"""
_RUNUSER = """#!/bin/sh
[ "$2" = postgres ] && exit 0
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
"""


def blocks(page: Path, kind: str = "sh") -> list[str]:
    """The pieces of a page that are to be typed or pasted."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_say_to_type_the_same(name: str) -> None:
    assert (LANGUAGES["zh"] / name).is_file()
    for kind in ("sh", "ini", "yaml"):
        assert blocks(LANGUAGES["en"] / name, kind) == blocks(LANGUAGES["zh"] / name, kind)
    headings = [
        len(re.findall(r"^##+ ", (folder / name).read_text("utf-8"), re.MULTILINE)) for folder in LANGUAGES.values()
    ]
    assert len(set(headings)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_pages_name_is_there(language: str) -> None:
    for page in LANGUAGES[language].glob("*.md"):
        text = page.read_text("utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / link).is_file(), f"{page.name}: {link}"
        for path in re.findall(r"(?:/opt/haoban/(?:current|releases/[\d.]+)/|`)(deploy/[\w./@-]*\w)", text):
            assert (ROOT / path).exists() or path.startswith(("deploy/secrets", "deploy/certificate")), path
        for variable in variables_in(text):
            assert is_setting(variable), f"{page.name}: {variable}"
        for unit in re.findall(r"`(haoban[\w-]*@?)N?\.(service|timer)`", text):
            assert (DEPLOY / "systemd" / ".".join(unit)).is_file(), unit


def test_every_page_is_typed_or_left_out_for_a_reason() -> None:
    assert {*TYPED, *ELSEWHERE} == set(PAGES)


@pytest.fixture
def there(postgres_server: PostgresServer, redis_server: str, tmp_path: Path) -> Iterator[Machine]:
    """A machine on which nothing is installed yet, but two versions are unpacked."""
    url = asyncio.run(postgres_server.new())
    made = machine(tmp_path / "root", url)
    with answering() as (kannel, _):
        yield from installable(
            made,
            url,
            KANNEL
            | {
                "CHANNELS__KANNEL__SEND_URL": f"http://127.0.0.1:{kannel}/",
                "SERVER__PORT": str(free_port()),
                "REDIS__URL": redis_server,
            },
        )
    asyncio.run(postgres_server.drop(url))


def installable(made: Machine, url: str, given: dict[str, str]) -> Iterator[Machine]:
    shutil.rmtree(made.root / "etc")
    (made.root / "etc/systemd/system").mkdir(parents=True)
    (made.root / "etc/sysctl.d").mkdir()
    (made.root / "usr/local/bin").mkdir(parents=True)
    for name in ("1.0", "1.1"):
        release = made.release(name)
        lines = (DEPLOY / "environment").read_text().replace("=/etc/", f"={made.root}/etc/")
        lines += "".join(f"HAOBAN_{variable}={value}\n" for variable, value in given.items())
        (release / "deploy/environment").write_text(lines)
    for name in STOOD_IN.keys() - {"runuser", "systemctl"}:
        program(made.root / "bin" / name, _NOTHING)
    program(made.root / "bin/runuser", _RUNUSER)
    install = shutil.which("install")
    program(made.root / "bin/install", _INSTALL.format(python=sys.executable, install=install))
    (made.root / "typed").write_text(f"{url}\n{given['SERVER__PORT']}")
    yield made
    made.stop_all()


def type_in(there: Machine, block: str, entered: str = "") -> str:
    """A block, typed on that machine; what it says. Fails when the block fails."""
    url, port = (there.root / "typed").read_text().splitlines()
    text = re.sub(r"(?<![\w.$])/(opt|etc|var|usr/local)/", rf"{there.root}/\1/", block)
    text = text.replace("postgres://haoban:change-me@127.0.0.1:5432/haoban", url).replace(
        "127.0.0.1:8080", f"127.0.0.1:{port}"
    )
    done = there.run("bash", "-euo", "pipefail", "-c", text, entered=entered)
    logs = "".join(path.read_text() for path in (there.root / "run").glob("*.log"))
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}\n{logs[-3000:]}"
    return done.stdout


@pytest.mark.slow
def test_the_pages_are_typed_one_after_the_other(there: Machine, postgres_server: PostgresServer) -> None:
    page = LANGUAGES["en"]
    for block in blocks(page / "index.md"):
        type_in(there, block)
    assert (there.root / "etc/haoban/secrets/backup_passphrase").stat().st_mode & 0o077 == 0
    *first, staff = blocks(page / "database.md")
    for block in first:
        type_in(there, block)
    type_in(there, "haoban demo")
    assert "/staff/" in type_in(there, staff.replace("admin", "chief"))
    for block in blocks(page / "systemd.md"):
        type_in(there, block)
    nightly, sunday, _rights, restore = blocks(page / "backup.md")
    type_in(there, nightly)
    type_in(there, sunday)
    assert "This backup can be put back." in there.log("haoban-rehearse")
    unpacked, back = blocks(page / "upgrade.md")
    assert "done:" in type_in(there, unpacked)
    type_in(there, back)
    assert (there.root / "opt/haoban/current").resolve().name == "1.0"
    *asked, _ = blocks(page / "watching.md")
    assert "haoban_requests_total" in type_in(there, "".join(asked))
    put_back(there, postgres_server, restore)


def put_back(there: Machine, postgres_server: PostgresServer, block: str) -> None:
    """On an empty database, with the processes stopped."""
    there.stop_all()
    url = asyncio.run(postgres_server.new())
    (there.root / "etc/haoban/secrets/database_url").write_text(url)
    backups = there.root / "var/backups/haoban"
    [name] = re.findall(r"haoban-\w+\.backup", block)
    shutil.copy(max(backups.glob("haoban-*.backup")), backups / name)
    passphrase = (there.root / "etc/haoban/secrets/backup_passphrase").read_text().strip()
    assert "are back" in type_in(there, block, entered=passphrase + "\n")
    there.stop_all()
    asyncio.run(postgres_server.drop(url))


async def test_the_statements_for_postgresql_are_right(postgres_server: PostgresServer) -> None:
    text = (LANGUAGES["en"] / "database.md").read_text() + (LANGUAGES["en"] / "backup.md").read_text()
    statements = re.findall(r'psql --command "(.*)"', text)
    assert [one.split()[0] for one in statements] == ["CREATE", "CREATE", "ALTER", "ALTER"]
    connection = await asyncpg.connect(postgres_server.address("postgres"))
    try:
        for statement in statements:
            await connection.execute(re.sub(r"\b(ROLE|DATABASE|OWNER) haoban", r"\1 typed_haoban", statement))
        await connection.execute("DROP DATABASE typed_haoban")
        await connection.execute("DROP ROLE typed_haoban")
    finally:
        await connection.execute("ALTER SYSTEM RESET shared_buffers")
        await connection.close()
