"""A clerk who accepts cases, a number a line, in a process that stays: what a command takes to end is not measured.

python -m bench.clerk DATABASE_URL
"""

from __future__ import annotations

import asyncio
import sys

from bench.servers import SECRET
from core.cases import Actor
from core.codes import Status
from core.transitions import Role
from gateway.house import House
from gateway.logs import configure
from gateway.settings import DatabaseSection, Settings
from gateway.settings import Server as ServerSection


async def work(url: str) -> None:
    configure("warning", "text")  # on the other output: this one tells what was accepted
    house = House(Settings(server=ServerSection(secret_key=SECRET), database=DatabaseSection(url=url)))
    await house.open()
    try:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await house.cases.move(line.strip(), Status.ACCEPTED, Actor("bench", Role.CLERK))
            print("accepted", flush=True)
    finally:
        await house.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
