"""The OpenAPI description, made of the table by which the API runs, so that it can't say anything else."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from aiohttp import web
from pydantic.json_schema import models_json_schema

from webui.api.models import Problem, Sent
from webui.api.operations import OPERATIONS, Operation, Parameter

VERSION = "3.1.0"
_REF = "#/components/schemas/{model}"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
_PHRASES = {
    400: "What was sent can't be understood or isn't allowed",
    401: "No valid key",
    403: "The key lacks the scope",
    404: "There is no such thing, or not for this key",
    409: "Somebody else was first, or the Idempotency-Key was given to another request",
    413: "More was sent than is taken",
    429: "Too many requests: Retry-After says when to come again",
    503: "Away for the moment: Retry-After says when to come again",
}


@cache
def description(centre: str, url: str) -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": VERSION,
        "info": {
            "title": f"{centre} · Haoban",
            "version": "1",
            "description": "Items, cases and events of the service centre. Refusals are RFC 9457 problem details.",
        },
        "servers": [{"url": url}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of the centre"}},
        },
    }


async def serve(request: web.Request) -> web.Response:
    from webui.site import WEB

    site = request.app[WEB]
    body = orjson.dumps(description(site.centre_name_en or site.centre_name, site.public_url))
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})


def _schemas() -> dict[str, Any]:
    models: list[Any] = [(Problem, "serialization")]
    for operation in OPERATIONS:
        models.append((operation.answer, "serialization"))
        if operation.body:
            models.append((operation.body, "validation"))
    _, found = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": ["systems" if operation.scope else "public"],
        "parameters": [_parameter(one) for one in operation.parameters] + (_HEADERS if operation.is_write else []),
        "responses": _responses(operation),
    }
    if operation.scope:
        told |= {"security": [{"key": []}], "description": f"Scope `{operation.scope}`."}
    if operation.body:
        schema = {"$ref": _REF.format(model=operation.body.__name__)}
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told


_HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "The sender's own name for this write: sent again, it is answered as before and done once",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }
]


def _parameter(one: Parameter) -> dict[str, Any]:
    return {
        "name": one.name,
        "in": one.where,
        "required": one.required,
        "description": one.told,
        "schema": {"type": one.kind, **one.rules},
    }


def _responses(operation: Operation) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=operation.answer.__name__)}
    responses: dict[str, Any] = {
        str(operation.status): {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    if operation.method == "GET":
        responses["304"] = {"description": "Nothing new since the ETag that was sent"}
    faults = {*operation.faults, 429, 503, *((401, 403) if operation.scope else ())}
    faults |= {413} if operation.body else set()
    faults |= {400} if operation.is_write else set()
    responses |= {str(status): {"description": _PHRASES[status], "content": _PROBLEM} for status in sorted(faults)}
    return responses


__all__ = ["VERSION", "Sent", "description", "serve"]
