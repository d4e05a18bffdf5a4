"""What may become of a message: honest states, in an order that no late, doubled or swapped receipt can turn back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """How far a message is known to have come, in the words of the house.

    `accepted`: the provider took it over. `sent`: it left the provider. `delivered`: it is on the person's device.
    `read`: the person opened or heard it. `unknown`: it may have been taken, and nobody can say.
    """

    QUEUED = "queued"
    DEFERRED = "deferred"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    EXPIRED = "expired"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


S = State
WAITING = frozenset({S.QUEUED, S.DEFERRED})
"""Nothing of the message has left us yet."""
UNDER_WAY = frozenset({S.SENDING, S.UNKNOWN, S.ACCEPTED, S.SENT})
"""It may still arrive."""
LOST = frozenset({S.EXPIRED, S.FAILED})
# A failure outranks what a provider says on the way, and an arrival outranks a failure: the person has it.
_RANK: Mapping[State, int] = {
    S.QUEUED: 0,
    S.DEFERRED: 0,
    S.SENDING: 1,
    S.UNKNOWN: 2,
    S.ACCEPTED: 3,
    S.SENT: 4,
    S.EXPIRED: 5,
    S.FAILED: 5,
    S.DELIVERED: 6,
    S.READ: 7,
}


class Kind(StrEnum):
    """What sort of channel it is: words for the eye, a conversation, a call, a letter, or a person at the desk."""

    TEXT = "text"
    CHAT = "chat"
    VOICE = "voice"
    MAIL = "mail"
    DESK = "desk"


class Purpose(StrEnum):
    """What a message is for, which decides whether one can do without it.

    What the law has told (行政许可法 articles 32, 38, 42, 44 and 45) is `statutory`, and no opting out stops it; nor
    does it stop the `answer` to what a person just asked for.
    """

    STATUTORY = "statutory"
    SERVICE = "service"
    RATING = "rating"
    ANNOUNCEMENT = "announcement"
    ANSWER = "answer"
    OPERATOR = "operator"


REFUSABLE = (Purpose.SERVICE, Purpose.RATING, Purpose.ANNOUNCEMENT)


def moved(state: State, heard: State) -> State:
    """The state after a receipt: never one that stands before the present one."""
    return heard if _RANK[heard] > _RANK[state] else state


def rank(state: State) -> int:
    return _RANK[state]


def proves(state: State, proof: State) -> bool:
    """Whether a message has come as far as the strongest proof that its channel can give."""
    return state not in LOST and _RANK[state] >= _RANK[proof]
