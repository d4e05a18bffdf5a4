"""The table of the API's operations: what each is called, takes, answers, and who may ask for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

from core.systems.api_keys import Scope
from webui.api import models as m
from webui.api import public, systems
from webui.api.door import Handler, RequestHandler, authorised
from webui.api.door import public as for_all

Kind = Literal["string", "integer"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value of the address: in its path, or asked for behind it."""

    name: str
    where: Literal["path", "query"]
    told: str
    kind: Kind = "string"
    required: bool = False
    rules: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. Without a scope it is everybody's, and its handler takes the request itself."""

    id: str
    method: str
    path: str
    summary: str
    answer: type[BaseModel]
    handler: Any
    scope: Scope | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    faults: tuple[int, ...] = ()

    @property
    def is_write(self) -> bool:
        return self.scope is not None and self.method != "GET"

    def route(self) -> web.RouteDef:
        handler: RequestHandler = (
            for_all(self.handler) if self.scope is None else authorised(_handler(self), self.scope, self.body)
        )
        return web.route(self.method, self.path, handler)


def _handler(operation: Operation) -> Handler:
    handler: Handler = operation.handler
    return handler


_CODE = Parameter("task_code", "path", "实施编码 of the item", required=True, rules={"maxLength": 64})
_NUMBER = Parameter("number", "path", "Query number 查询号", required=True, rules={"minLength": 12, "maxLength": 12})
_AFTER = Parameter("after", "query", "Cursor: what the page before told as next", "integer", rules={"minimum": 0})
_ID = Parameter("id", "path", "Id of the webhook", "integer", required=True)


def _limit(most: int, otherwise: int) -> Parameter:
    return Parameter(
        "limit", "query", "How many at most", "integer", rules={"minimum": 1, "maximum": most, "default": otherwise}
    )


_WORDS = Parameter("q", "query", "Everyday words", required=True, rules={"minLength": 1, "maxLength": 200})
_STATUS = Parameter("status", "query", "Only cases in this status")
S = Scope
OPERATIONS = (
    Operation(
        "find_items",
        "GET",
        "/api/v1/items",
        "Find items by everyday words, best first",
        m.ItemList,
        public.items,
        parameters=(_WORDS, _limit(50, 5)),
        faults=(400,),
    ),
    Operation(
        "get_item",
        "GET",
        "/api/v1/items/{task_code}",
        "The guide of an item in force",
        m.Guide,
        public.item,
        parameters=(_CODE,),
        faults=(404,),
    ),
    Operation(
        "get_forms",
        "GET",
        "/api/v1/items/{task_code}/forms",
        "The blank forms of an item",
        m.FormList,
        public.forms,
        parameters=(_CODE,),
        faults=(404,),
    ),
    Operation(
        "ask_status",
        "POST",
        "/api/v1/status",
        "Where a case stands, for who has number and PIN, or the token of its QR code",
        m.CaseStatus,
        public.status,
        body=m.StatusQuestion,
        faults=(400, 404),
    ),
    Operation(
        "list_notices",
        "GET",
        "/api/v1/notices",
        "What the centre makes public today",
        m.NoticeList,
        public.notices,
    ),
    Operation(
        "open_case",
        "POST",
        "/api/v1/cases",
        "Take a case in",
        m.CaseOpened,
        systems.open_case,
        S.CASES_WRITE,
        m.NewCase,
        201,
        faults=(400, 409),
    ),
    Operation(
        "list_cases",
        "GET",
        "/api/v1/cases",
        "Cases page by page, in the order they were opened",
        m.CasePage,
        systems.cases,
        S.CASES_READ,
        parameters=(_AFTER, _limit(100, 100), _STATUS),
        faults=(400,),
    ),
    Operation(
        "get_case",
        "GET",
        "/api/v1/cases/{number}",
        "One case",
        m.CaseFacts,
        systems.case,
        S.CASES_READ,
        parameters=(_NUMBER,),
        faults=(404,),
    ),
    Operation(
        "move_case",
        "POST",
        "/api/v1/cases/{number}/moves",
        "Bring a case to another status",
        m.CaseFacts,
        systems.move,
        S.CASES_WRITE,
        m.Move,
        parameters=(_NUMBER,),
        faults=(400, 404, 409),
    ),
    Operation(
        "hand_in_result",
        "POST",
        "/api/v1/cases/{number}/result",
        "Hand in the result of a decided case",
        m.CaseFacts,
        systems.result,
        S.CASES_WRITE,
        m.Result,
        parameters=(_NUMBER,),
        faults=(400, 404, 409),
    ),
    Operation(
        "put_item",
        "PUT",
        "/api/v1/items/{task_code}",
        "Write an item: a new version where it says something new",
        m.ItemSaved,
        systems.put_item,
        S.ITEMS_WRITE,
        m.ItemRow,
        parameters=(_CODE,),
        faults=(400, 409),
    ),
    Operation(
        "list_events",
        "GET",
        "/api/v1/events",
        "What happened to cases, after a cursor",
        m.EventPage,
        systems.events,
        S.EVENTS_READ,
        parameters=(_AFTER, _limit(200, 200)),
        faults=(400,),
    ),
    Operation(
        "list_webhooks",
        "GET",
        "/api/v1/webhooks",
        "Where events are sent for this key",
        m.WebhookList,
        systems.webhooks,
        S.WEBHOOKS,
    ),
    Operation(
        "add_webhook",
        "POST",
        "/api/v1/webhooks",
        "Have events sent to an address",
        m.WebhookMade,
        systems.add_webhook,
        S.WEBHOOKS,
        m.NewWebhook,
        201,
        faults=(400, 409),
    ),
    Operation(
        "replay_webhook",
        "POST",
        "/api/v1/webhooks/{id}/replay",
        "Send everything after a cursor once more",
        m.Done,
        systems.replay,
        S.WEBHOOKS,
        m.Replay,
        parameters=(_ID,),
        faults=(400, 404, 409),
    ),
    Operation(
        "remove_webhook",
        "DELETE",
        "/api/v1/webhooks/{id}",
        "Send no more to an address",
        m.Done,
        systems.remove_webhook,
        S.WEBHOOKS,
        parameters=(_ID,),
        faults=(400, 404, 409),
    ),
)
