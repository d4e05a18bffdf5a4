"""A provider's or a library's way of doing things is known in one place, so that it can be exchanged there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ("core", "channels", "bots", "kiosk", "webui", "gateway")
KNOWN_IN_ONE_PLACE = (
    *("twilio", "aiogram", "zxingcpp", "qrcode", "limits", "chinese_calendar", "rjieba", "pypinyin", "rapidfuzz"),
    *("openpyxl", "docx", "prometheus_client", "babel", "escpos", "mammoth", "argon2", "pyotp"),
)


def imported(path: Path) -> set[str]:
    """The packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.fixture(scope="module")
def imports() -> dict[Path, set[str]]:
    return {path: imported(path) for part in HOUSE for path in (ROOT / part).rglob("*.py")}


@pytest.mark.parametrize("package", KNOWN_IN_ONE_PLACE)
def test_one_file_knows_the_package(imports, package):
    assert [str(path) for path, found in imports.items() if package in found][1:] == []
    assert any(package in found for found in imports.values())
