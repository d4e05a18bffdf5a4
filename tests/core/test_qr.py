"""A receipt's QR code is read by a decoder that isn't ours, also small, askew, blurred and worn."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

from core.errors import BadRequest
from core.keys import Keys
from core.qr import MAX_PUBLIC_URL_CHARS, QrImages, image

TOKEN = Keys("a secret of the tests that is long enough").token(2**40 - 1, 32_767)
LONGEST = "https://".ljust(MAX_PUBLIC_URL_CHARS - 3, "x") + ".cn" + "/q/" + TOKEN
MODULE_PX, QUIET_ZONE, VERSION_5 = 8, 4, 37
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")


def drawn(address: str = LONGEST) -> Image.Image:
    return Image.open(io.BytesIO(image(address))).convert("L")


def read(picture: Image.Image) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(picture)
    return found


def worn(picture: Image.Image, random: Random) -> Image.Image:
    """Faded paper, and a dead dot of the printer's head along the whole strip."""
    faded = picture.point(lambda grey: 150 + grey * 90 // 255)
    column = random.randrange(picture.width)
    ImageDraw.Draw(faded).rectangle((column, 0, column + 1, faded.height), fill=240)
    return faded


def speckled(picture: Image.Image, random: Random) -> Image.Image:
    spotted = picture.copy()
    pen = ImageDraw.Draw(spotted)
    for _ in range(40):
        x, y, grey = random.randrange(spotted.width), random.randrange(spotted.height), random.choice((0, 255))
        pen.ellipse((x, y, x + 5, y + 5), fill=grey)
    return spotted


def shrunk(picture: Image.Image, module_px: float) -> Image.Image:
    size = round(picture.width * module_px / MODULE_PX)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def test_the_longest_address_fits_version_5_with_error_correction_m() -> None:
    picture = drawn()
    assert picture.size == ((VERSION_5 + 2 * QUIET_ZONE) * MODULE_PX,) * 2
    found = read(picture)
    assert (found.text, found.ec_level) == (LONGEST, "M")


def test_the_quiet_zone_is_four_modules_of_white() -> None:
    edge = QUIET_ZONE * MODULE_PX
    picture = drawn()
    inside = picture.crop((edge, edge, picture.width - edge, picture.height - edge))
    assert picture.point(lambda grey: 255 - grey).getbbox() == (edge, edge, picture.width - edge, picture.height - edge)
    assert inside.getpixel((0, 0)) == 0


@pytest.mark.parametrize("module_px", [2, 3, 5])
def test_it_is_read_when_it_is_small(module_px: float) -> None:
    assert read(shrunk(drawn(), module_px)).text == LONGEST


@pytest.mark.parametrize("degrees", [3, 17, 45, 90, 181, 300])
def test_it_is_read_when_it_is_askew(degrees: float) -> None:
    turned = drawn().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert read(turned).text == LONGEST


@pytest.mark.parametrize("radius_px", [1, 2, 3])
def test_it_is_read_when_it_is_blurred(radius_px: float) -> None:
    assert read(drawn().filter(ImageFilter.GaussianBlur(radius_px))).text == LONGEST


@pytest.mark.parametrize("harm", [worn, speckled])
def test_most_worn_receipts_are_read_at_first_sight(harm: Callable[[Image.Image, Random], Image.Image]) -> None:
    """A camera looks many times a second; here it has one look at each of a hundred receipts."""
    whole, random = drawn(), Random(1)
    sights = (zxingcpp.read_barcodes(harm(whole, random)) for _ in range(100))
    assert sum(bool(seen) and seen[0].text == LONGEST for seen in sights) >= 75


def test_the_drawing_for_print_is_read_as_a_browser_shows_it(tmp_path: Path) -> None:
    (tmp_path / "qr.svg").write_bytes(image(LONGEST, "svg"))
    page = '<body style="margin:0"><img src="qr.svg" width="400">'
    (tmp_path / "page.html").write_text(page)
    shot = tmp_path / "shot.png"
    switches = ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=400,400", f"--screenshot={shot}")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [CHROMIUM, *switches, profile, f"file://{tmp_path / 'page.html'}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603
    assert read(Image.open(shot)).text == LONGEST


def test_an_address_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadRequest):
        image("https://haoban.example/" + "x" * 62)
    with pytest.raises(BadRequest):
        image("https://" + "政" * 30)


async def test_pictures_are_made_once_and_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []

    def drawing(*asked: object, most_bytes: int) -> bytes:
        made.append((*asked, threading.current_thread() is threading.main_thread()))
        return b"picture"

    monkeypatch.setattr("core.qr.image", drawing)
    images = QrImages()
    assert set(await asyncio.gather(*(images.get("a") for _ in range(20)))) == {b"picture"}
    await images.get("a")
    await images.get("a", "svg")
    assert made == [("a", "png", False), ("a", "svg", False)]


async def test_no_more_pictures_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr("core.qr.image", lambda address, form, most_bytes: made.append(address) or b"")
    images = QrImages(size=2)
    for address in ("a", "b", "c", "c", "a"):
        await images.get(address)
    assert made == ["a", "b", "c", "a"]


async def test_a_picture_that_failed_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    images = QrImages()

    def failing(*asked: object, most_bytes: int) -> bytes:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr("core.qr.image", failing)
        came = await asyncio.gather(*(images.get("a") for _ in range(3)), return_exceptions=True)
        assert all(isinstance(one, MemoryError) for one in came)
    assert zxingcpp.read_barcode(Image.open(io.BytesIO(await images.get("a")))).text == "a"


async def test_who_goes_away_does_not_keep_others_from_their_picture() -> None:
    images = QrImages()
    impatient, patient = (asyncio.create_task(images.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == await images.get("a")
