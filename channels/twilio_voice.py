"""The voice line through Twilio: what is said and keyed in a call, step by step.

Sources: Twilio's documentation of "TwiML for Programmable Voice" (Gather, Say, Dial, Redirect) and "Voice webhooks"
(parameters, 15 s time-out). Each answer names the next turn in its address, so that a request that Twilio repeats is
known by it and gets the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from channels.twilio_twiml import Script, Voice
from channels.twilio_wire import TwilioSettings, Webhooks, twiml
from core.asker import Asker
from core.dialogue.said import Keyed, Opened, Said, Silence, Unanswered, Written
from core.errors import SendError
from core.ports import Outbound, Sent
from core.switchboard import Switchboard

PATH = "/channels/twilio/voice"
# What Twilio writes for a withheld number: "anonymous" and the like, spelled on the keys of a telephone.
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_NUMBER = re.compile(r"\+\d{7,15}")
ANSWERED = frozenset({"completed", "answered"})


class Speaker(BaseModel):
    """Who speaks a language, and how what is said in it is recognised, by Twilio's names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    voice: str = Field(min_length=1)
    say: str = Field(min_length=2)
    listen: str = Field(min_length=2)


CHINESE = Speaker(voice="Polly.Zhiyu", say="cmn-CN", listen="cmn-Hans-CN")
ENGLISH = Speaker(voice="Polly.Joanna", say="en-US", listen="en-US")


class TwilioVoiceSettings(TwilioSettings):
    """`[channels.twilio_voice]`; `wait_s` is how long a caller may think, `languages` who speaks each of them."""

    wait_s: int = Field(6, ge=2, le=30)
    languages: dict[str, Speaker] = Field(default_factory=lambda: {"zh": CHINESE, "en": ENGLISH})


class TwilioVoice:
    name = "twilio_voice"
    Settings = TwilioVoiceSettings

    def __init__(self, settings: TwilioVoiceSettings, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._webhooks = Webhooks(settings, switchboard.public_url)
        voices = {code: Voice(one.voice, one.say, one.listen) for code, one in settings.languages.items()}
        self._script = Script(
            self._webhooks.address(PATH),
            voices,
            wait_s=settings.wait_s,
            operator=switchboard.operator,
            from_number=settings.from_number,
        )

    async def start(self) -> None:
        """Nothing to connect to: Twilio calls us."""

    async def stop(self) -> None:
        """Nothing to disconnect from."""

    async def send(self, message: Outbound) -> Sent:
        """This line is only called, so far."""
        raise SendError("config", "the voice line does not call")

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.post(PATH, self.receive),)

    async def receive(self, request: web.Request) -> web.Response:
        """The webhook of a call and of each step in it. 403 for what Twilio didn't sign, 400 for what isn't whole."""
        form = await self._webhooks.read(request, "CallSid", "From")
        turn = _turn(request.query.get("turn", "0"))

        async def make() -> str:
            return await self._answer(form, turn)

        return twiml(await self._switchboard.once.answer(f"call:{form['CallSid']}:{turn}", make))

    async def _answer(self, form: Mapping[str, str], turn: int) -> str:
        if form.get("DialCallStatus") in ANSWERED:
            return self._script.hung_up()
        asker = Asker("voice", _caller(form))
        said = _said(form, turn)
        speech = await self._switchboard.conversation.answer(asker, said, self._switchboard.speech)
        return self._script.hold(turn) if speech is None else self._script.play(speech, turn + 1)


def _caller(form: Mapping[str, str]) -> str:
    """Who calls. A caller without a number is known by the call alone, or strangers would go on with each other's."""
    number = form["From"]
    return number if _NUMBER.fullmatch(number) and number not in WITHHELD else f"call:{form['CallSid']}"


def _said(form: Mapping[str, str], turn: int) -> Said:
    if turn == 0:
        return Opened()
    if "DialCallStatus" in form:
        return Unanswered()
    if keys := form.get("Digits", ""):
        return Keyed(keys)
    if heard := form.get("SpeechResult", ""):
        return Written(heard, spoken=True)
    return Keyed("#") if form.get("FinishedOnKey") == "#" else Silence()


def _turn(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise web.HTTPBadRequest(text="turn: a number is needed")
    return int(text)
