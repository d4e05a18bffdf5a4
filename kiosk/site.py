"""What the touch pages are given to work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from jinja2 import Environment

from core.asker import Asker
from core.kiosks import Kiosks
from core.language import Catalogues
from core.qr import QrImages
from core.qr_reader import QrReader
from core.query import Query
from core.rates import Rate
from core.ratings import Ratings
from kiosk.previews import Previews
from kiosk.printers import Printers
from webui.look import environment

AskerOf = Callable[[web.Request, str], Asker]


@dataclass(frozen=True)
class KioskPlan:
    """`[kiosk]`: how long a screen stands untouched, what staff key in, the camera, the font of slips."""

    idle_s: int
    staff_pin: str
    camera: bool
    font: str


@dataclass(frozen=True)
class KioskSite:
    """The touch pages of one centre; `asker_of` names a sender from a request and a channel."""

    query: Query
    ratings: Ratings
    kiosks: Kiosks
    catalogues: Catalogues
    images: QrImages
    files_dir: Path
    public_url: str
    centre_name: str
    centre_name_en: str
    centre_phone: str
    plan: KioskPlan
    previews: Previews = field(init=False)
    printers: Printers = field(default_factory=Printers)
    reader: QrReader = field(default_factory=QrReader)
    staff_tries: Rate = field(default_factory=lambda: Rate("kiosk staff", "20/10 minutes"))
    templates: Environment = field(default_factory=lambda: environment(kiosk="kiosk"), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "previews", Previews(self.files_dir))

    @property
    def is_secure(self) -> bool:
        return self.public_url.lower().startswith("https://")


SITE: web.AppKey[KioskSite] = web.AppKey("KIOSK", KioskSite)
