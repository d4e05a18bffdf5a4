"""What a cell means: text, codes by number or label, whole numbers, yes and no, moments; or why it means nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from core.legal_clock import LONGEST
from core.local_time import ZONE, local
from core.naming import UNSTORABLE

SHOWN_CHARS = 30
EXACT_DIGITS = 10**15
_YES = frozenset({"是", "1", "true", "yes", "y", "需要", "允许", "支持", "收费", "√"})
_NO = frozenset({"否", "0", "false", "no", "n", "不需要", "不允许", "不支持", "不收费", "×"})
_ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_COMPACT_DAY = re.compile(r"\d{8}")
_SLASHED = re.compile(r"(\d{4})[/.年-](\d{1,2})[/.月-](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_PLAIN = re.compile("[!-*,-~]*")  # a plus may be that of a rounded number
NO_DAY = "is no day such as 2026-11-23 or 2026-11-23 10:20"
ROUNDED = "a spreadsheet has rounded this number; make the column text there and enter it again"


class BadCell(ValueError):
    """Why a cell, and with it its row, can't be taken: never with what stands in it, which is in `quoted`."""

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(reason)
        self.quoted = f" (it is {shown(found)})" if found else ""


def text(value: Any, limit: int = 0) -> str:
    """A cell's text without blanks around it. Raises BadCell for more than `limit` characters, and for no text."""
    if not value and (value is None or value == ""):
        return ""
    if isinstance(value, str):
        found = value.strip()
        if found.isascii() and "\x00" not in found and (not limit or len(found) <= limit):
            return found
    else:
        found = _written(value)
    if limit and len(found) > limit:
        raise BadCell(f"has {len(found)} characters, {limit} are the most")
    if UNSTORABLE.search(found):
        raise BadCell("holds characters that no text has")
    return found


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        if abs(value) >= EXACT_DIGITS:
            raise BadCell(ROUNDED)
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise BadCell("should be text")


def identifier(value: Any, limit: int) -> str:
    """A code: text without any blank or control character in it."""
    if isinstance(value, str) and len(value) <= limit and _PLAIN.fullmatch(value):
        return value
    found = text(value, limit)
    if _ROUNDED.fullmatch(found):
        raise BadCell(ROUNDED)
    if not found.isascii():
        found = unicodedata.normalize("NFKC", found)
    if any(char.isspace() or unicodedata.category(char)[0] == "C" for char in found):
        raise BadCell("has a blank or a control character in it")
    return found


def code(value: Any, codes: Mapping[str, str]) -> str:
    """The code that a cell means by itself, without its leading zero or by its label. Raises BadCell for others."""
    if isinstance(value, str) and (meant := codes.get(value)):
        return meant
    found = text(value)
    return _code(found, codes) if found else ""


def _code(found: str, codes: Mapping[str, str]) -> str:
    meant = codes.get(found) or codes.get(unicodedata.normalize("NFKC", found).casefold())
    if meant is None:
        raise BadCell(f"is none of: {_listed(codes)}", found)
    return meant


def code_list(labels: str) -> dict[str, str]:
    """A code list from "01 行政许可 许可|02 …": each code with what else stands for it."""
    found: dict[str, str] = {}
    for entry in labels.split("|"):
        code, *names = entry.split()
        found |= dict.fromkeys((code, code.lstrip("0") or code, *(name.casefold() for name in names)), code)
    return found


def codes_in(value: Any, codes: Mapping[str, str]) -> list[str]:
    """Several codes in a cell, in a list or between commas, each once and in order."""
    values = value if isinstance(value, list) else re.split(r"[,，、;；|/\s]+", text(value))
    found = (code(each, codes) for each in values)
    return sorted({each for each in found if each})


def texts_in(value: Any, limit: int) -> list[str]:
    values = value if isinstance(value, list) else re.split(r"[,，、;；|\n]+", text(value))
    return [found for each in values if (found := text(each, limit))]


def whole(value: Any, most: int = LONGEST) -> int | None:
    """A whole number from 0 on, None for an empty cell."""
    if value is None or value == "":
        return None
    if type(value) is int and 0 <= value <= most:
        return value
    found = unicodedata.normalize("NFKC", text(value))
    if not found:
        return None
    if not (found.isascii() and found.isdigit()) or len(found) > len(str(most)) + 9 or int(found) > most:
        raise BadCell(f"is no whole number from 0 to {most}", found)
    return int(found)


def flag(value: Any) -> bool | None:
    """Yes or no, None for an empty cell."""
    found = text(value).casefold()
    if found in _YES or found in _NO:
        return found in _YES
    if found:
        raise BadCell("is neither 是 nor 否", found)
    return None


def moment(value: Any) -> datetime | None:
    """A day, or a moment of one, in any of the ways that lists write it; without a zone it is meant here."""
    if isinstance(value, str):
        return written_moment(value.strip())
    if isinstance(value, datetime):
        return local(value) if value.tzinfo else value.replace(tzinfo=ZONE)
    if isinstance(value, date):
        return datetime.combine(value, time.min, ZONE)
    if value is None:
        return None
    raise BadCell(NO_DAY, str(value))


def written_moment(found: str) -> datetime | None:
    if not found:
        return None
    try:
        return _iso(found)
    except (ValueError, OverflowError):
        raise BadCell(NO_DAY, found) from None


def _iso(found: str) -> datetime:
    if found[4:5] != "-" and not _COMPACT_DAY.fullmatch(found):
        return _loose(found)
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        return _loose(found)
    return local(read) if read.tzinfo else read.replace(tzinfo=ZONE)


def _loose(found: str) -> datetime:
    match = _SLASHED.fullmatch(unicodedata.normalize("NFKC", found))
    if match is None:
        raise ValueError(found)
    return datetime(*(int(part or 0) for part in match.groups()), tzinfo=ZONE)  # type: ignore[misc,arg-type]


def shown(found: str) -> str:
    """A cell's text as a reason quotes it."""
    return repr(found if len(found) <= SHOWN_CHARS else found[: SHOWN_CHARS - 1] + "…")


def _listed(codes: Mapping[str, str]) -> str:
    names: dict[str, str] = {}
    for name, meant in codes.items():
        if name != meant and not name.isdigit():
            names.setdefault(meant, name)
    return ", ".join(f"{meant} {name}" for meant, name in names.items())
