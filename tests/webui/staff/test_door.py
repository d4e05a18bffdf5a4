"""Nobody gets into the console, or anywhere in it, but by the table of posts and rights."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer

from core.codes import Status
from core.local_time import now
from core.models import AuditRecord, StaffMember, StaffSession
from core.second_factor import code_at
from core.staff import Post, Stage
from core.staff.posts import RIGHTS
from gateway.settings import StaffSection
from tests.county import County
from tests.webui.staff.conftest import Enter
from tests.webui.staff.person import Person
from webui.staff.console import PLACES
from webui.staff.guard import COOKIE

CHECKED = [place for place in PLACES if place.stages == frozenset({Stage.FULL}) and place.right is not None]

# Addresses of what a test has not got: the right lets one ask, and nothing is found.
_OF_SOMETHING = ("{file}", "{status}", "{message}", "{prompt}")


def address(path: str, desk: County) -> str:
    of = {"number": desk.number(Status.RECEIVED), "status": "withdrawn", "file": "1", "task_code": "DEMOGA001"}
    words = {"event": "ready", "kind": "text", "language": "zh", "message": "0", "prompt": "x"}
    return path.format(**of, **words, n="1", name="x", year="2027")


@pytest.mark.parametrize("post", list(Post))
async def test_each_post_gets_where_the_table_lets_it_and_nowhere_else(post: Post, desk: County, enter: Enter) -> None:
    person = await enter(post.value)
    for place in CHECKED:
        ask = person.get if place.method == "GET" else person.post
        answer = await ask(address(place.path, desk))
        is_allowed = place.right in RIGHTS[post]
        if not is_allowed:
            assert answer.status == 404, (post, place.method, place.path)
        elif place.method == "GET" and not any(
            part in place.path for part in ("{file}", "{status}", "{message}", "{prompt}")
        ):
            assert answer.status in (200, 303), (post, place.path, answer.status)
        else:
            assert answer.status != 500, (post, place.path)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("post", list(Post))
async def test_an_address_of_what_there_cant_be_is_none(post: Post, desk: County, enter: Enter) -> None:
    person = await enter(post.value)
    for place in CHECKED:
        if "{" not in place.path or place.right not in RIGHTS[post]:
            continue
        for odd in ("9" * 400, "2611%00", "\U0001f600" * 20):
            ask = person.get if place.method == "GET" else person.post
            answer = await ask(re.sub(r"\{\w+\}", odd, place.path))
            assert answer.status < 500, (post, place.method, place.path, odd)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_whatever_is_asked_for_in_an_address_is_answered(desk: County, enter: Enter) -> None:
    names = (
        "number address kind event state since until before after page status department colour name q login day year"
    )
    for post in Post:
        person = await enter(post.value)
        for place in CHECKED:
            if place.method != "GET" or place.right not in RIGHTS[post]:
                continue
            for odd in ("9" * 400, "%00", "\U0001f600" * 20):
                asked = "&".join(f"{name}={odd}" for name in names.split())
                answer = await person.get(f"{address(place.path, desk)}?{asked}")
                assert answer.status < 500, (post, place.path, odd)


async def test_without_a_session_every_place_leads_to_the_sign_in(desk: County, stranger: Person) -> None:
    for place in PLACES:
        ask = stranger.get if place.method == "GET" else stranger.post
        answer = await ask(address(place.path, desk))
        assert (answer.status, answer.headers["Location"]) == (303, "/staff/sign-in"), place.path


async def test_a_form_without_the_sessions_mark_changes_nothing(desk: County, enter: Enter) -> None:
    head = await enter("head")
    number = desk.number(Status.RECEIVED)
    for mark in ("", "0" * 64, "é"):
        answer = await head.post(f"/staff/cases/{number}/take", mark=mark)
        assert answer.status == 400
    other = await enter("head")
    assert (await head.post(f"/staff/cases/{number}/take", mark=other.mark)).status == 400
    assert "未分派" in await head.text(f"/staff/cases/{number}")


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
async def test_another_sites_form_is_refused_whatever_it_brings(desk: County, enter: Enter, headers) -> None:
    head = await enter("head")
    sent = {"mark": head.mark}
    path = f"/staff/cases/{desk.number(Status.RECEIVED)}/take"
    assert (await head.client.post(path, data=sent, headers=headers, allow_redirects=False)).status == 400
    signing_in = {"login": "head", "password": "x"}
    assert (await head.client.post("/staff/sign-in", data=signing_in, headers=headers)).status == 400


async def test_the_cookie_is_for_the_console_alone_and_out_of_reach_of_scripts(stranger: Person) -> None:
    answer = await stranger.sign_in("clerk")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("Path=/staff", "HttpOnly", "SameSite=Strict"):
        assert part in cookie
    token = stranger.cookies[COOKIE]
    assert token not in str(await StaffSession.all().values())


async def test_five_wrong_passwords_lock_for_half_an_hour_whether_the_login_exists_or_not(
    stranger: Person, desk: County
) -> None:
    for login in ("clerk", "nobody"):
        told = [(await stranger.sign_in(login, "Wrong-2026")).status for _ in range(6)]
        assert told == [403] * 5 + [429], login
    assert (await stranger.sign_in("clerk")).status == 429
    await desk.house.accounts.reset_password("clerk", "tests")
    assert (await stranger.sign_in("clerk")).status == 403
    assert await AuditRecord.filter(action="sign-in failed", subject="clerk").count() == 6
    assert await AuditRecord.filter(action="sign-in refused", subject="clerk").count() == 2


async def test_many_guesses_at_once_are_no_more_than_one_after_the_other(stranger: Person) -> None:
    answers = await asyncio.gather(*(stranger.sign_in("clerk", f"Wrong-{n}") for n in range(12)))
    told = [answer.status for answer in answers]
    assert (told.count(403), told.count(429)) == (5, 7)


async def test_signing_out_ends_the_session_for_good(enter: Enter, server: TestServer) -> None:
    clerk = await enter("clerk")
    token = clerk.cookies[COOKIE]
    assert await clerk.done("/staff/sign-out") == "/staff/sign-in"
    thief = Person(server)
    thief.client.session.cookie_jar.update_cookies({COOKIE: token}, thief.client.make_url("/staff/"))
    assert (await thief.get("/staff/work")).status == 303
    await thief.client.close()


async def test_an_idle_session_ends(enter: Enter, desk: County) -> None:
    clerk = await enter("clerk")
    idle = desk.house.settings.staff.idle_minutes
    await StaffSession.all().update(seen_at=now() - timedelta(minutes=idle, seconds=1))
    assert (await clerk.get("/staff/work")).headers["Location"] == "/staff/sign-in"


async def test_whoever_is_disabled_is_out_at_once(enter: Enter, desk: County) -> None:
    clerk = await enter("clerk")
    await desk.house.accounts.disable("clerk", "tests")
    assert (await clerk.get("/staff/work")).status == 303
    assert (await clerk.sign_in("clerk")).status == 403


async def test_a_temporary_password_is_changed_before_anything_else(stranger: Person, desk: County) -> None:
    given = await desk.house.accounts.reset_password("clerk", "tests")
    assert (await stranger.sign_in("clerk", given)).headers["Location"] == "/staff/password"
    assert (await stranger.get("/staff/work")).headers["Location"] == "/staff/password"
    assert "临时密码" in await stranger.text("/staff/password")
    change = "/staff/password"
    for new in ("short", "alllowercase", "clerk-Clerk-1", given):
        assert (await stranger.post(change, old=given, new=new, again=new)).status == 400
    assert (await stranger.post(change, old="wrong", new="Good-2027x", again="Good-2027x")).status == 400
    assert (await stranger.post(change, old=given, new="Good-2027x", again="Good-2027y")).status == 400
    assert await stranger.done(change, old=given, new="Good-2027x", again="Good-2027x") == "/staff/"
    assert (await stranger.get("/staff/work")).status == 200


class TestSecondFactor:
    @pytest.fixture
    def given(self) -> dict[str, object]:
        return {"staff": StaffSection(second_factor="on", single_session=True)}

    async def secret(self, person: Person) -> str:
        page = await person.text("/staff/enrol")
        return page.partition("<code>")[2].partition("</code>")[0].replace(" ", "")

    async def test_it_is_set_up_at_the_first_signing_in_and_asked_for_from_then_on(
        self, desk: County, server: TestServer, stranger: Person
    ) -> None:
        assert (await stranger.sign_in("clerk")).headers["Location"] == "/staff/enrol"
        assert (await stranger.get("/staff/work")).headers["Location"] == "/staff/enrol"
        secret = await self.secret(stranger)
        assert secret == await self.secret(stranger)
        assert (await stranger.get("/staff/enrol/qr.svg")).content_type == "image/svg+xml"
        assert secret not in str(await StaffMember.all().values())
        assert (await stranger.post("/staff/code", code="000000")).status == 403
        code = code_at(secret, now())
        assert await stranger.done("/staff/code", code=code) == "/staff/"
        assert (await stranger.get("/staff/work")).status == 200
        again = Person(server)
        assert (await again.sign_in("clerk")).headers["Location"] == "/staff/code"
        await again.text("/staff/code")
        assert (await again.post("/staff/code", code=code)).status == 403, "the code was used before"
        assert (await again.get("/staff/work")).headers["Location"] == "/staff/code"
        assert (await stranger.get("/staff/work")).status == 200, "a half-way session ends no other"
        await StaffMember.filter(login="clerk").update(second_factor_step=0)
        assert await again.done("/staff/code", code=code_at(secret, now())) == "/staff/"
        assert (await stranger.get("/staff/work")).headers["Location"] == "/staff/sign-in", "one session a person"
        await again.client.close()

    async def test_wrong_codes_lock_as_wrong_passwords_do(self, stranger: Person) -> None:
        await stranger.sign_in("clerk")
        await stranger.text("/staff/enrol")
        for _ in range(5):
            assert (await stranger.post("/staff/code", code="000000")).status == 403
        assert "请 30 分钟后再试" in await (await stranger.post("/staff/code", code="000000")).text()
        assert (await stranger.sign_in("clerk")).status == 429
