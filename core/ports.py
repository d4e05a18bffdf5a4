"""All that the core knows of the channels through which it sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message: to whom (a telephone number as +8613800005678, a chat's id), what, in which language."""

    to: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took a message; `provider_id` is its own name for it, by which receipts come."""

    provider_id: str


class Channel(Protocol):
    """A way to a citizen."""

    name: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, message: Outbound) -> Sent:
        """Hand a message to the provider. Raises SendError and nothing else."""
        ...
