"""Who follows a case by mail is told beside the applicant, in a ladder of their own, until they want no more mail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from core.asker import Asker
from core.codes import Status
from core.errors import BadRequest, NotFound
from core.models import Case, Message, Notification, OptOut, Subscription
from core.notify.addresses import contact, mail_address, masked
from core.notify.announcing import Announcer
from core.notify.consent import ALL, about_case
from core.notify.following import Here
from core.notify.mail_stop import stop_token
from core.notify.states import Kind, State
from core.ports import Receipt
from tests.core.notify.conftest import NUMBER, Centre

S = Status
MAIL, WANG = "channels.email", "wang@example.com"
LONG = f"{'a' * 64}@{'.'.join(['b' * 61] * 3)}.cn"
SECTION = {
    "enabled": True,
    "host": "127.0.0.1",
    "port": 9,
    "security": "none",
    "sender": "tongzhi@haoban.example",
}


@pytest.fixture
def given() -> dict[str, Any]:
    return {"channels": {"email": SECTION}}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Wang.Li+a@Example.COM ", "Wang.Li+a@example.com"),
        ("wang＠example．com", "wang@example.com"),
        ("wang@例子.中国", "wang@xn--fsqu00a.xn--fiqs8s"),
        (LONG, LONG),
        (f"a{LONG}", ""),
        ("wang@localhost", ""),
        ("wang@127.0.0.1", ""),
        ("wang", ""),
        ("@example.com", ""),
        ("wang@", ""),
        ("a b@example.com", ""),
        ("a..b@example.com", ""),
        (".a@example.com", ""),
        ('"a b"@example.com', ""),
        ("王@example.com", ""),
        ("a@b@example.com", ""),
        ("a@-example.com", ""),
        ("a@example..com", ""),
        ("a@example.com>\r\nRCPT TO:<b@example.com", ""),
        ("a@example.com\r\nBcc: b@example.com", ""),
        ("a@example.com, b@example.com", ""),
    ],
)
def test_a_mail_address_has_one_form_or_is_none(written: str, kept: str) -> None:
    assert mail_address(written) == kept
    assert contact(written) == kept


@drawn(st.text(max_size=300))
def test_whatever_is_typed_is_kept_as_one_address_or_not_at_all(written: str) -> None:
    kept = mail_address(written)
    assert mail_address(kept) == kept
    assert len(kept) <= 254
    assert kept.isascii()
    assert not any(sign.isspace() or sign in '<>,;"()' for sign in kept)


def test_staff_see_a_mail_address_masked() -> None:
    assert masked(WANG) == "w***@example.com"
    assert contact("138 0000 5678") == NUMBER


async def follow(centre: Centre, address: str = WANG, language: str = "zh") -> Case:
    case = await centre.opened()
    await centre.house.consent.follow(about_case(case.id), MAIL, address, language, "web")
    return case


async def mails(centre: Centre) -> list[Message]:
    return [one for one in await centre.messages() if one.kind == Kind.MAIL]


@pytest.mark.parametrize("given", [{"channels": {"email": SECTION}}, {}], ids=["mail alone", "beside text messages"])
async def test_who_follows_by_mail_is_told_beside_the_applicant(open_centre: Centre) -> None:
    case = await follow(open_centre, language="en")
    await open_centre.moved(case, S.ACCEPTED)
    told = {one.recipient for one in await open_centre.notifications() if one.kind == "accepted"}
    by_mail = await mails(open_centre)
    if MAIL not in open_centre.house.ladder:
        assert by_mail == []
        assert told == {about_case(case.id)}
        return
    [message] = by_mail
    assert (message.place, message.address, message.language) == (MAIL, WANG, "en")
    assert message.text.startswith("Your application for")
    assert len(told) == 1
    assert WANG not in str(told)


async def test_the_longest_address_is_told_too(open_centre: Centre) -> None:
    case = await follow(open_centre, LONG)
    await open_centre.moved(case, S.ACCEPTED)
    assert [one.address for one in await mails(open_centre)] == [LONG]


async def test_a_mail_has_neither_signature_nor_the_way_out_of_a_text_message(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.moved(case, S.ACCEPTED)
    [message] = await mails(open_centre)
    assert message.text.startswith("您的")
    assert "退订" not in message.text
    assert message.template == "accepted/mail/zh"


async def test_who_follows_by_mail_makes_no_work_for_the_desk(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.moved(case, S.CORRECTION)
    by_mail = await Notification.get(recipient__startswith="mail:", kind="correction")
    assert by_mail.route == [[MAIL, WANG]]


async def test_that_a_server_took_it_is_the_proof_until_it_comes_back(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.moved(case, S.ACCEPTED)
    [message] = await mails(open_centre)
    receipts = open_centre.house.receipts
    told = message.notification
    for state, end in ((State.SENT, "told"), (State.FAILED, "failed"), (State.SENT, "failed")):
        await receipts.take(Receipt(message.id, state, "a word"))
        await open_centre.climb()
        await told.refresh_from_db()
        assert told.state == end
    await message.refresh_from_db()
    assert message.state == "failed"
    await receipts.take(Receipt(message.id, State.DELIVERED, "a word"))
    await told.refresh_from_db()
    assert told.state == "told"


async def test_one_click_stops_mail_at_once_and_twice(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.moved(case, S.ACCEPTED)
    [message] = await mails(open_centre)
    stopping, token = open_centre.house.mail_stop, stop_token(open_centre.house.keys, message.id)
    assert (await stopping.state(token)).stopped is False
    await stopping.stop(token)
    await stopping.stop(token)
    assert (await stopping.state(token)).address == "w***@example.com"
    assert (await stopping.state(token)).stopped is True
    assert [(one.address, one.kind, one.purpose, one.by) for one in await OptOut.all()] == [(WANG, "mail", "", "mail")]
    await message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "opted_out")
    await open_centre.moved(case, S.REVIEWING)
    await open_centre.moved(case, S.SPECIAL)
    assert [one.notification.kind for one in await mails(open_centre)] == ["accepted", "paused"]


@pytest.mark.parametrize("token", ["", "1", "1-", "-", "x-" + "0" * 32, "1-" + "0" * 32, "1" * 19 + "-x", "²-x"])
async def test_a_token_that_is_none_stops_nothing(open_centre: Centre, token: str) -> None:
    await follow(open_centre)
    with pytest.raises(NotFound):
        await open_centre.house.mail_stop.stop(token)
    with pytest.raises(NotFound):
        await open_centre.house.mail_stop.stop(stop_token(open_centre.house.keys, 4711))
    assert await OptOut.all().count() == 0


async def test_opting_out_of_text_messages_leaves_mail_be(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.house.consent.opt_out(WANG, "desk", kind="text")
    await open_centre.moved(case, S.ACCEPTED)
    assert len(await mails(open_centre)) == 1


async def test_a_stranger_who_leaves_by_text_is_not_the_one_with_the_mail(open_centre: Centre) -> None:
    case = await follow(open_centre)
    await open_centre.house.following.leave(Here(Asker("sms", NUMBER), Kind.TEXT, "zh"))
    await open_centre.moved(case, S.ACCEPTED)
    assert len(await mails(open_centre)) == 1


@pytest.mark.parametrize("address", [WANG, LONG])
async def test_an_announcement_goes_to_who_follows_by_mail(open_centre: Centre, address: str) -> None:
    await open_centre.house.consent.follow(ALL, MAIL, address, "zh", "web")
    announcements = open_centre.house.announcements
    one = await announcements.write({"title": "停水", "text_zh": "明天停水"}, "a")
    assert (await announcements.dry_run(one)).messages == 1
    await announcements.change(one, "release", "b")
    await Announcer(open_centre.house.database, open_centre.house.outbox).advance()
    [message] = await mails(open_centre)
    assert (message.address, message.text) == (address, "明天停水")


async def test_at_the_desk_what_cannot_be_told_is_not_followed(open_centre: Centre) -> None:
    case = await open_centre.opened()
    following = open_centre.house.following
    await following.case_of(case.id, WANG, "desk")
    assert [(one.place, one.address) for one in await Subscription.all()] == [(MAIL, WANG)]
    with pytest.raises(BadRequest):
        await following.case_of(case.id, NUMBER, "desk")  # no text messages are sent here
    await following.not_case_of(case.id, WANG, "desk")
    assert await Subscription.all().count() == 0
