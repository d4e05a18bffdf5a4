"""What comes back: reports of mails that didn't arrive, looked for in the sender's mailbox and told as receipts.

Sources: RFC 3464 (delivery status notifications), RFC 3501 (IMAP).
"""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

from structlog import get_logger

from channels.email_letter import MARK
from channels.email_settings import EmailSettings
from core.errors import NotFound, SendError, Unavailable
from core.keys import Keys
from core.notify.states import State
from core.ports import Receipt
from core.switchboard import Switchboard

EVERY_S = 60
IMAP_S = 15.0
AT_ONCE = 50
MOST_BYTES = 512 * 1024
"""Of one mail: the report and the head of what came back stand in front."""
_CLAIM = "mail bounces"
_NAME = re.compile(r"haoban\.(\d{1,18})\.([0-9a-f]{32})@")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_FAILED, _DELIVERED = "failed", "delivered"
_STATES = {_FAILED: State.FAILED, _DELIVERED: State.DELIVERED}
_log = get_logger()


def read_report(raw: bytes, keys: Keys) -> Receipt | None:
    """What a mail reports of one of ours; None for any other mail, and for a delay. It raises on nothing."""
    try:
        mail = message_from_bytes(raw)
        found = _outcome(mail)
        message_id = _ours(mail, raw, keys) if found else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # what the library makes of garbage
        return None
    if not found or message_id is None:
        return None
    action, status = found
    return Receipt(message_id, _STATES[action], f"{action} {status}".rstrip())


class Bounces:
    """Looks into the mailbox once a minute; of several processes one does."""

    def __init__(self, settings: EmailSettings, switchboard: Switchboard) -> None:
        self._settings, self._keys = settings, switchboard.keys
        self._receipts, self._scratch = switchboard.receipts, switchboard.scratch
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_always())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def probe(self) -> str:
        """How many mails wait in the mailbox. Raises SendError."""
        mailbox = await self._opened()
        try:
            waiting = await asyncio.to_thread(_unseen, mailbox)
        except (OSError, imaplib.IMAP4.error) as error:
            raise SendError("unreachable", f"the mailbox: {type(error).__name__}") from None
        finally:
            await asyncio.to_thread(_close, mailbox)
        return f"the mailbox answers, {len(waiting)} to look at"

    async def look(self) -> int:
        """Read what is new, and mark it as read once what it says is kept; how many mails. Raises SendError."""
        looked = 0
        mailbox = await self._opened()
        try:
            waiting = await asyncio.to_thread(_unseen, mailbox)
            for begin in range(0, len(waiting), AT_ONCE):
                looked += await self._look_at(mailbox, waiting[begin : begin + AT_ONCE])
        except (OSError, imaplib.IMAP4.error) as error:
            raise SendError("unreachable", f"the mailbox: {type(error).__name__}") from None
        finally:
            await asyncio.to_thread(_close, mailbox)
        return looked

    async def _look_at(self, mailbox: imaplib.IMAP4, uids: Sequence[str]) -> int:
        looked = [uid for uid in uids if await self._take(await asyncio.to_thread(_fetched, mailbox, uid))]
        if looked:
            await asyncio.to_thread(mailbox.uid, "STORE", ",".join(looked), "+FLAGS.SILENT", r"(\Seen)")
        return len(looked)

    async def _take(self, raw: bytes) -> bool:
        """Whether a mail is done with: what can't be kept now is read again the next time."""
        receipt = read_report(raw, self._keys)
        try:
            if receipt is not None:
                await self._receipts.take(receipt)
        except NotFound:
            _log.info("mail came back for a message that is gone", message=receipt.message_id if receipt else 0)
        except Unavailable:
            return False
        return True

    async def _look_always(self) -> None:
        while True:
            try:
                if await self._scratch.claim(_CLAIM, "1", EVERY_S - 5):
                    await self.look()
            except (SendError, Unavailable) as error:
                _log.warning("mailbox not looked through", reason=str(error))
            except Exception as error:  # whatever it was, the next minute must be looked at too
                _log.error("mailbox not looked through", error=type(error).__name__)
            await asyncio.sleep(EVERY_S)

    async def _opened(self) -> imaplib.IMAP4:
        try:
            return await asyncio.to_thread(_open, self._settings)
        except imaplib.IMAP4.error as error:
            raise SendError("config", f"the mailbox: {type(error).__name__}: signing in or its folder") from error
        except OSError as error:
            raise SendError("unreachable", f"the mailbox: {type(error).__name__}") from None


def _open(settings: EmailSettings) -> imaplib.IMAP4:
    host, port = settings.bounces_host, settings.bounces_port
    mailbox: imaplib.IMAP4
    if settings.bounces_security == "none":
        mailbox = imaplib.IMAP4(host, port, timeout=IMAP_S)
    else:
        mailbox = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=IMAP_S)
    try:
        mailbox.login(settings.bounces_username, settings.bounces_password)
        answer, _ = mailbox.select(_quoted(settings.bounces_folder))
        if answer != "OK":
            raise imaplib.IMAP4.error("no such folder")
    except BaseException:
        _close(mailbox)
        raise
    return mailbox


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unseen(mailbox: imaplib.IMAP4) -> list[str]:
    _, found = mailbox.uid("SEARCH", "UNSEEN")
    return [uid.decode("ascii") for uid in (found[0] or b"").split()]


def _fetched(mailbox: imaplib.IMAP4, uid: str) -> bytes:
    """The beginning of a mail, which stays unread for now; empty for one that is gone."""
    _, found = mailbox.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in found if isinstance(part, tuple)), b"")


def _close(mailbox: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError, imaplib.IMAP4.error):
        mailbox.logout()
    with contextlib.suppress(OSError):
        mailbox.shutdown()


def _outcome(mail: Mail) -> tuple[str, str] | None:
    """What the report says of the recipient, with the status; of several a failure counts most."""
    found = {}
    for fields in _recipients(mail):
        action = str(fields.get("Action", "")).strip().lower()
        if action in _STATES:
            status = _STATUS.search(str(fields.get("Status", "")))
            found[action] = status[0] if status else ""
    return next(((action, found[action]) for action in (_FAILED, _DELIVERED) if action in found), None)


def _recipients(mail: Mail) -> Iterator[Any]:
    """The fields of each recipient in the report's machine-readable part: all but its first block."""
    if mail.get_content_type() != "multipart/report":
        return
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            yield from part.get_payload()[1:]  # type: ignore[index]


def _ours(mail: Mail, raw: bytes, keys: Keys) -> int | None:
    """Which message of ours came back: by its Message-ID, wherever it stands."""
    for text in _texts(mail, raw):
        for number, mark in _NAME.findall(text):
            if keys.is_marked(MARK, number, mark):
                return int(number)
    return None


def _texts(mail: Mail, raw: bytes) -> Iterator[str]:
    yield raw.decode("latin-1")
    for part in mail.walk():  # what came back may be encoded
        if not part.is_multipart() and isinstance(content := part.get_payload(decode=True), bytes):
            yield content.decode("latin-1")
