"""A whole call through Twilio: the language chosen, number and PIN keyed in; what is said in the end."""

from __future__ import annotations

from core.dialogue.medium import Medium
from tests.contract.doors.twilio_sms import as_twilio, opened
from tests.contract.drivers import PUBLIC_URL, Hall

__all__ = ["ask", "medium", "opened"]

medium = Medium.VOICE


async def ask(hall: Hall, number: str, pin: str, language: str) -> str:
    keys = [*(["9"] if language == "en" else []), "1", number, pin]
    sid = f"CA{number}{language}"
    said = await as_twilio(hall.client, "/channels/twilio/voice", {"CallSid": sid, "From": "+86139" + number[-8:]})
    for digits in keys:
        step = said.find("Gather").attrib["action"].removeprefix(PUBLIC_URL)
        said = await as_twilio(hall.client, step, {"CallSid": sid, "From": "+86139" + number[-8:], "Digits": digits})
    return " ".join("".join(part.itertext()) for part in said.iter("Say"))
