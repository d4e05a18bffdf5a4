"""Twilio as it calls us: requests with its own signature, and its answers taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from xml.etree import ElementTree as Xml

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from twilio.request_validator import RequestValidator

from gateway.demo.stand_ins.twilio_server import TwilioServer

Client = TestClient[web.Request, web.Application]
PUBLIC_URL = "https://haoban.example"
NOWHERE = "http://127.0.0.1:9"  # nothing may go out by accident
ACCOUNT, AUTH_TOKEN = "AC" + "0" * 32, "a token for tests"
SECTION = {
    "enabled": True,
    "account_sid": ACCOUNT,
    "auth_token": AUTH_TOKEN,
    "from_number": "+8610000000000",
    "api_base": NOWHERE,
}
_serials = count(1)


def twilio_server() -> TwilioServer:
    """The other side of `SECTION`; what a carrier tells of a message is the test's own business."""
    return TwilioServer(ACCOUNT, AUTH_TOKEN, tells=False)


async def post(client: Client, path: str, form: Mapping[str, str], *, signed: str = "") -> ClientResponse:
    """Post a form as Twilio does; `signed` is another signature than the right one."""
    form = {"AccountSid": ACCOUNT, **form}
    right = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    return await client.post(path, data=form, headers={"X-Twilio-Signature": signed or right})


async def text(client: Client, body: str, sender: str = "+8613800001234", sid: str = "") -> str:
    """Send a text message; the answer's words."""
    form = {"MessageSid": sid or f"SM{next(_serials)}", "From": sender, "Body": body}
    answer = await post(client, "/channels/twilio/sms", form)
    assert answer.status == 200
    return "".join(Xml.fromstring(await answer.text()).itertext())  # noqa: S314  (our own answer)


@dataclass
class Call:
    """A call in progress: what was said last, and where the next answer goes."""

    client: Client
    caller: str = "+8613800001234"
    sid: str = field(default_factory=lambda: f"CA{next(_serials)}")
    step: str = "/channels/twilio/voice"
    answer: Xml.Element = field(default_factory=lambda: Xml.Element("none"))
    body: str = ""

    async def say(self, **form: str) -> Call:
        """Go one step: `Digits`, `SpeechResult`, `DialCallStatus`, or nothing at all."""
        came = await post(self.client, self.step, {"CallSid": self.sid, "From": self.caller, **form})
        assert came.status == 200
        self.body = await came.text()
        self.answer = Xml.fromstring(self.body)  # noqa: S314  (our own answer)
        follow = self.answer.find("Gather") if self.answer.find("Gather") is not None else self.answer.find("Dial")
        if follow is not None:
            self.step = follow.attrib["action"].removeprefix(PUBLIC_URL)
        return self

    async def press(self, *keys: str) -> Call:
        for each in keys:
            await self.say(Digits=each)
        return self

    @property
    def words(self) -> str:
        return " ".join("".join(part.itertext()) for part in self.answer.iter("Say"))

    @property
    def is_over(self) -> bool:
        return self.answer.find("Hangup") is not None
