"""Trying all channels without any account: stand-ins for their providers, and whoever tries the program with them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.errors import NotFound
from core.local_time import now
from gateway.demo.stand_ins.telegram_person import Person
from gateway.demo.stand_ins.telegram_server import TelegramServer
from gateway.demo.stand_ins.twilio_orders import DELIVERED, UNREACHABLE, Fate
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.demo.trial.hops import VISIT_HEADER
from gateway.demo.trial.visit import Visit
from gateway.registry import Switched
from gateway.settings import Settings

MOST_VISITS = 50
KEPT = 200
CENTRE_NUMBER = "+8605550012345"
_FIRST_CHAT = 700_000_000
_NAMES = {"zh": "王小明", "en": "Wang Xiaoming"}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104  (told apart, not listened on)


def may_be_tried(settings: Settings, switched: Sequence[Switched]) -> bool:
    """Whether a demonstration may: only where no channel leads outside, and in one process, which has the stand-ins."""
    return not switched and not settings.redis.url


class Trial:
    """Start it before the house is opened, with `settings` that lead to the stand-ins; stop it afterwards."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings
        self._visits: dict[str, Visit] = {}
        self._people: dict[str, Person] = {}
        self._orders: dict[str, str] = {}
        account, auth_token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        bot, self._secret = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(24)
        self.twilio = TwilioServer(
            account, auth_token, number=CENTRE_NUMBER, reach=self._reach, headers=self._headers, keeps=KEPT
        )
        self.telegram = TelegramServer(
            bot, reach=self._reach, headers=lambda chat: self._headers(str(chat)), keeps=KEPT
        )
        self.telegram.service.takes_plain = True  # our own address has no TLS on this machine
        self.twilio.behaves = lambda _n, to: self._behaves(to)
        self.twilio.fate = self._fate
        self._auth_token = auth_token

    async def start(self) -> None:
        await self.twilio.start()
        await self.telegram.start()
        public = self._given.server.public_url
        self.twilio.sms_url, self.twilio.voice_url = f"{public}/channels/twilio/sms", f"{public}/channels/twilio/voice"

    async def close(self) -> None:
        """Everybody who tries is sent home."""
        for visit in tuple(self._visits.values()):
            await self.leave(visit)

    async def stop(self) -> None:
        await self.close()
        await self.telegram.stop()
        await self.twilio.stop()

    @property
    def settings(self) -> Settings:
        """The given settings with the channels on that lead to the stand-ins; notices go out at night too."""
        twilio = {
            "enabled": True,
            "account_sid": self.twilio.account,
            "auth_token": self._auth_token,
            "from_number": CENTRE_NUMBER,
            "api_base": self.twilio.url,
        }
        bot = {
            "enabled": True,
            "token": self.telegram.token,
            "secret": self._secret,
            "api_base": self.telegram.url,
        }
        always = {"quiet_from": self._given.notify.quiet_until, "quiet_holidays": False, "worker": True}
        return self._given.model_copy(
            update={
                "channels": {**self._given.channels, "twilio_sms": twilio, "twilio_voice": twilio},
                "bots": {**self._given.bots, "telegram": bot},
                "notify": self._given.notify.model_copy(update=always),
            }
        )

    # Visits

    async def visit(self, language: str) -> Visit:
        """Somebody begins to try; of too many the one who did nothing for longest has to leave."""
        while len(self._visits) >= MOST_VISITS:
            await self.leave(min(self._visits.values(), key=lambda one: one.seen_at))
        number = self._unused(lambda: f"+861390{secrets.randbelow(10**7):07d}")
        chat = self._unused(lambda: str(_FIRST_CHAT + secrets.randbelow(10**8)))
        visit = Visit(number, int(chat), language)
        self._visits[visit.id] = visit
        self.twilio.phones[number] = visit
        self._people[visit.id] = Person(
            self.telegram, visit.chat, _NAMES.get(language, _NAMES["zh"]), language, visit.sees
        )
        return visit

    async def leave(self, visit: Visit) -> None:
        """Somebody has gone, with their telephone and their chat."""
        if self._visits.pop(visit.id, None) is None:
            return
        self.twilio.phones.pop(visit.number, None)
        self._orders.pop(visit.number, None)
        self._people.pop(visit.id).leave()
        await visit.leave()

    def known(self, visit_id: str) -> Visit:
        """Who tries under an id. Raises NotFound."""
        if (visit := self._visits.get(visit_id)) is None:
            raise NotFound("nobody tries under this id any more")
        visit.seen_at = now()
        return visit

    def find(self, visit_id: str) -> Visit | None:
        return self._visits.get(visit_id)

    def at(self, address: str) -> Visit | None:
        """Whose telephone number or chat it is."""
        return next((one for one in self._visits.values() if address in (one.number, str(one.chat))), None)

    def person(self, visit: Visit) -> Person:
        return self._people[visit.id]

    def order(self, visit: Visit, how: str) -> None:
        """What becomes of texts to the visitor's telephone: `ok`, `lost`, or a word of the stand-in's behaviour."""
        self._orders[visit.number] = how

    def _unused(self, made: Callable[[], str]) -> str:
        while self.at(found := made()) is not None:
            pass
        return found

    # The stand-ins

    def _behaves(self, to: str) -> str:
        how = self._orders.get(to, "ok")
        return "ok" if how == "lost" else how

    def _fate(self, to: str) -> Fate:
        return UNREACHABLE if self._orders.get(to) == "lost" else DELIVERED

    def _headers(self, address: str) -> Mapping[str, str]:
        visit = self.at(address)
        return {VISIT_HEADER: visit.id} if visit else {}

    def _reach(self, url: str) -> str:
        """Our own address as this machine reaches it: providers are told the public one, which may not exist."""
        server: Any = self._given.server
        if not url.startswith(server.public_url):
            return url
        return f"http://{_EVERYWHERE.get(server.host, server.host)}:{server.port}{url.removeprefix(server.public_url)}"
