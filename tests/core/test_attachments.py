"""Blank forms come from the store as they were put there, and codes as pictures that scan."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.attachments import Attachments
from core.dialogue.screen import Picture
from core.errors import NotFound
from core.files import FileStore
from core.keys import Keys
from core.qr import QrImages
from core.qr_reader import read_token
from core.views import FormView

CONTENT = b"a form of the county"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def form(digest: str) -> FormView:
    return FormView("b7", "1", "", "", "", "", (), (), "补领身份证申请表.docx", DOCX, len(CONTENT), digest)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


@pytest.fixture
def attachments(store: FileStore) -> Attachments:
    return Attachments(store, QrImages())


async def test_a_form_is_the_file_itself_under_its_own_name(attachments: Attachments, store: FileStore):
    file = await attachments.read(form(store.put(CONTENT)))
    assert (file.name, file.media_type, file.content) == ("补领身份证申请表.docx", DOCX, CONTENT)


async def test_a_form_that_the_store_lost_is_not_found_by_its_name(attachments: Attachments):
    with pytest.raises(NotFound, match="b7"):
        await attachments.read(form("0" * 64))


async def test_a_code_is_a_picture_that_leads_to_the_case(attachments: Attachments):
    token = Keys("forty characters of no secret, or a few more").token(1, 1)
    file = await attachments.read(Picture(f"https://haoban.example/q/{token}"))
    assert file.media_type == "image/png"
    assert file.name.endswith(".png")
    assert read_token(file.content) == token
