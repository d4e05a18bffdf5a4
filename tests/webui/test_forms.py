from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.webui.conftest import Client
from tests.webui.reading import Page
from tests.webui.samples import DIGEST, FILE_NAME, FORM, FORM_BYTES, FORM_TYPE
from tests.webui.standin import StandIn


async def test_download(client: Client) -> None:
    answer = await client.get("/forms/b7k2")
    assert answer.status == 200
    assert await answer.read() == FORM_BYTES
    assert answer.headers["Content-Type"] == FORM_TYPE
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert int(answer.headers["Content-Length"]) == len(FORM_BYTES)
    disposition = answer.headers["Content-Disposition"]
    assert disposition == f"attachment; filename=\"form-b7k2.docx\"; filename*=UTF-8''{quote(FILE_NAME)}"


async def test_head_tells_the_size_only(client: Client) -> None:
    answer = await client.head("/forms/b7k2")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(FORM_BYTES)


async def test_unchanged_form_isnt_sent_again(client: Client) -> None:
    tag = (await client.get("/forms/b7k2")).headers["ETag"]
    again = await client.get("/forms/b7k2", headers={"If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    other = await client.get("/forms/b7k2", headers={"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize("name", ['a"b\r\nX-Evil: 1.docx', "无后缀", "x.<b>", "表.DOCX"])
async def test_file_names_cant_break_the_header(client: Client, query: StandIn, name: str) -> None:
    query.form_view = replace(FORM, file_name=name)
    answer = await client.get("/forms/b7k2")
    assert answer.status == 200
    assert "X-Evil" not in answer.headers
    assert answer.headers["Content-Disposition"].endswith(quote(name, safe=""))


async def test_voided_form_is_a_page(client: Client) -> None:
    answer = await client.get("/forms/gone")
    assert answer.status == 404
    assert Page(await answer.text()).heading == "没有找到"


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", DIGEST.upper()])
async def test_digest_that_is_none_opens_nothing(client: Client, query: StandIn, digest: str) -> None:
    query.form_view = replace(FORM, digest=digest)
    assert (await client.get("/forms/b7k2")).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_missing_file(client: Client, tmp_path: Path, method: str) -> None:
    (tmp_path / "files" / DIGEST[:2] / DIGEST).unlink()
    assert (await client.request(method, "/forms/b7k2")).status == 503


async def test_finding_forms_by_words(client: Client) -> None:
    page = Page(await (await client.get("/forms", params={"q": "食品"})).text())
    assert page.one("//a[@href='/forms/b7k2']") is not None
    assert "这个事项没有可以下载的表格。" in page.words


async def test_no_forms_found(client: Client) -> None:
    assert "没有找到相符的事项" in Page(await (await client.get("/forms", params={"q": "没有"})).text()).words
    assert "没有找到" not in Page(await (await client.get("/forms")).text()).words
