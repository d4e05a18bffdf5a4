"""Notices by e-mail, through a real SMTP server: what a mail is, and what becomes of one that isn't taken."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.email import Email
from channels.email_letter import _POLICY, _encoded, _named, one_line
from channels.email_relay import Stage, refusal
from channels.email_settings import EmailSettings
from core.codes import Status
from core.errors import SendError
from core.models import Case, Message, Notification
from core.notify.consent import about_case
from core.notify.mail_stop import stop_token
from core.notify.states import Kind
from core.ports import Outbound
from gateway.house import House
from gateway.registry import switched_on
from gateway.settings import NotifySection
from tests.channels.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.core.case_steps import TOLD, who_may
from tests.county import County, county_of, settings

S = Status
PLACE = "channels.email"
WANG = "wang@example.com"
NIGHT = NotifySection(quiet_from="03:00", quiet_until="03:00", worker=False)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as started:
        yield started


@pytest.fixture
async def county(
    server: MailServer, sqlite_county_template: Path, tmp_path: Path, form_files: Path
) -> AsyncIterator[County]:
    url = f"sqlite://{copy(sqlite_county_template, tmp_path / 'haoban.db')}"
    house = House(settings(url, form_files, notify=NIGHT, channels={"email": server.section()}))
    await house.open()
    yield await county_of(house)
    await house.close()


@pytest.fixture
async def channel(county: County) -> AsyncIterator[Email]:
    [switched] = switched_on(county.house.settings)
    made = switched.build(county.house.switchboard)
    assert isinstance(made, Email)
    await made.start(receiving=False)
    yield made
    await made.stop()


async def followed(county: County, language: str = "zh", address: str = WANG) -> Case:
    case = await Case.get(number=county.number(S.RECEIVED))
    await county.house.consent.follow(about_case(case.id), PLACE, address, language, "web")
    return case


async def moved(county: County, case: Case, to: Status, **told: Any) -> Message:
    """A case taken a step further; the message of it, which waits."""
    data = TOLD.get(to, {}) | told
    await county.house.cases.move(case.number, to, who_may(to), reason="材料不齐", data=data)
    return await Message.filter(kind=Kind.MAIL).order_by("-id").first().select_related("notification")


async def send(channel: Email, message: Message) -> str:
    sent = await channel.send(Outbound(message.address, message.text, message.language, message.id))
    return sent.provider_id


async def work(county: County, channel: Email) -> None:
    """Send all that is due, as the worker does."""
    [lane] = county.house.worker({PLACE: channel})._lanes
    while await lane.take():
        pass
    await lane.finish(10)


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), unescape(html.get_content())


async def failed(channel: Email, to: str = WANG) -> SendError:
    with pytest.raises(SendError) as raised:
        await channel.send(Outbound(to, "您好", "zh"))
    return raised.value


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_text_and_html_tell_the_same_facts_in_the_follower_s_language(
    county: County, channel: Email, server: MailServer, language: str
) -> None:
    message = await moved(county, await followed(county, language), S.CORRECTION)
    await send(channel, message)
    [mail] = server.mails
    text, html = parts(mail)
    facts = message.notification.facts
    for one in (facts["item"][language], facts["link"], *facts["missing"], facts["phone"], "材料不齐"):
        assert one in text
        assert one in html
    assert message.text in text
    assert facts["item"][language] in mail["Subject"]
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in html
    assert mail["Content-Language"] == ("zh-CN" if language == "zh" else "en")
    assert "http" not in html.replace(facts["link"], "").replace(county.house.settings.server.public_url, "")


async def test_a_mail_has_the_headers_that_mail_programs_look_at(
    county: County, channel: Email, server: MailServer
) -> None:
    message = await moved(county, await followed(county), S.ACCEPTED)
    name = await send(channel, message)
    [mail] = server.mails
    assert server.envelopes == [("tongzhi@haoban.example", WANG)]
    assert mail["From"].addresses == (Address("示例县政务服务中心", addr_spec="tongzhi@haoban.example"),)
    assert mail["To"] == WANG
    assert mail["Message-ID"] == f"<{name}@haoban.example>"
    assert len(name) <= 64
    assert mail["Auto-Submitted"] == "auto-generated"
    sent = parsedate_to_datetime(mail["Date"])
    assert abs(datetime.datetime.now(datetime.UTC) - sent) < datetime.timedelta(minutes=2)
    stop = f"http://localhost:8080/mail/stop/{stop_token(county.house.keys, message.id)}"
    assert mail["List-Unsubscribe"] == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = parts(mail)
    assert stop in text
    assert stop in html


async def test_what_the_law_has_told_offers_no_way_out(county: County, channel: Email, server: MailServer) -> None:
    await send(channel, await moved(county, await followed(county), S.CORRECTION))
    [mail] = server.mails
    assert mail["List-Unsubscribe"] is None
    assert "/mail/stop/" not in "".join(parts(mail))


async def test_the_blank_forms_of_a_correction_go_along_and_open(
    county: County, channel: Email, server: MailServer
) -> None:
    case = await followed(county)
    await send(channel, await moved(county, case, S.CORRECTION))
    [mail] = server.mails
    task_code = (await Case.get(id=case.id).select_related("version__item")).version.item.task_code
    forms = await county.house.query.forms(task_code)
    assert forms
    attached = {str(one.get_filename()): one.get_content() for one in mail.iter_attachments()}
    for form in forms:
        file = await county.house.switchboard.attachments.read(form)
        assert attached[form.file_name] == file.content
        assert form.file_name in parts(mail)[0]
        assert form.file_name in parts(mail)[1]


async def test_forms_that_are_too_large_are_led_to(
    county: County, channel: Email, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email_letter.MOST_ATTACHED_BYTES", 10)
    await send(channel, await moved(county, await followed(county), S.CORRECTION))
    [mail] = server.mails
    assert list(mail.iter_attachments()) == []
    for part in parts(mail):
        assert "http://localhost:8080/forms/" in part


async def test_what_was_typed_in_is_no_markup_and_no_header(county: County, channel: Email, server: MailServer) -> None:
    case = await followed(county)
    message = await moved(county, case, S.CORRECTION, missing=["<script>alert(1)</script>"])
    told = message.notification
    item = {"zh": "a\r\nBcc: all@example.com\r\n\r\n<b>"}
    await Notification.filter(id=told.id).update(facts=told.facts | {"item": item})
    await send(channel, message)
    [mail] = server.mails
    assert mail["Bcc"] is None
    assert "Bcc: all@example.com" in mail["Subject"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()
    assert server.envelopes == [("tongzhi@haoban.example", WANG)]


@given(st.text(max_size=200), st.text(max_size=80))
def test_headers_say_what_they_were_given_and_no_text_ends_one(subject: str, name: str) -> None:
    subject, name = one_line(subject), one_line(name)
    mail = EmailMessage(policy=_POLICY)
    mail.set_raw("Subject", _encoded(subject))
    mail.set_raw("From", f"{_named(name)} <a@example.com>")
    mail.set_content("x")
    raw = mail.as_bytes()
    read = message_from_bytes(raw, policy=default)
    assert set(read) <= {"Subject", "From", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert str(make_header(decode_header(message_from_bytes(raw)["Subject"]))) == subject
    [sender] = getaddresses([message_from_bytes(raw)["From"]])
    assert sender[1] == "a@example.com"
    assert str(make_header(decode_header(sender[0]))) == name
    assert all(len(line) <= 200 and line.isascii() for line in raw.splitlines())


async def test_the_worker_sends_a_mail_once_and_is_done_with_it(
    county: County, channel: Email, server: MailServer
) -> None:
    message = await moved(county, await followed(county), S.ACCEPTED)
    await work(county, channel)
    await work(county, channel)
    assert len(server.mails) == 1
    await message.refresh_from_db()
    assert message.state == "sent"
    assert [one.state for one in await Notification.filter(id=message.notification.id)] == ["told"]


async def test_one_connection_serves_many_mails(channel: Email, server: MailServer) -> None:
    for _ in range(5):
        await channel.send(Outbound(WANG, "您好", "zh"))
    assert server.connections == 1
    assert len(server.mails) == 5


async def test_many_at_once_share_a_few_connections(channel: Email, server: MailServer) -> None:
    await asyncio.gather(*(channel.send(Outbound(WANG, "您好", "zh")) for _ in range(40)))
    assert len(server.mails) == 40
    assert server.connections <= 4


async def test_a_server_that_was_started_anew_is_gone_on_with(channel: Email, server: MailServer) -> None:
    await channel.send(Outbound(WANG, "一", "zh"))
    await server.stop()
    assert (await failed(channel)).reason == "unreachable"
    await server.start()
    await channel.send(Outbound(WANG, "二", "zh"))
    assert len(server.mails) == 2


async def test_a_line_that_was_dropped_meanwhile_is_opened_anew(channel: Email, server: MailServer) -> None:
    await channel.send(Outbound(WANG, "一", "zh"))
    server.hang_up()
    await channel.send(Outbound(WANG, "二", "zh"))
    assert len(server.mails) == 2


@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("RCPT", "450 4.2.0 Greylisted, come again", "throttled"),
        ("RCPT", "550 5.1.1 No such user wang@example.com", "invalid"),
        ("RCPT", "554 5.7.1 Relay access denied", "rejected"),
        ("MAIL", "550 5.7.1 Not you", "rejected"),
        ("MAIL", "451 4.3.0 Later", "throttled"),
        ("MAIL", "530 5.7.0 Authentication required", "config"),
        ("DATA", "554 5.6.0 Not like this", "rejected"),
        ("DATA", "452 4.3.1 Full", "throttled"),
        ("DATA", "421 4.3.2 Going down", "throttled"),
        ("RCPT", "421 4.7.0 Too many", "throttled"),
    ],
)
async def test_a_no_is_told_for_what_it_is_and_the_next_mail_goes_out(
    channel: Email, server: MailServer, command: str, answer: str, reason: str
) -> None:
    server.says[command] = [answer]
    error = await failed(channel)
    assert error.reason == reason
    assert "wang" not in error.detail
    await channel.send(Outbound(WANG, "您好", "zh"))
    assert len(server.mails) == 1


async def test_an_answer_that_never_came_is_unknown_and_nothing_is_sent_again(
    county: County, channel: Email, server: MailServer
) -> None:
    server.hangs_up = True
    message = await moved(county, await followed(county), S.ACCEPTED)
    await work(county, channel)
    await message.refresh_from_db()
    assert message.state == "unknown"
    server.hangs_up = False
    await work(county, channel)
    assert len(server.mails) == 1


async def test_a_server_that_says_nothing_is_unreachable_in_time(
    channel: Email, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email_relay.OPEN_S", 0.2)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    mute = await asyncio.start_server(silent, "127.0.0.1", 0)
    channel._relay._settings = channel._relay._settings.model_copy(update={"port": mute.sockets[0].getsockname()[1]})
    assert (await failed(channel)).reason == "unreachable"
    mute.close()
    await mute.wait_closed()


@given(st.sampled_from(Stage), st.integers(400, 599), st.sampled_from(["", "4.2.0 x", "5.1.1 x", "5.7.1 x", "garbage"]))
def test_every_no_has_one_meaning(stage: Stage, code: int, told: str) -> None:
    reason = refusal(stage, code, told).reason
    assert reason not in ("unknown", "opted_out")  # the server said no: it did not take the mail
    if code < 500:
        assert reason == "throttled"
    if reason == "invalid":
        assert stage == Stage.RECIPIENT


class Certificate:
    """One that an authority of our own signed: the authority's file, and what a server shows."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file, pem = folder / "authority.pem", serialization.Encoding.PEM
        self.file.write_bytes(made.public_bytes(pem))
        secret = folder / "key.pem"
        secret.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(self.file, secret)


def tuned(channel: Email, server: MailServer, **given: Any) -> None:
    section = server.section(host="localhost", username=USER, password=PASSWORD) | given
    channel._relay._settings = EmailSettings.model_validate(section)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_with_a_trusted_certificate_it_signs_in_encrypted(
    channel: Email, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    certificate = Certificate(tmp_path)
    async with mail_server(tls=certificate.server, wrapped=security == "tls", auth=True) as server:
        tuned(channel, server, security=security)
        error = await failed(channel)
        assert error.reason == "unreachable"
        assert "certificate" in error.detail
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
        await channel.send(Outbound(WANG, "您好", "zh"))
        assert len(server.mails) == 1
        assert (await channel.probe()).startswith("answers")
        tuned(channel, server, security=security, password="wrong")
        await channel._relay.stop()
        assert (await failed(channel)).reason == "config"


async def test_a_server_without_encryption_gets_no_password_and_no_mail(channel: Email, server: MailServer) -> None:
    tuned(channel, server, security="starttls")
    assert (await failed(channel)).reason == "config"
    assert server.mails == []


async def test_the_probe_says_what_the_server_says_and_sends_nothing(channel: Email, server: MailServer) -> None:
    assert (await channel.probe()).startswith("answers")
    assert server.mails == []
    await server.stop()
    with pytest.raises(SendError):
        await channel.probe()


@pytest.mark.parametrize(
    "slip",
    [
        {"security": "none", "host": "mail.example"},
        {"sender": "no address"},
        {"sender_name": "a\r\nb"},
        {"username": "somebody"},
        {"bounces_host": "mail.example"},
        {"bounces_host": "mail.example", "bounces_username": "a", "bounces_password": "b", "bounces_security": "none"},
        {"unknown": 1},
        {"host": ""},
    ],
    ids=str,
)
def test_a_slip_in_the_settings_is_told(slip: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EmailSettings.model_validate(MailServer(port=25).section() | slip)
