"""Mails that come back: reports as servers write them, read from a real mailbox, and told as receipts."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import Email
from channels.email_bounces import MOST_BYTES, Bounces, read_report
from channels.email_letter import mail_name
from core.codes import Status
from core.errors import SendError
from core.keys import Keys
from core.models import Case, Message, MessageEvent, Notification
from core.notify.consent import about_case
from core.notify.receipts import Receipts
from core.notify.states import State
from core.ports import Receipt
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection
from tests import servers
from tests.channels.mail_server import MailServer
from tests.core.case_steps import TOLD, who_may
from tests.county import SECRET, County, county_of, settings

S = Status
KEYS = Keys(SECRET)
NAME = mail_name(KEYS, 17)
_users = count(1)
HEADS = """From: =?utf-8?b?5Lit5b+D?= <tongzhi@haoban.example>
To: wang@example.com
Subject: =?utf-8?b?5bey5Y+X55CG?=
Message-ID: <{name}@haoban.example>
"""


def report(
    name: str = NAME,
    fields: str = "Action: failed\nStatus: 5.1.1",
    *,
    kind: str = "report; report-type=delivery-status",
    returned: str = "",
) -> bytes:
    """As Postfix writes it; `returned` is the last part, the mail's heads where nothing is said."""
    returned = returned or "Content-Type: text/rfc822-headers\n\n" + HEADS.format(name=name)
    text = f"""Return-Path: <>
From: MAILER-DAEMON@mail.example
To: tongzhi@haoban.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/{kind}; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Fri, 27 Nov 2026 10:00:00 +0800

Final-Recipient: rfc822; wang@example.com
{fields}
Diagnostic-Code: smtp; 550 5.1.1 <wang@example.com>: User unknown

--B
{returned}
--B--
"""
    return text.replace("\n", "\r\n").encode()


def encoded(text: str) -> str:
    return "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(text.encode()).decode()


WHOLE = "Content-Type: message/rfc822\n\n" + HEADS.format(name=NAME) + "\nhello"
FAILED = Receipt(17, State.FAILED, "failed 5.1.1")
FORGED = NAME[:-1] + ("0" if NAME[-1] != "0" else "1")
REPORTS = {
    "the heads came back": (report(), FAILED),
    "the whole mail came back": (report(returned=WHOLE), FAILED),
    "the heads came back encoded": (
        report(returned="Content-Type: text/rfc822-headers\n" + encoded(HEADS.format(name=NAME))),
        FAILED,
    ),
    "the name was folded": (
        report(returned="Content-Type: text/rfc822-headers\n\n" + HEADS.replace("ID: ", "ID:\n ").format(name=NAME)),
        FAILED,
    ),
    "full for good": (report(fields="Action: FAILED\nStatus: 5.2.2 (full)"), Receipt(17, State.FAILED, "failed 5.2.2")),
    "given up after days": (report(fields="Action: failed\nStatus: 4.4.1"), Receipt(17, State.FAILED, "failed 4.4.1")),
    "no status": (report(fields="Action: failed"), Receipt(17, State.FAILED, "failed")),
    "delivered": (report(fields="Action: delivered\nStatus: 2.0.0"), Receipt(17, State.DELIVERED, "delivered 2.0.0")),
    "of two recipients one failed": (
        report(fields="Action: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; b@c.example\nAction: failed"),
        Receipt(17, State.FAILED, "failed"),
    ),
    "only delayed": (report(fields="Action: delayed\nStatus: 4.4.1"), None),
    "only relayed": (report(fields="Action: relayed\nStatus: 2.0.0"), None),
    "another's mail": (report(returned="Content-Type: text/plain\n\nMessage-ID: <a@b.example>"), None),
    "a mark that isn't ours": (report(name=FORGED), None),
    "another message's mark": (report(name=NAME.replace(".17.", ".18.")), None),
    "no report": (report(kind="mixed"), None),
    "an answering machine": (f"Subject: away\r\nIn-Reply-To: <{NAME}@haoban.example>\r\n\r\nBack soon".encode(), None),
    "nothing": (b"", None),
    "no mail": (b"\x00\xff\xfe garbage", None),
    "cut off after its heads": (report(returned=WHOLE + "x" * 1000)[:-900], FAILED),
}


@pytest.mark.parametrize("which", REPORTS)
def test_a_report_is_read_for_what_it_says(which: str) -> None:
    raw, told = REPORTS[which]
    assert read_report(raw, KEYS) == told


PIECES = st.sampled_from(
    [
        *(b"Content-Type: multipart/report; boundary=B\r\n", b"\r\n", b"--B\r\n", b"--B--", b"Action: failed\r\n"),
        *(b"Content-Type: message/delivery-status\r\n", b"Content-Type: message/rfc822\r\n", b"Status: \xff5.1\r\n"),
        *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/plain; charset=nonsense\r\n", NAME.encode()),
        *(b"Content-Type: multipart/report; boundary*0*=\xff''B\r\n", b": \r\n", b"@haoban.example>"),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=40), max_size=30).map(b"".join))
def test_whatever_comes_is_read_without_a_fault(raw: bytes) -> None:
    read_report(raw, KEYS)


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=20))
def test_a_report_that_was_damaged_is_read_without_a_fault(at: int, damage: bytes) -> None:
    raw = report()
    told = read_report(raw[:at] + damage + raw[at + len(damage) :], KEYS)
    assert told is None or told.message_id == 17


@pytest.fixture(scope="session")
def dovecot() -> Iterator[servers.ImapServer]:
    with servers.dovecot() as started:
        yield started


@pytest.fixture
async def county(
    dovecot: servers.ImapServer, sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> AsyncIterator[County]:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    section = MailServer(port=9).section(
        bounces_host="127.0.0.1",
        bounces_port=dovecot.port,
        bounces_security="none",
        bounces_username=f"user{next(_users)}",
        bounces_password=dovecot.password,
    )
    notify = NotifySection(worker=False, quiet_from="03:00", quiet_until="03:00")
    house = House(settings(url, form_files, notify=notify, channels={"email": section}))
    await house.open()
    yield await county_of(house)
    await house.close()


@pytest.fixture
def user(county: County) -> str:
    return str(county.house.settings.channels["email"]["bounces_username"])


def bounces(county: County, **given: Any) -> Bounces:
    [switched] = switched_on(county.house.settings)
    return Bounces(switched.settings.model_copy(update=given), county.house.switchboard)


async def sent(county: County) -> Message:
    """A mail that a server took."""
    case = await Case.get(number=county.number(S.RECEIVED))
    await county.house.consent.follow(about_case(case.id), "channels.email", "wang@example.com", "zh", "web")
    await county.house.cases.move(case.number, S.CORRECTION, who_may(S.CORRECTION), data=TOLD[S.CORRECTION])
    message = await Message.get(kind="mail").select_related("notification")
    await county.house.receipts.take(Receipt(message.id, State.SENT, ""))
    return message


def put(dovecot: servers.ImapServer, user: str, *mails: bytes) -> None:
    box = dovecot.mailbox(user)
    for mail in mails:
        box.append("INBOX", "", "", mail)
    box.logout()


def seen(dovecot: servers.ImapServer, user: str) -> tuple[int, int]:
    """How many mails are in the mailbox, and how many of them are unread."""
    box = dovecot.mailbox(user)
    counts = [len(box.uid("SEARCH", which)[1][0].split()) for which in ("ALL", "UNSEEN")]
    box.logout()
    return counts[0], counts[1]


async def test_what_came_back_turns_its_message_to_failed_and_stays_in_the_mailbox(
    county: County, dovecot: servers.ImapServer, user: str
) -> None:
    message = await sent(county)
    put(dovecot, user, report(mail_name(county.house.keys, message.id)), b"Subject: hello\r\n\r\nhello")
    assert await bounces(county).look() == 2
    await message.refresh_from_db()
    assert (message.state, message.detail) == ("failed", "failed 5.1.1")
    assert seen(dovecot, user) == (2, 0)
    assert await bounces(county).look() == 0
    assert await MessageEvent.filter(message_id=message.id, source="receipt", state="failed").count() == 1


async def test_what_was_told_is_not_told_any_more_once_it_came_back(
    county: County, dovecot: servers.ImapServer, user: str
) -> None:
    message = await sent(county)
    told = await Notification.get(id=message.notification.id)
    assert told.state == "told"
    put(dovecot, user, report(mail_name(county.house.keys, message.id)))
    await bounces(county).look()
    await county.house.worker({})._climber.climb()
    await told.refresh_from_db()
    assert told.state == "failed"


async def test_a_mail_that_cannot_be_read_stops_no_other(
    county: County, dovecot: servers.ImapServer, user: str
) -> None:
    message = await sent(county)
    broken = [b"\xff\xfe", b"Content-Type: multipart/report\r\n\r\n", report(fields="Action")]
    large = report(returned="Content-Type: text/plain\r\n\r\n" + "x" * (2 * MOST_BYTES))
    put(dovecot, user, *broken, large, report(mail_name(county.house.keys, message.id + 1000)))
    put(dovecot, user, report(mail_name(county.house.keys, message.id)))
    assert await bounces(county).look() == 6
    await message.refresh_from_db()
    assert message.state == "failed"


async def test_a_large_report_is_read_by_its_beginning(county: County, dovecot: servers.ImapServer, user: str) -> None:
    message = await sent(county)
    whole = "Content-Type: message/rfc822\n\n" + HEADS.format(name=mail_name(county.house.keys, message.id))
    put(dovecot, user, report(returned=whole + "\n" + "x\n" * MOST_BYTES))
    await bounces(county).look()
    await message.refresh_from_db()
    assert message.state == "failed"


async def test_what_cannot_be_kept_now_is_read_again(
    county: County, dovecot: servers.ImapServer, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import Unavailable

    message = await sent(county)
    put(dovecot, user, report(mail_name(county.house.keys, message.id)))

    async def away(self: Receipts, receipt: Receipt) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(Receipts, "take", away)
        assert await bounces(county).look() == 0
    assert seen(dovecot, user) == (1, 1)
    assert await bounces(county).look() == 1


async def test_many_are_looked_through_at_once(county: County, dovecot: servers.ImapServer, user: str) -> None:
    put(dovecot, user, *([b"Subject: x\r\n\r\nx"] * 120))
    assert await bounces(county).look() == 120
    assert seen(dovecot, user) == (120, 0)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"bounces_password": "wrong"}, "config"),
        ({"bounces_folder": 'no "such" folder'}, "config"),
        ({"bounces_port": 9}, "unreachable"),
    ],
)
async def test_a_mailbox_that_cannot_be_opened_says_why(county: County, wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(SendError) as raised:
        await bounces(county, **wrong).probe()
    assert raised.value.reason == reason
    assert (await bounces(county).probe()).startswith("the mailbox answers")


async def test_a_channel_that_receives_looks_by_itself_and_one_that_only_sends_does_not(
    county: County, dovecot: servers.ImapServer, user: str
) -> None:
    message = await sent(county)
    put(dovecot, user, report(mail_name(county.house.keys, message.id)))
    [switched] = switched_on(county.house.settings)
    sending, receiving = (switched.build(county.house.switchboard) for _ in range(2))
    assert isinstance(receiving, Email)
    await sending.start(receiving=False)
    await receiving.start()
    async with asyncio.timeout(20):
        while message.state != "failed":
            await asyncio.sleep(0.05)
            await message.refresh_from_db()
    await receiving.stop()
    await sending.stop()


async def test_of_several_processes_one_looks(
    county: County, dovecot: servers.ImapServer, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def look(self: Bounces) -> int:
        looks.append(self)
        return 0

    monkeypatch.setattr(Bounces, "look", look)
    several = [bounces(county) for _ in range(3)]
    for one in several:
        one.start()
    await asyncio.sleep(0.1)
    for one in several:
        await one.stop()
    assert len(looks) == 1
