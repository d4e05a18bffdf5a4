"""Cases as a department lists them, as many as wanted and the same ones every time."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stdnum.cn import ric

HEADING = (
    *("办件编号", "实施编码", "办件状态", "申请人", "申请人类型", "证件类型", "证件号码", "手机"),
    *("申请时间", "受理时间", "承诺时间", "办结时间", "受理部门", "办结结果", "结果文号"),
)
STATUSES = ("已办结", "已送达", "已受理", "审查中", "已收件", "待预审", "已决定")
PLACES = ("110105", "330106", "440103", "510104", "360426", "320106")
FIRST_DAY = datetime(2024, 1, 2)  # noqa: DTZ001


def write_list(path: Path, count: int, task_codes: Sequence[str]) -> None:
    """A CSV file of cases of these items."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADING)
        writer.writerows(_rows(count, task_codes))


def _rows(count: int, task_codes: Sequence[str]) -> Iterator[list[str]]:
    """Cases spread over two and a half years."""
    dice = random.Random(20260101)
    for serial in range(count):
        code, status = dice.choice(task_codes), dice.choice(STATUSES)
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
            _resident_id(dice),
            f"13{dice.randrange(10**9):09d}",
            f"{applied:%Y-%m-%d %H:%M:%S}",
            "" if status in ("已收件", "待预审") else f"{accepted:%Y-%m-%d %H:%M:%S}",
            "",
            f"{completed:%Y-%m-%d %H:%M:%S}" if done else "",
            "示例县政务服务中心",
            "出证办结" if done else "",
            f"示〔2025〕{serial}号" if done else "",
        ]


def _resident_id(dice: random.Random) -> str:
    born = datetime(1950, 1, 1) + timedelta(days=dice.randrange(20_000))  # noqa: DTZ001
    body = f"{dice.choice(PLACES)}{born:%Y%m%d}{dice.randrange(1000):03d}"
    return body + str(ric.calc_check_digit(body + "0"))
