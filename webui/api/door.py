"""The door of the JSON API: keys with scopes, limits told in headers, bodies checked, writes done once."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from core.cases import Cases
from core.centre import Centre
from core.content.items import Items
from core.errors import BadRequest, Conflict, HaobanError, NotFound
from core.keys import Keys
from core.query import Query
from core.rates import Rate
from core.staff import Trail
from core.systems.answers import Answers
from core.systems.api_keys import ApiKeys, Scope, System
from core.systems.webhooks import Webhooks
from webui.client import sender
from webui.fault_page import PROBLEM_TYPE
from webui.faults import Fault, fault_of
from webui.language import language_of
from webui.page import NO_STORE
from webui.site import WEB

Body = TypeVar("Body", bound=BaseModel)
JSON = "application/json"
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the authorised part of the API works with."""

    cases: Cases
    centre: Centre
    items: Items
    keys: Keys
    query: Query
    api_keys: ApiKeys
    answers: Answers
    webhooks: Webhooks
    trail: Trail
    rate: Rate


EXCHANGE: web.AppKey[Exchange] = web.AppKey("EXCHANGE", Exchange)


@dataclass(frozen=True, slots=True)
class Call:
    """A request of another system, its body checked."""

    request: web.Request
    system: System
    sent: Any

    @property
    def exchange(self) -> Exchange:
        return self.request.app[EXCHANGE]

    async def looked(self, subject: str, what: str) -> None:
        """Note that the system saw personal data, before it is answered."""
        origin = sender(self.request, self.request.app[WEB].trusted_proxies)
        await self.exchange.trail.looked(self.system.name, subject, what, origin)

    def number(self, name: str, least: int, most: int, otherwise: int) -> int:
        """A whole number of the address. Raises BadRequest."""
        return whole(self.request.query.get(name), name, least, most, otherwise)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a model, and the status when it isn't 200; `tag` is the ETag, made of the body without one."""

    body: BaseModel
    status: int = 200
    tag: str = ""


Handler = Callable[[Call], Awaitable[Reply]]
RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Denied(HaobanError):
    """No key, or not this scope."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def public(handler: RequestHandler) -> RequestHandler:
    """A handler for everybody, whose answers to GET carry an ETag."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except (HaobanError, web.HTTPException) as error:
            return problem(request, error)
        if request.method == "GET" and isinstance(response, web.Response) and isinstance(response.body, bytes):
            return _tagged(request, response, "")
        return response

    return answered


def authorised(handler: Handler, scope: Scope, model: type[BaseModel] | None) -> RequestHandler:
    """A handler for systems whose key has a scope. What has a body, or deletes, is a write: it is done once."""

    async def answered(request: web.Request) -> web.StreamResponse:
        allowance: dict[str, str] = {}
        try:
            system = await _known(request, scope)
            allowance = await _taken(request, system)
            response = await _made(request, handler, system, model)
        except (HaobanError, web.HTTPException) as error:
            response = problem(request, error)
        response.headers.update(allowance)
        return response

    return answered


async def _known(request: web.Request, scope: Scope) -> System:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    system = await request.app[EXCHANGE].api_keys.known_by(key.strip()) if kind.lower() == "bearer" else None
    if system is None:
        raise Denied(401, "a valid key is needed: Authorization: Bearer hb_…")
    if scope not in system.scopes:
        raise Denied(403, f"this key lacks the scope {scope}")
    return system


async def _taken(request: web.Request, system: System) -> dict[str, str]:
    """Count the request; the headers that tell what is left. Raises Wait."""
    left = await request.app[EXCHANGE].rate.take_and_tell(str(system.id))
    return {
        "RateLimit-Limit": str(left.limit),
        "RateLimit-Remaining": str(left.remaining),
        "RateLimit-Reset": str(left.resets_s),
    }


async def _made(request: web.Request, handler: Handler, system: System, model: type[BaseModel] | None) -> web.Response:
    if request.method == "GET":
        reply = await handler(Call(request, system, None))
        response = web.Response(body=_json(reply.body), content_type=JSON, headers={"Cache-Control": NO_STORE})
        return _tagged(request, response, reply.tag)
    raw = await request.read()
    call = Call(request, system, read_body(raw, model) if model else None)
    # Read before the transaction: within one, SQLite would have the first reading wait for its end.
    await call.exchange.centre.working_time()

    async def make() -> tuple[int, bytes]:
        reply = await handler(call)
        return reply.status, _json(reply.body)

    name = request.headers.get("Idempotency-Key", "")
    whole_request = b"\n".join((request.method.encode(), request.path.encode(), raw))
    (status, body), before = await call.exchange.answers.once(system.id, name, whole_request, make)
    headers = {"Cache-Control": NO_STORE} | ({"Idempotency-Replayed": "true"} if before else {})
    return web.Response(status=status, body=body, content_type=JSON, headers=headers)


def read_body(raw: bytes, model: type[Body]) -> Body:
    """The body as its model. Raises Unfit with every mistake, by its place and never by its value."""
    try:
        return model.model_validate(orjson.loads(raw))
    except orjson.JSONDecodeError:
        raise Unfit(["the body is no JSON"]) from None
    except ValidationError as error:
        parts = error.errors(include_input=False, include_url=False, include_context=False)[:MOST_ERRORS]
        raise Unfit([f"{'.'.join(map(str, part['loc'])) or 'body'}: {part['msg']}" for part in parts]) from None


class Unfit(BadRequest):
    """A body that doesn't fit its model; `errors` says where."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def problem(request: web.Request, error: Exception) -> web.Response:
    """RFC 9457 problem details for what was refused. Raises the error again when nobody foresaw it."""
    if isinstance(error, Denied):
        fault = Fault(error.status, "denied", {"WWW-Authenticate": "Bearer"} if error.status == 401 else {})
        return _problem(fault, str(error), [])
    fault_found = fault_of(error)
    if fault_found is None:
        raise error
    if isinstance(error, BadRequest | Conflict):
        return _problem(fault_found, str(error), error.errors if isinstance(error, Unfit) else [])
    language = language_of(request, request.app[WEB].catalogues)
    return _problem(fault_found, language.text(f"web.error.{fault_found.code}.body", n=fault_found.minutes), [])


def _problem(fault: Fault, detail: str, errors: list[str]) -> web.Response:
    told = {
        "type": "about:blank",
        "title": fault.phrase,
        "status": fault.status,
        "detail": detail,
        "code": fault.code,
    } | ({"errors": errors} if errors else {})
    headers = {"Cache-Control": NO_STORE, "Vary": "Accept-Language, Cookie", **fault.headers}
    return web.Response(body=orjson.dumps(told), status=fault.status, content_type=PROBLEM_TYPE, headers=headers)


def whole(text: str | None, name: str, least: int, most: int, otherwise: int) -> int:
    """A whole number as an address has it. Raises BadRequest."""
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
        raise BadRequest(f"{name}: a number from {least} to {most} is needed")
    return int(text)


def _tagged(request: web.Request, response: web.Response, tag: str) -> web.Response:
    """With its ETag; 304 without a body for who has it already."""
    body = response.body if isinstance(response.body, bytes) else b""
    etag = tag or hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{etag}"', "Cache-Control": response.headers["Cache-Control"]}
    if any(known.value in (etag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    response.headers.update(headers)
    return response


def _json(body: BaseModel) -> bytes:
    return body.model_dump_json().encode()


__all__ = ["EXCHANGE", "Call", "Denied", "Exchange", "NotFound", "Reply", "authorised", "problem", "public", "whole"]
