"""What people want outranks everything but the law, at once and also for what already waits."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from core.asker import Asker
from core.codes import Status
from core.errors import BadRequest
from core.local_time import ZONE, local, now
from core.models import Announcement, Case, Message, Notification, OptOut, Subscription
from core.notify.announcing import Announcer
from core.notify.consent import ALL, about_case, about_item
from core.notify.following import Here
from core.notify.states import Kind, State
from tests.core.notify.conftest import NUMBER, Centre

S = Status
SMS = "channels.twilio_sms"
HERE = Here(Asker("sms", NUMBER), Kind.TEXT, "zh")


async def states(centre: Centre) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in await centre.messages()]


async def test_opting_out_stops_what_is_queued_at_once(open_centre: Centre) -> None:
    await open_centre.opened()
    await open_centre.house.following.leave(HERE)
    assert await states(open_centre) == [("failed", "opted_out")]
    await open_centre.send()
    assert open_centre.provider.took == []
    await open_centre.climb()
    assert (await open_centre.notifications())[0].state == "stopped"


async def test_who_opted_out_is_told_what_the_law_has_told_and_nothing_else(open_centre: Centre) -> None:
    await open_centre.house.following.leave(HERE)
    case = await open_centre.opened()
    await open_centre.led(case, S.CORRECTION, S.RECEIVED, S.ACCEPTED)
    assert [one.notification.kind for one in await open_centre.messages()] == ["correction"]


async def test_an_opting_out_that_comes_while_a_batch_is_taken_still_counts(open_centre: Centre) -> None:
    await open_centre.opened()
    await OptOut.create(address=NUMBER, at=now(), by="another worker")
    await open_centre.send()
    assert open_centre.provider.took == []
    assert await states(open_centre) == [("failed", "opted_out")]


async def test_start_brings_notices_back(open_centre: Centre) -> None:
    await open_centre.house.following.leave(HERE)
    await open_centre.house.following.come_back(HERE)
    await open_centre.opened()
    await open_centre.send()
    assert len(open_centre.provider.took) == 1


@pytest.mark.parametrize(
    ("channel", "purpose", "told"), [("text", "", 1), ("voice", "", 1), ("", "rating", 1), ("", "service", 0)]
)
async def test_one_opts_out_by_channel_and_by_purpose(
    open_centre: Centre, channel: str, purpose: str, told: int
) -> None:
    await open_centre.house.consent.opt_out(NUMBER, "desk", kind=channel, purpose=purpose)
    await open_centre.opened()
    messages = await open_centre.messages()
    assert len(messages) == told
    assert not channel or channel not in [one.kind for one in messages]


async def test_nobody_opts_out_of_what_the_law_has_told(open_centre: Centre) -> None:
    with pytest.raises(BadRequest):
        await open_centre.house.consent.opt_out(NUMBER, "desk", purpose="statutory")


@pytest.mark.parametrize("notify", [{"quiet_from": time(0), "quiet_until": time(23, 59)}])
async def test_the_quiet_hours_put_off_and_never_drop(open_centre: Centre) -> None:
    moment = now()
    await open_centre.opened()
    [message] = await open_centre.messages()
    if local(moment).time() < time(23, 59):
        assert message.state == "deferred"
        assert local(message.due_at).time() == time(23, 59)
        await open_centre.send()
        assert open_centre.provider.took == []
        assert (await open_centre.notifications())[0].look_at > message.due_at


@pytest.mark.parametrize("notify", [{"quiet_from": time(0), "quiet_until": time(23, 59)}])
async def test_what_is_urgent_passes_the_quiet_hours(open_centre: Centre) -> None:
    announcements = open_centre.house.announcements
    await open_centre.house.consent.follow(ALL, SMS, NUMBER, "zh", "sms")
    number = await announcements.write({"title": "停水", "text_zh": "今晚停水", "urgent": "1"}, "editor")
    await announcements.change(number, "release", "head")
    await Announcer(open_centre.house.database, open_centre.house.outbox).advance()
    await open_centre.send()
    assert [one.to for one in open_centre.provider.took] == [NUMBER]


async def test_an_announcement_is_counted_before_anything_goes_out_and_reaches_each_once(open_centre: Centre) -> None:
    consent, announcements = open_centre.house.consent, open_centre.house.announcements
    code = "X" * 31
    for n in range(7):
        await consent.follow(about_item(code) if n % 2 else ALL, SMS, f"+861380000000{n}", "zh" if n else "en", "sms")
    await consent.follow(ALL, SMS, "+8613800000001", "zh", "sms")  # follows twice
    await consent.opt_out("+8613800000003", "sms", purpose="announcement")
    told = {"title": "新规", "text_zh": "新" * 80, "text_en": "New rules.", "task_code": code}
    number = await announcements.write(told, "editor")
    counted = await announcements.dry_run(number)
    assert (counted.recipients, counted.messages, counted.refused) == (7, 6, 1)
    assert counted.segments == 5 * 2 + 1
    assert await Message.all().count() == 0
    with pytest.raises(BadRequest):
        await announcements.change(number, "release", "editor")
    await announcements.change(number, "release", "head")
    announcer = Announcer(open_centre.house.database, open_centre.house.outbox)
    await announcements.change(number, "pause", "head")
    assert await announcer.advance() == 0
    await announcements.change(number, "resume", "head")
    while await announcer.advance():
        pass
    await open_centre.send()
    assert len(open_centre.provider.took) == 6
    assert set(open_centre.provider.times().values()) == {1}
    [view] = await announcements.listed()
    assert (view.state, view.written) == ("done", 6)


async def test_while_no_announcement_runs_none_is_read(open_centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    house = open_centre.house
    announcer = Announcer(house.database, house.outbox)
    number = await house.announcements.write({"title": "停水", "text_zh": "今晚停水"}, "editor")

    async def reads() -> bool:
        with caplog.at_level("DEBUG", "tortoise.db_client"):
            caplog.clear()
            await announcer.advance()
        return bool(caplog.records)

    assert not await reads(), "a draft"
    for step in ("release", "pause"):
        await house.announcements.change(number, step, "head")
    assert not await reads(), "paused"
    await house.announcements.change(number, "resume", "head")
    await Announcement.all().update(released_at=(now() + timedelta(seconds=30)).astimezone(UTC))
    assert not await reads(), "not begun"
    await Announcement.all().update(released_at=now())
    assert await reads()
    assert [one.state for one in await house.announcements.listed()] == ["done"]
    assert not await reads(), "done"


async def test_a_case_is_followed_by_text_from_another_telephone_and_left_again(open_centre: Centre) -> None:
    case = await open_centre.opened()
    token = open_centre.house.keys.token(case.id, 1)
    other = Here(Asker("sms", "+8613911112222"), Kind.TEXT, "zh")
    await open_centre.house.following.case(token, other, follow=True)
    await open_centre.house.following.case(token, other, follow=True)
    assert await Subscription.filter(topic=about_case(case.id)).count() == 1
    await open_centre.moved(case, S.ACCEPTED)
    assert {one.address for one in await open_centre.messages()} == {NUMBER, "+8613911112222"}
    await open_centre.house.following.case(token, other, follow=False)
    assert await Subscription.all().count() == 0


async def test_nobody_follows_without_end(open_centre: Centre) -> None:
    for n in range(50):
        await open_centre.house.consent.follow(f"item:{n}", SMS, NUMBER, "zh", "sms")
    with pytest.raises(BadRequest):
        await open_centre.house.consent.follow("item:50", SMS, NUMBER, "zh", "sms")


async def test_ratings_are_invited_once_a_while_after_the_end(open_centre: Centre) -> None:
    await open_centre.led(await open_centre.opened(), S.ACCEPTED, S.REVIEWING, S.DECIDED, S.COMPLETED, S.DELIVERED)
    invited = [one for one in await open_centre.messages() if one.notification.kind == "rating"]
    assert len(invited) == 1
    assert invited[0].state == State.DEFERRED
    assert local(invited[0].due_at) > now() + timedelta(hours=1)
    assert datetime.now(ZONE) < local(invited[0].due_at)


async def test_a_notice_that_is_withdrawn_before_its_day_is_told_to_nobody(open_centre: Centre) -> None:
    house = open_centre.house
    await house.consent.follow(ALL, SMS, NUMBER, "zh", "sms")
    told = {"kind": "announcement", "title": "停水", "text": "明天停水", "from_day": str(now().date())}
    key = await house.notices.write(told, "editor")
    await house.notices.approve(key, "head", "负责人")
    await house.notices.withdraw(key, "head", "写错了")
    announcer = Announcer(house.database, house.outbox)
    await announcer.advance()
    assert await Message.all().count() == 0
    assert [one.state for one in await house.announcements.listed()] == ["done"]
    key = await house.notices.write(told, "editor")
    await house.notices.approve(key, "head", "负责人")
    await announcer.advance()
    assert "明天停水" in (await open_centre.messages())[0].text


async def test_notices_of_a_case_come_back_whatever_telephone_it_has_by_then(open_centre: Centre) -> None:
    case = await open_centre.opened()
    await open_centre.house.consent.mute(case.id, "web")
    await Case.filter(id=case.id).update(mobile="13700000000")
    await open_centre.house.consent.unmute(case.id, "web")
    await open_centre.moved(case, S.ACCEPTED)
    assert (await open_centre.messages())[-1].address == "+8613700000000"


@pytest.mark.parametrize("notify", [{"quiet_from": time(0), "quiet_until": time(23, 59)}])
async def test_what_the_quiet_hours_caught_in_the_queue_is_not_dropped_for_another_way(
    open_centre: Centre,
) -> None:
    await open_centre.opened()
    early = now() - timedelta(hours=1)
    await Message.all().update(due_at=early, state="queued", expires_at=early + open_centre.house.outbox.max_age)
    await Notification.all().update(look_at=now() - timedelta(minutes=1))
    if now().time() < time(23, 58):
        await open_centre.climb()
        assert [(one.kind, one.state) for one in await open_centre.messages()] == [("text", "queued")]
