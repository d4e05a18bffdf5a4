"""`haoban staff add|list|password|second-factor|disable`: accounts of the desk, the first administrator above all."""

from __future__ import annotations

import getpass

import click

from core.staff import NewMember, Post
from gateway.command import command, with_house
from gateway.house import House
from gateway.settings import Settings

_BY = click.option(
    "--by", default=getpass.getuser, help="Who does it, for the audit; the account unless told otherwise."
)


@click.group("staff")
def staff_() -> None:
    """Accounts of the people who work at the desk."""


@staff_.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--post",
    type=click.Choice([post.value for post in Post]),
    default=Post.ADMIN.value,
    show_default=True,
    help="In what capacity the person works, which decides on rights.",
)
@click.option("--department", default="", help="The only one whose cases the person sees; empty: the whole centre.")
@click.option("--window", default="", help="The window at which the person works.")
@_BY
@command
async def add(settings: Settings, login: str, name: str, post: str, department: str, window: str, by: str) -> None:
    """Make an account, and tell its temporary password: once, for only its digest is kept."""
    new = NewMember(login, name, Post(post), department, window)

    async def work(house: House) -> str:
        return await house.accounts.add(new, by)

    _tell(settings, login, await with_house(settings, work))


@staff_.command("list")
@command
async def list_(settings: Settings) -> None:
    """Every account with its post and department."""

    async def work(house: House) -> None:
        for one in await house.accounts.listed():
            state = "disabled" if one.disabled else "second factor" if one.second_factor else ""
            click.echo("  ".join(filter(None, (one.login, one.name, one.post, one.department, one.window, state))))

    await with_house(settings, work)


@staff_.command()
@click.argument("login")
@_BY
@command
async def password(settings: Settings, login: str, by: str) -> None:
    """Give an account a new temporary password, and take away its lock."""

    async def work(house: House) -> str:
        return await house.accounts.reset_password(login, by)

    _tell(settings, login, await with_house(settings, work))


@staff_.command("second-factor")
@click.argument("login")
@_BY
@command
async def second_factor(settings: Settings, login: str, by: str) -> None:
    """Forget an account's second factor, as when the telephone was lost: it is set up anew at the next sign-in."""

    async def work(house: House) -> None:
        await house.accounts.forget_second_factor(login, by)

    await with_house(settings, work)


@staff_.command()
@click.argument("login")
@_BY
@command
async def disable(settings: Settings, login: str, by: str) -> None:
    """Let nobody sign in with this account any more."""

    async def work(house: House) -> None:
        await house.accounts.disable(login, by)

    await with_house(settings, work)


def _tell(settings: Settings, login: str, password: str) -> None:
    click.echo(f"{login} signs in at {settings.server.public_url}/staff/ with this password, and changes it then:")
    click.echo(password)


COMMANDS = (staff_,)
