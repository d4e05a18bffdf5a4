"""The channels there are, named by path, so that the SDK of one that is switched off is never imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol

from aiohttp.web import AbstractRouteDef
from pydantic import BaseModel, TypeAdapter, ValidationError

from core.errors import SettingsError
from core.notify.routes import DESK, Ladder, Means
from core.notify.states import Kind
from core.ports import Channel
from core.switchboard import Switchboard
from gateway.settings import ChannelSections, NotifySection, described

CHANNELS: Mapping[str, str] = {
    "channels.asterisk": "channels.asterisk:Asterisk",
    "channels.kannel": "channels.kannel:Kannel",
    "channels.smpp": "channels.smpp:Smpp",
    "channels.twilio_sms": "channels.twilio_sms:TwilioSms",
    "channels.twilio_voice": "channels.twilio_voice:TwilioVoice",
    "bots.wechat": "bots.wechat:WeChat",
    "channels.email": "channels.email:Email",
    "bots.telegram": "bots.telegram:Telegram",
}


class Adapter(Channel, Protocol):
    """All that the gateway knows of a channel: `routes` are its webhooks, none when it polls.

    `asks_as` is what look-ups through it are noted under, empty for one through which nobody asks.
    """

    asks_as: str

    def routes(self) -> Iterable[AbstractRouteDef]: ...


@dataclass(frozen=True, slots=True)
class Switched:
    """A channel that is switched on, with its settings checked."""

    place: str
    adapter: type[Any]
    settings: BaseModel

    def build(self, switchboard: Switchboard) -> Adapter:
        adapter: Adapter = self.adapter(self.settings, switchboard)
        return adapter


def ladder_of(switched: Iterable[Switched], notify: NotifySection) -> Ladder:
    """The delivery ladder of the channels that are switched on, in the order that the settings give."""
    minutes = {
        Kind.CHAT: notify.chat_wait_minutes,
        Kind.TEXT: notify.text_wait_minutes,
        Kind.VOICE: notify.voice_wait_minutes,
        Kind.MAIL: notify.mail_wait_minutes,
    }
    waits = {kind: timedelta(minutes=each) for kind, each in minutes.items()}
    means = {
        one.place: Means(one.place, one.adapter.kind, one.adapter.proof, waits[one.adapter.kind]) for one in switched
    }
    return Ladder((means[place] for place in notify.ladder if place in means), desk=DESK in notify.ladder)


def switched_on(settings: ChannelSections) -> list[Switched]:
    """The channels switched on. Raises SettingsError naming every problem of every one of them."""
    found: list[Switched] = []
    problems: list[str] = []
    for group in ("channels", "bots"):
        for name, section in getattr(settings, group).items():
            _switch(f"{group}.{name}", section, found, problems)
    if problems:
        raise SettingsError(problems)
    return found


def _switch(place: str, section: Mapping[str, Any], found: list[Switched], problems: list[str]) -> None:
    if place not in CHANNELS:
        problems.append(f"{place}: there is no such channel; there are: {', '.join(CHANNELS)}")
    elif "enabled" not in section:
        problems.append(f"{place}.enabled: is missing")
    elif (on := _is_on(section["enabled"])) is None:
        problems.append(f"{place}.enabled: must be true or false")
    elif on:
        module, _, name = CHANNELS[place].partition(":")
        adapter = getattr(import_module(module), name)
        try:
            found.append(Switched(place, adapter, adapter.Settings.model_validate(section)))
        except ValidationError as error:
            problems += described(error, f"{place}.")


def _is_on(value: object) -> bool | None:
    """None for what says neither: a slip must not leave a channel silently off."""
    try:
        return TypeAdapter(bool).validate_python(value)
    except ValidationError:
        return None
