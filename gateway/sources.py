"""Where settings come from: a file, and the environment over it, each value with the name of its variable."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import SettingsError

PREFIX = "HAOBAN_"
BETWEEN = "__"
FILE_SUFFIX = "_FILE"
_OWN_VARIABLES = frozenset({"HAOBAN_SETTINGS"})

Origins = Mapping[tuple[int | str, ...], str]
"""The variable that each value from the environment came from, by the value's place."""


def read(path: Path) -> dict[str, Any]:
    """The values of a settings file. Raises SettingsError for one that can't be read."""
    if not path.exists():
        raise SettingsError([f"{path}: there is no such file"])
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: is not UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: {error}"]) from error


def overlaid(values: dict[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], Origins, list[str]]:
    """The values with those of the environment over them, where these came from, and what is wrong with them."""
    origins: dict[tuple[int | str, ...], str] = {}
    problems: list[str] = []
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in _OWN_VARIABLES:
            continue
        name = variable.removeprefix(PREFIX).removesuffix(FILE_SUFFIX)
        place = tuple(name.lower().split(BETWEEN))
        if place in origins:
            problems.append(f"{variable}: {origins[place]} is set too: only one of them may be")
            continue
        origins[place] = variable
        try:
            _put(values, place, _value(variable, environment[variable]))
        except ValueError as error:
            problems.append(f"{variable}: {error}")
    return values, origins, problems


def _value(variable: str, value: str) -> str:
    """The value of a variable; of one that names a file, what is in it."""
    if not variable.endswith(FILE_SUFFIX):
        return value
    try:
        return Path(value).read_text("utf-8").strip()
    except OSError as error:
        raise ValueError(f"the file can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ValueError("the file is not UTF-8") from None


def _put(values: dict[str, Any], place: tuple[str, ...], value: str) -> None:
    *sections, last = place
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{section} is no section")
        values = inner
    values[last] = value
