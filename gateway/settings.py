"""The settings: one file and the environment over it, checked whole before anything starts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from core.errors import SettingsError
from core.qr import MAX_PUBLIC_URL_CHARS

PREFIX = "HAOBAN_"
FILE_SUFFIX = "_FILE"
_OWN_VARIABLES = frozenset({"HAOBAN_SETTINGS"})


def _listed(value: object) -> object:
    """A list as the environment writes it: parts with commas between."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class Section(BaseModel):
    """A section knows all its keys: one it doesn't know is a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = "http://localhost:8080"
    secret_key: str = ""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_listed)] = ()
    max_request_kib: int = Field(64, ge=1, le=10_240)

    @field_validator("public_url")
    @classmethod
    def _fits_a_qr_code(cls, url: str) -> str:
        url = url.rstrip("/")
        if not url.startswith(("http://", "https://")) or len(url) > MAX_PUBLIC_URL_CHARS:
            raise ValueError(f"must begin with http:// or https:// and have {MAX_PUBLIC_URL_CHARS} characters at most")
        return url


class DatabaseSection(Section):
    url: str = "sqlite://var/haoban.db"


class RedisSection(Section):
    url: str = ""


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

    lookups: str = "30/minute"
    requests: str = "300/minute"
    messages: str = "20/minute"
    texts: str = "5/hour"


class FilesSection(Section):
    folder: Path = Path("var/files")


class SearchSection(Section):
    """Files of synonyms of the centre's own, read beside those that are shipped."""

    synonyms: Annotated[tuple[Path, ...], BeforeValidator(_listed)] = ()


class LogSection(Section):
    level: str = Field("info", pattern="^(debug|info|warning|error)$")
    format: str = Field("auto", pattern="^(auto|json|text)$")


class Settings(Section):
    """Everything but the channels' own sections, which each channel checks when it is switched on."""

    server: Server = Server()
    database: DatabaseSection = DatabaseSection()
    redis: RedisSection = RedisSection()
    centre: CentreSection = CentreSection()
    limits: LimitsSection = LimitsSection()
    files: FilesSection = FilesSection()
    search: SearchSection = SearchSection()
    log: LogSection = LogSection()
    channels: dict[str, dict[str, Any]] = {}
    bots: dict[str, dict[str, Any]] = {}


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file with the environment over it. Raises SettingsError that names every problem."""
    values, problems = _overlaid(_read(path), environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += described(error)
    if problems:
        raise SettingsError(problems)
    return settings


def described(error: ValidationError, place: str = "") -> list[str]:
    """Each problem with its place, and never with the value, which may be a secret."""
    return [f"{place}{'.'.join(map(str, part['loc']))}: {_plain(part['msg'])}" for part in error.errors()]


def _plain(message: str) -> str:
    return {"Extra inputs are not permitted": "there is no such setting", "Field required": "is missing"}.get(
        message, message.removeprefix("Value error, ")
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise SettingsError([f"{path}: there is no such file"])
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError([f"{path}: {error}"]) from error


def _overlaid(values: dict[str, Any], environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    problems: list[str] = []
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable in _OWN_VARIABLES:
            continue
        name = variable.removeprefix(PREFIX)
        if name.endswith(FILE_SUFFIX):
            name = name.removesuffix(FILE_SUFFIX)
            try:
                value = Path(value).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{variable}: {error}")
                continue
        _put(values, name.lower().split("__"), value, variable, problems)
    return values, problems


def _put(values: Any, keys: list[str], value: str, variable: str, problems: list[str]) -> None:
    *sections, last = keys
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            problems.append(f"{variable}: {section} is no section")
            return
    values[last] = value
