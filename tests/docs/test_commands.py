"""Every command of the documentation is run, or, where that can't be, looked at by its own means."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from gateway.cli import main
from tests.docs.pages import ROOT, Page, pages
from tests.gateway.program import HAOBAN, environment, run, serving

OURS = ".venv/bin/haoban"
HERE = "http://localhost:8080"
# These run until they are ended: that they are called rightly is looked at, and other tests run them.
ENDLESS = frozenset({"serve", "worker"})
ELSEWHERE = {
    "apt": "changes the machine",
    "usermod": "needs the accounts of the program and of Asterisk",
    "chgrp": "needs the accounts of the program and of Asterisk",
    "chmod": "needs the folder that the line before gave away",
}
"""What no test can run, by its first word, and why."""
LIFTED = re.compile(r"^(?:sudo(?: -u \w+)? |[A-Z_]+=\$\(|[A-Z_]+=\S* )+")
_RUNS = re.compile(rf"^(?:[A-Z_]+=\$\()?(?:{re.escape(OURS)}|curl) ")


def first_word(command: str) -> str:
    """What is run, whatever is set or lifted before."""
    return LIFTED.sub("", command).split()[0]


def is_ours(word: str) -> bool:
    """Whether it is `haoban`, wherever it is installed."""
    return word.rpartition("/")[2] == "haoban"


def is_run(command: str) -> bool:
    """Whether a test runs it as it stands: what is written for another place is only looked at."""
    return bool(_RUNS.match(command)) and not ENDLESS & set(command.split()[:2])


def parsed(words: list[str]) -> None:
    """Have click read a call of ours without doing anything. Raises UsageError for one that is none."""
    command: click.Command = main
    context = click.Context(main, info_name="haoban", resilient_parsing=True)
    while isinstance(command, click.Group):
        _, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=found.name, parent=context)
    for name in set(re.findall(r"^--[a-z-]+", "\n".join(words), re.MULTILINE)) - {"--help"}:
        assert any(name in option.opts for option in command.params), f"{command.name} has no {name}"


# What the pages on running it for real say is typed, one after the other, by the tests of `deploy`.
PAGES = [page for page in pages("zh") if not page.name.startswith("running/")]
ENGLISH = [Page("en", page.name) for page in PAGES]
ALL = sorted({command for page in (*PAGES, *ENGLISH) for command in page.commands})


@pytest.mark.parametrize("command", ALL)
def test_every_command_is_tried_somehow(command: str) -> None:
    word = first_word(command)
    if word == "make":
        done = subprocess.run(["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607
        assert done.returncode == 0, done.stderr
    elif is_ours(word):
        parsed(shlex.split(LIFTED.sub("", command).rstrip(")"))[1:])
    else:
        assert is_run(command) or word in ELSEWHERE, f"no test runs this: {command}"


def test_nothing_is_allowed_that_no_page_has() -> None:
    assert set(ELSEWHERE) <= {first_word(command) for command in ALL}


@pytest.mark.parametrize("page", (*PAGES, *ENGLISH), ids=lambda page: f"{page.language}/{page.name}")
def test_commands_in_sentences_are_called_rightly(page: Page) -> None:
    for said in page.mentioned:
        words = said.split()
        if words[0] == "haoban" and len(words) > 1 and words[1] not in ("--help",):
            parsed(words[1:])
        if words[0] == "make" and len(words) == 2:
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text("utf-8"), said


def test_commands_of_the_readme_are_there() -> None:
    named = re.findall(
        r"^    \.venv/bin/haoban ([a-z|]+)(?: ([a-z|]+)\b)?", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    assert named
    for names, inner in named:
        for name in names.split("|"):
            command = main.commands[name]
            assert not isinstance(command, click.Group) or set(inner.split("|")) <= set(command.commands), name


SCRIPTS = {"\n".join(filter(is_run, page.commands)): page for page in PAGES if any(map(is_run, page.commands))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program in it and the demonstration loaded."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copy(ROOT / "settings.toml", folder)
    program = folder / OURS
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.join(HAOBAN)} "$@"\n', "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for word in ("migrate", "demo"):
        assert run(folder, database(folder), word).returncode == 0
    return folder


def database(folder: Path) -> str:
    return f"sqlite://{folder}/haoban.db"


@contextmanager
def reachable(folder: Path, script: str) -> Iterator[str]:
    """The script with the address of a program that answers, where it asks one."""
    if HERE not in script:
        yield script
        return
    with serving(folder, database(folder)) as program:
        yield script.replace(HERE, program.url)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=[page.name for page in SCRIPTS.values()])
def test_commands_are_run_as_they_stand(script: str, installed: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(installed, tmp_path / "here")
    for block in SCRIPTS[script].blocks:
        if block.title:
            (folder / block.title).write_text(block.text, "utf-8")
    with reachable(folder, script) as lines:
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-eu", "-c", lines],
            cwd=folder,
            env=environment(database(folder)) | {"no_proxy": "*", "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert '"status":4' not in done.stdout
