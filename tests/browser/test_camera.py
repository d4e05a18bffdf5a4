"""The kiosk's camera reads a receipt: a real browser whose camera sees a picture of one."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from core.qr import image
from tests.browser.chromium import FLAGS, NAMES
from tests.browser.kiosk_places import asking
from tests.browser.places import Case
from tests.gateway.program import Program

FRAME = (1280, 720)


def film(path: Path, address: str) -> Path:
    """A film of one picture over and over: a receipt's code in the middle of a grey hall (Motion JPEG)."""
    frame = Image.new("L", FRAME, 140)
    code = Image.open(io.BytesIO(image(address, module_px=10))).convert("L")
    frame.paste(code, ((FRAME[0] - code.width) // 2, (FRAME[1] - code.height) // 2))
    out = io.BytesIO()
    frame.convert("RGB").save(out, "JPEG", quality=85)
    path.write_bytes(out.getvalue() * 30)
    return path


@pytest.mark.slow
def test_the_camera_reads_a_receipt(program, county_cases: dict[str, Case], tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as playwright:
        plain = playwright.chromium.launch(executable_path=browser, args=FLAGS, chromium_sandbox=False)
        page = _kiosk(plain, program)
        asking("/kiosk/zh/case", county_cases["reviewing"])(page)
        token = page.get_attribute("#told [data-token]", "data-token")
        plain.close()
        seen = film(tmp_path / "hall.mjpeg", f"https://haoban.example/q/{token}")
        camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        sees = playwright.chromium.launch(
            executable_path=browser,
            args=[*FLAGS, *camera, f"--use-file-for-fake-video-capture={seen}"],
            chromium_sandbox=False,
        )
        page = _kiosk(sees, program)
        page.goto("/kiosk/zh/case")
        page.tap("#camera")
        page.wait_for_selector("#told:not([hidden])", timeout=20_000)
        assert "审查中" in page.locator("#told").inner_text()
        assert page.evaluate("camera") is None
        sees.close()


def _kiosk(browser, program: Program):
    context = browser.new_context(base_url=program.address, locale="zh-CN", has_touch=True)
    context.add_cookies([{"name": "haoban_kiosk", "value": program.kiosk_token, "url": f"{program.address}/kiosk/"}])
    return context.new_page()
