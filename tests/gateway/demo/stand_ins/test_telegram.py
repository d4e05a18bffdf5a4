"""The stand-in for Telegram is held against aiogram's own types: what it answers, and what it brings."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    BotCommand,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from gateway.demo.stand_ins.telegram_person import Person
from gateway.demo.stand_ins.telegram_server import TelegramServer
from tests.bots.citizen import SECRET_WORD, TOKEN


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    made = TelegramServer(TOKEN)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    made = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(server.url)))
    yield made
    await made.session.close()


@pytest.fixture
def seen() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def person(server: TelegramServer, seen: list[dict[str, Any]]) -> Person:
    return Person(server, 77, "王小明", "zh", seen.append)


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30)).save(made, "PNG")
    return made.getvalue()


async def test_every_answer_is_one_that_aiogram_reads(bot: Bot, person: Person, seen: list[dict[str, Any]]) -> None:
    assert (await bot.get_me()).is_bot
    assert await bot.set_my_commands([BotCommand(command="help", description="帮助")])
    keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="好", callback_data="1:1")]])
    message = await bot.send_message(77, "您好", reply_markup=keys)
    assert (message.text, message.chat.id) == ("您好", 77)
    photo = await bot.send_photo(77, BufferedInputFile(picture(), "a.png"))
    assert photo.photo is not None
    assert (photo.photo[0].width, photo.photo[0].height) == (40, 30)
    document = await bot.send_document(77, BufferedInputFile(b"%PDF", "表.pdf"))
    assert document.document is not None
    assert document.document.file_name == "表.pdf"
    file = await bot.get_file(document.document.file_id)
    assert file.file_path
    content = await bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == b"%PDF"
    assert await bot.send_chat_action(77, "typing")
    assert await bot.set_webhook("https://haoban.example/bots/telegram", secret_token=SECRET_WORD)
    assert await bot.delete_webhook()
    assert [one["message_id"] for one in seen] == [message.message_id, photo.message_id, document.message_id]


async def test_it_refuses_as_telegram_does(bot: Bot, person: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(78, "您好")
    with pytest.raises(TelegramBadRequest, match="HTTPS"):
        await bot.set_webhook("http://haoban.example/bots/telegram")
    person.block(blocked=True)
    with pytest.raises(TelegramForbiddenError, match="blocked"):
        await bot.send_message(77, "您好")
    person.block(blocked=False)
    assert await bot.send_message(77, "您好")
    person.leave()
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(77, "您好")


async def test_what_a_person_does_is_brought_as_updates_that_aiogram_reads(
    server: TelegramServer, bot: Bot, person: Person, seen: list[dict[str, Any]]
) -> None:
    brought: list[tuple[str, Update]] = []

    async def take(request: web.Request) -> web.Response:
        secret = request.headers["X-Telegram-Bot-Api-Secret-Token"]
        brought.append((secret, Update.model_validate_json(await request.read())))
        return web.Response()

    app = web.Application()
    app.router.add_post("/bots/telegram", take)
    webhook = TestServer(app)
    await webhook.start_server()
    await bot.set_webhook(str(webhook.make_url("/bots/telegram")), secret_token=SECRET_WORD)
    keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="好", callback_data="1:1")]])
    await bot.send_message(77, "您好", reply_markup=keys)
    await person.write("/start")
    await person.show(picture())
    await person.tap("1:1", seen[0])
    async with asyncio.timeout(10):
        while len(brought) < 3:  # noqa: ASYNC110  (the server rings no bell)
            await asyncio.sleep(0.01)
    await webhook.close()
    (_, written), (_, shown), (_, tapped) = brought
    assert {secret for secret, _ in brought} == {SECRET_WORD}
    assert written.message is not None
    assert written.message.from_user is not None
    assert (written.message.text, written.message.from_user.language_code) == ("/start", "zh")
    assert shown.message is not None
    assert shown.message.photo
    assert tapped.callback_query is not None
    assert tapped.callback_query.data == "1:1"
    assert await bot.answer_callback_query(tapped.callback_query.id)


async def test_it_keeps_no_more_than_it_was_told_to(person: Person) -> None:
    kept = TelegramServer(TOKEN, keeps=2)
    for n in range(5):
        kept.service.keep(f"{n}.txt", b"x")
    assert len(kept.service.files) == 2
