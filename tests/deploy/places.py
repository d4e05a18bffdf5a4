"""Where what is tried here lies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
HAOBAN_SCRIPT = Path(__file__).parent / "haoban"


def is_setting(variable: str) -> bool:
    """Whether a variable of the environment is one that the program takes, by the settings that are explained."""
    if variable == "HAOBAN_SETTINGS":
        return True
    place: Any = tomllib.loads((ROOT / "settings.toml").read_text("utf-8"))
    for part in variable.removeprefix("HAOBAN_").removesuffix("_FILE").lower().split("__"):
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return not isinstance(place, dict)


def variables_in(text: str) -> set[str]:
    """The settings that a text gives by the environment."""
    return set(re.findall(r"\bHAOBAN_[A-Z0-9_]*[A-Z0-9]\b", text)) - {"HAOBAN_SECTION__KEY_FILE"}
