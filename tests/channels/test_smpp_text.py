"""Text in the codings of the mobile networks, its segments, receipts in every fashion, and what is no SMPP at all."""

from __future__ import annotations

import pytest
import smpp34
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as some

from channels import smpp_wire as wire
from channels.smpp_receipt import report, spellings
from channels.smpp_text import GSM, UCS2, Part, part_of, read_text, segmented
from channels.smpp_wire import Address, Delivered, Garbled
from core.dialogue.segments import segments
from core.notify.states import State

WORDS = some.text(some.characters(exclude_categories=("Cs",)), max_size=700)
SEVEN_BITS = some.text(some.sampled_from("@£$abcXYZ 0189\n^{}[]~|€äöüàΔΞ!?"), max_size=700)


def came(content: bytes, *, coding: int = GSM, header: bool = False, **options: bytes) -> Delivered:
    tags = {int(name.removeprefix("t"), 16): value for name, value in options.items()}
    return Delivered("8613800001234", "10691234", 0x40 if header else 0, coding, content, tags)


@given(some.one_of(WORDS, SEVEN_BITS), some.integers(0, 70_000))
@limits(max_examples=300, deadline=None)
def test_every_text_comes_together_again_from_its_segments(text: str, reference: int) -> None:
    coding, parts = segmented(text, reference)
    assert len(parts) == max(1, segments(text))
    if len(parts) == 1:
        assert read_text(coding, parts[0]) == text
        return
    read = [part_of(came(content, coding=coding, header=True)) for content in parts]
    assert [(one.number, one.total) for one in read] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert len({one.reference for one in read}) == 1
    assert read_text(coding, b"".join(one.content for one in read)) == text
    for one in read:
        # What a phone shows of each part while it waits for the others has no half characters.
        assert "\ufffd" not in (read_text(coding, one.content) or "")


@pytest.mark.parametrize(
    ("text", "coding", "sizes"),
    [
        ("a" * 160, GSM, [160]),
        ("a" * 161, GSM, [159, 14]),
        ("€" * 80, GSM, [160]),
        ("€" * 81, GSM, [158, 16]),
        ("您" * 70, UCS2, [140]),
        ("您" * 71, UCS2, [140, 14]),
        ("😀" * 35, UCS2, [140]),
        ("😀" * 36, UCS2, [138, 18]),
        ("", GSM, [0]),
    ],
)
def test_a_segment_holds_what_a_phone_takes(text: str, coding: int, sizes: list[int]) -> None:
    found, parts = segmented(text, 7)
    assert (found, [len(part) for part in parts]) == (coding, sizes)


@pytest.mark.parametrize(
    ("coding", "content", "text"),
    [
        (0, b"CX 2611\x00\x11", "CX 2611@_"),
        (0, b"\x1b\x65\x1b\x14", "€^"),
        (0, b"caf\xe9", "café"),
        (1, b"CX 2611", "CX 2611"),
        (3, b"caf\xe9", "café"),
        (8, "查询".encode("utf-16-be"), "查询"),
        (8, b"\xd8", "\ufffd"),
        (15, "查询".encode("gbk"), "查询"),
        (0xF1, b"hello", "hello"),
        (4, b"\x00\x01", None),
        (0xF5, b"\x00\x01", None),
    ],
)
def test_words_are_read_in_every_coding_and_what_has_none_is_known(
    coding: int, content: bytes, text: str | None
) -> None:
    assert read_text(coding, content) == text


@pytest.mark.parametrize(
    ("message", "part"),
    [
        (came(b"\x05\x00\x03\x2a\x03\x02body", header=True), Part(0x2A, 3, 2, b"body")),
        (came(b"\x06\x08\x04\x12\x34\x03\x02body", header=True), Part(0x1234, 3, 2, b"body")),
        (came(b"\x0b\x05\x04\x15\x8a\x00\x00\x00\x03\x2a\x02\x01body", header=True), Part(0x2A, 2, 1, b"body")),
        (came(b"body", t020C=b"\x01\x02", t020E=b"\x02", t020F=b"\x01"), Part(0x102, 2, 1, b"body")),
        (came(b"body"), Part(0, 1, 1, b"body")),
        (came(b"\x05\x00\x03\x2a\x03\x04body", header=True), Part(0, 1, 1, b"body")),
        (came(b"\xff\x00\x03", header=True), Part(0, 1, 1, b"")),
        (came(b"", header=True), Part(0, 1, 1, b"")),
    ],
)
def test_a_part_is_known_by_its_header_or_its_parameters(message: Delivered, part: Part) -> None:
    assert part_of(message) == part


@pytest.mark.parametrize(
    ("text", "name", "state", "word"),
    [
        (b"id:4711 sub:001 submit date:2611271200 stat:DELIVRD err:000 text:", "4711", State.DELIVERED, "DELIVRD"),
        (b"id:4711 stat:UNDELIV err:0A1 text:id:9 stat:DELIVRD", "4711", State.FAILED, "UNDELIV 0A1"),
        (b"ID:ab-12.x STAT:EXPIRED", "ab-12.x", State.FAILED, "EXPIRED"),
        (b"id: 4711 stat: REJECTD", "4711", State.FAILED, "REJECTD"),
        (b"id:4711 stat:ACCEPTD", "4711", State.ACCEPTED, "ACCEPTD"),
        (b"id:4711 stat:ENROUTE", "4711", State.ACCEPTED, "ENROUTE"),
        (b"id:4711 stat:UNKNOWN", "4711", None, "UNKNOWN"),
        (b"stat:DELIVRD", "", State.DELIVERED, "DELIVRD"),
        (b"hello", "", None, ""),
    ],
)  # fmt: skip
def test_receipts_are_read_in_every_fashion(text: bytes, name: str, state: State | None, word: str) -> None:
    said = report(came(text))
    assert (said.message_id, said.state, said.word) == (name, state, word)


def test_a_receipt_may_be_in_parameters_alone() -> None:
    said = report(came(b"", t001E=b"4711\x00", t0427=b"\x05"))
    assert (said.message_id, said.state, said.word) == ("4711", State.FAILED, "UNDELIV")


@given(some.integers(0, 2**40))
def test_a_name_in_decimal_is_found_as_hexadecimal_and_the_other_way(number: int) -> None:
    assert f"{number:X}" in spellings(str(number))
    assert f"{number:x}" in spellings(str(number))
    assert str(number) in spellings(f"{number:X}")
    assert spellings("not-a-number") == ("not-a-number",)
    assert spellings(str(number))[0] == str(number)


@given(some.binary(max_size=400))
@limits(max_examples=300, deadline=None)
def test_nothing_that_an_smsc_says_breaks_a_reader(said: bytes) -> None:
    try:
        message = wire.delivered(said)
    except Garbled:
        return
    part_of(message)
    report(message)
    read_text(message.coding, message.content)


@given(some.binary(min_size=16, max_size=16))
def test_a_length_that_no_message_has_is_refused(head: bytes) -> None:
    try:
        assert 0 <= wire.body_length(head) <= wire.MOST_BYTES
    except Garbled:
        return


def test_what_we_write_another_library_reads() -> None:
    [content] = segmented("您的办件已受理。", 1)[1]
    sender, to = Address("10691234", 0, 1), Address("8613800001234", 1, 1)
    read = smpp34.decode(wire.submit(7, sender, to, content, wire.Manner(UCS2, in_parts=False, receipt=True)))
    assert isinstance(read, smpp34.SubmitSm)
    assert (read.source_addr, read.destination_addr, read.dest_addr_ton) == ("10691234", "8613800001234", 1)
    assert (read.data_coding, read.registered_delivery, read.sequence_number) == (8, 1, 7)
    assert read.short_message.decode("utf-16-be") == "您的办件已受理。"


@given(some.binary(max_size=254), some.integers(0, 255), some.binary(max_size=300))
@limits(max_examples=100, deadline=None)
def test_what_another_library_writes_we_read(content: bytes, coding: int, payload: bytes) -> None:
    tlvs = [smpp34.Tlv(wire.PAYLOAD, payload)] if payload else []
    sent = smpp34.DeliverSm("8613800001234", "10691234", content, data_coding=coding, tlvs=tlvs).encode()
    read = wire.delivered(sent[wire.HEADER_BYTES :])
    assert (read.source, read.destination, read.coding) == ("8613800001234", "10691234", coding)
    assert read.content == (content or payload)
