"""The command line `haoban`: one group, a file for each kind of command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gateway import (
    case_commands,
    centre_commands,
    evidence_commands,
    ferry_commands,
    import_commands,
    keeping_commands,
    key_commands,
    kiosk_commands,
    run_commands,
    staff_commands,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings",
    "path",
    type=click.Path(path_type=Path),
    default=lambda: os.environ.get("HAOBAN_SETTINGS", "settings.toml"),
    help="The settings file; settings.toml unless told otherwise.",
)
@click.version_option(package_name="haoban")
@click.pass_context
def main(context: click.Context, path: Path) -> None:
    """好办: citizens ask their administration, and get the same right answer everywhere."""
    context.obj = path


for _commands in (
    run_commands,
    import_commands,
    case_commands,
    centre_commands,
    kiosk_commands,
    staff_commands,
    key_commands,
    evidence_commands,
    ferry_commands,
    keeping_commands,
):
    for _command in _commands.COMMANDS:
        main.add_command(_command)
