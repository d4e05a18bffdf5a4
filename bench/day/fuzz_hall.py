"""What comes from the devices of the hall, each known by its cookie, and what staff hand in."""

from __future__ import annotations

from typing import Any

from aiohttp import FormData

from bench.day.citizens import from_kiosk
from bench.day.clerks import PNG
from bench.day.fuzz_pictures import photographs
from bench.day.fuzz_stranger import Make, Request, Stranger, quoted
from bench.day.inputs import mutated
from bench.day.settings import KIOSK_PIN


def _device(s: Stranger) -> dict[str, str]:
    """One of the kiosks, and now and then none of them."""
    known = from_kiosk(s.day.county, s.one_of(list(range(len(s.day.county.kiosks)))))
    return s.mostly(known, known | {"Cookie": f"haoban_kiosk={quoted(s.said)}"})


def _post(s: Stranger, path: str, form: dict[str, str] | bytes) -> tuple[Request, ...]:
    language = s.mostly("zh", "en", quoted(s.said) or "x")
    return (("POST", f"/kiosk/{language}/{path}", {"data": form, "headers": _device(s)}),)


def _get(s: Stranger, path: str) -> tuple[Request, ...]:
    return (("GET", f"/kiosk/{path}", {"headers": _device(s)}),)


def case(s: Stranger) -> tuple[Request, ...]:
    number, pin = s.pick(s.case.number, s.case.number, s.said), s.pick(s.case.pin, s.case.pin, s.said)
    by_token = {"token": s.pick(s.case.token, s.said)}
    form = s.pick({"number": number, "pin": pin}, {"number": number}, by_token)
    return _post(s, "case", form | {"purpose": s.pick("status", "rating", s.said)})


def found(s: Stranger) -> tuple[Request, ...]:
    return _get(s, f"zh/found?q={quoted(s.pick('执照', s.said))}")


def shelf(s: Stranger) -> tuple[Request, ...]:
    letters = "abcdefghijklmnopqrstuvwxyz".upper()
    pages = ("zh/guide", f"zh/forms?page={quoted(s.said)}", f"zh/notices/{quoted(s.said)}", "copy", "alive")
    shelves = f"zh/guide/{s.pick('letter', 'topic', 'department')}?name={quoted(s.pick(*letters, s.said))}"
    return _get(s, s.pick(*pages, shelves, shelves))


def rating(s: Stranger) -> tuple[Request, ...]:
    return _post(
        s, "rating", {"token": s.pick(s.finished.token, s.case.token, s.said), "score": s.pick("1", "9", s.said)}
    )


def slip(s: Stranger) -> tuple[Request, ...]:
    """Something to be printed."""
    receipt = {"what": "receipt", "number": s.pick(s.case.number, s.said), "pin": s.pick(s.case.pin, s.said)}
    item, token = {"item": s.pick(s.facts.item, s.said)}, {"token": s.pick(s.case.token, s.said)}
    return _post(s, "print", s.pick(token, item, receipt))


def take(s: Stranger) -> tuple[Request, ...]:
    return _get(s, f"take/{s.pick('items', 'forms')}/{quoted(s.pick(s.facts.item, s.said))}.svg")


def staff(s: Stranger) -> tuple[Request, ...]:
    return _post(s, "staff", {"pin": s.pick(KIOSK_PIN, s.said), "do": s.pick("", "print", s.said)})


def photograph(s: Stranger) -> tuple[Request, ...]:
    """The picture of a code, whole or damaged, another picture, or no picture at all."""
    right, *others = photographs(s.case.token)
    whole = s.pick(right, *others)
    damaged = mutated(whole, [(s.pick(*range(0, 4000, 7)), s.raw[:8]) for _ in s.times(4)])
    cut = whole[: s.pick(*range(10, len(whole), 97))]
    return _post(s, "photograph", s.pick(whole, damaged, damaged, cut, s.raw))


def sign_in(s: Stranger) -> tuple[Request, ...]:
    form = {"login": s.pick("head0", s.said), "password": s.pick("wrong", s.said)}
    return (("POST", "/staff/sign-in", {"data": form}),)


def scan(s: Stranger) -> tuple[Request, ...]:
    """A file for a case, by one of staff who is signed in."""
    head = s.day.teams[0].members["head"]
    known = s.one_of(s.day.county.today)
    form: Any = FormData({"mark": s.mostly(head.mark, s.said)}, default_to_multipart=True)
    content = s.pick(PNG + str(s.n).encode(), s.raw, s.raw + str(s.n).encode())
    form.add_field("file", content, filename=s.pick("scan.png", s.header()[:60] or "x"))
    return (("POST", f"/staff/cases/{known.number}/files", {"data": form, "headers": head._headers}),)


ENTRANCES: dict[str, Make] = {
    "kiosk": case,
    "kiosk found": found,
    "shelf": shelf,
    "kiosk rating": rating,
    "kiosk print": slip,
    "kiosk take": take,
    "kiosk staff": staff,
    "photograph": photograph,
    "sign in": sign_in,
    "scan": scan,
}
