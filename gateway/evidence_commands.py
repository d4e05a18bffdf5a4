"""`haoban evidence MESSAGE`: what a person was told, by which ways, and what proves it."""

from __future__ import annotations

import getpass
import json

import click

from core.database import transaction
from core.notify.records import Evidence
from core.staff.trail import note
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings


@click.command()
@click.argument("message", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a file.")
@click.option("--by", default=getpass.getuser, help="Who looks, for the audit; the account unless told otherwise.")
@command
async def evidence(settings: Settings, message: int, as_json: bool, by: str) -> None:
    """What was sent, when, to which masked address, by which channel and template, and every receipt."""

    async def work(house: House) -> Evidence:
        found = await house.records.evidence(message)
        async with transaction() as connection:
            await note(connection, by, "looked at evidence", found.case or str(message), {"from": "command line"})
        return found

    found = await with_house(settings, work)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, default=str, indent=2))
        return
    _tell(found)


def _tell(found: Evidence) -> None:
    for name in ("source", "case", "event", "purpose", "state", "at", "closed_at"):
        click.echo(f"{name:<12}{getattr(found, name) or '—'}")
    for number, (place, address) in enumerate(found.route):
        click.echo(f"{'step' if number == found.step else '':<12}{number + 1} {place} {address}")
    for sending in found.sendings:
        click.echo(f"\nmessage {sending.id}: {sending.place} to {sending.address}, {sending.state} {sending.reason}")
        click.echo(f"  words      {sending.text or '(blanked)'}")
        click.echo(f"  template   {sending.template}, version {sending.template_version}")
        click.echo(f"  provider   {sending.provider_id or '—'} {sending.heard_by}")
        for heard in sending.heard:
            click.echo(f"  {heard.at:%Y-%m-%d %H:%M:%S}  {heard.source:<8}{heard.state:<11}{heard.word}")


COMMANDS = (evidence,)
