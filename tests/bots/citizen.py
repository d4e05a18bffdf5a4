"""A citizen who chats with the bot, through a Telegram of our own."""

from __future__ import annotations

from itertools import count

TOKEN, SECRET_WORD = "123456:AAEhBP0av28JAFbRMsZrbFrqGiZ7LDXoWyc", "a-secret-of-the-tests"
PUBLIC_URL = "https://haoban.example"
HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET_WORD}
PERSON = {"id": 77, "is_bot": False, "first_name": "王"}
_serials = count(1)


class Chat:
    """A citizen's chat with the bot: what was sent there, and what the bot sent back."""

    def __init__(self, county, client, telegram):
        self.county, self.client, self.telegram = county, client, telegram

    async def post(self, update, **headers):
        return await self.client.post("/bots/telegram", json=update, headers=HEADER | headers)

    async def send(self, *, kind="private", number=0, **content):
        """What the bot calls when a message comes."""
        message = {"message_id": 1, "date": 0, "chat": {"id": 77, "type": kind}, "from": PERSON, **content}
        return await self.given({"message": message}, number)

    async def tap(self, data):
        message = {"message_id": 1, "date": 0, "chat": {"id": 77, "type": "private"}, "text": "x"}
        query = {"id": "1", "from": PERSON, "chat_instance": "1", "message": message, "data": data}
        return await self.given({"callback_query": query})

    async def given(self, update, number=0):
        """What the bot calls when an update comes: all but the sign of typing."""
        before = len(self.telegram.calls)
        answer = await self.post({"update_id": number or next(_serials), **update})
        assert answer.status == 200
        return [call for call in self.telegram.calls[before:] if call.method not in ("sendChatAction",)]

    async def text(self, text):
        calls = await self.send(text=text)
        return " ".join(str(call.fields.get("text", "")) for call in calls)
