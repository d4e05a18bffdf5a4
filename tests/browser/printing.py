"""What comes out of a printer: a page printed by the browser, as pictures and as words, and the codes on it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page

PAPERS_MM = {"A4": (210, 297), "A5": (148, 210), "roll": (80, 297)}
DOTS_AN_INCH = 203  # what thermal printers have


def printed(page: Page, folder: Path, paper: str) -> list[Path]:
    """The page on paper, a picture a sheet."""
    width, height = PAPERS_MM[paper]
    page.pdf(path=_file(folder), width=f"{width}mm", height=f"{height}mm", prefer_css_page_size=False)
    _poppler("pdftoppm", "-r", str(DOTS_AN_INCH), "-gray", "-png", str(_file(folder)), str(folder / "sheet"))
    return sorted(folder.glob("sheet*.png"))


def words_on(folder: Path) -> str:
    """The words of what was printed last."""
    return _poppler("pdftotext", "-layout", str(_file(folder)), "-")


def codes_on(sheet: Path) -> list[str]:
    """What an independent decoder reads off a sheet."""
    with Image.open(sheet) as picture:
        return [code.text for code in zxingcpp.read_barcodes(picture)]


def _file(folder: Path) -> Path:
    return folder / "printed.pdf"


def _poppler(tool: str, *arguments: str) -> str:
    path = shutil.which(tool)
    assert path, f"{tool} is not on PATH: .ci/packages installs what is needed, or says what that is"
    return subprocess.run([path, *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S603
