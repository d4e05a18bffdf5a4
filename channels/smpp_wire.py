"""SMPP 3.4 on the wire: what we say, written by aiosmpplib, and what comes, read here byte by byte.

The library's readers refuse what carriers really send: statuses of their own, references of 16 bits, half a character
at the end of a part, codings that only one country knows. Source: "SMPP Protocol Specification v3.4". This is the only
user of the library.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiosmpplib import (
    NPI,
    TON,
    BindTransceiver,
    BindTransmitter,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    PhoneNumber,
    SmppCommand,
    SmppCommandStatus,
    SubmitSm,
    Unbind,
    UnbindResp,
)

HEADER_BYTES, MOST_BYTES = 16, 64 * 1024
DELIVER, ENQUIRE, UNBIND = int(SmppCommand.DELIVER_SM), int(SmppCommand.ENQUIRE_LINK), int(SmppCommand.UNBIND)
BIND_RESPS = (int(SmppCommand.BIND_TRANSCEIVER_RESP), int(SmppCommand.BIND_TRANSMITTER_RESP))
RESPONSE = 0x80000000
OK, BAD_DESTINATION, QUEUE_FULL, SYSTEM_ERROR, THROTTLED = 0, 0x0B, 0x14, 0x08, 0x58
BAD_LENGTH, UNKNOWN_COMMAND, TRY_LATER = 0x02, 0x03, 0x64
RECEIPTED_ID, MESSAGE_STATE, PAYLOAD = 0x001E, 0x0427, 0x0424
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
HAS_HEADER, _KIND, _RECEIPT = 0x40, 0x3C, 0x04
_REFUSALS = {
    0x05: "bound already: more binds than the carrier grants",
    0x0D: "the bind failed",
    0x0E: "the password is wrong",
    0x0F: "the system_id is wrong",
    0x53: "the system_type is wrong",
}
_CODINGS = {0: "gsm0338", 8: "ucs2"}


class Garbled(Exception):
    """What came is no SMPP."""


@dataclass(frozen=True, slots=True)
class Address:
    """A number as the carrier writes it, its type and its numbering plan by their codes."""

    number: str
    ton: int = 0
    npi: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a segment is sent: its data_coding, whether it is a part with a header, whether a receipt is asked for."""

    coding: int
    in_parts: bool
    receipt: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """One PDU: what it is, its status and its number, and what it holds."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message or a receipt that the SMSC hands over; `options` are its optional parameters by their tags."""

    source: str
    destination: str
    esm_class: int
    coding: int
    content: bytes
    options: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def is_receipt(self) -> bool:
        return self.esm_class & _KIND == _RECEIPT or RECEIPTED_ID in self.options

    @property
    def has_header(self) -> bool:
        return bool(self.esm_class & HAS_HEADER)


def status_name(status: int) -> str:
    """A status by its name in the specification, else its number: carriers have some of their own."""
    try:
        return str(SmppCommandStatus(status).name)
    except ValueError:
        return f"status 0x{status:08X}"


def refusal(status: int) -> str:
    """Why a bind is refused, with what that means."""
    means = _REFUSALS.get(status)
    return f"{status_name(status)}, {means}" if means else status_name(status)


# What we say


def bind(sequence: int, system_id: str, password: str, system_type: str, *, only_sending: bool = False) -> bytes:
    kind = BindTransmitter if only_sending else BindTransceiver
    said = kind(sequence_num=sequence, system_id=system_id, password=password, system_type=system_type)
    return bytes(said.pdu())


def submit(sequence: int, source: Address, to: Address, content: bytes, how: Manner) -> bytes:
    """One segment on its way to a telephone."""
    message = SubmitSm(
        sequence_num=sequence,
        short_message="-",  # the library wants some; what is sent is set below
        source=_number(source),
        destination=_number(to),
        esm_class=HAS_HEADER if how.in_parts else 0,
        registered_delivery=int(how.receipt),
        encoding=_CODINGS[how.coding],
    )
    message.set_encoded_message(content)
    return bytes(message.pdu())


def answer(frame: Frame, status: int = OK) -> bytes:
    """What a request of the SMSC is answered."""
    match frame.command:
        case command if command == DELIVER:
            said = DeliverSmResp(sequence_num=frame.sequence, command_status=_status(status), message_id="")
        case command if command == ENQUIRE:
            said = EnquireLinkResp(sequence_num=frame.sequence)
        case command if command == UNBIND:
            said = UnbindResp(sequence_num=frame.sequence)
        case _:
            said = GenericNack(sequence_num=frame.sequence, command_status=_status(status))
    return bytes(said.pdu())


def enquire(sequence: int) -> bytes:
    return bytes(EnquireLink(sequence_num=sequence).pdu())


def unbind(sequence: int) -> bytes:
    return bytes(Unbind(sequence_num=sequence).pdu())


def _number(address: Address) -> PhoneNumber:
    return PhoneNumber(address.number, TON(address.ton), NPI(address.npi))


def _status(status: int) -> SmppCommandStatus:
    return SmppCommandStatus(status)


# What comes


def body_length(head: bytes) -> int:
    """How many bytes follow a header. Raises Garbled for a length that no PDU has."""
    length = int(struct.unpack_from("!I", head)[0])
    if not HEADER_BYTES <= length <= MOST_BYTES:
        raise Garbled("a length that no message has")
    return length - HEADER_BYTES


def frame(head: bytes, body: bytes) -> Frame:
    _, command, status, sequence = struct.unpack("!4I", head)
    return Frame(command, status, sequence, body)


def message_id(body: bytes) -> str:
    """The SMSC's name for a message that it took."""
    return body.partition(b"\0")[0].decode("ascii", "replace")


def delivered(body: bytes) -> Delivered:
    """Reads a deliver_sm. Raises Garbled."""
    try:
        return _delivered(body)
    except (struct.error, IndexError, ValueError):
        raise Garbled("a message that can't be read") from None


def _delivered(body: bytes) -> Delivered:
    _, at = _text(body, 0)
    source, at = _text(body, at + 2)
    destination, at = _text(body, at + 2)
    esm_class = body[at]
    _, at = _text(body, at + 3)  # when it was to be delivered
    _, at = _text(body, at)  # how long it is valid
    coding, length = body[at + 2], body[at + 4]
    at += 5
    if at + length > len(body):
        raise ValueError
    options = _options(body[at + length :])
    content = body[at : at + length] or options.get(PAYLOAD, b"")
    return Delivered(source, destination, esm_class, coding, content, options)


def _text(body: bytes, at: int) -> tuple[str, int]:
    end = body.index(b"\0", at)
    return body[at:end].decode("ascii", "replace"), end + 1


def _options(rest: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while len(rest) >= 4:
        tag, length = struct.unpack_from("!HH", rest)
        found[tag] = rest[4 : 4 + length]
        rest = rest[4 + length :]
    return found
