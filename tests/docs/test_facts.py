"""The figures and names that the pages tell are those of the code."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from bots.wechat import SKEW_S
from bots.wechat_notices import _ROOM as ROOM
from channels.smpp_incoming import PARTS_KEPT_S
from channels.smpp_names import KEPT_S as NAMES_KEPT_S
from channels.speech import SAID_KEPT_S
from core import passwords, pin_lock
from core.dialogue.medium import Medium
from core.dialogue.session import TRAIL_KEPT_S
from core.keys import MIN_SECRET_CHARS
from core.notify.web_following import CODE_KEPT_S
from core.numbers import LENGTH, PIN_LENGTH
from core.once import ANSWERS_KEPT_S
from core.qr import MAX_PUBLIC_URL_CHARS
from core.staff import sign_in
from core.systems import answers, webhooks
from core.systems.api_keys import Scope
from core.systems.events import EventFact
from docs.generator.tables import models
from tests.docs.pages import LANGUAGES, Page

HOUR = timedelta(hours=1)


def minutes(span: timedelta | float) -> int:
    return int((span if isinstance(span, timedelta) else timedelta(seconds=span)).total_seconds() // 60)


FIGURES = [
    ("index.md", f"也有 {LENGTH} 位的查询号", f"a query number of {LENGTH} digits"),
    ("security.md", f"查询密码是 {PIN_LENGTH} 位数字", f"The query PIN has {PIN_LENGTH} digits"),
    (
        "security.md",
        "第 2、3、4 次错误之后，要等 1、2、4 秒",
        "second, third and fourth one must wait 1, 2 and 4 seconds",
    ),
    (
        "security.md",
        f"第 {pin_lock.TRIES} 次之后锁定 {minutes(pin_lock.LOCK)} 分钟",
        f"for {minutes(pin_lock.LOCK)} minutes",
    ),
    ("security.md", f"合计错 {pin_lock.TRIES_OF_ALL} 次", f"After {pin_lock.TRIES_OF_ALL} by all senders"),
    ("security.md", f"至少 {MIN_SECRET_CHARS} 个字符", f"at least {MIN_SECRET_CHARS} characters"),
    ("security.md", f"口令至少 {passwords.FEWEST} 个字符", f"A password has at least {passwords.FEWEST} characters"),
    (
        "security.md",
        f"连续 {sign_in.TRIES} 次错误锁定 {minutes(sign_in.LOCK)} 分钟",
        "Five failures in a row lock an account",
    ),
    ("security.md", f"最长 {sign_in.LONGEST // HOUR} 小时", f"after {sign_in.LONGEST // HOUR} hours at most"),
    (
        "security.md",
        f"{minutes(sign_in.HALF_WAY)} 分钟后结束",
        f"half-way signed in after {minutes(sign_in.HALF_WAY)} minutes",
    ),
    ("security.md", f"不超过 {minutes(SKEW_S)} 分钟", f"not older than {minutes(SKEW_S)} minutes"),
    ("api.md", f"加密保存 {answers.KEPT.days} 天", f"kept for {answers.KEPT.days} days"),
    ("api.md", f"1 至 {answers.MOST_NAME_CHARS} 个字符", f"1 to {answers.MOST_NAME_CHARS} characters"),
    ("api.md", f"最多 {webhooks.MOST_OF_A_SYSTEM} 个", f"at most {webhooks.MOST_OF_A_SYSTEM} for each key"),
    (
        "api.md",
        f"{webhooks.GIVEN_UP_AFTER // HOUR} 小时后仍未收到",
        f"After {webhooks.GIVEN_UP_AFTER // HOUR} hours without",
    ),
    (
        "api.md",
        f"加到 {minutes(webhooks.LONGEST_WAIT)} 分钟",
        f"at most {minutes(webhooks.LONGEST_WAIT)} minutes later",
    ),
    ("api.md", f"从 {webhooks.FIRST_WAIT.seconds} 秒", f"after {webhooks.FIRST_WAIT.seconds} seconds at first"),
    ("channels/index.md", f"最多 {MAX_PUBLIC_URL_CHARS} 个字符", f"at most {MAX_PUBLIC_URL_CHARS} characters"),
    ("channels/wechat.md", f"`thing` 最多 {ROOM['thing']} 个字", f"`thing` {ROOM['thing']} characters"),
    ("channels/wechat.md", f"`phrase` 最多 {ROOM['phrase']} 个汉字", f"`phrase` {ROOM['phrase']} Chinese"),
    ("personal-data.md", f"短信和聊天 {Medium.TEXT.kept_s // 3600} 小时", f"chats {Medium.CHAT.kept_s // 3600} hours"),
    ("personal-data.md", f"电话 {minutes(Medium.VOICE.kept_s)} 分钟", f"calls {minutes(Medium.VOICE.kept_s)} minutes"),
    ("personal-data.md", f"哪一步，{TRAIL_KEPT_S // 3600} 小时", f"stopped, {TRAIL_KEPT_S // 3600} hours"),
    (
        "personal-data.md",
        f"使用 | Redis 或进程内存 | {ANSWERS_KEPT_S // 3600} 小时",
        f"| {ANSWERS_KEPT_S // 3600} hours |",
    ),
    ("personal-data.md", f"回执 | Redis 或进程内存 | {NAMES_KEPT_S // 86400} 天", f"| {NAMES_KEPT_S // 86400} days |"),
    (
        "personal-data.md",
        f"各段 | Redis 或进程内存 | {minutes(PARTS_KEPT_S)} 分钟",
        f"| {minutes(PARTS_KEPT_S)} minutes |",
    ),
    (
        "personal-data.md",
        f"验证码 | Redis 或进程内存 | {minutes(CODE_KEPT_S)} 分钟",
        f"| {minutes(CODE_KEPT_S)} minutes |",
    ),
    (
        "personal-data.md",
        f"{SAID_KEPT_S // 3600} 小时没有再用即删除",
        f"until not used for {SAID_KEPT_S // 3600} hours",
    ),
    ("personal-data.md", f"`api_answer` | {answers.KEPT.days} 天", f"`api_answer` | {answers.KEPT.days} days"),
]


@pytest.mark.parametrize(("name", "chinese", "english"), FIGURES)
def test_figures_are_those_of_the_code(name: str, chinese: str, english: str) -> None:
    assert chinese in Page("zh", name).text
    assert english in Page("en", name).text


def test_waits_after_wrong_pins_are_those_of_the_code() -> None:
    """The pages write them out: after the second, third and fourth one."""
    assert pin_lock.DELAYS_S == (0, 0, 1, 2, 4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_scope_is_described(language: str) -> None:
    assert set(re.findall(r"^\| `([a-z:]+)` \|", Page(language, "api.md").text, re.MULTILINE)) == set(Scope)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_events_shown_are_like_those_sent(language: str) -> None:
    [shown] = [block.text for block in Page(language, "api.md").blocks if block.text.startswith('{"events"')]
    assert set(json.loads(shown)["events"][0]) <= set(EventFact.__dataclass_fields__)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_that_are_named_are_there(language: str) -> None:
    there = {model.describe()["table"] for model in models()}
    named = {name for name in Page(language, "personal-data.md").mentioned if re.fullmatch(r"[a-z]+_[a-z]+", name)}
    assert named <= there
    # Whatever holds something of a person is spoken of.
    personal = {"approval_case", "case_event", "fee_entry", "notification", "message", "subscription", "opt_out"}
    assert personal | {"lookup_record", "pin_try", "rating"} <= set(Page(language, "personal-data.md").mentioned)
