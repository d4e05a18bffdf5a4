"""What the pages say one will see where something is wrong is what the program says."""

from __future__ import annotations

import re

import pytest

from bots.wechat_api import _REASONS as WECHAT
from channels.email_relay import Stage, refusal
from channels.twilio_rest import _REASONS as TWILIO
from tests.docs.pages import LANGUAGES, ROOT, Page, pages

CODES = {"WeChat": WECHAT, "Twilio": TWILIO}
_CODED = re.compile(r"`?([a-z_]+): (WeChat|Twilio) (\d{5})`")
SAID = [
    ("channels/asterisk.md", "channels/asterisk.py", "the exchange's manager answers"),
    ("channels/asterisk.md", "channels/asterisk.py", "call refused"),
    ("channels/asterisk.md", "channels/asterisk.py", "no calls are made: ami_username is not set"),
    ("channels/email.md", "channels/email_relay.py", "answers"),
    ("channels/kannel.md", "channels/kannel.py", "webhook refused"),
    ("channels/kannel.md", "channels/kannel_wire.py", "connections to carriers online"),
    ("channels/kannel.md", "channels/kannel_wire.py", "Kannel answers, but no connection to a carrier is online"),
    ("channels/kannel.md", "channels/kannel_wire.py", "the status page refuses"),
    ("channels/smpp.md", "channels/smpp.py", "the SMSC let us bind and answers"),
    ("channels/smpp.md", "channels/smpp.py", "the bind was refused: "),
    ("channels/telegram.md", "bots/telegram.py", "answers, the bot is @"),
    ("channels/telegram.md", "bots/telegram.py", "not set up"),
    ("channels/telegram.md", "bots/telegram.py", "webhook refused"),
    ("channels/telegram.md", "bots/telegram_wire.py", "the bot was blocked"),
    ("channels/telegram.md", "bots/telegram_wire.py", "the token is not accepted"),
    ("channels/twilio-sms.md", "channels/twilio_rest.py", "answers, balance "),
    ("channels/twilio-sms.md", "channels/twilio_wire.py", "webhook refused"),
    ("channels/twilio-voice.md", "channels/twilio_rest.py", "answers, balance "),
    ("channels/wechat.md", "bots/wechat.py", "answers, and gives us an access token"),
    ("channels/wechat.md", "bots/wechat.py", "webhook refused"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "source", "words"), SAID)
def test_what_is_quoted_is_said(language: str, name: str, source: str, words: str) -> None:
    assert words in Page(language, name).text
    assert words in (ROOT / source).read_text("utf-8")


@pytest.mark.parametrize("page", (*pages("zh"), *pages("en")), ids=lambda page: f"{page.language}/{page.name}")
def test_codes_of_providers_have_the_reason_that_is_told(page: Page) -> None:
    for reason, provider, code in _CODED.findall(page.text):
        assert CODES[provider].get(int(code), "rejected") == reason, code


def test_refusals_of_mail_servers_are_told_as_the_page_says() -> None:
    for told, reason, stage, code in (
        ("config: connect: 535", "config", Stage.CONNECT, 535),
        ("invalid: recipient: 550", "invalid", Stage.RECIPIENT, 550),
    ):
        error = refusal(stage, code, "")
        assert f"{error.reason}: {error.detail}" == told
        assert error.reason == reason
        assert all(told in Page(language, "channels/email.md").text for language in LANGUAGES)
