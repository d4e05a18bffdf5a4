"""The settings: one file and the environment over it, checked whole before anything starts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from core.clamav import ClamAv
from core.database import Database
from core.errors import SettingsError
from core.keys import secret_from
from core.qr import MAX_PUBLIC_URL_CHARS
from core.rates import Rate
from core.redis_line import RedisLine
from core.search import Synonyms
from gateway.sources import Origins, overlaid, read


def _listed(value: object) -> object:
    """A list as the environment writes it: parts with commas between."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _network(value: object) -> object:
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("is no network, as 10.0.0.0/8 and 2001:db8::/32 are") from None


_PLACE = re.compile(
    r"^(server|database|redis|limits|files)\.[a-z_]*: "
)  # as a part names it, which may not be where the value stood


def _taken(check: Callable[[Any], object]) -> AfterValidator:
    """What the part itself takes, so that it is told with all other problems and not when the part is built."""

    def checked(value: Any) -> Any:
        try:
            if value:
                check(value)
        except SettingsError as error:
            raise ValueError("; ".join(_PLACE.sub("", problem) for problem in error.problems)) from None
        return value

    return AfterValidator(checked)


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Times = Annotated[str, _taken(lambda text: Rate("", text))]


BoardScreen = Literal["figures", "accepted", "finished", "notices", "promises"]


class Section(BaseModel):
    """A section knows all its keys: one it doesn't know is a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = "http://localhost:8080"
    secret_key: Annotated[str, _taken(lambda secret: secret_from(secret, Path()))] = ""
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(_listed)] = ()
    max_request_kib: int = Field(64, ge=1, le=10_240)

    @field_validator("public_url")
    @classmethod
    def _fits_a_qr_code(cls, url: str) -> str:
        url = url.rstrip("/")
        if not _is_plain_address(url) or len(url.encode()) > MAX_PUBLIC_URL_CHARS:
            raise ValueError(
                f"must be http:// or https:// with a host, and have {MAX_PUBLIC_URL_CHARS} characters at most"
            )
        return url


class DatabaseSection(Section):
    url: Annotated[str, Field(min_length=1), _taken(Database)] = "sqlite://var/haoban.db"


class RedisSection(Section):
    url: Annotated[str, _taken(RedisLine)] = ""


class CentreSection(Section):
    """How the centre names itself to citizens; `signature` stands in front of each text message.

    Callers who want a person are put through to `operator` in office hours; empty: they are told `phone`.
    """

    name: str = "示例县政务服务中心"
    name_en: str = "Demonstration County Service Centre"
    phone: str = "12345"
    operator: str = Field("", pattern=r"^(\+?\d{3,15})?$")
    signature: str = "【示例政务】"
    signature_en: str = "Service Centre: "


class LimitsSection(Section):
    """How often one sender may ask, each as `count/period`."""

    lookups: Times = "30/minute"
    requests: Times = "300/minute"
    messages: Times = "20/minute"
    texts: Times = "5/hour"
    systems: Times = "600/minute"


class FilesSection(Section):
    """`folder` keeps blank forms, `cases` what is handed in; with a `scanner` nothing is kept that it didn't pass."""

    folder: Path = Path("var/files")
    cases: Path = Path("var/case_files")
    upload_mib: int = Field(20, ge=1, le=200)
    scanner: Annotated[str, _taken(ClamAv)] = ""


class ExchangeSection(Section):
    """Other systems: whether events may be sent to addresses inside this network."""

    private_webhooks: bool = False


class BackupSection(Section):
    """What backups are encrypted with; empty: asked for."""

    passphrase: str = ""


class PersonsSection(Section):
    """How long the archive of a finished case is kept by law before a person may be erased from it."""

    retention_years: int = Field(10, ge=1, le=100)


class FerrySection(Section):
    """The other installation behind a separated network, its key, and which fields of cases may go there."""

    name: str = Field("", pattern=r"^([a-z0-9-]{1,30})?$")
    peer: str = Field("", pattern=r"^([a-z0-9-]{1,30})?$")
    peer_key: str = ""
    fields: Annotated[tuple[str, ...], BeforeValidator(_listed)] = (
        *("project_no", "task_code", "status", "number", "applicant_name", "applicant_type", "department"),
        *("applied_at", "accepted_at", "completed_at", "result", "result_name", "result_no", "collect", "reason"),
        *("missing", "amend_until", "procedure", "until", "invest_no"),
    )


class StaffSection(Section):
    """Signing in to the desk. A second factor is asked for unless this is the demonstration, or as told."""

    idle_minutes: int = Field(15, ge=1, le=240)
    second_factor: Literal["auto", "on", "off"] = "auto"
    single_session: bool = False


_RUNG = r"^((channels|bots)\.[a-z_]+|desk)$"


class NotifySection(Section):
    """What citizens are told unasked. `ladder` names the channels in the order in which they are tried for a person."""

    worker: bool = True
    ladder: Annotated[tuple[Annotated[str, Field(pattern=_RUNG)], ...], BeforeValidator(_listed)] = (
        *("bots.wechat", "bots.telegram", "channels.kannel", "channels.smpp", "channels.twilio_sms"),
        *("channels.asterisk", "channels.twilio_voice", "channels.email", "desk"),
    )
    chat_wait_minutes: int = Field(2, ge=1, le=2880)
    text_wait_minutes: int = Field(30, ge=1, le=2880)
    voice_wait_minutes: int = Field(15, ge=1, le=2880)
    mail_wait_minutes: int = Field(60, ge=1, le=2880)
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    quiet_holidays: bool = False
    max_age_hours: int = Field(48, ge=1, le=720)
    texts_kept_days: int = Field(180, ge=1, le=3650)
    operators: Annotated[tuple[Annotated[str, Field(pattern=r"^\+\d{7,15}$")], ...], BeforeValidator(_listed)] = ()


class SearchSection(Section):
    """Files of synonyms of the centre's own, read beside those that are shipped."""

    synonyms: Annotated[tuple[Path, ...], BeforeValidator(_listed), _taken(lambda paths: Synonyms.load(*paths))] = ()


class BoardSection(Section):
    """One board of the hall, shown at `/board/NAME`; without a title it bears the centre's name."""

    title: str = ""
    screens: Annotated[tuple[BoardScreen, ...], BeforeValidator(_listed)] = (
        "figures",
        "accepted",
        "finished",
        "notices",
        "promises",
    )
    seconds: int = Field(12, ge=3, le=600)
    department: str = ""
    language: str = "zh"


class KioskSection(Section):
    """The touch devices of the hall. Without a `staff_pin` nobody gets to the screen for staff."""

    idle_s: int = Field(60, ge=20, le=600)
    staff_pin: str = Field("", pattern=r"^(\d{6,12})?$")
    camera: bool = False
    font: str = ""


class LogSection(Section):
    level: str = Field("info", pattern="^(debug|info|warning|error)$")
    format: str = Field("auto", pattern="^(auto|json|text)$")


class ChannelSections(BaseModel):
    """The channels' own sections, each checked by its channel when that is switched on."""

    model_config = ConfigDict(frozen=True)

    channels: dict[str, dict[str, Any]] = {}
    bots: dict[str, dict[str, Any]] = {}


class Settings(ChannelSections, Section):
    """Everything that can be set."""

    server: Server = Server()
    database: DatabaseSection = DatabaseSection()
    redis: RedisSection = RedisSection()
    centre: CentreSection = CentreSection()
    limits: LimitsSection = LimitsSection()
    files: FilesSection = FilesSection()
    search: SearchSection = SearchSection()
    kiosk: KioskSection = KioskSection()
    staff: StaffSection = StaffSection()
    exchange: ExchangeSection = ExchangeSection()
    notify: NotifySection = NotifySection()
    ferry: FerrySection = FerrySection()
    persons: PersonsSection = PersonsSection()
    backup: BackupSection = BackupSection()
    log: LogSection = LogSection()
    boards: dict[str, BoardSection] = Field(default_factory=lambda: {"hall": BoardSection()})


def load(
    path: Path, environment: Mapping[str, str] = os.environ, *, channels: Callable[[ChannelSections], object]
) -> Settings:
    """The settings of a file with the environment over it. Raises SettingsError that names every problem.

    `channels` checks the sections of the channels, and raises SettingsError too.
    """
    values, origins, problems = overlaid(read(path), environment)
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += described(error, origins=origins)
    try:
        channels(settings or _sections(values))
    except SettingsError as error:
        problems += error.problems
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _sections(values: Mapping[str, Any]) -> ChannelSections:
    """What can be read of the channels' sections where other settings are wrong."""
    try:
        return ChannelSections.model_validate(values)
    except ValidationError:
        return ChannelSections()


def described(error: ValidationError, place: str = "", origins: Origins | None = None) -> list[str]:
    """Each problem with its place, and never with the value, which may be a secret."""
    return [
        f"{place}{'.'.join(map(str, part['loc']))}{_from(part['loc'], origins or {})}: {_plain(part['msg'])}"
        for part in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _from(place: tuple[int | str, ...], origins: Origins) -> str:
    """The variable that a value came from, where it was one."""
    names = (origins.get(place[:length]) for length in range(len(place), 0, -1))
    name = next(filter(None, names), "")
    return f" ({name})" if name else ""


def _plain(message: str) -> str:
    return {
        "Extra inputs are not permitted": "there is no such setting",
        "Field required": "is missing",
        "Input should be a valid string": "must be a text",
        "Input should be a valid dictionary": "must be a section",
    }.get(message, message.removeprefix("Value error, ").replace("Input should", "should"))


def _is_plain_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    odd = parts.query or parts.fragment or parts.username or any(c.isspace() or not c.isprintable() for c in url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not odd
