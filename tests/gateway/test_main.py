"""How the program begins."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

from gateway.__main__ import main
from tests.gateway.program import HAOBAN, ROOT, environment

_COUNTED = """
import atexit, gc
looked = []
gc.callbacks.append(lambda phase, _info: looked.append(gc.get_freeze_count()))
from gateway.__main__ import main
looked.clear()
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > len(gc.get_objects()), 0 in looked))
main()
"""


def test_the_module_is_the_program_that_is_installed() -> None:
    [installed] = entry_points(group="console_scripts", name="haoban")
    assert installed.load() is main, "what is installed is older: make installs it anew"
    assert said(*HAOBAN, "--version").startswith("haoban, version")


def test_what_the_program_is_made_of_is_not_looked_through_but_what_comes_later_is() -> None:
    is_on, is_kept_apart, was_looked_through = said(sys.executable, "-c", _COUNTED, "--version").split()[-3:]
    assert (is_on, is_kept_apart, was_looked_through) == ("True", "True", "False")


def said(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  (our own program)
        command, cwd=ROOT, env=environment("sqlite://x"), capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
