"""All that a channel is given: the conversation, the forms it takes, and the memory of what was answered."""

from __future__ import annotations

from dataclasses import dataclass

from core.attachments import Attachments
from core.dialogue.chat import ChatRenderer
from core.dialogue.conversation import Conversation
from core.dialogue.speech import SpeechRenderer
from core.dialogue.text import TextRenderer
from core.language import Catalogues
from core.notify.receipts import Receipts
from core.notify.speaking import SpokenNotices
from core.once import Once


@dataclass(frozen=True, slots=True)
class Switchboard:
    """`operator` is the number that calls are put through to; `public_url` is where providers reach us."""

    conversation: Conversation
    text: TextRenderer
    chat: ChatRenderer
    speech: SpeechRenderer
    attachments: Attachments
    once: Once
    receipts: Receipts
    spoken: SpokenNotices
    languages: Catalogues
    public_url: str
    operator: str
