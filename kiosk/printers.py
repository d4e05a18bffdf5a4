"""Thermal printers: what was drawn goes out as dots, and what is wrong with one is told; the only user of escpos.

Pictures are printed, not characters: many printers garble GB18030 text. Source: Epson's ESC/POS reference (GS v 0,
DLE EOT, GS V).
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from core.errors import BadRequest, HaobanError
from core.turns import Turns

if TYPE_CHECKING:
    from PIL.Image import Image

State = Literal["ok", "paper_low", "paper_out", "offline", "none"]
PORT, TIMEOUT_S = 9100, 5
PROFILE = "TH230"  # one of the many with 576 dots on 80 mm: all that the library wants to know of it
_PAPER: dict[int, State] = {2: "ok", 1: "paper_low", 0: "paper_out"}
_NETWORK = re.compile(r"tcp://([\w.-]+)(?::(\d{1,5}))?")
_USB = re.compile(r"usb:([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
_FILE = re.compile(r"file:(/\S+)")


class PrinterFault(HaobanError):
    """Nothing, or not all of it, was printed; `state` tells why."""

    def __init__(self, state: State) -> None:
        super().__init__(f"the printer is {state}")
        self.state = state


def check_address(address: str) -> None:
    """Raises BadRequest for what is none of tcp://HOST:PORT, usb:VENDOR:PRODUCT and file:/dev/…"""
    _device(address)


class Printers:
    """Prints at addresses, one thing at a time at each."""

    def __init__(self) -> None:
        self._turns = Turns()

    async def print(self, address: str, picture: Image) -> None:
        """Print a picture and cut the paper. Raises PrinterFault, having looked at the paper before."""
        async with self._turns.of(address):
            await asyncio.to_thread(_print, address, picture)

    async def state(self, address: str) -> State:
        """How a printer is; "none" where there is no printer."""
        if not address:
            return "none"
        async with self._turns.of(address):
            return await asyncio.to_thread(_state, address)


def _print(address: str, picture: Image) -> None:
    with _opened(address) as device:
        if (state := _paper(device)) == "paper_out":
            raise PrinterFault(state)
        device.image(picture)
        device.cut()
        # What is sent is only on its way: an answer comes after what came before it was done.
        if (state := _paper(device)) == "paper_out":
            raise PrinterFault(state)


def _state(address: str) -> State:
    try:
        with _opened(address) as device:
            return _paper(device)
    except PrinterFault as fault:
        return fault.state


def _paper(device: Any) -> State:
    """What the paper's sensor says; a plain file can't be asked."""
    return "ok" if hasattr(device, "devfile") else _PAPER[device.paper_status()]


@contextmanager
def _opened(address: str) -> Iterator[Any]:
    """The device, or PrinterFault: whatever goes wrong with the wire, it is not there."""
    # The library takes its time to be imported: only who prints waits for it.
    from escpos.exceptions import Error as EscposError

    if not address:
        raise PrinterFault("none")
    device = _device(address)
    try:
        device.open()
        yield device
    except (EscposError, OSError, AssertionError) as error:
        raise PrinterFault("offline") from error
    finally:
        device.close()


def _device(address: str) -> Any:
    from escpos.printer import File, Network, Usb

    class Wire(Network):  # type: ignore[misc]
        """The library's own way leaves the socket open when nobody answers."""

        def open(self, raise_not_found: bool = True) -> None:
            self.device = socket.create_connection((self.host, self.port), self.timeout)

    if found := _NETWORK.fullmatch(address):
        return Wire(found[1], int(found[2] or PORT), timeout=TIMEOUT_S, profile=PROFILE)
    if found := _USB.fullmatch(address):
        return Usb(int(found[1], 16), int(found[2], 16), profile=PROFILE)
    if found := _FILE.fullmatch(address):
        return File(found[1], profile=PROFILE)
    raise BadRequest("a printer is tcp://HOST:PORT, usb:VENDOR:PRODUCT (hexadecimal) or file:/dev/…")
