"""The gateway interface as a real exchange speaks it: its sessions replayed, and whatever else may come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as some

from channels.agi import Agi, HungUp, Unspeakable

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "agi"
OPENING = "agi_network: yes\nagi_network_script: haoban\nagi_callerid: 13800138000\nagi_uniqueid: 1.0\n\n"


class Nobody(asyncio.Transport):
    """Takes what is written and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def write(self, data: object) -> None:
        self.written += data  # type: ignore[operator]

    def is_closing(self) -> bool:
        return True


def peer(said: str | bytes) -> tuple[Agi, Nobody]:
    """A call of which the exchange says so much and then is gone."""
    reader, transport = asyncio.StreamReader(limit=2048), Nobody()
    reader.feed_data(said if isinstance(said, bytes) else said.encode())
    reader.feed_eof()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    return Agi(reader, asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())), transport


async def test_what_a_call_brings_is_read() -> None:
    agi, _ = peer(OPENING)
    assert (await agi.opened())["callerid"] == "13800138000"


Step = Callable[[Agi], Awaitable[object]]


@pytest.mark.parametrize(
    ("answer", "step", "found"),
    [
        ("200 result=0\n", lambda agi: agi.answer(), None),
        ("200 result=0 endpos=16000\n", lambda agi: agi.play("a"), ""),
        ("200 result=53 endpos=800\n", lambda agi: agi.play("a"), "5"),
        ("200 result=42 endpos=800\n", lambda agi: agi.play("a"), "*"),
        ("200 result=-1 endpos=0\n", lambda agi: agi.play("missing"), ""),
        ("200 result=0\n", lambda agi: agi.key(10), ""),
        ("200 result=35\n", lambda agi: agi.key(10), "#"),
        ("200 result=1 (ANSWER)\n", lambda agi: agi.variable("DIALSTATUS"), "ANSWER"),
        ("200 result=0\n", lambda agi: agi.variable("NOPE"), ""),
        ("200 result=-2\n", lambda agi: agi.run("AMD"), -2),
    ],
)
async def test_each_answer_is_understood(answer: str, step: Step, found: object) -> None:
    agi, _ = peer(answer)
    assert await step(agi) == found


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        ("", lambda agi: agi.answer()),
        ("200 result=-1 endpos=59360\n", lambda agi: agi.play("a")),
        ("200 result=-1\n", lambda agi: agi.key(10)),
        ("HANGUP\n511 Command Not Permitted on a dead channel or intercept routine\n", lambda agi: agi.play("a")),
        ("HANGUP\n", lambda agi: agi.key(10)),
        ("511 Command Not Permitted on a dead channel or intercept routine\n", lambda agi: agi.variable("X")),
    ],
)
async def test_a_caller_who_hangs_up_is_noticed_whatever_is_asked(answer: str, step: Step) -> None:
    agi, _ = peer(answer)
    with pytest.raises(HungUp):
        await step(agi)


@pytest.mark.parametrize(
    "answer",
    [
        "510 Invalid or unknown command\n",
        "520-Invalid command syntax.  Proper usage follows:\nUsage: ANSWER\n520 End of proper usage.\n",
        "nonsense\n",
        "200\n",
        "x" * 5000,
    ],
)
async def test_what_can_not_be_understood_ends_the_call(answer: str) -> None:
    agi, _ = peer(answer)
    with pytest.raises(Unspeakable):
        await agi.answer()


async def test_an_exchange_that_never_answers_is_not_waited_for_always() -> None:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    agi = Agi(reader, asyncio.StreamWriter(Nobody(), protocol, reader, asyncio.get_running_loop()))
    with pytest.raises(Unspeakable, match="no answer"):
        await agi._ask("ANSWER", 0.05)


@given(some.binary(max_size=4000))
@limits(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_nothing_that_a_peer_says_does_more_than_end_the_call(said: bytes) -> None:
    agi, _ = peer(said)
    with pytest.raises((HungUp, Unspeakable)):
        await agi.opened()
        while True:
            await agi.key(1)


async def replayed(session: str) -> list[str]:
    """What each thing asked in a recorded session comes to, when it is asked again."""
    lines = [line for line in session.splitlines() if line]
    said = "".join(f"{line[2:]}\n" for line in lines if line.startswith("<"))
    asked = [line[2:] for line in lines if line.startswith(">")]
    agi, _ = peer(said)
    await agi.opened()
    found = []
    for command in asked:
        try:
            answer = await agi._ask(command)
            found.append(f"{command.split()[0]} {answer.result}")
        except HungUp:
            found.append(f"{command.split()[0]} hung up")
        except Unspeakable:
            found.append(f"{command.split()[0]} unspeakable")
    return found


OWN_SESSION = """< agi_network: yes
< agi_callerid: 13800138000
<\x20
> ANSWER
< 200 result=0
> STREAM FILE /prompts/welcome "0*#"
< 200 result=-1 endpos=59360
> WAIT FOR DIGIT 1500
< HANGUP
< 511 Command Not Permitted on a dead channel or intercept routine
> NOSUCH COMMAND
< 510 Invalid or unknown command
> HANGUP
< 511 Command Not Permitted on a dead channel or intercept routine
"""


async def test_a_session_in_which_the_caller_hangs_up_is_replayed() -> None:
    assert await replayed(OWN_SESSION) == [
        "ANSWER 0",
        "STREAM -1",
        "WAIT hung up",
        "NOSUCH unspeakable",
        "HANGUP hung up",
    ]


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded sessions of a real exchange are not here")
@pytest.mark.parametrize(("name", "ends"), [("quick", "HANGUP 1"), ("normal", "HANGUP hung up")])
async def test_the_sessions_of_a_real_exchange_are_replayed(name: str, ends: str) -> None:
    found = await replayed((RECORDED / f"{name}.txt").read_text("utf-8"))
    assert found[0] == "ANSWER 0"
    assert ends in found
    assert "NOSUCH unspeakable" in found
    assert not [one for one in found if one.startswith("ANSWER") and one != "ANSWER 0"]
