"""Runs the measurements one after the other, each in a process of its own, and writes the report.

python -m bench [NAME …] [--size tiny|usual|long]

All of them make README.md; while there are only some, or in the tiny size, part.md is written beside it. A measurement
that fails is told in the report and makes the exit code 1; a goal that is missed is only told.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.commands import ROOT
from bench.machine import facts
from bench.report import Measured, results_of, write
from bench.results import Table, show
from bench.sizes import Size

# In this order. Under load from elsewhere one may take much longer than usual, but not for ever.
MEASUREMENTS = (
    *("look_up", "look_up_sqlite", "paths", "profile", "growth", "processes", "notices", "search", "import_items"),
    *("import_cases", "board", "calls", "rest", "screens"),
)
# Counted the same on every machine, so that it need not be told each time.
ONLY_LONG = ("instructions",)
WITHIN_S = 900
LONG = 20
REPORT = ROOT / "bench" / "report"
LAST_WORDS = 3000
GRACE_S = 60


def run(name: str, size: Size) -> Measured:
    """One measurement, whatever becomes of it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told, said = Path(folder) / "tables.json", Path(folder) / "said"
        failure = _failure(name, size, told, said)
        took_s = time.monotonic() - began
        if failure:
            return Measured(name, took_s, failure=failure)
        return Measured(name, took_s, [Table.unpacked(one) for one in json.loads(told.read_bytes())])


def _failure(name: str, size: Size, told: Path, said: Path) -> str:
    """Why a measurement gave nothing, empty when it did."""
    command = [sys.executable, "-m", "bench.one", name, size, str(told)]
    within_s = WITHIN_S * (LONG if size is Size.LONG else 1)
    given = os.environ | {"PYTHONPATH": str(ROOT)}
    with said.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=given, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code: int | str = process.wait(within_s)
        except subprocess.TimeoutExpired:
            code = f"it did not end within {within_s} s"
        finally:
            _end(process)
    return f"{said.read_text(errors='replace')[-LAST_WORDS:]}\n{code}" if code else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a measurement that still runs put its servers away; end it when it doesn't."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(names: Sequence[str], size: Size, folder: Path) -> int:
    measured, known = [], facts()
    for name in names or (MEASUREMENTS + ONLY_LONG if size is Size.LONG else MEASUREMENTS):
        print(f"\n== {name}", flush=True)
        one = run(name, size)
        measured.append(one)
        for table in one.tables:
            show(table)
        print(one.failure or f"  {one.took_s:.0f} s", flush=True)
        # After each, so that what is broken off has a report too.
        page = write(folder, measured, known | {"size": size}, is_whole=is_whole(measured, size))
    results = results_of(measured)
    reached = sum(result.is_reached for result in results)
    print(
        f"\n{reached} of {len(results)} goals reached; {sum(one.took_s for one in measured) / 60:.0f} minutes; {page}"
    )
    return int(any(one.failure for one in measured))


def is_whole(measured: Sequence[Measured], size: Size) -> bool:
    """Whether this is all there is to tell, and may stand in the place of what was told before."""
    return size is not Size.TINY and {one.name for one in measured} >= set(MEASUREMENTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *MEASUREMENTS, *ONLY_LONG])
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.USUAL)
    parser.add_argument("--report", type=Path, default=REPORT)
    given = parser.parse_args()
    sys.exit(main(given.names, given.size, given.report))
