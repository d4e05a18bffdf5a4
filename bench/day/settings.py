"""The settings of the county's programs: every limit as it ships, all channels of the day switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.day.town import Town

SECRET = "forty characters that nobody has to keep"
PUBLIC_URL = "https://haoban.example"
ACCOUNT, AUTH_TOKEN, NUMBER = "AC" + "0" * 32, "a token for measuring", "+8610000000000"
KANNEL_SECRET = "a-secret-for-measuring"
WECHAT_APP, WECHAT_TOKEN, WECHAT_KEY = "wx0123456789abcdef", "measuring", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOWHERE = "http://127.0.0.1:9"  # answers arrive there, and nothing is sent that way
BOT, BOT_SECRET = "123456:AAEhBP0av28JAFbRMsZrbFrqGiZ7LDXoWyc", "a-secret-for-measuring"
KIOSK_PIN = "246810"
WIDE_OPEN = f"""
[limits]
lookups = "1000000/minute"
requests = "1000000/minute"
messages = "1000000/minute"
texts = "1000000/minute"
systems = "1000000/minute"

[kiosk]
camera = true
staff_pin = "{KIOSK_PIN}"

[exchange]
private_webhooks = true
"""
"""What strangers need to get as far as they can: limits that they don't meet, and everything switched on."""
_further: ContextVar[str] = ContextVar("further", default="")

_SETTINGS = """
[server]
host = "127.0.0.1"
port = {port}
public_url = "{public_url}"
secret_key = "{secret}"
trusted_proxies = ["127.0.0.1/32"]

[database]
url = "{database}"

[redis]
url = "{redis}"

[files]
folder = "{folder}/forms"
cases = "{uploads}"

[staff]
second_factor = "off"

[notify]
worker = false
ladder = ["bots.telegram", "channels.twilio_sms", "channels.twilio_voice", "desk"]
quiet_from = "03:00"
quiet_until = "03:00"

[log]
format = "json"

[channels.twilio_sms]
{account}

[channels.twilio_voice]
{account}

[channels.kannel]
enabled = true
secret = "{kannel_secret}"
send_url = "{nowhere}"
username = "haoban"
password = "a password for measuring"

[bots.wechat]
enabled = true
app_id = "{wechat_app}"
app_secret = "a secret for measuring"
token = "{wechat_token}"
aes_key = "{wechat_key}"
api_base = "{nowhere}"

[bots.telegram]
enabled = true
token = "{bot}"
secret = "{bot_secret}"
api_base = "{telegram}"
{boards}
"""
_ACCOUNT = """
enabled = true
account_sid = "{account}"
auth_token = "{auth_token}"
from_number = "{number}"
api_base = "{twilio}"
"""


def settings_toml(town: Town, twilio: str, telegram: str, boards: int) -> str:
    account = _ACCOUNT.format(account=ACCOUNT, auth_token=AUTH_TOKEN, number=NUMBER, twilio=twilio)
    whole = _SETTINGS.format(
        port=town.port,
        public_url=PUBLIC_URL,
        secret=SECRET,
        database=town.url,
        redis=town.redis_url,
        folder=town.folder,
        uploads=town.uploads,
        account=account,
        kannel_secret=KANNEL_SECRET,
        wechat_app=WECHAT_APP,
        wechat_token=WECHAT_TOKEN,
        wechat_key=WECHAT_KEY,
        nowhere=NOWHERE,
        bot=BOT,
        bot_secret=BOT_SECRET,
        telegram=telegram,
        boards="".join(f"\n[boards.{board_name(n)}]\nseconds = 12\n" for n in range(boards)),
    )
    return whole + _further.get()


@contextmanager
def further(sections: str) -> Iterator[None]:
    """The settings that are written meanwhile have these sections too."""
    before = _further.set(sections)
    try:
        yield
    finally:
        _further.reset(before)


def board_name(number: int) -> str:
    return f"hall{number}"
