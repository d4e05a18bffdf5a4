"""The staff console over an open house, and what the program tells there of itself."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_routedef import AbstractRouteDef

from core.errors import NotFound, SendError, Unavailable
from core.local_time import now
from core.ports import Prompt, Speaking
from core.switches import Switches
from core.systems.webhooks import WebhookView
from gateway.house import House
from gateway.registry import CHANNELS, Adapter
from webui.api.door import Exchange
from webui.board.boards import Boards
from webui.client import Proxies
from webui.staff.site import ChannelState, StaffSite

A_DAY = timedelta(days=1)
_COUNTED = "SELECT channel, COUNT(*) AS lookups FROM lookup_record WHERE at > $1 GROUP BY channel"


class DeskOperations:
    """What runs: asked by the console's page of operations."""

    def __init__(self, house: House, adapters: Mapping[str, Adapter], boards: Boards) -> None:
        self._house, self._adapters, self._boards = house, adapters, boards
        self._voice = next((one for one in adapters.values() if isinstance(one, Speaking)), None)

    async def parts(self) -> Mapping[str, str]:
        ill = await self._house.ill()
        return {part: ill.get(part, "") for part in ("database", "redis")}

    async def channels(self) -> Sequence[ChannelState]:
        since = now() - A_DAY
        counted = {row["channel"]: row["lookups"] for row in await self._house.database.rows(_COUNTED, (since,))}
        off = await self._house.switches.off()
        return [
            ChannelState(place, place in self._adapters, off.get(place), counted.get(self._asks_as(place), 0))
            for place in CHANNELS
        ]

    def _asks_as(self, place: str) -> str:
        return self._adapters[place].asks_as if place in self._adapters else ""

    def boards(self) -> Mapping[str, datetime | None]:
        return self._boards.seen()

    async def webhooks(self) -> Sequence[WebhookView]:
        return await self._house.webhooks.all()

    def prompts(self) -> Sequence[Prompt]:
        return self._voice.prompts() if self._voice else ()

    async def sound(self, name: str) -> bytes:
        if self._voice is None:
            raise NotFound("no channel speaks with a voice of our own")
        try:
            return await self._voice.wave(name)
        except SendError as error:
            raise Unavailable(f"nobody speaks: {error}") from None

    async def switch(self, place: str, *, on: bool, by: str) -> None:
        if place not in CHANNELS:
            raise NotFound(f"there is no channel {place}")
        await self._house.switches.switch(place, on=on, by=by)


def staff_site(house: House, operations: DeskOperations, proxies: Proxies) -> StaffSite:
    settings = house.settings
    return StaffSite(
        query=house.query,
        cases=house.cases,
        keys=house.keys,
        accounts=house.accounts,
        sign_in=house.sign_in,
        trail=house.trail,
        worklist=house.worklist,
        dossiers=house.dossiers,
        reception=house.reception,
        handling=house.handling,
        fees=house.fees,
        case_files=house.case_files,
        persons=house.persons,
        items=house.items,
        forms=house.forms,
        notices=house.notices,
        synonyms=house.synonyms,
        working_times=house.working_times,
        kiosks=house.kiosks,
        records=house.records,
        resending=house.resending,
        tasks=house.tasks,
        consent=house.consent,
        following=house.following,
        message_templates=house.templates,
        announcements=house.announcements,
        operations=operations,
        images=house.images,
        catalogues=house.catalogues,
        public_url=settings.server.public_url,
        trusted_proxies=proxies,
        demonstration=house.is_demonstration,
        centre_name=settings.centre.name,
        centre_name_en=settings.centre.name_en,
        centre_phone=settings.centre.phone,
        most_upload_bytes=settings.files.upload_mib * 1024**2,
    )


def exchange_of(house: House) -> Exchange:
    """What the API for other systems works with."""
    return Exchange(
        cases=house.cases,
        centre=house.centre,
        items=house.items,
        keys=house.keys,
        query=house.query,
        api_keys=house.api_keys,
        answers=house.answers,
        webhooks=house.webhooks,
        trail=house.trail,
        rate=house.systems,
    )


def switchable(switches: Switches, place: str, routes: Iterable[AbstractRouteDef]) -> list[AbstractRouteDef]:
    """The routes of a channel, of which its webhooks answer 503 while staff have it switched off. Webhooks have fixed
    addresses; one with a part that varies is a picture on a page of ours, which stays.
    """

    def guarded(handler: Any) -> Handler:
        @functools.wraps(handler)
        async def answered(request: web.Request) -> web.StreamResponse:
            if place in await switches.off():
                raise Unavailable(f"{place} is switched off")
            response: web.StreamResponse = await handler(request)
            return response

        return answered

    def is_webhook(route: AbstractRouteDef) -> TypeGuard[web.RouteDef]:
        return isinstance(route, web.RouteDef) and "{" not in route.path

    return [
        web.RouteDef(one.method, one.path, guarded(one.handler), one.kwargs) if is_webhook(one) else one
        for one in routes
    ]
