"""The API put into an application: its operations, their description, and the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aiohttp import web

from webui.api import openapi
from webui.api.door import EXCHANGE, Exchange
from webui.api.openapi import description
from webui.api.operations import OPERATIONS
from webui.page import render
from webui.site import WEB


def install(app: web.Application, exchange: Exchange) -> None:
    app[EXCHANGE] = exchange
    app.add_routes(
        [
            *(operation.route() for operation in OPERATIONS),
            web.get("/api/openapi.json", openapi.serve),
            web.get("/api/docs", docs),
        ]
    )


async def docs(request: web.Request) -> web.Response:
    """The API as a page to read."""
    site = request.app[WEB]
    told = description(site.centre_name_en or site.centre_name, site.public_url)
    schemas = told["components"]["schemas"]
    fields = {name: [*_fields(schema)] for name, schema in schemas.items()}
    return render(request, "api.html", operations=OPERATIONS, fields=fields)


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each field of a model with its kind in words, and whether it must be there."""
    for name, told in schema.get("properties", {}).items():
        yield name, _kind(told), name in schema.get("required", ())


def _kind(told: Mapping[str, Any]) -> str:
    if "anyOf" in told:
        return " or ".join(_kind(one) for one in told["anyOf"])
    if "$ref" in told:
        return str(told["$ref"]).rpartition("/")[2]
    if told.get("type") == "array":
        return f"list of {_kind(told['items'])}"
    return str(told.get("format") or told.get("type", "any"))
