"""The web application: citizens' pages, the API, the channels' webhooks and the operations, over one house."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from aiohttp import web

from channels.qr import QrScan
from core.board import Board
from core.notify.states import Kind
from core.systems.webhooks import Webhooks
from core.upkeep import Upkeep
from gateway.desk import DeskOperations, exchange_of, staff_site, switchable
from gateway.entrance import Entrance
from gateway.house import House
from gateway.metrics import Metrics
from gateway.operations import Operations
from gateway.registry import Adapter, Switched
from gateway.settings import Settings
from gateway.under_way import UNDER_WAY, UnderWay
from kiosk import kiosk
from kiosk.site import KioskPlan, KioskSite
from webui.api import api
from webui.board.boards import BoardPlan, Boards, Shown
from webui.client import Proxies, asker
from webui.pages.progress import case_page
from webui.staff import console
from webui.web import Web, install


class Guest(Protocol):
    """Something of the demonstration's that is put into the application beside all else, with a page at `address`."""

    address: str

    def install(self, app: web.Application, adapters: Mapping[str, Adapter]) -> None: ...


def build(house: House, switched: Sequence[Switched], guest: Guest | None = None) -> web.Application:
    """The application over an open house; it starts and stops the channels that are switched on."""
    settings = house.settings
    app = web.Application(client_max_size=settings.server.max_request_kib * 1024)
    metrics, under_way = Metrics(lambda: house.audit.waiting), UnderWay()
    app[UNDER_WAY] = under_way
    proxies = Proxies(settings.server.trusted_proxies)
    install(app, _site(house, proxies, switched, guest), Entrance(under_way, metrics, house.requests, proxies))
    adapters = {one.place: one.build(house.switchboard) for one in switched}
    if place := house.ladder.place_of(Kind.TEXT) or _first(adapters, Kind.TEXT):
        house.texts.through(adapters[place])
    api.install(app, exchange_of(house))
    app.add_routes([*Operations(house, metrics).routes(), *_scan(house, proxies).routes()])
    for place, adapter in adapters.items():
        app.add_routes(switchable(house.switches, place, adapter.routes()))
    kiosk.install(app, _kiosk_site(house, settings))
    boards = _boards(house)
    app.add_routes(boards.routes())
    console.install(app, staff_site(house, DeskOperations(house, adapters, boards), proxies))
    app.on_shutdown.append(lambda _: boards.close())
    app.cleanup_ctx.append(_kept_up(house.upkeep))
    app.cleanup_ctx.append(_kept_up(house.webhooks))
    app.cleanup_ctx.append(_started(list(adapters.values())))
    if guest is not None:
        guest.install(app, adapters)
    if settings.notify.worker and house.ladder:
        app.cleanup_ctx.append(_sending(house, adapters))
    return app


def _first(adapters: Mapping[str, Adapter], kind: Kind) -> str:
    return next((place for place, adapter in adapters.items() if adapter.kind == kind), "")


def _site(house: House, proxies: Proxies, switched: Sequence[Switched], guest: Guest | None) -> Web:
    settings = house.settings
    return Web(
        query=house.query,
        ratings=house.ratings,
        following=house.web_following,
        mail_stop=house.mail_stop,
        board=Board(house.database),
        catalogues=house.catalogues,
        files_dir=settings.files.folder,
        public_url=settings.server.public_url,
        trusted_proxies=proxies,
        demonstration=house.is_demonstration,
        centre_name=settings.centre.name,
        centre_phone=settings.centre.phone,
        centre_name_en=settings.centre.name_en,
        chat_address=_chat_address(switched),
        chat_picture="/bots/wechat/qr/" if any(one.place == "bots.wechat" for one in switched) else "",
        tries_at=guest.address if guest else "",
    )


def _kiosk_site(house: House, settings: Settings) -> KioskSite:
    centre = settings.centre
    return KioskSite(
        query=house.query,
        ratings=house.ratings,
        kiosks=house.kiosks,
        catalogues=house.catalogues,
        images=house.images,
        files_dir=settings.files.folder,
        public_url=settings.server.public_url,
        centre_name=centre.name,
        centre_name_en=centre.name_en,
        centre_phone=centre.phone,
        plan=KioskPlan(**settings.kiosk.model_dump()),
    )


def _chat_address(switched: Sequence[Switched]) -> str:
    """Where a case is gone on with in the Telegram bot. Source: Telegram's page on deep links of bots."""
    names = (getattr(one.settings, "username", "") for one in switched if one.place == "bots.telegram")
    return next((f"https://t.me/{name}?start=" for name in names if name), "")


def _boards(house: House) -> Boards:
    centre = house.settings.centre
    plans = {
        name: BoardPlan(
            board.title or (centre.name_en if board.language == "en" else centre.name),
            board.seconds,
            Shown(board.screens, board.department, board.language),
        )
        for name, board in house.settings.boards.items()
    }
    return Boards(plans, Board(house.database), house.query, house.catalogues)


def _scan(house: House, proxies: Proxies) -> QrScan:
    return QrScan(house.query, house.images, case_page, lambda request, channel: asker(request, proxies, channel))


def _kept_up(upkeep: Upkeep | Webhooks) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_app: web.Application) -> AsyncIterator[None]:
        upkeep.start()
        yield
        await upkeep.stop()

    return running


def _sending(house: House, adapters: Mapping[str, Adapter]) -> Callable[[web.Application], AsyncIterator[None]]:
    """The worker inside of this process, begun after the channels and ended before them."""

    async def running(_app: web.Application) -> AsyncIterator[None]:
        worker = house.worker({place: one for place, one in adapters.items() if place in house.ladder})
        worker.start()
        yield
        await worker.stop()

    return running


def _started(adapters: Sequence[Adapter]) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_app: web.Application) -> AsyncIterator[None]:
        for adapter in adapters:
            await adapter.start()
        yield
        for adapter in adapters:
            await adapter.stop()

    return running
