"""What comes to the pages and to what other programs may ask without a key."""

from __future__ import annotations

from urllib.parse import quote

from bench.day.fuzz_stranger import Make, Request, Stranger, quoted
from bench.day.settings import SECRET, board_name
from core.keys import Keys
from core.notify.mail_stop import stop_token

_KEYS = Keys(SECRET)


def _number_and_pin(s: Stranger) -> dict[str, str]:
    return {"number": s.mostly(s.case.number, s.said), "pin": s.mostly(s.case.pin, s.said)}


def _token(s: Stranger) -> str:
    return s.pick(
        s.case.token, s.case.token, s.case.token, s.said, s.case.token[:-1] + s.said[:1], s.said + s.case.token[5:]
    )


def status(s: Stranger) -> tuple[Request, ...]:
    path = "/api/v1/status"
    sent = s.pick({"json": _number_and_pin(s)}, {"json": {"token": s.pick(_token(s), s.more)}}, {"json": s.more})
    spoiled = {"json": {"number": s.pick(s.case.number, s.more), "pin": s.more}}
    return (("POST", path, s.mostly(sent, spoiled, {"data": s.raw})),)


def items(s: Stranger) -> tuple[Request, ...]:
    path = s.pick("/items", "/api/v1/items")
    name, value = s.pick("q", "department", "page", "limit"), s.pick("餐馆", s.said, s.said)
    return (("GET", f"{path}?q={quoted(s.pick('执照', s.said))}&{name}={quoted(value)}", {}),)


def item(s: Stranger) -> tuple[Request, ...]:
    code = quoted(s.pick(s.facts.item, s.said))
    path = s.pick("/api/v1/items/{}", "/items/{}", "/api/v1/items/{}/forms", "/kiosk/zh/items/{}", "/kiosk/{}/guide")
    return (("GET", path.format(code), {}),)


def form(s: Stranger) -> tuple[Request, ...]:
    path = s.pick(f"/board/{board_name(0)}", *(f"/{one}/{quoted(s.said)}" for one in ("forms", "items", "board")))
    return (("GET", path, {}),)


def page(s: Stranger) -> tuple[Request, ...]:
    return (("POST", "/cases", {"data": s.pick(_number_and_pin(s), _number_and_pin(s), s.raw)}),)


def receipt(s: Stranger) -> tuple[Request, ...]:
    return (("POST", "/cases/receipt", {"data": _number_and_pin(s)}),)


def rating(s: Stranger) -> tuple[Request, ...]:
    form = {
        "token": s.pick(s.finished.token, _token(s)),
        "score": s.pick("1", "5", s.said),
        "words": s.pick("好", s.said),
    }
    return (("POST", "/cases/rating", {"data": form}),)


def notices(s: Stranger) -> tuple[Request, ...]:
    form = {
        "token": s.pick(s.case.token, s.case.token, _token(s)),
        "what": s.pick("", "add", "confirm", "stop", "again", s.said),
        "number": s.pick(f"138{s.n:08d}", s.said, "x@example.com"),
        "code": s.pick("123456", s.said),
    }
    return (("POST", "/cases/notices", {"data": form}),)


def mail_stop(s: Stranger) -> tuple[Request, ...]:
    right = stop_token(_KEYS, s.one_of(s.facts.messages["mail"]))
    token = quoted(s.pick(right, s.said, right[:-1] + s.said[:1], s.said + right))
    form = {"data": {"List-Unsubscribe": s.pick("One-Click", s.said)}}
    return (s.pick(("GET", f"/mail/stop/{token}", {}), ("POST", f"/mail/stop/{token}", form)),)


def code(s: Stranger) -> tuple[Request, ...]:
    return (("GET", f"/q/{quoted(_token(s))}", {}),)


def picture(s: Stranger) -> tuple[Request, ...]:
    return (("GET", f"/q/{quoted(_token(s))}/qr.{s.pick('png', 'svg', quoted(s.said))}", {}),)


def headers(s: Stranger) -> tuple[Request, ...]:
    """A right address, and anything in a header that somebody reads."""
    path = s.pick("/", "/items", "/cases", f"/items/{quoted(s.facts.item)}", "/api/openapi.json", "/kiosk/zh/guide")
    names = ("Accept-Language", "Cookie", "If-None-Match", "X-Forwarded-For", "If-Modified-Since", "Range", "Accept")
    cookie = f"haoban_kiosk={s.header()}; language={s.header()}"
    sent = {name: s.pick("", s.header(), s.header() * 20, cookie) for name in (s.pick(*names), s.pick(*names))}
    return (("GET", path, {"headers": sent}),)


def other(s: Stranger) -> tuple[Request, ...]:
    """Methods and addresses that there are not."""
    method = s.pick("HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "GET")
    return ((method, f"/{quote(s.said)}", {"data": s.raw} if method not in ("HEAD", "GET") else {}),)


ENTRANCES: dict[str, Make] = {
    "status": status,
    "items": items,
    "item": item,
    "form": form,
    "page": page,
    "receipt to print": receipt,
    "rating": rating,
    "notices": notices,
    "mail stop": mail_stop,
    "code": code,
    "picture of a code": picture,
    "headers": headers,
    "other": other,
}
