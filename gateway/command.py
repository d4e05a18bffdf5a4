"""What every command shares: the settings read, the house opened and closed, every error one clear sentence."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from core.errors import HaobanError
from gateway import logs
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import Settings, load

Result = TypeVar("Result")
FAILED, INTERRUPTED = 1, 130


def command(
    function: Callable[..., Coroutine[Any, Any, int | None]],
) -> Callable[..., None]:
    """Make an async function of settings and options runnable; a HaobanError ends it with its sentence.

    What the function returns is the exit code, 0 for None.
    """

    @functools.wraps(function)
    @click.pass_obj
    def run(path: Path, /, **options: Any) -> None:
        try:
            settings = load(Path(path), channels=switched_on)
            logs.configure(settings.log.level, settings.log.format)
            code = asyncio.run(function(settings, **options))
        except HaobanError as error:
            for line in str(error).splitlines():
                click.echo(f"haoban: {line}", err=True)
            sys.exit(FAILED)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        sys.exit(code or 0)

    return run


async def with_house(settings: Settings, work: Callable[[House], Awaitable[Result]]) -> Result:
    """Open the house, do the work, close it."""
    house = House(settings)
    await house.open()
    try:
        house.spare_strangers()
        return await work(house)
    finally:
        await house.close()
