"""The one place where channels ask: whatever is told to a citizen comes from here, masked, limited and recorded."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core import lookup
from core.asker import Asker
from core.audit import LookupAudit
from core.catalogue import MOST_OFFERED, Catalogue, ShelfKind
from core.database import Database, reading
from core.errors import BadNumber, NotFound, NotRecognised, Wait
from core.guides import read_all_forms, read_form, read_forms, read_guide
from core.keys import Keys
from core.local_time import now
from core.models import Notice
from core.numbers import is_pin, is_query_number, plain_digits
from core.pin_lock import PinLock
from core.rates import Rate
from core.readers import READ_TIMEOUT_S
from core.together import Together
from core.turns import Turns
from core.views import (
    CaseStatus,
    FormView,
    Found,
    ItemGuide,
    ItemSummary,
    NoticeView,
    Receipt,
    Shelf,
)


class Query:
    """Cases, items, forms and notices, as every channel asks for them.

    Every call may raise Unavailable when the database is away, or others who ask for the same case take too long, and
    Wait when a sender asks too often.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        keys: Keys,
        audit: LookupAudit,
        *,
        lookups: Rate,
        public_url: str,
    ) -> None:
        self._database, self._catalogue, self._keys, self._audit = database, catalogue, keys, audit
        self._lookups, self._public_url = lookups, public_url.rstrip("/")
        self._lock = PinLock(database)
        self._by_number, self._by_id = Together(database, lookup.BY_NUMBER), Together(database, lookup.BY_ID)
        # A burst of guesses must not slip past between reading and counting. Each process has turns of its own: with
        # several, as many guesses as there are other processes may slip past a lock.
        self._turns = Turns(READ_TIMEOUT_S)

    async def case_status(self, number: str, pin: str, asker: Asker, *, with_token: bool = True) -> CaseStatus:
        """Where a case stands, by its query number and PIN, as typed. `with_token=False` leaves the `token` empty: it
        saves a signature where no QR code is shown.

        Raises BadNumber for a wrong check digit, NotRecognised for an unknown number and a wrong PIN alike, Wait while
        the sender or the number is locked.
        """
        number, pin = plain_digits(number), plain_digits(pin)
        if not is_query_number(number):
            raise BadNumber("this is no query number")
        sender = self._keys.sender(asker.address)
        await self._limited(number, asker, sender, "pin")
        if not self._turns.begin(number):
            await self._turns.wait(number)  # not within: who gave up has no turn to end
        try:
            at = now()
            row = await self._tried(number, pin, asker, sender, at)
        finally:
            self._turns.end(number)
        token = self._keys.token(row["id"], row["token_version"]) if with_token else ""
        return lookup.case_status(row, at, token)

    async def receipt(self, number: str, pin: str, asker: Asker) -> Receipt:
        """What a receipt shows, for who knows number and PIN. Raises what `case_status` raises."""
        status = await self.case_status(number, pin, asker)
        return Receipt(status, plain_digits(pin), self.qr_address(status.token))

    async def case_by_token(self, token: str, asker: Asker) -> CaseStatus:
        """Where a case stands, for who holds its QR code. Raises NotFound for a forged, revoked or unknown token."""
        at, sender = now(), self._keys.sender(asker.address)
        await self._limited("", asker, sender, "token")
        read = self._keys.read_token(token)
        row = await self._by_id.row(read.case_id) if read else {}
        if read and row:
            _same(row["id"], read.case_id)
        if not read or not row or row["token_version"] != read.version:
            self._audit.record(at, asker, sender, row["number"] if row else "", "token", "refused")
            raise NotFound("this code is not valid, or not valid any more")
        status = lookup.case_status(row, at, token)
        self._audit.record(at, asker, sender, status.number, "token", "told")
        return status

    def is_token(self, token: str) -> bool:
        """Whether we signed this token; whether it is still good, only a look-up tells."""
        return self._keys.read_token(token) is not None

    def qr_address(self, token: str) -> str:
        """What the QR code of a token opens. Raises ValueError for the case of who showed no code."""
        if not token:
            raise ValueError("this case was asked for without its code")
        return f"{self._public_url}/q/{token}"

    async def find_items(self, words: str, limit: int = MOST_OFFERED) -> Found:
        """The items that everyday words may mean, best first; none when nothing is plausible."""
        return await self._catalogue.find(words, limit)

    async def item(self, task_code: str) -> ItemGuide:
        """The guide in force. Raises NotFound."""
        return await read_guide(task_code)

    async def forms(self, task_code: str) -> tuple[FormView, ...]:
        """An item's blank forms."""
        return await read_forms(task_code)

    async def all_forms(self) -> tuple[FormView, ...]:
        """Every blank form in force, by item."""
        return await read_all_forms()

    async def form(self, slug: str) -> FormView:
        """A blank form by the short name in its address. Raises NotFound."""
        return await read_form(slug)

    def form_address(self, form: FormView) -> str:
        return f"{self._public_url}/forms/{form.slug}"

    async def departments(self) -> tuple[Shelf, ...]:
        """Departments that have items, the largest first."""
        return await self._catalogue.shelves("department")

    async def items_of(self, department: str, offset: int, limit: int) -> tuple[tuple[ItemSummary, ...], int]:
        """A part of a department's items, and how many there are in all."""
        return await self._catalogue.shelf("department", department, offset, limit)

    async def shelves(self, kind: ShelfKind) -> tuple[Shelf, ...]:
        """The departments, topics or letters under which items are found."""
        return await self._catalogue.shelves(kind)

    async def shelf(self, kind: ShelfKind, name: str, offset: int, limit: int) -> tuple[tuple[ItemSummary, ...], int]:
        """A part of a shelf's items, and how many there are in all."""
        return await self._catalogue.shelf(kind, name, offset, limit)

    async def notices(self, today: date) -> tuple[NoticeView, ...]:
        """Approved notices that are shown today, newest first."""
        return tuple(_notice(row) for row in await _approved(today) if row.until_day is None or row.until_day >= today)

    async def _limited(self, number: str, asker: Asker, sender: str, by: str) -> None:
        try:
            await self._lookups.take(sender)
        except Wait:
            self._audit.record(now(), asker, sender, number, by, "too often")
            raise

    async def _tried(self, number: str, pin: str, asker: Asker, sender: str, at: datetime) -> Mapping[str, Any]:
        """The row of the case, for who has the turn at its number. Raises NotRecognised, Wait and Unavailable."""
        row = await self._by_number.row(number, sender)
        if row["id"] is not None:
            _same(row["number"], number)
        try:
            self._lock.check(row, at)
        except Wait:
            self._audit.record(at, asker, sender, number, "pin", "locked")
            raise
        # An unknown number is compared too, so that it takes the same time.
        expected = self._keys.pin(number, row["pin_version"] or 0)
        right = is_pin(pin) and hmac.compare_digest(expected, pin)
        if not right or row["id"] is None:
            await self._lock.count(number, sender, at)
            self._audit.record(at, asker, sender, number, "pin", "refused")
            raise NotRecognised("number and PIN don't fit")
        if row["own_failures"]:
            await self._lock.forgive(number, sender)
        self._audit.record(at, asker, sender, number, "pin", "told")
        return row


def _same(told: object, asked: object) -> None:
    """Nobody is told another one's case, whatever went wrong on the way to it."""
    if told != asked:
        raise RuntimeError("this is another case than was asked for")


@reading
async def _approved(today: date) -> list[Notice]:
    begun = Notice.filter(from_day__lte=today, withdrawn_at=None).exclude(approved_by="")
    return await begun.order_by("-from_day", "-id").select_related("department")


def _notice(row: Notice) -> NoticeView:
    return NoticeView(
        key=row.key,
        kind=row.kind,
        title=row.title,
        text=row.text,
        department=row.department.name if row.department else "",
        from_day=row.from_day,
        until_day=row.until_day,
        objection_contact=row.objection_contact,
    )
