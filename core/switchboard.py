"""All that a channel is given: the conversation in its forms, what is behind a message, and a memory for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from core.attachments import Attachments
from core.dialogue.chat import ChatRenderer
from core.dialogue.conversation import Conversation
from core.dialogue.speech import SpeechRenderer
from core.dialogue.text import TextRenderer
from core.keys import Keys
from core.language import Catalogues
from core.notify.contents import Contents
from core.notify.receipts import Receipts
from core.notify.speaking import SpokenNotices
from core.once import Once
from core.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Switchboard:
    """`operator` is the number that calls are put through to; `public_url` is where providers reach us.

    `keypad` is for lines that understand keys alone; `is_off` tells of a channel by its place, such as
    `channels.kannel`, whether staff switched it off. `scratch` is shared by all processes: what a channel needs to
    remember for a while goes there. `names` is how the centre names itself, by language; `phone` is where it is
    called.
    """

    conversation: Conversation
    text: TextRenderer
    chat: ChatRenderer
    speech: SpeechRenderer
    keypad: SpeechRenderer
    attachments: Attachments
    once: Once
    receipts: Receipts
    spoken: SpokenNotices
    contents: Contents
    keys: Keys
    scratch: Scratch
    languages: Catalogues
    is_off: Callable[[str], Awaitable[bool]]
    public_url: str
    operator: str
    names: Mapping[str, str]
    phone: str
