"""The delivery ladder: in which order the channels are tried for a person, and what ends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from core.notify.addresses import takes_texts
from core.notify.states import UNDER_WAY, WAITING, Kind, State, proves

DESK = "desk"
NONE: Mapping[str, str] = MappingProxyType({})
_HOPED = WAITING | UNDER_WAY


@dataclass(frozen=True, slots=True)
class Means:
    """A channel as the ladder sees it: its strongest `proof`, and how long that is waited for.

    `place` is where its settings are, such as `channels.twilio_sms`.
    """

    place: str
    kind: Kind
    proof: State
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: an address on a channel, or the desk."""

    place: str
    address: str


@dataclass(frozen=True, slots=True)
class Sending:
    """What of a message the ladder looks at: `first_due_at` is when it should have left at first."""

    place: str
    state: State
    first_due_at: datetime
    sent_at: datetime | None


class Next(StrEnum):
    """What the ladder does: nothing yet, one rung up, or the end of it, with or without a proof."""

    WAIT = "wait"
    CLIMB = "climb"
    TOLD = "told"
    GIVE_UP = "give_up"


class Ladder:
    """Knows the channels that are switched on, in the order in which they are tried."""

    def __init__(self, means: Iterable[Means], *, desk: bool = True) -> None:
        self._means: Mapping[str, Means] = {one.place: one for one in means}
        self._desk = desk

    def __bool__(self) -> bool:
        return bool(self._means)

    def __getitem__(self, place: str) -> Means:
        return self._means[place]

    def __contains__(self, place: object) -> bool:
        return place in self._means

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(self._means)

    def place_of(self, kind: Kind) -> str:
        """The first channel of a kind, empty when none is switched on."""
        return next((one.place for one in self._means.values() if one.kind == kind), "")

    def route(
        self, number: str, chats: Mapping[str, str], *, desk: bool, mails: Mapping[str, str] = NONE
    ) -> tuple[Step, ...]:
        """The steps for a person with a telephone number, and chats and mails by their channels' places.

        All may be empty.
        """
        steps = []
        for one in self._means.values():
            if one.kind == Kind.CHAT and one.place in chats:
                steps.append(Step(one.place, chats[one.place]))
            elif one.kind == Kind.MAIL and one.place in mails:
                steps.append(Step(one.place, mails[one.place]))
            elif (one.kind == Kind.TEXT and takes_texts(number)) or (one.kind == Kind.VOICE and number):
                steps.append(Step(one.place, number))
        if desk and self._desk:
            steps.append(Step(DESK, ""))
        return tuple(steps)

    def decide(self, route: Sequence[Step], step: int, sendings: Iterable[Sending], at: datetime) -> Next:
        """What is to be done, from what is known of the messages so far.

        A message that may still arrive is waited for, for its channel's time, counted from its leaving; one that can't
        leave in that time isn't waited for either, unless nothing comes after it.
        """
        sendings, last = list(sendings), step + 1 == len(route)
        if any(proves(one.state, self._means[one.place].proof) for one in sendings if one.place in self._means):
            return Next.TOLD
        if route[step].place == DESK:
            return Next.WAIT
        here = [one for one in sendings if one.place == route[step].place]
        if any(at < self.patience(one) or (last and one.state in WAITING) for one in here if one.state in _HOPED):
            return Next.WAIT
        return Next.GIVE_UP if last else Next.CLIMB

    def patience(self, sending: Sending) -> datetime:
        """Until when a message is waited for."""
        means = self._means.get(sending.place)
        wait = means.wait if means else timedelta()
        return (sending.sent_at or sending.first_due_at) + wait
