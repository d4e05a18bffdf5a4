"""Events arrive in order, signed, once each; what doesn't arrive is tried again for a day, and then given up loudly."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.cases import Cases
from core.database import Database
from core.errors import BadRequest, NotFound
from core.keys import Keys
from core.local_time import now
from core.models import ApiKey, AuditRecord, CaseEvent, ItemVersion, Webhook
from core.new_case import Actor, NewCase
from core.systems.api_keys import ApiKeys, Scope, System
from core.systems.events import SETTLED_AFTER, events_after
from core.systems.webhooks import GIVEN_UP_AFTER, LONGEST_WAIT, TAKEN_FOR, Webhooks, check_address
from core.transitions import Role
from gateway.outgoing import Outgoing
from tests.county import SECRET

CLERK = Actor("王", Role.CLERK)


class Receiver:
    """Another system that listens; `answers` are the statuses it gives, 200 when they are used up."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        status = self.answers.pop(0) if self.answers else 200
        body = await request.read()
        self.got.append((dict(request.headers), body))
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else {})

    @property
    def events(self) -> list[int]:
        return [event["id"] for _, body in self.got for event in orjson.loads(body)["events"]]


ALERTS: list[str] = []


async def alert(what: str, _key: str) -> None:
    """Where operators would be told."""
    ALERTS.append(what)


@pytest.fixture
async def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def address(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/events", receiver.take)
    server = TestServer(app)
    await server.start_server()
    yield f"http://127.0.0.1:{server.port}/events"
    await server.close()


@pytest.fixture
async def webhooks(database: Database) -> AsyncIterator[Webhooks]:
    outgoing = Outgoing(private=True)
    yield Webhooks(database, Keys(SECRET), outgoing.post, alert, private=True)
    await outgoing.close()


@pytest.fixture
async def system(database: Database) -> System:
    keys = ApiKeys()
    found = await keys.known_by(await keys.add("县平台", [Scope.WEBHOOKS], "", "tests"))
    assert found
    return found


async def happen(cases: Cases, version: ItemVersion, many: int = 3) -> list[int]:
    """Cases are opened; the places of their events."""
    for _ in range(many):
        await cases.open(NewCase(version.id, "X" * 55, "张三"), CLERK)
    rows = await CaseEvent.all().order_by("-id").limit(many)
    return sorted(row.id for row in rows)


async def test_events_arrive_in_order_once_and_signed(webhooks, system, address, receiver, cases, version) -> None:
    await happen(cases, version)
    webhook_id, secret = await webhooks.add(system, address, None)
    assert await webhooks.send_all() == 0, "only what is to come"
    ids = await happen(cases, version)
    assert await webhooks.send_all() == 3
    assert await webhooks.send_all() == 0
    assert receiver.events == ids
    headers, body = receiver.got[0]
    signed = f"{headers['Haoban-Timestamp']}.".encode() + body
    assert headers["Haoban-Signature"] == f"v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}"
    assert abs(int(headers["Haoban-Timestamp"]) - now().timestamp()) < 60
    assert secret not in str(await Webhook.all().values())
    assert "张三" not in body.decode(), "nothing personal travels in an event"
    await webhooks.replay(system, webhook_id, ids[0])
    assert await webhooks.send_all() == 2
    assert receiver.events == [*ids, *ids[1:]]


async def test_while_there_is_nothing_to_send_no_address_is_gone_through(
    webhooks, system, address, cases, version, caplog: pytest.LogCaptureFixture
) -> None:
    assert await asked(webhooks, caplog) == 0
    await happen(cases, version)
    await webhooks.add(system, address, None)
    assert await asked(webhooks, caplog) == 0
    await happen(cases, version)
    assert await asked(webhooks, caplog) > 0
    assert await asked(webhooks, caplog) == 0


async def test_a_system_whose_key_was_ended_is_sent_nothing(
    webhooks, system, address, receiver, cases, version
) -> None:
    await webhooks.add(system, address, None)
    await happen(cases, version)
    await ApiKey.all().update(disabled_at=now())
    assert await webhooks.send_all() == 0
    assert receiver.got == []


async def test_who_reads_an_address_while_another_process_sends_to_it_leaves_it_alone(
    webhooks, system, address, receiver, cases, version, monkeypatch: pytest.MonkeyPatch
) -> None:
    await webhooks.add(system, address, None)
    await happen(cases, version)
    rows = Database.rows

    async def taken_meanwhile(database: Database, sql: str, values: Sequence[object]) -> Sequence[object]:
        found = await rows(database, sql, values)
        await Webhook.all().update(taken_until=now() + TAKEN_FOR)
        return found

    monkeypatch.setattr(Database, "rows", taken_meanwhile)
    assert await webhooks.send_all() == 0
    assert receiver.got == []


async def test_an_address_that_has_heard_all_is_left_alone_while_another_is_told(
    webhooks, system, address, cases, version
) -> None:
    ids = await happen(cases, version)
    heard, _ = await webhooks.add(system, "http://127.0.0.1:9/", None)
    behind, _ = await webhooks.add(system, address, ids[0])
    assert await webhooks.send_all() == 2
    assert {row.id: row.last_try_at is None for row in await Webhook.all()} == {heard: True, behind: False}


async def asked(webhooks: Webhooks, caplog: pytest.LogCaptureFixture) -> int:
    """How many statements of the ORM it takes to send what there is."""
    with caplog.at_level("DEBUG", "tortoise.db_client"):
        caplog.clear()
        await webhooks.send_all()
    return len(caplog.records)


@pytest.mark.parametrize("answer", [500, 404, 302, 429])
async def test_what_does_not_arrive_is_sent_again_later(
    webhooks, system, address, receiver, cases, version, answer: int
) -> None:
    await webhooks.add(system, address, None)
    ids = await happen(cases, version)
    receiver.answers = [answer] * 3
    waits = []
    for _ in range(3):
        assert await webhooks.send_all() == 0
        row = await Webhook.get()
        waits.append((row.next_try_at - row.last_try_at).total_seconds())
        assert await webhooks.send_all() == 0, "not before its time"
        await Webhook.all().update(next_try_at=now())
    assert len(receiver.got) == 3
    assert waits[0] < waits[1] < waits[2]
    assert (row.failures, row.last_answer) == (3, str(answer))
    assert await webhooks.send_all() == 3
    row = await Webhook.get()
    assert (row.failures, row.failing_since, row.next_try_at, row.cursor) == (0, None, None, ids[-1])


async def test_a_system_that_is_away_for_a_day_is_given_up_loudly(webhooks, system, cases, version) -> None:
    await webhooks.add(system, "http://127.0.0.1:9/", None)
    await happen(cases, version)
    await webhooks.send_all()
    row = await Webhook.get()
    assert (row.failures, row.last_answer, row.disabled_at) == (1, "ConnectionError", None)
    await Webhook.all().update(failing_since=now() - GIVEN_UP_AFTER, next_try_at=None, failures=40)
    await webhooks.send_all()
    assert (await Webhook.get()).disabled_at
    assert await AuditRecord.filter(action="webhook given up").count() == 1
    assert "127.0.0.1" in ALERTS.pop()
    assert (await webhooks.listed(system))[0].disabled
    await webhooks.replay(system, row.id, 0)
    assert not (await webhooks.listed(system))[0].disabled


async def test_waits_grow_to_half_an_hour_and_no_further(webhooks, system, cases, version) -> None:
    await webhooks.add(system, "http://127.0.0.1:9/", None)
    await happen(cases, version, 1)
    await Webhook.all().update(failures=30, failing_since=now())
    await webhooks.send_all()
    row = await Webhook.get()
    assert row.next_try_at - row.last_try_at <= LONGEST_WAIT * 1.2


async def test_two_processes_send_each_event_once(
    webhooks, system, address, receiver, cases, version, database
) -> None:
    outgoing = Outgoing(private=True)
    other = Webhooks(database, Keys(SECRET), outgoing.post, alert, private=True)
    await webhooks.add(system, address, None)
    ids = await happen(cases, version, 5)
    await asyncio.gather(webhooks.send_all(), other.send_all())
    await outgoing.close()
    assert sorted(receiver.events) == ids


async def test_a_process_that_died_while_it_sent_holds_nobody_up_for_long(
    webhooks, system, address, receiver, cases, version
) -> None:
    await webhooks.add(system, address, None)
    await happen(cases, version)
    await Webhook.all().update(taken_until=now() + TAKEN_FOR)
    assert await webhooks.send_all() == 0
    await Webhook.all().update(taken_until=now() - timedelta(seconds=1))
    assert await webhooks.send_all() == 3


async def test_one_address_that_breaks_holds_up_no_other(webhooks, system, address, receiver, cases, version) -> None:
    broken, _ = await webhooks.add(system, address, None)
    await webhooks.add(system, address, None)
    await Webhook.filter(id=broken).update(secret="AAAA")
    ids = await happen(cases, version)
    await webhooks.send_all()
    assert receiver.events == ids


async def test_an_event_still_being_written_is_never_skipped(cases, version) -> None:
    ids = await happen(cases, version, 4)
    gone = await CaseEvent.get(id=ids[1])
    await gone.delete()
    events, cursor = await events_after(ids[0])
    assert (events, cursor) == ([], ids[0]), "number two may still come"
    await CaseEvent.filter(id__gt=ids[1]).update(recorded_at=now() - SETTLED_AFTER)
    events, cursor = await events_after(ids[0])
    assert ([event.id for event in events], cursor) == (ids[2:], ids[3]), "it never will"


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://a:b@example.org/", "x", "http://[", "https://x:99999/", "//x", "javascript:1"]
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadRequest):
        await check_address(url, private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
    ],
)
async def test_an_address_inside_the_network_is_refused_unless_that_is_allowed(url: str) -> None:
    with pytest.raises(BadRequest):
        await check_address(url, private=False)


async def test_a_name_that_changes_its_mind_leads_nowhere_either(address: str) -> None:
    outgoing = Outgoing(private=False)
    with pytest.raises(OSError):
        await outgoing.post(address.replace("127.0.0.1", "localhost"), b"", {})
    await outgoing.close()


async def test_an_address_is_its_own_systems_alone(webhooks, system, address, database) -> None:
    keys = ApiKeys()
    other = await keys.known_by(await keys.add("另一个", [Scope.WEBHOOKS], "", "tests"))
    webhook_id, _ = await webhooks.add(system, address, None)
    for act in (webhooks.remove(other, webhook_id), webhooks.replay(other, webhook_id, 0)):
        with pytest.raises(NotFound):
            await act
    assert await webhooks.listed(other) == []
    for _ in range(4):
        await webhooks.add(system, address, None)
    with pytest.raises(BadRequest):
        await webhooks.add(system, address, None)
    await webhooks.remove(system, webhook_id)
    await keys.disable("县平台", "tests")
    assert all(one.disabled for one in await webhooks.all())
