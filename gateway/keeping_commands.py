"""Commands that keep the data safe and true: backup, restore, reconcile, and a person's rights."""

from __future__ import annotations

import asyncio
import getpass
import os
from pathlib import Path
from typing import Any

import click

from core.backup import backup as write_backup
from core.backup import restore as put_back
from core.errors import BadRequest
from core.exchange.reconcile import reconcile as compare
from core.files import write_once
from core.keys import secret_from
from core.persons import STAYS, Held
from gateway.command import command, with_house
from gateway.ferry_commands import KEY as FERRY_KEY
from gateway.house import SECRET_KEY, House
from gateway.settings import Settings

MOST_SHOWN = 200
_BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the audit; the account unless told otherwise."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@command
async def backup(settings: Settings, file: Path) -> None:
    """Write an encrypted backup of everything while the gateway runs.

    The passphrase is backup.passphrase of the settings, or asked for. Without it a backup is worth nothing.
    """
    passphrase = _passphrase(settings, confirm=True)
    secrets = {"secret_key": secret_from(settings.server.secret_key, SECRET_KEY)}
    if FERRY_KEY.exists():
        secrets["ferry_key"] = FERRY_KEY.read_text()

    async def work(house: House) -> int:
        return await write_backup(house.database, _folders(settings), secrets, file, passphrase)

    rows = await with_house(settings, work)
    click.echo(f"{rows:,} rows and the files are in {file}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@command
async def restore(settings: Settings, file: Path) -> int:
    """Put a backup back into a fresh installation, after `haoban migrate`; of either kind of database."""
    passphrase = _passphrase(settings, confirm=False)

    async def work(house: House) -> tuple[int, dict[str, str]]:
        return await put_back(house.database, _folders(settings), file, passphrase)

    rows, secrets = await with_house(settings, work)
    click.echo(f"{rows:,} rows and the files are back")
    well = True
    for name, path in (("secret_key", SECRET_KEY), ("ferry_key", FERRY_KEY)):
        if name in secrets and not (name == "secret_key" and settings.server.secret_key):
            write_once(path, secrets[name].encode())
            well &= path.read_text() == secrets[name]
    if settings.server.secret_key and settings.server.secret_key != secrets.get("secret_key"):
        well = False
    if not well:
        click.echo(
            f"!! the keys here are others than the backup's: receipts printed before are worth nothing until "
            f"server.secret_key, or {SECRET_KEY}, is that of the backup",
            err=True,
        )
    return 0 if well else 1


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--department", default="", help="Name its cases too that the list doesn't have.")
@command
async def reconcile(settings: Settings, file: Path, department: str) -> int:
    """Hold a department's list of cases against the database and name what differs; 1 when anything does."""

    async def work(house: House) -> Any:
        return await compare(house.database, file, department)

    found = await with_house(settings, work)
    click.echo(f"agree      {found.agree:>9}")
    click.echo(f"differ     {len({one.project_no for one in found.differences}):>9}")
    for one in found.differences[:MOST_SHOWN]:
        click.echo(f"  {one.project_no}  {one.what}: list {one.listed}, here {one.here}")
    _rest(len(found.differences))
    if department:
        click.echo(f"unlisted   {len(found.unlisted):>9}")
        for number in found.unlisted[:MOST_SHOWN]:
            click.echo(f"  {number}")
        _rest(len(found.unlisted))
    for row, reason in found.unread[:MOST_SHOWN]:
        click.echo(f"  row {row}: {reason}")
    return 0 if found.is_whole else 1


@click.group("person")
def person_() -> None:
    """A person's rights: what is held, and its erasure."""


@person_.command("export")
@click.argument("id_number")
@click.argument("file", type=click.Path(path_type=Path))
@_BY
@command
async def export(settings: Settings, id_number: str, file: Path, by: str) -> None:
    """Everything that is held on a person, in one ZIP file: data as JSON, and the files that were handed in."""
    if await asyncio.to_thread(file.exists):
        raise BadRequest(f"{file} is there already")

    async def work(house: House) -> Held:
        return await house.persons.held(id_number, by)

    held = await with_house(settings, work)
    await asyncio.to_thread(_write_new, file, await asyncio.to_thread(held.as_zip))
    click.echo(f"{len(held.cases)} cases and {len(held.files)} files are in {file}")


@person_.command("erase")
@click.argument("id_number")
@click.option("--reason", required=True, help="The request it follows.")
@_BY
@command
async def erase(settings: Settings, id_number: str, reason: str, by: str) -> None:
    """Take a person out of all cases whose archive needn't be kept any longer; tell what stays and why."""

    async def work(house: House) -> Any:
        return await house.persons.erase(id_number, by, reason)

    erasure = await with_house(settings, work)
    click.echo(f"erased     {len(erasure.erased):>9} cases, {erasure.files} files")
    for number in erasure.erased:
        click.echo(f"  {number}")
    for number, why in erasure.stays:
        click.echo(f"  {number} stays as it is: {why}")
    if erasure.erased:
        for what in STAYS:
            click.echo(f"  stays of each: {what}")


def _write_new(file: Path, content: bytes) -> None:
    """A file for its owner only. Blocks."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)


def _rest(many: int) -> None:
    if many > MOST_SHOWN:
        click.echo(f"  and {many - MOST_SHOWN} more")


def _folders(settings: Settings) -> dict[str, Path]:
    return {"forms": settings.files.folder, "case_files": settings.files.cases}


def _passphrase(settings: Settings, *, confirm: bool) -> str:
    if settings.backup.passphrase:
        return settings.backup.passphrase
    asked: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return asked


COMMANDS = (backup, restore, reconcile, person_)
