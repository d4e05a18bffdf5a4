"""Commands that ask as a citizen would, and the demonstration to ask about."""

from __future__ import annotations

import json

import click

from core.asker import Asker
from core.dialogue.said import Written
from gateway.command import command, with_house
from gateway.house import House
from gateway.progress import Bar
from gateway.settings import Settings

_TERMINAL = Asker("terminal", "terminal")


@click.command()
@click.argument("words", nargs=-1, required=True)
@command
async def ask(settings: Settings, words: tuple[str, ...]) -> None:
    """Answer in the terminal just as a text message would be answered."""

    async def work(house: House) -> str:
        board = house.switchboard
        message = await board.conversation.answer(_TERMINAL, Written(" ".join(words)), board.text)
        return message.text if message else ""

    click.echo(await with_house(settings, work))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Only an array of number, pin, status and item.")
@command
async def demo(settings: Settings, as_json: bool) -> None:
    """Load the demonstration: items in full and cases in every status. Again: changes nothing."""
    from gateway.demo.listing import listed
    from gateway.demo.load import load

    async def work(house: House) -> None:
        loaded = await load(house, Bar("demonstration"))
        cases = await listed(house)
        if as_json:
            click.echo(json.dumps(cases, ensure_ascii=False))
            return
        click.echo(f"{len(cases)} demonstration cases " + ("loaded" if loaded else "were there already"))
        shown: set[str] = set()
        for case in cases:
            if case["status"] not in shown:
                shown.add(case["status"])
                click.echo(f"{case['number']}  {case['pin']}  {case['status']:<13} {case['item']}")

    await with_house(settings, work)


COMMANDS = (ask, demo)
