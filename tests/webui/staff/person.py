"""A member of staff at a browser, and a citizen who asks beside."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from gateway.demo.staff import PASSWORD

LARGE = 5_000
_MARK = re.compile(r'name="mark" value="([0-9a-f]{64})"')


class Person:
    """Follows nothing by itself: what an answer says is what a test sees."""

    def __init__(self, server: TestServer) -> None:
        self.client: TestClient[web.Request, web.Application] = TestClient(server)
        self.mark = ""

    async def sign_in(self, login: str, password: str = PASSWORD) -> ClientResponse:
        sent = {"login": login, "password": password}
        answer = await self.client.post("/staff/sign-in", data=sent, allow_redirects=False)
        if answer.status == 303:
            await self.get("/staff/password")
        return answer

    async def get(self, path: str) -> ClientResponse:
        answer = await self.client.get(path, allow_redirects=False)
        if "html" in answer.content_type and (found := _MARK.search(await answer.text())):
            self.mark = found[1]
        return answer

    async def text(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status == 200, (path, answer.status, await answer.text())
        return await answer.text()

    async def post(self, path: str, /, **fields: Any) -> ClientResponse:
        """Send a form with the session's mark; a tuple (name, content) is a file."""
        # A form with much in it is sent in parts, as the page's own is.
        large = sum(len(str(value)) for value in fields.values()) > LARGE
        form = FormData({"mark": fields.pop("mark", self.mark)}, quote_fields=False, default_to_multipart=large)
        for name, value in fields.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, tuple):
                    form.add_field(name.replace("_", "-"), each[1], filename=each[0])
                else:
                    form.add_field(name, str(each))
        return await self.client.post(path, data=form, allow_redirects=False)

    async def done(self, path: str, /, **fields: Any) -> str:
        """Send a form that must be taken; where it leads."""
        answer = await self.post(path, **fields)
        assert answer.status == 303, (path, answer.status, re.sub(r"<[^>]+>|\s+", " ", await answer.text())[-1500:])
        return answer.headers["Location"]

    @property
    def cookies(self) -> dict[str, str]:
        at = self.client.make_url("/staff/")
        return {name: morsel.value for name, morsel in self.client.session.cookie_jar.filter_cookies(URL(at)).items()}
