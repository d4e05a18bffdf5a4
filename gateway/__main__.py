"""The program `haoban`: `python -m gateway` is the same."""

from __future__ import annotations

import gc


def main() -> None:
    """The command line. Hardly anything of what is imported is garbage, and to look through it again and again, and
    once more at the end, takes a third of a short command.
    """
    gc.disable()
    from gateway.cli import main as command_line

    gc.freeze()
    gc.enable()
    command_line(prog_name="haoban")


if __name__ == "__main__":
    main()
