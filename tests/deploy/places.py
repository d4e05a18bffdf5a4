"""Where what is tried here lies."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
HAOBAN_SCRIPT = Path(__file__).parent / "haoban"
