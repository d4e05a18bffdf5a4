"""A small county to test on: two departments in full, and one case in every status."""

from __future__ import annotations

from pathlib import Path

from core.codes import Status
from gateway.demo.cases import WAYS
from gateway.demo.listing import listed
from gateway.demo.load import ITEMS, load
from gateway.house import House
from gateway.settings import DatabaseSection, FilesSection, RedisSection, Server, Settings

SECRET = "tests only: forty characters of no secret"
LISTS = tuple(path for path in ITEMS if path.stem in ("gongan", "shichang"))
ONE_OF_EACH = {status: (1, way) for status, (_, way) in WAYS.items()}


def settings(url: str, files: Path, redis: str = "", **sections: object) -> Settings:
    """Settings over a database; `sections` go over the usual."""
    usual = {
        "server": Server(port=0, secret_key=SECRET),
        "database": DatabaseSection(url=url),
        "redis": RedisSection(url=redis),
        "files": FilesSection(folder=files, cases=files / "cases"),
    }
    return Settings.model_validate(usual | sections)


async def settle(url: str, files: Path) -> None:
    """Fill a migrated database, and the folder of blank forms, with the county."""
    house = House(settings(url, files))
    await house.open()
    try:
        await load(house, lambda done, total: None, LISTS, ONE_OF_EACH)
    finally:
        await house.close()


class County:
    """An open house over the county, with its cases by their status."""

    def __init__(self, house: House, cases: dict[Status, dict[str, str]]) -> None:
        self.house, self._cases = house, cases

    def number(self, status: Status) -> str:
        """The query number of the case in a status."""
        return self._cases[status]["number"]

    def pin(self, status: Status) -> str:
        return self._cases[status]["pin"]

    def wrong_pin(self, status: Status) -> str:
        return f"{(int(self.pin(status)) + 1) % 1_000_000:06d}"


async def county_of(house: House) -> County:
    return County(house, {Status(case["status"]): case for case in await listed(house)})
