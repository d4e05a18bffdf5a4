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

from channels.called_back import message_id
from channels.twilio_rest import CALL_STATES, TwilioRest
from channels.twilio_twiml import RING_S, Script, Voice
from channels.twilio_wire import TwilioSettings, Webhooks, twiml
from core.asker import Asker
from core.dialogue.said import Keyed, Opened, Said, Silence, Unanswered, Written
from core.notify.states import Kind, State
from core.ports import Outbound, Receipt, Sent
from core.switchboard import Switchboard

PATH = "/channels/twilio/voice"
NOTICE_PATH, STATUS_PATH = f"{PATH}/notice", f"{PATH}/status"
# What Twilio writes for a withheld number: "anonymous" and the like, spelled on the keys of a telephone.
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
_NUMBER = re.compile(r"\+\d{7,15}")
ANSWERED = frozenset({"completed", "answered"})
MOST_TIMES = 5  # a notice is said in one call


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
    """The line, and calls that say a notice. Their proof is a person who heard it to its end."""

    name = "twilio_voice"
    kind = Kind.VOICE
    proof = State.READ
    asks_as = "voice"
    Settings = TwilioVoiceSettings

    def __init__(self, settings: TwilioVoiceSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        self._rest = TwilioRest(settings)
        self.account = f"twilio:{settings.account_sid}"
        self.per_second, self.account_per_second = settings.per_second, settings.account_per_second
        self._webhooks = Webhooks(settings, switchboard.public_url)
        voices = {code: Voice(one.voice, one.say, one.listen) for code, one in settings.languages.items()}
        self._script = Script(
            self._webhooks.address(PATH),
            voices,
            wait_s=settings.wait_s,
            operator=switchboard.operator,
            from_number=settings.from_number,
        )

    async def start(self, *, receiving: bool = True) -> None:
        await self._rest.start()

    async def stop(self) -> None:
        await self._rest.stop()

    async def send(self, message: Outbound) -> Sent:
        """Call somebody; what is said is asked for when they answer. Raises SendError."""
        form = {
            "To": message.to,
            "From": self._settings.from_number,
            "Url": f"{self._webhooks.address(NOTICE_PATH)}?message={message.id}",
            "StatusCallback": f"{self._webhooks.address(STATUS_PATH)}?message={message.id}",
            # A machine is talked to after its tone, and noted as one.
            "MachineDetection": "DetectMessageEnd",
            "Timeout": str(RING_S),
        }
        return Sent(await self._rest.create("Calls", form))

    async def probe(self) -> str:
        return await self._rest.balance()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return web.post(PATH, self.receive), web.post(NOTICE_PATH, self.notice), web.post(STATUS_PATH, self.status)

    async def notice(self, request: web.Request) -> web.Response:
        """What a called person hears: the notice, again on a key; who comes here without one heard it to its end."""
        form = await self._webhooks.read(request, "CallSid")
        message, turn = message_id(request), _turn(request.query.get("turn", "0"))
        if turn and ("Digits" not in form or turn > MOST_TIMES):
            machine = request.query.get("by") == "machine"
            state, by = (State.DELIVERED, "machine") if machine else (State.READ, "person")
            receipt = Receipt(message, state, "heard to the end", form["CallSid"], by)
            await self._switchboard.receipts.take(receipt)
            return twiml(self._script.hung_up())
        words = await self._switchboard.spoken.words(message)
        by = (
            "machine"
            if form.get("AnsweredBy", "").startswith(("machine", "fax"))
            else request.query.get("by", "person")
        )
        step = f"{self._webhooks.address(NOTICE_PATH)}?message={message}&turn={turn + 1}&by={by}"
        return twiml(self._script.notice(words, step))

    async def status(self, request: web.Request) -> web.Response:
        """The webhook of how a call went. 403 for what Twilio didn't sign."""
        form = await self._webhooks.read(request, "CallSid", "CallStatus")
        if (state := CALL_STATES.get(form["CallStatus"])) is not None:
            await self._switchboard.receipts.take(
                Receipt(message_id(request), state, form["CallStatus"], form["CallSid"])
            )
        return web.Response(status=204)

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
        asker = Asker(self.asks_as, _caller(form))
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
