"""What the staff console is given to work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web
from jinja2 import Environment

from core.cases import Cases
from core.content.forms import Forms
from core.content.items import Items
from core.content.notices import Notices
from core.content.synonyms import OwnSynonyms
from core.content.working_time import WorkingTimes
from core.desk.dossier import Dossiers
from core.desk.fees import Fees
from core.desk.files import CaseFiles
from core.desk.handling import Handling
from core.desk.reception import Reception
from core.desk.worklist import Worklist
from core.keys import Keys
from core.kiosks import Kiosks
from core.language import Catalogues
from core.notify.announcing import Announcements
from core.notify.consent import Consent
from core.notify.following import Following
from core.notify.records import MessageRecords
from core.notify.resending import Resending
from core.notify.tasks import DeskTasks
from core.notify.templates import Templates
from core.persons import Persons
from core.ports import Prompt
from core.qr import QrImages
from core.query import Query
from core.staff import Accounts, SignIn, Trail
from core.switches import Off
from core.systems.webhooks import WebhookView
from webui.client import Proxies
from webui.look import environment


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel: whether the settings have it on, who switched it off, and what came through it in a day."""

    place: str
    configured: bool
    off: Off | None
    lookups: int


class OperationsSource(Protocol):
    """What the program that runs the console tells of itself."""

    async def parts(self) -> Mapping[str, str]:
        """Each part with what is wrong with it, empty when it answers."""
        ...

    async def channels(self) -> Sequence[ChannelState]: ...

    def boards(self) -> Mapping[str, datetime | None]:
        """Each board with when a screen last looked at it."""
        ...

    async def webhooks(self) -> Sequence[WebhookView]:
        """Where events are sent, and how each address has been doing."""
        ...

    def prompts(self) -> Sequence[Prompt]:
        """What the voice line says in a voice of our own; empty where there is none."""
        ...

    async def sound(self, name: str) -> bytes:
        """A prompt as a WAV file. Raises NotFound, Unavailable."""
        ...

    async def switch(self, place: str, *, on: bool, by: str) -> None:
        """Raises NotFound for a channel that there is not."""
        ...


@dataclass(frozen=True)
class StaffSite:
    """The desk of one centre; `most_upload_bytes` is the largest file that a form may bring."""

    query: Query
    cases: Cases
    keys: Keys
    accounts: Accounts
    sign_in: SignIn
    trail: Trail
    worklist: Worklist
    dossiers: Dossiers
    reception: Reception
    handling: Handling
    fees: Fees
    case_files: CaseFiles
    persons: Persons
    items: Items
    forms: Forms
    notices: Notices
    synonyms: OwnSynonyms
    working_times: WorkingTimes
    kiosks: Kiosks
    records: MessageRecords
    resending: Resending
    tasks: DeskTasks
    consent: Consent
    following: Following
    message_templates: Templates
    announcements: Announcements
    operations: OperationsSource
    images: QrImages
    catalogues: Catalogues
    public_url: str
    trusted_proxies: Proxies
    demonstration: bool
    centre_name: str
    centre_name_en: str
    centre_phone: str
    most_upload_bytes: int
    templates: Environment = field(default_factory=lambda: environment(staff="webui.staff"), repr=False)

    @property
    def is_secure(self) -> bool:
        return self.public_url.lower().startswith("https://")


STAFF: web.AppKey[StaffSite] = web.AppKey("STAFF", StaffSite)
