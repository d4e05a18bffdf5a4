"""What comes by telephone: text messages, calls and receipts, signed by the carrier and with anything in them."""

from __future__ import annotations

from urllib.parse import quote

from bench.day.citizens import SMS, VOICE
from bench.day.fuzz_stranger import Make, Request, Stranger, by_twilio, quoted
from bench.day.settings import KANNEL_SECRET
from channels.kannel_wire import REPORTS
from channels.twilio_rest import CALL_STATES, MESSAGE_STATES

KANNEL = "/channels/kannel"
NUL = "3\0x"  # what no database takes
MOST_TEXTS, MOST_STEPS, MOST_RECEIPTS = 3, 5, 3
# It stands beside the program: no proxy is between them.
_NEAR = {"headers": {"X-Forwarded-For": ""}}


def _words(s: Stranger) -> str:
    """A text as a citizen writes it, or not."""
    return s.pick(
        f"CX {s.case.number} {s.case.pin}",
        s.said,
        s.said,
        f"CX {s.said}",
        f"CX {s.case.number} {s.said}",
        "查询",
        "评价",
        "1",
        s.case.pin,
    )


def sms(s: Stranger) -> tuple[Request, ...]:
    sender = s.mostly(f"+86155{s.n:08d}", s.said or "x")
    return tuple(
        by_twilio(
            SMS,
            {
                "MessageSid": f"SMF{s.n}-{step}",
                "From": sender,
                "Body": _words(s),
                "NumMedia": s.pick("0", "1", s.said),
            },
        )
        for step in s.times(MOST_TEXTS)
    )


def voice(s: Stranger) -> tuple[Request, ...]:
    """A call of one's own: its beginning, and what is keyed or said in it."""
    call = {"CallSid": f"CAF{s.n}", "From": s.pick(f"+86156{s.n:08d}", "anonymous", s.said or "x")}
    beginning = by_twilio(f"{VOICE}?turn=0", call)
    return (beginning, *(by_twilio(f"{VOICE}?turn={turn + 1}", call | _heard(s)) for turn in s.times(MOST_STEPS)))


def _heard(s: Stranger) -> dict[str, str]:
    keyed = s.pick("1", "2", "3", "0", "*", "#", s.said, s.case.number, s.case.pin, s.case.number + s.said)
    return s.pick(
        {"Digits": keyed},
        {"Digits": keyed},
        {"SpeechResult": s.said, "Confidence": s.said},
        {"FinishedOnKey": "#", "Digits": ""},
        {"DialCallStatus": s.pick("completed", "no-answer", s.said)},
    )


def receipt(s: Stranger) -> tuple[Request, ...]:
    path = f"/channels/twilio/status?message={quoted(s.message('sms'))}"
    return tuple(
        by_twilio(
            path,
            {
                "MessageSid": s.pick(f"SMR{s.n}", s.said or "x", NUL),
                "MessageStatus": s.pick(*MESSAGE_STATES, s.said or "x"),
                "ErrorCode": s.pick("30003", "", s.said, NUL),
            },
        )
        for _ in s.times(MOST_RECEIPTS)
    )


def call_status(s: Stranger) -> tuple[Request, ...]:
    path = f"{VOICE}/status?message={quoted(s.message('voice'))}"
    return tuple(
        by_twilio(
            path,
            {"CallSid": s.pick(f"CAR{s.n}", s.said or "x", NUL), "CallStatus": s.pick(*CALL_STATES, s.said or "x")},
        )
        for _ in s.times(MOST_RECEIPTS)
    )


def spoken_notice(s: Stranger) -> tuple[Request, ...]:
    """A call that brings a notice, to its end or not."""
    path = f"{VOICE}/notice?message={quoted(s.message('voice'))}"
    by = s.pick("person", "machine", s.said)
    call = {"CallSid": f"CAN{s.n}", "From": f"+86155{s.n:08d}", "AnsweredBy": s.pick("human", "machine_end", s.said)}
    steps = (
        by_twilio(
            f"{path}&turn={quoted(s.mostly(turn + 1, s.said))}&by={quoted(by)}",
            call | s.pick({"Digits": "1"}, {}, {"Digits": s.said}),
        )
        for turn in s.times(MOST_STEPS)
    )
    return (by_twilio(path, call), *steps)


def kannel(s: Stranger) -> tuple[Request, ...]:
    sender = quoted(s.mostly(f"+86157{s.n:08d}", s.said))
    return tuple(_by_kannel(s, sender, step) for step in s.times(MOST_TEXTS))


def _by_kannel(s: Stranger, sender: str, step: int) -> Request:
    words = _words(s)
    text = s.pick(words.encode(), words.encode("utf-16-be"), words.encode("gbk", "replace"), s.raw[:300])
    coding, charset = s.pick("0", "1", "2", "", s.said), s.pick("UTF-8", "gbk", "ISO-8859-1", "", s.said)
    return (
        "GET",
        f"{KANNEL}/sms?secret={KANNEL_SECRET}&id=F{s.n}-{step}&from={sender}"
        f"&coding={quoted(coding)}&charset={quoted(charset)}&text={quote(text, safe='')}",
        _NEAR,
    )


def kannel_receipt(s: Stranger) -> tuple[Request, ...]:
    path = f"{KANNEL}/status?secret={KANNEL_SECRET}&message={quoted(s.message('kannel'))}"
    return tuple(("GET", f"{path}&{_report(s)}", _NEAR) for _ in s.times(MOST_RECEIPTS))


def _report(s: Stranger) -> str:
    answer, provider = s.pick("ACK/", s.said, s.more, NUL), s.pick("x", s.said, s.more, NUL)
    return f"report={quoted(s.pick(*REPORTS, s.said))}&answer={quoted(answer)}&provider={quoted(provider)}"


ENTRANCES: dict[str, Make] = {
    "sms": sms,
    "voice": voice,
    "receipt": receipt,
    "call status": call_status,
    "spoken notice": spoken_notice,
    "kannel": kannel,
    "kannel receipt": kannel_receipt,
}
