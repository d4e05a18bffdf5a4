"""The program `haoban`: `python -m gateway` is the same."""

from __future__ import annotations

import gc


def main() -> None:
    """The command line. Nothing of what is imported is garbage, and to look through it takes a third of a start: once
    for each seven hundred things that come, and all of it at the end.
    """
    gc.disable()
    from gateway.cli import main as command_line

    gc.freeze()
    gc.enable()
    command_line(prog_name="haoban")


if __name__ == "__main__":
    main()
