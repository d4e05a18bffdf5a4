"""Blank forms of the demonstration, written as documents that a word processor opens."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARK = "演示数据，不作办理依据 · Demonstration only"
_FONT = "SimSun"


def slug(task_code: str, material_name: str) -> str:
    """The short name in a form's address: the same for the same form, eight characters."""
    return hashlib.sha256(f"{task_code}|{material_name}".encode()).hexdigest()[:8]


def blank_form(form: Mapping[str, Any], department: str) -> bytes:
    """A form to fill in: title, a table of its fields, the filling notes, and the mark of the demonstration."""
    document = Document()
    _set_font(document)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.add_run(form["title"]).font.size = Pt(18)
    _fields(document, form["fields"])
    document.add_paragraph("填报须知").runs[0].bold = True
    for n, note in enumerate(form["notes"], 1):
        document.add_paragraph(f"{n}. {note}")
    document.add_paragraph(f"申请人（签名或盖章）：{'　' * 8}日期：{'　' * 3}年{'　' * 2}月{'　' * 2}日")
    document.sections[0].footer.paragraphs[0].text = f"{department} · {MARK}"
    # The same form gives the same bytes, so that loading again changes nothing.
    document.core_properties.created = document.core_properties.modified = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _set_font(document: Any) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)


def _fields(document: Any, fields: Sequence[str]) -> None:
    table = document.add_table(rows=len(fields), cols=2, style="Table Grid")
    for row, label in zip(table.rows, fields, strict=True):
        row.height = Cm(1.1)
        row.cells[0].text = label
        row.cells[0].width, row.cells[1].width = Cm(5), Cm(11)
