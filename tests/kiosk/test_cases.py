"""Cases at the kiosk: told without a trace, printed as pictures that scan, rated once, and limited like everywhere."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from core.codes import Status
from core.errors import Unavailable
from core.models import Case, Kiosk, LookupRecord
from core.qr import image
from tests.kiosk.conftest import PUBLIC_URL, STAFF_PIN


def token_of(hall, case):
    return hall.county.house.keys.token(case.id, case.token_version)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.DRAFT])
async def test_every_status_is_told_by_number_and_pin(hall, status):
    language = hall.county.house.catalogues["zh"]
    case = await Case.get(number=hall.county.number(status))
    told = await hall.told(status)
    assert "您的事情现在" in told
    assert case.applicant_name not in told
    assert language.text("kiosk.print_receipt") in told


async def test_a_scanned_code_tells_the_same_without_the_receipt(hall):
    case = await Case.get(number=hall.county.number(Status.ACCEPTED))
    code, answer = await hall.ask(token=token_of(hall, case))
    assert code == 200
    assert "已受理" in answer["html"]
    assert "打印回执" not in answer["html"]
    assert (await hall.ask(token="x" * 31))[0] == 404


async def test_a_slip_of_the_finger_is_told_before_the_pin_is_asked_for(hall):
    assert await hall.ask(number="261123000019") == (400, {"say": "查询号有数字填错了，请对照回执检查"})
    assert await hall.ask(number=hall.county.number(Status.ACCEPTED)) == (200, {"step": "pin"})


async def test_wrong_pins_lock_this_kiosk_out_of_this_case_alone(hall):
    county = hall.county
    for _ in range(5):
        await hall.ask(number=county.number(Status.ACCEPTED), pin=county.wrong_pin(Status.ACCEPTED))
    code, _ = await hall.ask(number=county.number(Status.ACCEPTED), pin=county.pin(Status.ACCEPTED))
    assert code == 429
    assert "审查中" in await hall.told(Status.REVIEWING)


async def test_looking_leaves_an_audit_record_that_names_the_kiosk(hall):
    await hall.told(Status.ACCEPTED)
    await hall.county.house.audit.flush()
    [record] = await LookupRecord.all()
    assert (record.channel, record.number, record.outcome) == ("kiosk", hall.county.number(Status.ACCEPTED), "told")


async def test_while_the_database_is_away_it_is_said_with_when_to_come_again(hall, monkeypatch):
    async def away(*_values):
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(hall.county.house.query, "case_status", away)
    monkeypatch.setattr(hall.county.house.query, "shelves", away)
    fields = {"number": hall.county.number(Status.ACCEPTED), "pin": hall.county.pin(Status.ACCEPTED)}
    for answer in (await hall.kiosk.post("/kiosk/zh/case", data=fields), await hall.kiosk.get("/kiosk/zh/guide")):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "请稍后再试" in await answer.text()


async def test_answers_about_cases_are_kept_nowhere(hall):
    answer = await hall.kiosk.post("/kiosk/zh/case", data={"number": hall.county.number(Status.ACCEPTED)})
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_photograph_of_the_receipt_is_read(hall):
    case = await Case.get(number=hall.county.number(Status.ACCEPTED))
    out = io.BytesIO()
    Image.open(io.BytesIO(image(f"{PUBLIC_URL}/q/{token_of(hall, case)}"))).convert("L").rotate(8, fillcolor=255).save(
        out, "JPEG"
    )
    answer = await hall.kiosk.post("/kiosk/zh/photograph", data=out.getvalue())
    assert "已受理" in (await answer.json())["html"]
    assert (await hall.kiosk.post("/kiosk/zh/photograph", data=b"no picture")).status == 204
    assert (await hall.kiosk.post("/kiosk/zh/photograph", data=io.BytesIO(bytes(11 * 2**20)))).status == 400


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_receipt_is_printed_with_a_code_that_scans(hall, printer, lang):
    number, pin = hall.county.number(Status.ACCEPTED), hall.county.pin(Status.ACCEPTED)
    fields = {"what": "receipt", "number": number, "pin": pin}
    answer = await hall.kiosk.post(f"/kiosk/{lang}/print", data=fields)
    assert answer.status == 200
    case = await Case.get(number=number)
    (code,) = zxingcpp.read_barcodes(printer.picture.convert("L"))
    assert code.text == f"{PUBLIC_URL}/q/{token_of(hall, case)}"
    assert printer.picture.width == 576
    assert printer.cuts == 1


async def test_a_status_and_a_checklist_are_printed_too(hall, printer):
    case = await Case.get(number=hall.county.number(Status.SPECIAL))
    for fields, opens in (
        ({"what": "slip", "token": token_of(hall, case)}, f"/q/{token_of(hall, case)}"),
        ({"item": "DEMOGA001"}, "/items/DEMOGA001"),
    ):
        printer.bytes.clear()
        assert (await hall.kiosk.post("/kiosk/zh/print", data=fields)).status == 200
        (code,) = zxingcpp.read_barcodes(printer.picture.convert("L"))
        assert code.text == PUBLIC_URL + opens


@pytest.mark.parametrize(("paper", "ends_after"), [("out", None), ("ok", 100)], ids=["before", "in the middle"])
async def test_paper_out_is_said_and_staff_are_told(hall, printer, paper, ends_after, caplog):
    printer.paper, printer.ends_after = paper, ends_after
    answer = await hall.kiosk.post("/kiosk/zh/print", data={"item": "DEMOGA001"})
    assert answer.status == 503
    assert "没有纸" in (await answer.json())["say"]
    assert (await Kiosk.get(name="hall-1")).state == {"printer": "paper_out"}


async def test_a_printer_that_is_away_is_said_and_seen(hall, printer):
    await printer.stop()
    answer = await hall.kiosk.post("/kiosk/zh/print", data={"item": "DEMOGA001"})
    assert "没有连上" in (await answer.json())["say"]
    assert (await (await hall.kiosk.get("/kiosk/alive")).json())["printer"] == "offline"
    await printer.start()


async def test_a_sign_of_life_is_kept_with_the_state_of_the_paper(hall, printer):
    printer.paper = "low"
    await hall.kiosk.get("/kiosk/alive")
    (seen,) = await hall.county.house.kiosks.listed()
    assert seen.state == {"printer": "paper_low"}
    assert seen.seen_at is not None


async def test_a_finished_case_is_rated_once(hall):
    case = await Case.get(number=hall.county.number(Status.COMPLETED))
    told = await hall.told(Status.COMPLETED, purpose="rating")
    assert "非常满意" in told
    fields = {"token": token_of(hall, case), "score": "2"}
    assert "谢谢" in (await (await hall.kiosk.post("/kiosk/zh/rating", data=fields)).json())["html"]
    again = await hall.kiosk.post("/kiosk/zh/rating", data=fields)
    assert again.status == 409
    rating = await hall.county.house.ratings.of(case.id)
    assert (rating.score, rating.channel) == (2, "kiosk")
    assert "不用评价" in await hall.told(Status.ACCEPTED, purpose="rating")


@pytest.mark.parametrize("fields", [{"score": "1"}, {"token": "x" * 31, "score": "1"}, {"token": "", "score": "9"}])
async def test_a_rating_without_a_good_code_is_refused(hall, fields):
    assert (await hall.kiosk.post("/kiosk/zh/rating", data=fields)).status == 404


async def test_staff_see_the_device_by_their_pin(hall, printer):
    assert (await hall.kiosk.post("/kiosk/zh/staff", data={"pin": "000000"})).status == 404
    told = (await (await hall.kiosk.post("/kiosk/zh/staff", data={"pin": STAFF_PIN})).json())["html"]
    assert "hall-1" in told
    assert (await hall.kiosk.post("/kiosk/zh/staff", data={"pin": STAFF_PIN, "do": "print"})).status == 200
    assert printer.cuts == 1


async def test_whoever_guesses_the_pin_of_staff_is_shut_out_even_with_the_right_one(hall):
    for guess in range(20):
        await hall.kiosk.post("/kiosk/zh/staff", data={"pin": f"{guess:06d}"})
    assert (await hall.kiosk.post("/kiosk/zh/staff", data={"pin": STAFF_PIN})).status == 429


async def test_other_bodies_are_refused(hall):
    assert (await hall.kiosk.post("/kiosk/zh/case", json={"number": "1"})).status == 400
    assert (await hall.kiosk.post("/kiosk/zh/case", data={"number": "1" * 100_000})).status == 413
