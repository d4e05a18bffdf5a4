"""What columns mean, by their name or, where one name means several things, by table and name: Chinese, English."""

from __future__ import annotations

import csv
from pathlib import Path

with (Path(__file__).parent / "labels.csv").open(encoding="utf-8", newline="") as _file:
    _rows = list(csv.DictReader(_file, strict=True))

LABELS: dict[str, tuple[str, str]] = {row["column"]: (row["zh"], row["en"]) for row in _rows}
