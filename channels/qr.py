"""What a scan of a receipt's QR code opens: the status of its case, without typing."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiohttp import web

from core.asker import Asker
from core.errors import NotFound
from core.qr import QrImages
from core.query import Query
from core.views import CaseStatus

AskerOf = Callable[[web.Request, str], Asker]
CasePage = Callable[[web.Request, CaseStatus], web.StreamResponse]
_MEDIA = {"png": "image/png", "svg": "image/svg+xml"}
# A picture of a token's address holds nothing of the case; the token itself is what must not spread.
_KEPT = {"Cache-Control": "private, max-age=86400"}


class QrScan:
    """Opens `/q/{token}`, and draws the code of a token that we signed."""

    def __init__(self, query: Query, images: QrImages, page: CasePage, asker_of: AskerOf) -> None:
        self._query, self._images, self._page, self._asker_of = query, images, page, asker_of

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.get("/q/{token}", self.open), web.get(r"/q/{token}/qr.{form:png|svg}", self.draw))

    async def open(self, request: web.Request) -> web.StreamResponse:
        """The status page. Raises NotFound for a code that is forged, revoked or unknown."""
        status = await self._query.case_by_token(request.match_info["token"], self._asker_of(request, "qr"))
        return self._page(request, status)

    async def draw(self, request: web.Request) -> web.Response:
        """The picture of a code that we signed. Raises NotFound for any other."""
        token, form = request.match_info["token"], request.match_info["form"]
        if not self._query.is_token(token):
            raise NotFound("this code is not valid")
        body = await self._images.get(self._query.qr_address(token), "svg" if form == "svg" else "png")
        return web.Response(body=body, content_type=_MEDIA[form], headers=_KEPT)
