"""All that the core knows of the channels through which it sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from core.naming import storable
from core.notify.states import Kind, State

WORD_CHARS, PROVIDER_ID_CHARS = 100, 64


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message: to whom (a telephone number as +8613800005678, a chat's id), what, in which language.

    `id` is our own number for it, by which receipts find it; 0 for one of which nobody asks for receipts.
    """

    to: str
    text: str
    language: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took a message; `provider_id` is its own name for it, `state` how far it has come by that."""

    provider_id: str
    state: State = State.ACCEPTED


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of a message later on, in our terms and in its own `word`; `heard_by` person or machine."""

    message_id: int
    state: State
    word: str
    provider_id: str = ""
    heard_by: str = ""

    def __post_init__(self) -> None:
        # Receipts are kept together: what one provider says must not cost the others theirs.
        object.__setattr__(self, "word", storable(self.word, WORD_CHARS))
        object.__setattr__(self, "provider_id", storable(self.provider_id, PROVIDER_ID_CHARS))


class Channel(Protocol):
    """A way to a citizen. `proof` is the strongest sign of arrival that it can ever give: nothing else ends a ladder.

    `account` names the provider's account that it sends from; `per_second` and `account_per_second` are how many
    messages may leave through the channel and the account, 0 for no limit.
    """

    name: str
    kind: Kind
    proof: State

    @property
    def account(self) -> str: ...

    @property
    def per_second(self) -> float: ...

    @property
    def account_per_second(self) -> float: ...

    async def start(self, *, receiving: bool = True) -> None:
        """Connect; a process that only sends is not `receiving`."""
        ...

    async def stop(self) -> None: ...

    async def send(self, message: Outbound) -> Sent:
        """Hand a message to the provider. Raises SendError and nothing else."""
        ...


@runtime_checkable
class Probed(Protocol):
    """A channel that can be asked whether its other side answers."""

    async def probe(self) -> str:
        """What the other side tells of itself, such as `answers, balance 12.30 CNY`; nothing is sent to anybody.

        The channel is started for sending. Raises SendError, its reason saying what is wrong.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence that a line of our own says again and again, by the name of its sound."""

    name: str
    text: str
    language: str


@runtime_checkable
class Speaking(Protocol):
    """A channel whose voice is made by us."""

    def prompts(self) -> Sequence[Prompt]: ...

    async def wave(self, name: str) -> bytes:
        """The sound of a prompt as a WAV file. Raises NotFound, SendError."""
        ...


@runtime_checkable
class Recorded(Protocol):
    """A channel whose provider keeps a record of what it took: by it a send without an answer is settled."""

    async def records(self, message: Outbound, since: datetime) -> Sequence[Receipt]:
        """What the provider has of the same words to the same person since a moment. Raises SendError."""
        ...
