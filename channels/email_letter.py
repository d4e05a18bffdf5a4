"""What a mail is: a notice's words and facts as text and as HTML, with the blank forms that it calls for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, quote
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from channels.email_settings import EmailSettings
from core.attachments import File
from core.errors import NotFound
from core.keys import Keys
from core.language import Language
from core.local_time import now
from core.notify.contents import Content
from core.notify.mail_stop import PATH, stop_token
from core.notify.states import REFUSABLE, Kind
from core.notify.words import fact
from core.switchboard import Switchboard
from core.views import FormView

MOST_ATTACHED_BYTES = 10 * 1000**2
MARK = "mail"
"""What the mark in a mail's name is for."""
# Of the facts these are set out below the words, each where it is known.
_SET_OUT = ("code", "item", "number", "department", "due", "amend_until")
# Any server takes it; and headers are folded here, for the library's own folding doubles spaces.
_POLICY = SMTP.clone(cte_type="7bit", refold_source="none")
_MOST_PLAIN_CHARS = 60
# The last few words before a link that ends a text only lead to it.
_LEAD = r"[^。．.!?！？；;]{0,20}"
_TAGS = {"zh": "zh-CN"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent, and the name by which what comes back is found."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Page:
    """What both parts of a mail say."""

    subject: str
    heading: str
    centre: str
    phone: str
    words: str
    facts: Sequence[tuple[str, str]]
    missing: Sequence[str]
    link: str
    attached: Sequence[str]
    elsewhere: Sequence[tuple[str, str]]
    stop: str

    @property
    def lead(self) -> str:
        """The words without the link at their end, for where a button stands for it."""
        return re.sub(rf"{_LEAD}{re.escape(self.link)}\s*\Z", "", self.words) if self.link else self.words


class Letters:
    def __init__(self, settings: EmailSettings, switchboard: Switchboard) -> None:
        self._settings, self._switchboard = settings, switchboard
        folder = FileSystemLoader(Path(__file__).parent)
        templates = Environment(
            loader=folder, autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True
        )
        self._html, self._text = templates.get_template("email_letter.html"), templates.get_template("email_letter.txt")

    async def write(self, content: Content) -> Letter:
        language = self._switchboard.languages[content.language]
        files, elsewhere = await self._files(content.forms)
        page = self._page(content, language, [file.name for file in files], elsewhere)
        name = mail_name(self._switchboard.keys, content.message_id)
        mail = self._headed(content, page, language, name)
        tag = _TAGS.get(language.code, language.code)
        shown = {"page": page, "t": language.text, "tag": tag}
        mail.set_content(self._text.render(shown))
        mail.add_alternative(self._html.render(shown), subtype="html")
        for file in files:
            main, _, sub = file.media_type.partition("/")
            mail.add_attachment(file.content, maintype=main, subtype=sub, filename=one_line(file.name))
        mail["Content-Language"] = tag  # last: the parts would take it along
        return Letter(name, mail.as_bytes())

    def _headed(self, content: Content, page: _Page, language: Language, name: str) -> EmailMessage:
        mail = EmailMessage(policy=_POLICY)
        sender = one_line(self._settings.sender_name or self._centre(language))
        mail.set_raw("From", f"{_named(sender)} <{self._settings.sender}>")
        mail["To"] = content.address
        mail.set_raw("Subject", _encoded(page.subject))
        mail["Date"] = format_datetime(now())
        mail["Message-ID"] = f"<{name}@{self._settings.domain}>"
        # Lest an answering machine answers (RFC 3834; the second as Exchange has it).
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        if page.stop:
            mail.set_raw("List-Unsubscribe", f"<{page.stop}>")
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return mail

    def _page(
        self, content: Content, language: Language, attached: Sequence[str], elsewhere: Sequence[FormView]
    ) -> _Page:
        switchboard, facts = self._switchboard, content.facts
        shown = {name: fact(name, value, Kind.MAIL, language) for name, value in facts.items() if value}
        heading = _heading(content.event, language)
        return _Page(
            subject=_subject(heading, shown, language),
            heading=heading,
            centre=self._centre(language),
            phone=switchboard.phone,
            words=content.text,
            facts=[(language.text(f"mail.fact.{name}"), shown[name]) for name in _SET_OUT if name in shown],
            missing=[str(one) for one in facts.get("missing") or ()],
            link=str(facts.get("link") or ""),
            attached=attached,
            elsewhere=[(_title(one, language), self._address(f"/forms/{one.slug}")) for one in elsewhere],
            stop=self._stop(content),
        )

    def _stop(self, content: Content) -> str:
        """Where one has no more mail, for what one can do without."""
        if content.purpose not in REFUSABLE:
            return ""
        return self._address(f"{PATH}/{stop_token(self._switchboard.keys, content.message_id)}")

    def _address(self, path: str) -> str:
        return self._switchboard.public_url.rstrip("/") + path

    def _centre(self, language: Language) -> str:
        names = self._switchboard.names
        return names.get(language.code) or names["zh"]

    async def _files(self, forms: Sequence[FormView]) -> tuple[list[File], list[FormView]]:
        """The forms that go along, and those that are too large together, or aren't in the store."""
        files, elsewhere, room = [], [], MOST_ATTACHED_BYTES
        for form in forms:
            try:
                file = await self._switchboard.attachments.read(form) if form.size_bytes <= room else None
            except NotFound:
                file = None
            if file is None or len(file.content) > room:
                elsewhere.append(form)
            else:
                files.append(file)
                room -= len(file.content)
        return files, elsewhere


def mail_name(keys: Keys, message_id: int) -> str:
    """The first half of a mail's Message-ID: which message it is, and that the mail is ours."""
    return f"haoban.{message_id}.{keys.mark(MARK, str(message_id))}"


def one_line(text: str) -> str:
    """A text fit for a header: nothing in it ends a line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _encoded(line: str) -> str:
    """A line as a header has it, in words of RFC 2047 where it isn't plain."""
    if line.isascii() and len(line) <= _MOST_PLAIN_CHARS and "=?" not in line:
        return line
    return Header(line, "utf-8", maxlinelen=76).encode()


def _named(name: str) -> str:
    """A sender's name before its address."""
    encoded = _encoded(name)
    return f'"{quote(name)}"' if encoded == name else encoded


def _heading(event: str, language: Language) -> str:
    key = f"mail.subject.{event}"
    return language.text(key if language.has(key) else "mail.subject.other")


def _subject(heading: str, shown: Mapping[str, str], language: Language) -> str:
    if not ("item" in shown and "number" in shown):
        return one_line(heading)
    return one_line(language.text("mail.about", what=heading, item=shown["item"], number=shown["number"]))


def _title(form: FormView, language: Language) -> str:
    return form.title_en if language.code == "en" and form.title_en else form.title
