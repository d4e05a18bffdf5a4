"""A call at the stand-in does what the documents of its webhook say, as Twilio's own does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.demo.stand_ins.twilio_call import Call
from gateway.demo.stand_ins.twilio_server import TwilioServer
from tests.channels.twilio import ACCOUNT, AUTH_TOKEN
from tests.gateway.demo.stand_ins.handset import Handset
from tests.gateway.demo.stand_ins.webhook import Webhook

PERSON = "+8613800001234"
MENU = (
    '<Response><Gather input="dtmf speech" action="/step" numDigits="1" finishOnKey="" timeout="1" '
    'actionOnEmptyResult="true"><Say language="cmn-CN">请选择</Say></Gather><Redirect>/step</Redirect></Response>'
)
NUMBER = (
    '<Response><Gather action="/number" numDigits="6" timeout="1"><Say>number</Say></Gather><Say>none</Say></Response>'
)
BYE = '<Response><Say language="cmn-CN">再见</Say><Hangup/></Response>'


@pytest.fixture
async def server() -> AsyncIterator[TwilioServer]:
    made = TwilioServer(ACCOUNT, AUTH_TOKEN)
    await made.start()
    yield made
    await made.stop()


async def called(server: TwilioServer, webhook: Webhook, handset: Handset) -> Call:
    """A whole call from the person to the centre."""
    server.voice_url = webhook.url("/voice")
    call = server.dial(PERSON, handset)
    async with asyncio.timeout(10):
        while not handset.ended:  # noqa: ASYNC110  (the server rings no bell)
            await asyncio.sleep(0.01)
    return call


async def test_a_key_is_brought_to_the_next_step(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.press("1"))
    async with Webhook(MENU, BYE) as webhook:
        await called(server, webhook, handset)
    assert [one.text for one in handset.said][-1] == "再见"
    (first, form, _), (second, keyed, _) = webhook.came
    assert (first, form["CallStatus"], form["Direction"]) == ("/voice", "in-progress", "inbound")
    assert (second, keyed["Digits"]) == ("/step", "1")
    assert handset.ended == "completed"


async def test_keys_are_collected_until_there_are_enough(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.press("046795"))
    async with Webhook(NUMBER, BYE) as webhook:
        await called(server, webhook, handset)
    assert webhook.came[1][1]["Digits"] == "046795"
    assert handset.asked == [6]


async def test_the_last_key_ends_the_number(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.press("12#"))
    async with Webhook(NUMBER, BYE) as webhook:
        await called(server, webhook, handset)
    assert (webhook.came[1][1]["Digits"], webhook.came[1][1]["FinishedOnKey"]) == ("12", "#")


async def test_half_a_number_is_brought_when_no_more_comes(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.press("12"))
    async with Webhook(NUMBER, BYE) as webhook:
        await called(server, webhook, handset)
    assert webhook.came[1][1]["Digits"] == "12"


async def test_who_says_nothing_hears_what_comes_after(server: TwilioServer) -> None:
    handset = Handset()
    async with Webhook(NUMBER) as webhook:
        await called(server, webhook, handset)
    assert [one.text for one in handset.said][-1] == "none"


async def test_silence_is_brought_too_where_that_is_wanted(server: TwilioServer) -> None:
    handset = Handset()
    async with Webhook(MENU, BYE) as webhook:
        await called(server, webhook, handset)
    path, form, _ = webhook.came[1]
    assert path == "/step"
    assert "Digits" not in form


async def test_words_are_brought_as_they_were_understood(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.speak("身份证丢了"))
    async with Webhook(MENU, BYE) as webhook:
        await called(server, webhook, handset)
    assert webhook.came[1][1]["SpeechResult"] == "身份证丢了"


async def test_words_go_unheard_where_keys_alone_are_listened_for(server: TwilioServer) -> None:
    def does(call: Call) -> None:
        call.speak("六")
        call.press("123456")

    handset = Handset(does)
    async with Webhook(NUMBER, BYE) as webhook:
        await called(server, webhook, handset)
    assert webhook.came[1][1]["Digits"] == "123456"


async def test_the_operator_does_not_answer_here(server: TwilioServer) -> None:
    dial = '<Response><Say>wait</Say><Dial action="/after"><Number>12345</Number></Dial></Response>'
    async with Webhook(dial, BYE) as webhook:
        await called(server, webhook, Handset())
    assert webhook.came[1][1]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize("document", ["<html>", "<Response><Fax/></Response>", "<Reply/>", ""])
async def test_what_is_no_twiml_ends_the_call_as_failed(server: TwilioServer, document: str) -> None:
    handset = Handset()
    async with Webhook(document) as webhook:
        await called(server, webhook, handset)
    assert handset.ended == "failed"


async def test_who_hangs_up_ends_it(server: TwilioServer) -> None:
    handset = Handset(lambda call: call.hang_up())
    async with Webhook(MENU, BYE) as webhook:
        await called(server, webhook, handset)
    assert handset.ended == "completed"
    assert len(webhook.came) == 1
