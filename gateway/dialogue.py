"""The conversation put together over an open house, with the forms it takes in the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.attachments import Attachments
from core.dialogue.case_screens import CaseScreens
from core.dialogue.chat import ChatRenderer
from core.dialogue.conversation import Conversation
from core.dialogue.flow import Flow
from core.dialogue.follow_screens import FollowScreens
from core.dialogue.front_screens import FrontScreens
from core.dialogue.item_screens import ItemScreens
from core.dialogue.rating_screens import RatingScreens
from core.dialogue.screens import Screens
from core.dialogue.session import Sessions
from core.dialogue.speech import SpeechRenderer
from core.dialogue.text import TextRenderer
from core.dialogue.texts import Texts
from core.files import FileStore
from core.notify.contents import Contents
from core.once import Once
from core.rates import Rate
from core.scratch import lasting
from core.switchboard import Switchboard

if TYPE_CHECKING:
    from gateway.house import House


def connected(house: House) -> tuple[Texts, Switchboard]:
    """What channels are given, and the sender of text messages, which waits to be given a channel."""
    settings = house.settings
    screens = screens_of(house)
    text = TextRenderer({"zh": settings.centre.signature, "en": settings.centre.signature_en}, house.catalogues)
    texts = Texts(screens, text, Rate("texts", settings.limits.texts, house.redis), house.keys)
    memory = lasting(house.scratch)
    sessions = Sessions(memory, house.keys)
    switchboard = Switchboard(
        conversation=Conversation(Flow(screens, texts), sessions, house.catalogues, house.keys, house.messages),
        text=text,
        chat=ChatRenderer(house.catalogues),
        speech=SpeechRenderer(house.catalogues),
        keypad=SpeechRenderer(house.catalogues, listens=False),
        attachments=Attachments(FileStore(settings.files.folder), house.images),
        once=Once(memory),
        receipts=house.receipts,
        spoken=house.spoken,
        contents=Contents(house.query),
        keys=house.keys,
        scratch=house.scratch,
        languages=house.catalogues,
        is_off=house.is_off,
        public_url=settings.server.public_url,
        operator=settings.centre.operator,
        names={"zh": settings.centre.name, "en": settings.centre.name_en},
        phone=settings.centre.phone,
    )
    return texts, switchboard


def screens_of(house: House) -> Screens:
    """Every screen of the conversation over a house."""
    centre, url = house.settings.centre, house.settings.server.public_url
    front = FrontScreens(
        house.centre,
        house.catalogues,
        name=centre.name,
        name_en=centre.name_en,
        phone=centre.phone,
        operator=centre.operator,
        address=url,
    )
    return Screens(
        front,
        CaseScreens(house.query, f"{url}/cases", follows=house.follows_chats),
        ItemScreens(house.query, centre.phone, follows=house.follows_chats),
        RatingScreens(house.ratings),
        FollowScreens(house.query, house.following if house.ladder else None),
    )
