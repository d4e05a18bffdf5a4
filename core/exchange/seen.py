"""Which row of a file each case came from, in a few bytes a case, so that a million rows leave room for the rest."""

from __future__ import annotations

from array import array

_PAGE = 4096


class SeenRows:
    """Row numbers by case id, in pages: ids given out in one import lie close together."""

    def __init__(self) -> None:
        self._pages: dict[int, array[int]] = {}

    def get(self, case_id: int) -> int:
        """The row that told of a case, 0 when none did."""
        page = self._pages.get(case_id // _PAGE)
        return page[case_id % _PAGE] if page else 0

    def put(self, case_id: int, row: int) -> None:
        page = self._pages.get(case_id // _PAGE)
        if page is None:
            page = self._pages[case_id // _PAGE] = array("Q", bytes(8 * _PAGE))
        page[case_id % _PAGE] = row
