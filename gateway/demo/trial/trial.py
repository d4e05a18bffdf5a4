"""Trying all channels without any account: stand-ins for their providers, and whoever tries the program with them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence

from yarl import URL

from core.errors import NotFound, Unavailable
from core.local_time import now
from gateway.demo.stand_ins.telegram_person import Person
from gateway.demo.stand_ins.telegram_server import TelegramServer
from gateway.demo.stand_ins.twilio_orders import DELIVERED, UNREACHABLE, Fate
from gateway.demo.stand_ins.twilio_server import TwilioServer
from gateway.demo.trial.hops import TRACE_HEADER, trace
from gateway.demo.trial.visit import Visit
from gateway.registry import Switched
from gateway.settings import Settings

MOST_VISITS = 50
KEPT = 200
SLOW_S = 3.0
CENTRE_NUMBER = "+8605550012345"
_FIRST_CHAT = 700_000_000
_NAMES = {"zh": "王小明", "en": "Wang Xiaoming"}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  (told apart, not listened on)


def may_be_tried(settings: Settings, switched: Sequence[Switched]) -> bool:
    """Whether a demonstration may: only where no channel leads outside, and in one process, which has the stand-ins."""
    return not switched and not settings.redis.url


class Trial:
    """Start it before the house is opened, with `settings` that lead to the stand-ins; stop it afterwards."""

    NUMBERS = "+861390"
    """What the visitors' telephone numbers begin with."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings
        self._visits: dict[str, Visit] = {}
        self._people: dict[str, Person] = {}
        self.on_leave: Callable[[Visit], Awaitable[None]] = _nothing_more
        account, auth_token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        bot, self._secret = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(24)
        self.twilio = TwilioServer(
            account, auth_token, number=CENTRE_NUMBER, reach=self._reach, headers=self._headers, keeps=KEPT
        )
        self.telegram = TelegramServer(bot, reach=self._reach, headers=lambda about: {TRACE_HEADER: about}, keeps=KEPT)
        self.telegram.service.takes_plain = True  # our own address has no TLS on this machine
        self.twilio.behaves = lambda _n, to: self._behaves(to)
        self.twilio.fate = self._fate
        self.twilio.slow_s = SLOW_S
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
        """Somebody begins to try. Raises Unavailable when too many look at the page already.

        Whoever has gone without a word has to leave for it.
        """
        while len(self._visits) >= MOST_VISITS:
            gone = [one for one in self._visits.values() if not one.listeners]
            if not gone:
                raise Unavailable("too many try it just now")
            await self.leave(min(gone, key=lambda one: one.seen_at))
        number = self._unused(lambda: f"{self.NUMBERS}{secrets.randbelow(10**7):07d}")
        chat = self._unused(lambda: str(_FIRST_CHAT + secrets.randbelow(10**8)))
        visit = Visit(number, int(chat), language)
        self._visits[visit.id] = visit
        self.twilio.phones[number] = visit
        self._people[visit.id] = self._person(visit)
        return visit

    def _person(self, visit: Visit) -> Person:
        name = _NAMES.get(visit.language, _NAMES["zh"])
        return Person(self.telegram, visit.chat, name, visit.language, visit.sees)

    def speaks(self, visit: Visit, language: str) -> None:
        """The visitor reads another language now, and so does their Telegram."""
        visit.language = language
        self._people[visit.id] = self._person(visit)

    async def leave(self, visit: Visit) -> None:
        """Somebody has gone, with their telephone and their chat."""
        if self._visits.pop(visit.id, None) is None:
            return
        self.twilio.phones.pop(visit.number, None)
        self._people.pop(visit.id).leave()
        await visit.leave()
        await self.on_leave(visit)

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
        """Raises NotFound when the visitor has gone meanwhile."""
        if visit.id not in self._people:
            raise NotFound("nobody tries under this id any more")
        return self._people[visit.id]

    def _unused(self, made: Callable[[], str]) -> str:
        while self.at(found := made()) is not None:
            pass
        return found

    # The stand-ins

    def _behaves(self, to: str) -> str:
        how = self._order(to)
        return "ok" if how == "lost" else how

    def _fate(self, to: str) -> Fate:
        return UNREACHABLE if self._order(to) == "lost" else DELIVERED

    def _order(self, number: str) -> str:
        """What becomes of texts to a visitor's telephone: `ok`, `lost`, or a word of the stand-in's behaviour."""
        visit = self.at(number)
        return visit.order if visit else "ok"

    def _headers(self, number: str, about: str) -> Mapping[str, str]:
        visit = self.at(number)
        return {TRACE_HEADER: about or trace(visit)} if visit else {}

    def _reach(self, url: str) -> str:
        """Our own address as this machine reaches it: providers are told the public one, which may not exist."""
        server = self._given.server
        if not url.startswith(server.public_url):
            return url
        here = URL.build(scheme="http", host=_EVERYWHERE.get(server.host, server.host), port=server.port)
        return f"{here}{url.removeprefix(server.public_url)}"


async def _nothing_more(_visit: Visit) -> None:
    pass
