"""One request of a member of staff: who asks, in what language, what was posted; and how a page is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from core.errors import HaobanError
from core.language import Language
from core.staff import Member, Right, SignedIn
from webui.client import sender
from webui.language import choices, remember
from webui.look.frame import spoken
from webui.look.policy import SCRIPTED_POLICY
from webui.look.tags import tag
from webui.page import NO_STORE
from webui.sent import query_fields
from webui.staff.posted import MARK, NOTHING, Posted
from webui.staff.site import STAFF, StaffSite

# What leads where, to whom: the console's ways in their order.
WAYS = (
    ("/staff/work", "work", Right.SEE_CASES),
    ("/staff/reception", "reception", Right.RECEIVE),
    ("/staff/till", "till", Right.SEE_FEES),
    ("/staff/tasks", "tasks", Right.TELL),
    ("/staff/messages", "messages", Right.SEE_MESSAGES),
    ("/staff/dead", "dead", Right.SEND_AGAIN),
    ("/staff/content", "content", Right.EDIT_CONTENT),
    ("/staff/notices", "notices", Right.APPROVE_CONTENT),
    ("/staff/announcements", "announcements", Right.APPROVE_CONTENT),
    ("/staff/operations", "operations", Right.SEE_OPERATIONS),
    ("/staff/trail", "trail", Right.SEE_TRAIL),
    ("/staff/persons", "persons", Right.SEE_PERSONS),
    ("/staff/erasure", "erasure", Right.ERASE_PERSONS),
    ("/staff/people", "people", Right.MANAGE_STAFF),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with its session; `posted` is empty but for a POST."""

    request: web.Request
    language: Language
    session: SignedIn
    posted: Posted = NOTHING

    @property
    def site(self) -> StaffSite:
        return self.request.app[STAFF]

    @property
    def member(self) -> Member:
        return self.session.member

    @property
    def origin(self) -> str:
        """The network address that the trail notes."""
        return sender(self.request, self.site.trusted_proxies)

    @property
    def mark(self) -> str:
        return self.site.keys.form_mark(self.session.token)

    def asked(self) -> dict[str, str]:
        """The fields of the address. Raises BadRequest."""
        return query_fields(self.request)

    def t(self, key: str, **values: object) -> str:
        return self.language.text(key, **values)

    def why(self, error: HaobanError) -> str:
        """Why something was refused, in the person's language where the catalogues have it."""
        return self.t(f"refused.{error.key}", **error.values) if error.key else str(error)

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A page of the console, never kept by a browser."""
        ways = [(href, name) for href, name, right in WAYS if self.member.may(right)]
        mine = {"form_mark": self.mark, "MARK": MARK, "member": self.member, "ways": ways, "stage": self.session.stage}
        return render(self.request, self.language, template, status=status, values=mine | values)

    def to(self, address: str) -> web.Response:
        """Go on there after something was done."""
        return web.Response(status=303, headers={"Location": address, "Cache-Control": NO_STORE})


def render(
    request: web.Request, language: Language, template: str, *, status: int = 200, values: Mapping[str, Any]
) -> web.Response:
    site = request.app[STAFF]
    frame = {
        "languages": choices(
            request.rel_url if request.method == "GET" else _front(request), language, site.catalogues
        ),
        "here": request.path,
        "site": site,
        "member": None,
        "ways": (),
        "stage": "",
    }
    text = spoken(site.templates, language).get_template(f"staff/{template}").render(frame | dict(values))
    response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers["Cache-Control"] = NO_STORE
    response.headers["Content-Security-Policy"] = SCRIPTED_POLICY
    response.headers["Content-Language"] = tag(language.code)
    remember(request, response, site.catalogues, secure=site.is_secure)
    return response


def _front(request: web.Request) -> Any:
    return request.rel_url.with_path("/staff/").with_query({})
