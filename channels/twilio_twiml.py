"""What a call hears and may answer, as TwiML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from channels.twilio_wire import Gather, TwiML, VoiceResponse
from core.dialogue.speech import Part, Speech

RING_S = 30
HOLD_S = 3
AGAIN_S = 4  # how long is waited for a 1 after a notice
MOST_HINTS_CHARS = 500
NUMBER_PAUSE_S = 8  # who reads digits off a receipt needs longer than who presses a key


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice, the language it speaks, and the language that is listened for."""

    name: str
    say: str
    listen: str


class Script:
    """Writes the answers of a call; `address` is the webhook that each step comes back to."""

    def __init__(
        self, address: str, voices: Mapping[str, Voice], *, wait_s: int, operator: str, from_number: str
    ) -> None:
        self._address, self._voices, self._wait_s = address, voices, wait_s
        self._operator, self._from_number = operator, from_number

    def play(self, speech: Speech, turn: int) -> str:
        """Says a screen and listens; or says it and hangs up, or puts through to the operator."""
        response = VoiceResponse()
        if speech.ends or speech.transfer:
            self._say(response, speech.parts)
            self._finish(response, speech, turn)
            return str(response)
        gather = self._gather(speech, turn)
        self._say(gather, speech.parts)
        response.append(gather)
        response.redirect(self._step(turn), method="POST")
        return str(response)

    def hold(self, turn: int) -> str:
        """Asks for a little patience when a caller is faster than is allowed."""
        response = VoiceResponse()
        response.pause(length=HOLD_S)
        response.redirect(self._step(turn + 1), method="POST")
        return str(response)

    def notice(self, speech: Speech, step: str) -> str:
        """Says a notice and asks whether to say it again; whoever hears it to its end comes to the next step anyway."""
        response = VoiceResponse()
        voice = self._voice(speech.language)
        gather = Gather(
            input="dtmf",
            action=step,
            method="POST",
            timeout=AGAIN_S,
            num_digits=1,
            finish_on_key="",
            language=voice.listen,
        )
        self._say(gather, speech.parts)
        response.append(gather)
        response.redirect(step, method="POST")
        return str(response)

    def hung_up(self) -> str:
        response = VoiceResponse()
        response.hangup()
        return str(response)

    def _gather(self, speech: Speech, turn: int) -> Gather:
        """Keys end nothing by themselves, so that # and * arrive; a caller may answer before all is said."""
        voice = self._voice(speech.language)
        return Gather(
            input="dtmf speech",
            action=self._step(turn),
            method="POST",
            timeout=NUMBER_PAUSE_S if speech.digits else self._wait_s,
            speech_timeout="auto",
            num_digits=speech.digits or 1,
            finish_on_key="",
            barge_in=True,
            action_on_empty_result=True,
            language=voice.listen,
            hints=_hints(speech.hints),
        )

    def _finish(self, response: VoiceResponse, speech: Speech, turn: int) -> None:
        if speech.transfer:
            dial = response.dial(action=self._step(turn), method="POST", timeout=RING_S, caller_id=self._from_number)
            dial.number(self._operator)
        else:
            response.hangup()

    def _say(self, parent: TwiML, parts: Iterable[Part]) -> None:
        for part in parts:
            voice = self._voice(part.language)
            parent.say(part.text, voice=voice.name, language=voice.say)

    def _voice(self, language: str) -> Voice:
        return self._voices.get(language) or next(iter(self._voices.values()))

    def _step(self, turn: int) -> str:
        return f"{self._address}?turn={turn}"


def _hints(words: Iterable[str]) -> str:
    """Words that the recogniser may expect, as many as fit."""
    hints = ""
    for word in words:
        word = word.replace(",", " ")
        if len(hints) + len(word) > MOST_HINTS_CHARS:
            break
        hints += ("," if hints else "") + word
    return hints
