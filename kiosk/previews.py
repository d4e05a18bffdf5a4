"""Blank forms to look at before one prints or takes them along: documents as pages of text, PDF as pictures.

The libraries take their time to be imported: only who looks waits for them.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache

from core.errors import NotFound, Unavailable
from core.views import FormView

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MOST_PAGES = 20
SCALE = 1.5
KEPT = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """`html` of a document, or how many `pages` of pictures; neither for a kind that can't be shown."""

    html: str = ""
    pages: int = 0


class Previews:
    """Made in threads and kept by the digest of the file."""

    def __init__(self, files_dir: Path) -> None:
        self._files_dir = files_dir
        self._kept: LRUCache[str, Preview] = LRUCache(KEPT)

    async def of(self, form: FormView) -> Preview:
        """What can be shown of a form. Raises Unavailable when its file is missing."""
        if (kept := self._kept.get(form.digest)) is None:
            kept = self._kept[form.digest] = await asyncio.to_thread(_preview, self._path(form), form.media_type)
        return kept

    async def page(self, form: FormView, number: int) -> bytes:
        """A page of a PDF as a PNG, from 1. Raises NotFound."""
        preview = await self.of(form)
        if not 1 <= number <= preview.pages:
            raise NotFound("there is no such page")
        return await asyncio.to_thread(_page, self._path(form), number)

    def _path(self, form: FormView) -> Path:
        path = self._files_dir / form.digest[:2] / form.digest
        if not path.is_file():
            raise Unavailable(f"the file of form {form.slug} is missing")
        return path


def _preview(path: Path, media_type: str) -> Preview:
    if media_type == DOCX:
        import mammoth

        with path.open("rb") as file:
            # Pictures would come along in the page itself, which its policy forbids.
            made = mammoth.convert_to_html(file, convert_image=mammoth.images.img_element(lambda _: {"alt": ""}))
        return Preview(html=str(made.value).replace('<img alt="" />', ""))
    if media_type == PDF:
        import pypdfium2

        with pypdfium2.PdfDocument(path) as document:
            return Preview(pages=min(len(document), MOST_PAGES))
    return Preview()


def _page(path: Path, number: int) -> bytes:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        out = io.BytesIO()
        document[number - 1].render(scale=SCALE).to_pil().save(out, "PNG")
        return out.getvalue()
