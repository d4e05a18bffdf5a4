"""How the program begins."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from gateway.__main__ import main
from tests.gateway.program import HAOBAN, ROOT, environment

_TOLD_AT_THE_END = """
import atexit, gc
from gateway.__main__ import main
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 100_000))
main()
"""


def test_the_module_is_the_program_that_is_installed() -> None:
    [installed] = entry_points(group="console_scripts", name="haoban")
    assert installed.load() is main
    assert said(*HAOBAN, "--version").startswith("haoban, version")


def test_garbage_is_looked_for_while_it_runs_but_not_in_what_it_is_made_of() -> None:
    assert said(sys.executable, "-c", _TOLD_AT_THE_END, "--version").endswith("True True\n")


def said(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  (our own program)
        command, cwd=ROOT, env=environment("sqlite://x"), capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
