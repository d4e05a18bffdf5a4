"""Asking for a case by number and PIN, which travel in a form's body and never in an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from core.asker import Asker
from core.dialogue.facts import stage_key
from core.errors import BadNumber, NotRecognised, Wait
from core.numbers import LENGTH, is_pin, is_query_number, plain_digits
from webui.client import asker
from webui.faults import fault_of, minutes
from webui.page import NO_STORE, render
from webui.pages.progress import case_page
from webui.sent import form_fields
from webui.site import WEB

Answer = TypeVar("Answer")
Ask = Callable[[str, str, Asker], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Slip:
    """What is wrong with the form: the field, if it is one's, the key of its words, and their number."""

    field: str
    key: str
    n: int = 0


class Refused(Exception):
    """The form can't be answered; carries the form as it is to be shown again."""

    def __init__(self, response: web.Response) -> None:
        super().__init__()
        self.response = response


async def form(request: web.Request) -> web.Response:
    return _form(request)


async def status(request: web.Request) -> web.Response:
    """The progress page for number and PIN, or the form again with what is wrong."""
    try:
        found, pin = await _ask(request, request.app[WEB].query.case_status)
    except Refused as refused:
        return refused.response
    return case_page(request, found, pin=pin)


async def receipt(request: web.Request) -> web.Response:
    """The receipt to print, for number and PIN."""
    try:
        found, _ = await _ask(request, request.app[WEB].query.receipt)
    except Refused as refused:
        return refused.response
    return render(
        request,
        "receipt.html",
        cache=NO_STORE,
        address="/cases/receipt",
        resent={"number": found.status.number, "pin": found.pin},
        receipt=found,
        case=found.status,
        stage_key=stage_key(found.status),
    )


async def to_form(request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/cases")


async def _ask(request: web.Request, ask: Ask[Answer]) -> tuple[Answer, str]:
    """What the query layer answers to the form's number and PIN, with that PIN. Raises Refused."""
    fields = await form_fields(request)
    typed = fields.get("number", "")
    number, pin = plain_digits(typed), plain_digits(fields.get("pin", ""))
    if slips := _slips(number, pin):
        raise Refused(_form(request, 400, typed, slips))
    try:
        return await ask(number, pin, asker(request, request.app[WEB].trusted_proxies)), pin
    except (BadNumber, NotRecognised, Wait) as error:
        raise Refused(_refusal(request, error, typed)) from error


def _refusal(request: web.Request, error: BadNumber | NotRecognised | Wait, typed: str) -> web.Response:
    fault = fault_of(error)
    assert fault is not None  # noqa: S101
    response = _form(request, fault.status, typed, [_slip(error)])
    response.headers.update(fault.headers)
    return response


def _slip(error: BadNumber | NotRecognised | Wait) -> Slip:
    if isinstance(error, Wait):
        return Slip("", "web.cases.locked" if error.locked else "web.cases.wait", minutes(error))
    return Slip("number", "web.cases.bad_number" if isinstance(error, BadNumber) else "web.cases.not_recognised")


def _slips(number: str, pin: str) -> list[Slip]:
    """What can be told without asking anybody: what is missing, and slips of the finger."""
    found = [_number_slip(number), _pin_slip(pin)]
    return [slip for slip in found if slip]


def _number_slip(number: str) -> Slip | None:
    if not number:
        return Slip("number", "web.cases.no_number")
    if not (number.isascii() and number.isdigit()):
        return Slip("number", "web.cases.number_digits")
    if len(number) != LENGTH:
        return Slip("number", "web.cases.number_length", len(number))
    return None if is_query_number(number) else Slip("number", "web.cases.bad_number")


def _pin_slip(pin: str) -> Slip | None:
    if not pin:
        return Slip("pin", "web.cases.no_pin")
    return None if is_pin(pin) else Slip("pin", "web.cases.pin_digits")


def _form(request: web.Request, status: int = 200, typed: str = "", slips: list[Slip] | None = None) -> web.Response:
    errors = {slip.field: slip for slip in slips or []}
    return render(
        request, "cases.html", status=status, cache=NO_STORE, address="/cases", number=typed[:40], errors=errors
    )
