"""The Telegram bot in webhook mode, talking to a Telegram of our own."""

from __future__ import annotations

import asyncio
import io
import zipfile

import pytest
import zxingcpp
from PIL import Image

from core.codes import Status
from core.errors import SettingsError
from core.models import Case, LookupRecord
from core.qr import image
from gateway.demo.stand_ins.telegram_methods import Refused
from gateway.registry import switched_on
from tests.bots.citizen import HEADER, PUBLIC_URL, SECRET_WORD, TOKEN
from tests.county import settings


async def test_the_bots_commands_are_set_in_both_languages_and_the_webhook_with_its_secret(chat):
    commands = [call for call in chat.telegram.calls if call.method == "setMyCommands"]
    assert len(commands) == 2
    assert all("subscribe" in str(call.fields["commands"]) for call in commands)
    (webhook,) = [call for call in chat.telegram.calls if call.method == "setWebhook"]
    assert webhook.fields["url"] == PUBLIC_URL + "/bots/telegram"
    assert webhook.fields["secret_token"] == SECRET_WORD


async def test_start_welcomes_with_buttons_and_a_tap_leads_on(chat):
    (welcome,) = await chat.send(text="/start", entities=[{"type": "bot_command", "offset": 0, "length": 6}])
    rows = welcome.fields["reply_markup"]["inline_keyboard"]
    assert [row[0]["text"] for row in rows][:2] == ["查办件进度", "问办事要什么材料"]
    calls = await chat.tap(rows[0][0]["callback_data"])
    assert "answerCallbackQuery" in [call.method for call in calls]
    assert any("12位查询号" in str(call.fields.get("text")) for call in calls)


async def test_number_and_pin_tell_the_status_and_typing_is_shown(chat):
    told = await chat.text(f"{chat.county.number(Status.REVIEWING)} {chat.county.pin(Status.REVIEWING)}")
    assert "审查中" in told
    assert "sendChatAction" in [call.method for call in chat.telegram.calls]


async def test_a_deep_link_opens_the_case(chat):
    case = await Case.get(number=chat.county.number(Status.ACCEPTED))
    token = chat.county.house.keys.token(case.id, case.token_version)
    entity = [{"type": "bot_command", "offset": 0, "length": 6}]
    (told,) = await chat.send(text=f"/start {token}", entities=entity)
    assert "已受理" in told.fields["text"]
    (refused,) = await chat.send(text=f"/start {'x' * 31}", entities=entity)
    assert "无效" in refused.fields["text"]


async def test_a_receipts_code_comes_as_a_picture_that_scans(chat):
    await chat.text(f"{chat.county.number(Status.ACCEPTED)} {chat.county.pin(Status.ACCEPTED)}")
    await chat.send(text="回执二维码")
    (photo,) = await chat.telegram.called("sendPhoto")
    (upload,) = photo.uploads.values()
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(upload.content)))
    assert code.text.startswith(f"{PUBLIC_URL}/q/")


async def test_forms_arrive_as_documents_that_open(chat):
    await chat.text("居民身份证补领")
    await chat.send(text="表格")
    documents = [upload for call in await chat.telegram.called("sendDocument") for upload in call.uploads.values()]
    assert all(zipfile.ZipFile(io.BytesIO(one.content)).testzip() is None for one in documents)
    assert all(one.name.endswith(".docx") for one in documents)


@pytest.mark.parametrize("key", ["webhook", "wrong"])
async def test_without_the_secret_nothing_is_taken(chat, key):
    answer = await chat.post({"update_id": 1}, **{"X-Telegram-Bot-Api-Secret-Token": key})
    assert answer.status == 403


async def test_what_is_no_update_is_told_so(chat):
    for body in (b"no json", b"{}", b"[]", b'{"update_id": "x"}'):
        answer = await chat.client.post("/bots/telegram", data=body, headers=HEADER)
        assert answer.status == 400, body


async def test_a_repeated_update_is_answered_once(chat):
    wrong = f"{chat.county.number(Status.ACCEPTED)} {chat.county.wrong_pin(Status.ACCEPTED)}"
    came = await asyncio.gather(*(chat.send(text=wrong, number=9_999_999) for _ in range(4)))
    assert sum(call.method == "sendMessage" for call in chat.telegram.calls) == 1
    assert came
    await chat.county.house.audit.flush()
    assert await LookupRecord.all().count() == 1


async def test_a_group_is_told_nothing(chat):
    assert await chat.send(kind="group", text=f"{chat.county.number(Status.ACCEPTED)}") == []


async def test_told_to_wait_it_waits_and_sends_again(chat):
    chat.telegram.orders["sendMessage"].append(Refused(429, "Too Many Requests", 1))
    await chat.send(text="你好")
    refused, sent = await chat.telegram.called("sendMessage", times=2)
    assert refused.fields["text"] == sent.fields["text"]


async def test_a_photographed_receipt_is_read_and_answered(chat):
    case = await Case.get(number=chat.county.number(Status.ACCEPTED))
    token = chat.county.house.keys.token(case.id, case.token_version)
    picture = Image.open(io.BytesIO(image(f"{PUBLIC_URL}/q/{token}"))).convert("L")
    page = Image.new("L", (1200, 1600), 235)
    page.paste(picture.rotate(7, expand=True, fillcolor=235), (300, 500))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=60)
    *_, told = await chat.send(photo=[chat.telegram.service.photo(out.getvalue())])
    assert "已受理" in told.fields["text"]


async def test_stickers_and_pictures_without_a_code_are_answered_too(chat):
    sticker = {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1}
    sticker |= {"is_animated": False, "is_video": False}
    (told,) = await chat.send(sticker=sticker)
    assert told.fields["text"]


def test_a_bad_token_or_a_missing_secret_is_named(tmp_path):
    for section, place in (({"token": "x", "secret": SECRET_WORD}, "token"), ({"token": TOKEN}, "secret")):
        with pytest.raises(SettingsError, match=rf"bots\.telegram.*{place}"):
            switched_on(settings("sqlite://x", tmp_path, bots={"telegram": {"enabled": True, **section}}))
