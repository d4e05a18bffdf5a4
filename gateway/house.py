"""Everything behind the channels, built once from the settings: the database and what reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from core.audit import LookupAudit
from core.cases import Cases
from core.catalogue import Catalogue
from core.centre import Centre
from core.clamav import ClamAv
from core.content.forms import Forms
from core.content.items import Items
from core.content.notices import Notices
from core.content.synonyms import OwnSynonyms
from core.content.working_time import WorkingTimes
from core.database import Database
from core.desk.dossier import Dossiers
from core.desk.fees import Fees
from core.desk.files import CaseFiles
from core.desk.handling import Handling
from core.desk.reception import Reception
from core.desk.worklist import Worklist
from core.errors import HaobanError, Unavailable
from core.keys import Keys, secret_from
from core.kiosks import Kiosks
from core.language import Catalogues
from core.models import Revision
from core.notify.announcing import Announcements
from core.notify.bell import Bell
from core.notify.consent import Consent
from core.notify.following import Following
from core.notify.forgetting import stop_applicants_messages
from core.notify.mail_stop import MailStop
from core.notify.outbox import Outbox
from core.notify.queue import Queue
from core.notify.quiet import Quiet
from core.notify.receipts import Receipts
from core.notify.records import MessageRecords
from core.notify.resending import Resending
from core.notify.speaking import SpokenNotices
from core.notify.states import Kind
from core.notify.tasks import DeskTasks
from core.notify.templates import Templates
from core.notify.web_following import WebFollowing
from core.notify.worker import Worker
from core.passwords import Passwords
from core.persons import Persons
from core.ports import Channel
from core.qr import QrImages
from core.query import Query
from core.rates import QuickRate
from core.ratings import Ratings
from core.redis_line import RedisLine
from core.scratch import scratch
from core.staff import Accounts, SignIn, Trail
from core.switches import Switches
from core.systems.answers import Answers
from core.systems.api_keys import ApiKeys
from core.systems.webhooks import Webhooks
from core.upkeep import Upkeep
from core.uploads import Uploads
from gateway.dialogue import connected
from gateway.outgoing import Outgoing
from gateway.registry import ladder_of, switched_on
from gateway.settings import Settings

SECRET_KEY = Path("var/secret_key")
DEMONSTRATION = "demonstration"
_log = structlog.get_logger()


class House:
    """Open it, ask and write through its parts, close it."""

    def __init__(self, settings: Settings) -> None:
        limits, url = settings.limits, settings.server.public_url
        self.settings = settings
        self.keys = Keys(secret_from(settings.server.secret_key, SECRET_KEY))
        self.catalogues = Catalogues()
        self.database = Database(settings.database.url)
        self.centre = Centre(self.database)
        self._build_notify()
        self.cases = Cases(self.database, self.centre, self.outbox)
        self.catalogue = Catalogue(self.database, settings.search.synonyms)
        self.audit = LookupAudit(self.database)
        self.redis = RedisLine(settings.redis.url) if settings.redis.url else None
        self.scratch = scratch(self.redis)
        self.lookups = QuickRate("lookups", limits.lookups, self.redis)
        self.requests = QuickRate("requests", limits.requests, self.redis)
        self.messages = QuickRate("messages", limits.messages, self.redis)
        self.systems = QuickRate("systems", limits.systems, self.redis)
        self.images = QrImages()
        self.query = Query(self.database, self.catalogue, self.keys, self.audit, lookups=self.lookups, public_url=url)
        self.api_keys, self.answers = ApiKeys(), Answers(self.keys.seal)
        self.upkeep = Upkeep(self.database, self.answers, timedelta(days=settings.notify.texts_kept_days))
        private = settings.exchange.private_webhooks
        self.outgoing = Outgoing(private=private)
        self.webhooks = Webhooks(self.database, self.keys, self.outgoing.post, self.outbox.alert, private=private)
        self.ratings = Ratings(self.keys)
        self.kiosks = Kiosks()
        self.following = Following(self.query, self.keys, self.consent, self.outbox)
        self.web_following = WebFollowing(self.query, self.keys, self.consent, self.outbox, self.scratch, self.redis)
        self._build_desk()
        self.texts, self.switchboard = connected(self)
        self.is_demonstration = False

    def _build_notify(self) -> None:
        """What citizens are told unasked, by the channels that are switched on."""
        settings, notify, centre = self.settings, self.settings.notify, self.settings.centre
        self.bell = Bell(settings.redis.url)
        self.templates = Templates(self.database, self.catalogues, {"zh": centre.signature, "en": centre.signature_en})
        self.ladder = ladder_of(switched_on(settings), notify)
        self.outbox = Outbox(
            self.ladder,
            self.templates,
            self.centre,
            self.keys,
            self.bell,
            quiet=Quiet(notify.quiet_from, notify.quiet_until, notify.quiet_holidays),
            public_url=settings.server.public_url,
            phone=centre.phone,
            max_age=timedelta(hours=notify.max_age_hours),
            operators=notify.operators,
        )
        queue = Queue(self.database)
        self.consent = Consent()
        self.mail_stop = MailStop(self.keys, self.consent)
        self.receipts = Receipts(self.database, queue, self.ladder)
        self.spoken = SpokenNotices(self.catalogues, centre.name, centre.name_en)
        self.records, self.resending = MessageRecords(), Resending(self.outbox)
        self.tasks = DeskTasks(queue)
        self.announcements = Announcements(self.outbox, self.templates)

    @property
    def follows_chats(self) -> bool:
        """Whether anything can be followed from a chat."""
        return bool(self.ladder.place_of(Kind.CHAT))

    async def learn_demonstration(self) -> None:
        """Read whether the database holds the demonstration, once its tables are there."""
        self.is_demonstration = await Revision.exists(name=DEMONSTRATION)

    def spare_strangers(self) -> None:
        """Have nobody told by the telephone numbers that were made up for a demonstration: they may be somebody's."""
        self.outbox.spares_applicants = self.is_demonstration

    async def begin_sending(self) -> None:
        """Before anything leaves: what an earlier program left waiting for made-up numbers is stopped too."""
        self.spare_strangers()
        if self.is_demonstration and (stopped := await stop_applicants_messages()):
            _log.warning("messages to made-up numbers stopped", messages=stopped)

    async def is_off(self, place: str) -> bool:
        """Whether staff have switched a channel off."""
        return place in await self.switches.off()

    def worker(self, channels: Mapping[str, Channel]) -> Worker:
        """What sends through channels that are started, by their places."""
        return Worker(self.database, self.outbox, self.receipts, self.consent, self.switches, channels)

    def _build_desk(self) -> None:
        """Accounts of staff, signing in, and what the hall desk works with."""
        files, staff = self.settings.files, self.settings.staff
        passwords = Passwords()
        self.trail = Trail()
        self.switches = Switches(self.database)
        self.accounts = Accounts(passwords)
        idle = timedelta(minutes=staff.idle_minutes)
        single = staff.single_session
        self.sign_in = SignIn(self.database, self.keys, passwords, idle=idle, second_factor=True, single=single)
        scanner = ClamAv(files.scanner) if files.scanner else None
        uploads = Uploads(scanner, files.upload_mib * 1024**2)
        self.case_files = CaseFiles(uploads, files.cases)
        self.persons = Persons(files.cases, retention_years=self.settings.persons.retention_years)
        self.items = Items(self.database)
        self.forms = Forms(self.database, uploads, files.folder)
        self.notices = Notices(self.database)
        self.synonyms = OwnSynonyms(self.database)
        self.working_times = WorkingTimes(self.centre, self.cases)
        self.worklist = Worklist(self.database, self.centre)
        self.dossiers = Dossiers(self.database, self.centre, self.case_files, self.trail, self.keys)
        self.reception = Reception(self.cases, self.centre, self.case_files, self.trail)
        self.handling = Handling(self.cases, self.centre, self.case_files)
        self.fees = Fees()

    async def open(self, *, migrated: bool = True) -> None:
        """Connect. Raises Unavailable when the database is away, or wants `haoban migrate` first."""
        await self.database.open()
        try:
            if migrated and await self.database.pending_migrations():
                raise Unavailable("the database is not up to date: run `haoban migrate`")
            if migrated:
                await self.learn_demonstration()
                asked = self.settings.staff.second_factor
                self.sign_in.asks_second_factor = asked == "on" or (asked == "auto" and not self.is_demonstration)
                await self.outbox.ready()
        except BaseException:
            await self.database.close()
            raise
        self.audit.start()

    async def close(self) -> None:
        """Write what waits, and let go of everything."""
        await self.catalogue.close()
        await self.centre.close()
        await self.switches.close()
        await self.receipts.close()
        await self.templates.close()
        try:
            await self.audit.stop()
        finally:
            for rate in (self.lookups, self.requests, self.messages, self.systems):
                await rate.close()
            if self.redis:
                await self.redis.close()
            await self.outgoing.close()
            await self.bell.close()
            await self.database.close()

    async def ill(self) -> dict[str, str]:
        """The parts that don't work just now, with the reason."""
        parts = {"database": self.database.ping, "redis": self.scratch.ping}
        found = {}
        for name, ping in parts.items():
            try:
                await ping()
            except HaobanError as error:
                found[name] = str(error)
        return found
