"""The documentation is built without a warning, and its pages load nothing from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it, built as `make docs` does; that it takes mkdocs, `make test-slow` sees to."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize(("language", "place"), [("zh", "."), ("en", "en")])
def test_every_page_is_built_and_in_the_navigation(site: Path, language: str, place: str) -> None:
    home = (site / place / "index.html").read_text("utf-8")
    for page in pages(language):
        name = page.name.removesuffix(".md") + ".html"
        assert (site / place / name).exists()
        assert f'href="{name}"' in home, name


def test_nothing_comes_from_outside(site: Path) -> None:
    fetched = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=[\"']?(?:https?:)?//[^\"' >]+")
    for path in site.rglob("*.html"):
        assert fetched.findall(path.read_text("utf-8")) == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", path.read_text("utf-8")), path
    for path in site.rglob("*.js"):
        assert "unpkg.com" not in path.read_text("utf-8"), path


def test_chinese_is_found_by_its_words(site: Path) -> None:
    """The index has words and not whole sentences, with a blank of no width between them."""
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    titles = {one["location"]: one["title"].split("\u200b") for one in index["docs"]}
    assert titles["channels/wechat.html"] == ["微信", "公众号"]
    assert titles["reference/tables.html"] == ["数据字典"]


def test_what_is_made_is_in_the_pages(site: Path) -> None:
    assert 'id="server-port"' in (site / "reference" / "settings.html").read_text("utf-8")
    assert "haoban case move" in (site / "en" / "reference" / "commands.html").read_text("utf-8")
    assert 'id="approval_case"' in (site / "reference" / "tables.html").read_text("utf-8")
