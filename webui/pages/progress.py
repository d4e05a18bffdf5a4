"""Where a case stands, as a page: the same for who showed number and PIN and for who scanned the receipt."""

from __future__ import annotations

from aiohttp import web

from core.views import CaseStatus
from webui.look.case_view import shown
from webui.page import NO_STORE, render
from webui.pages.rating import SCORES


def case_page(request: web.Request, status: CaseStatus, *, pin: str | None = None) -> web.Response:
    """The progress page. With the PIN, which only who typed it has, it can lead on to the receipt."""
    return render(
        request,
        "progress.html",
        cache=NO_STORE,
        address=None if request.method in ("GET", "HEAD") else "/cases",
        case=status,
        pin=pin,
        resent={"number": status.number, "pin": pin} if pin else None,
        shown=shown(status),
        scores=SCORES,
    )
