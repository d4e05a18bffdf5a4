"""Rows of a CSV file, streamed: UTF-8 or GB18030, whatever of comma, semicolon and tab its writer liked."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from core.errors import BadRequest
from core.exchange.columns import Columns
from core.exchange.rows import CELL_CHARS, Header, Row, read_header, unfit

ROW_BYTES = 1024 * 1024
_DELIMITERS = ",;\t"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a"))


class CsvTable:
    """A CSV file, read row by row in constant memory."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._path = path
        self._encoding = text_encoding(path, in_lines=True)
        self.total = path.stat().st_size
        self.position = 0
        self._delimiter = self._sniffed()
        self._header_number, self._header = self._read_header(columns)
        self.unknown = tuple(name for _, name in self._header.unknown)

    def __iter__(self) -> Iterator[Row]:
        with self._path.open("rb") as raw, _text(raw, self._encoding) as text:
            for number, values, problem in _records(text, self._delimiter):
                if number > self._header_number and (problem or any(values)):
                    yield self._header.row(number, values, problem)
                if not number & 0xFF:
                    self.position = raw.tell()
            self.position = self.total

    def _sniffed(self) -> str:
        with self._path.open("rb") as raw, _text(raw, self._encoding) as text:
            first = next((line for line in text if line.strip()), "")
        return max(_DELIMITERS, key=first.count)

    def _read_header(self, columns: Columns) -> tuple[int, Header]:
        with self._path.open("rb") as raw, _text(raw, self._encoding) as text:
            for number, values, problem in _records(text, self._delimiter):
                if problem:
                    raise BadRequest(f"{self._path.name}: the heading can't be read: {problem}")
                if any(value.strip() for value in values):
                    return number, read_header(self._path, values, columns)
        raise BadRequest(f"{self._path.name} is empty: a heading with column names is needed")


def text_encoding(path: Path, *, in_lines: bool) -> str:
    """UTF-8 or GB18030, by decoding all of the file. Raises BadRequest when it is neither, or no text (in lines)."""
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(path, encoding, in_lines):
            return encoding
    raise BadRequest(f"{path.name} is neither UTF-8 nor GB18030 (GBK) text; save it as CSV in UTF-8")


def _decodes(path: Path, encoding: str, in_lines: bool) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(ROW_BYTES):
                _check_text(path, chunk, in_lines)
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _check_text(path: Path, chunk: bytes, in_lines: bool) -> None:
    if chunk.translate(None, _CONTROL) != chunk:
        raise BadRequest(f"{path.name} is not a text file; save it as CSV in UTF-8, as XLSX or as JSON")
    if in_lines and len(chunk) == ROW_BYTES and b"\n" not in chunk and b"\r" not in chunk:
        raise BadRequest(f"{path.name} has a line of more than 1 MiB; is it a table?")


def _text(raw: BinaryIO, encoding: str) -> TextIO:
    return io.TextIOWrapper(raw, encoding=encoding, newline="")


def _records(text: TextIO, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Each record with its number, its values, and what is wrong with it.

    A quotation mark that is never closed would swallow all that follows: such a record is given up after its first
    line, and reading goes on with the second.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        lines.taken.clear()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back()
            yield number, [], "a quotation mark is not closed, or stands where none may be"
            continue
        yield number, values, unfit(values) if lines.is_long else ""


class _Lines:
    """The lines of a text, remembering those of the current record so that they can be read again."""

    def __init__(self, text: TextIO) -> None:
        self._text = iter(text)
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.taken.append(line)
        return line

    @property
    def is_long(self) -> bool:
        return len(self.taken) > 1 or len(self.taken[0]) > CELL_CHARS

    def give_back(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
