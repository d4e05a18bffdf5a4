"""What the pages are given to work with, so that nothing in them is global."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from core.board import Board
from core.language import Catalogues
from core.notify.mail_stop import MailStop
from core.notify.web_following import WebFollowing
from core.query import Query
from core.ratings import Ratings
from webui.client import Proxies
from webui.look import environment


@dataclass(frozen=True)
class Web:
    """The citizens' pages of one centre.

    `files_dir` keeps blank forms under `digest[:2]/digest`; `trusted_proxies` are believed when they tell who
    asks; `demonstration` puts a banner on every page, `tries_at` is the page where all of it is tried, and
    `chat_address` is what a case's token is put behind to go on with it in a chat, `chat_picture` the same for a code
    to scan; empty where there is none.
    """

    query: Query
    ratings: Ratings
    following: WebFollowing
    mail_stop: MailStop
    board: Board
    catalogues: Catalogues
    files_dir: Path
    public_url: str
    trusted_proxies: Proxies
    demonstration: bool
    centre_name: str
    centre_phone: str
    centre_name_en: str = ""
    chat_address: str = ""
    chat_picture: str = ""
    tries_at: str = ""
    templates: Environment = field(default_factory=lambda: environment(pages="webui.pages"), repr=False)

    @property
    def is_secure(self) -> bool:
        return self.public_url.lower().startswith("https://")


WEB: web.AppKey[Web] = web.AppKey("WEB", Web)
