"""Citizens who ask where their case stands, each in one of the ways there are, at the door that it really comes to."""

from __future__ import annotations

import random
import time
from itertools import count
from xml.etree import ElementTree as Xml

from bench.day.carriers import Telegram
from bench.day.ledger import APOLOGY, BEGUN_ANEW, Street
from bench.day.people import County, Known
from bench.day.settings import ACCOUNT, AUTH_TOKEN, BOT_SECRET, NUMBER, PUBLIC_URL
from core.dialogue.speakable import digit_by_digit
from core.language import Catalogues
from gateway.demo.stand_ins.twilio_webhooks import signature

SMS, VOICE, TELEGRAM = "/channels/twilio/sms", "/channels/twilio/voice", "/bots/telegram"
# What the line says where a case stands.
TELLS = "现在的状态是"
# What it says to a PIN where it knows of no number: that one is needed, which it may have asked for already or not, or
# what it can be asked at all.
ASKS_ANEW = ("没有听清，一共要12位数字", "请按回执上的十二位查询号", "自助热线")
_CHINESE = Catalogues()["zh"]
FIRST_ASKING_CHAT = 9_000_000
# Telegram brings an update until it is taken; the real one waits longer between its tries.
TRIES, AGAIN_S = 8, 1.0


class Citizens:
    """Each asks once, from a telephone, chat or address of their own."""

    def __init__(self, street: Street, county: County, telegram: Telegram, dice: random.Random) -> None:
        self._street, self._county, self._telegram, self._dice = street, county, telegram, dice
        self._serials = count(1)
        self._cases = county.today + county.standing
        self.answered: list[tuple[str, float, float]] = []
        """What the program answered: the way, from when until when by the clock. Each must stand in its trail."""
        self.ways = {
            "sms": self.text,
            "web": self.page,
            "qr": self.scan,
            "voice": self.call,
            "telegram": self.chat,
            "kiosk": self.touch,
        }

    async def ask(self, way: str) -> None:
        """Somebody asks about a case, mostly one of today's."""
        cases, began = self._county.today if self._dice.random() < 0.5 else self._cases, time.time()
        if await self.ways[way](self._dice.choice(cases), next(self._serials)):
            self.answered.append((way, began, time.time()))

    async def text(self, case: Known, serial: int) -> bool:
        form = {"MessageSid": f"SMD{serial}", "From": f"+86150{serial:08d}", "To": NUMBER}
        form |= {"AccountSid": ACCOUNT, "Body": f"CX {case.number} {case.pin}"}
        return await self._posted("sms", SMS, form, _grouped(case)) is not None

    async def page(self, case: Known, serial: int) -> bool:
        data = {"number": case.number, "pin": case.pin}
        given = await self._street.ask(
            "web", "POST", "/cases", data=data, headers=_from(serial), holds=_grouped(case), about=case.number
        )
        return given is not None

    async def scan(self, case: Known, serial: int) -> bool:
        path = f"/q/{case.token}"
        given = await self._street.ask(
            "qr", "GET", path, headers=_from(serial), holds=_grouped(case), about=case.number
        )
        return given is not None

    async def call(self, case: Known, serial: int) -> bool:
        """The line's menu, the number, the PIN; each step is an answer of its own, and the last one tells."""
        began, said = time.perf_counter(), None
        step, keys = VOICE, ["", "1", case.number, case.pin]
        form = {"AccountSid": ACCOUNT, "CallSid": f"CAD{serial}", "From": f"+86151{serial:08d}"}
        for digits in keys:
            said = await self._posted("voice", step, form | ({"Digits": digits} if digits else {}), "<Gather")
            if said is None:
                return False
            gather = Xml.fromstring(said).find("Gather")  # noqa: S314  (our own program's)
            step = gather.attrib["action"].removeprefix(PUBLIC_URL)
        heard = said or ""
        if TELLS in heard and digit_by_digit(case.number, _CHINESE) in heard:
            return True
        is_anew = any(words in heard for words in ASKS_ANEW)
        self._street.ledger.note("voice", began, BEGUN_ANEW if is_anew else f"heard {heard[-300:]!r}", form["From"])
        return False

    async def chat(self, case: Known, serial: int) -> bool:
        """Telegram brings the words until they are taken; how long that took in all is noted."""
        chat, began = FIRST_ASKING_CHAT + serial, time.perf_counter()
        self._telegram.know(chat)
        person = {"id": chat, "is_bot": False, "first_name": "Test"}
        words = {"message_id": serial, "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
        update = {"update_id": serial, "message": words | {"from": person, "text": f"查询 {case.number} {case.pin}"}}
        headers = {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}
        given = await self._street.ask("telegram", "POST", TELEGRAM, json=update, headers=headers, about=str(serial))
        if given is None:
            return False
        told = any(one["chat"]["id"] == chat and _grouped(case) in one["text"] for one in self._telegram.arrived[-200:])
        if not told:
            sorry = any(one["chat"]["id"] == chat and APOLOGY in one["text"] for one in self._telegram.arrived[-200:])
            words = "sorry in the chat" if sorry else "no answer came into the chat"
            self._street.ledger.note("telegram", began, words, case.number)
        return told

    async def touch(self, case: Known, serial: int) -> bool:
        number = serial % len(self._county.kiosks)
        data = {"number": case.number, "pin": case.pin}
        headers = from_kiosk(self._county, number)
        given = await self._street.ask(
            "kiosk", "POST", "/kiosk/zh/case", data=data, headers=headers, holds=_grouped(case), about=case.number
        )
        return given is not None

    async def guess(self, case: Known, phone: str) -> str:
        """A wrong PIN by text message; what was answered, empty when nothing was."""
        wrong = f"{(int(case.pin) + 1) % 1_000_000:06d}"
        form = {"MessageSid": f"SMG{next(self._serials)}", "From": phone, "To": NUMBER, "AccountSid": ACCOUNT}
        given = await self._posted("wrong PIN", SMS, form | {"Body": f"CX {case.number} {wrong}"}, "")
        return "".join(Xml.fromstring(given).itertext()) if given else ""  # noqa: S314  (our own program's)

    async def _posted(self, what: str, path: str, form: dict[str, str], holds: str) -> str | None:
        headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, PUBLIC_URL + path, form)}
        given = await self._street.ask(what, "POST", path, data=form, headers=headers, holds=holds, about=form["From"])
        return given.body if given else None


def from_kiosk(county: County, number: int) -> dict[str, str]:
    """What the browser of a kiosk sends along."""
    return {"X-Forwarded-For": f"10.8.0.{number + 1}", "Cookie": f"haoban_kiosk={county.kiosks[number]}"}


def _from(serial: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.20.{serial >> 8 & 255}.{serial & 255}"}


def _grouped(case: Known) -> str:
    """The number as it is shown."""
    return f"{case.number[:4]} {case.number[4:8]} {case.number[8:]}"
