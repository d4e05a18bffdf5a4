"""An application with the pages over a stand-in; `python -m tests.webui.serving PORT` serves it to a browser."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from aiohttp import web
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from core.language import FOLDER, Catalogues
from core.qr import image
from tests.webui.samples import store_form
from tests.webui.standin import Rated, StandIn
from webui.client import Proxies
from webui.middleware import Gate
from webui.pages.progress import case_page
from webui.web import Web, install


def catalogues(folder: Path) -> Catalogues:
    """The catalogues with the parts that aren't merged yet."""
    for part in (FOLDER / "parts").glob("web.*.po"):
        merged = _read(part)
        for message in _read(FOLDER / part.name.removeprefix("web.")):
            if message.id:
                merged[message.id] = message
        with (folder / part.name.removeprefix("web.")).open("wb") as file:
            write_po(file, merged)
    return Catalogues(folder) if any(folder.glob("*.po")) else Catalogues()


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.name.removesuffix(".po").rpartition(".")[2])


def site(query: StandIn, folder: Path, **given: object) -> Web:
    usual = {
        "query": query,
        "ratings": Rated(),
        "board": None,
        "catalogues": catalogues(folder),
        "files_dir": folder / "files",
        "public_url": "https://haoban.example",
        "trusted_proxies": Proxies(),
        "demonstration": False,
        "centre_name": "示例县政务服务中心",
        "centre_phone": "0000-12345",
        "following": SimpleNamespace(is_possible=False),
        "mail_stop": SimpleNamespace(),
    }
    return Web(**(usual | given))  # type: ignore[arg-type]


class OpenGate:
    """A gate that lets everybody in."""

    def begun(self) -> float:
        return 0

    async def admit(self, request: web.Request) -> None: ...

    def ended(self, request: web.Request, response: web.StreamResponse | None, began: float) -> None: ...


def application(made: Web, gate: Gate | None = None) -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    install(app, made, gate or OpenGate())
    return app


async def _scan(request: web.Request) -> web.Response:
    return case_page(request, await StandIn().case_by_token(request.match_info["token"], None))  # type: ignore[arg-type]


async def _qr(request: web.Request) -> web.Response:
    made = image(f"https://haoban.example/q/{request.match_info['token']}", "svg")
    return web.Response(body=made, content_type="image/svg+xml")


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    store_form(folder / "files")
    app = application(site(StandIn(), folder, demonstration="demo" in sys.argv))
    app.add_routes([web.get("/q/{token}", _scan), web.get("/q/{token}/qr.svg", _qr)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
