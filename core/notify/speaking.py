"""What a call that brings a notice says."""

from __future__ import annotations

from core.database import reading
from core.dialogue.shown import Shown
from core.dialogue.speakable import parts
from core.dialogue.speech import Part, Speech
from core.errors import NotFound
from core.language import Catalogues
from core.models import Message
from core.notify.states import Kind


class SpokenNotices:
    """`centre` and `centre_en` are how the centre names itself: who calls says so first."""

    def __init__(self, catalogues: Catalogues, centre: str, centre_en: str) -> None:
        self._catalogues, self._names = catalogues, {"en": centre_en}
        self._centre = centre

    async def words(self, message_id: int) -> Speech:
        """Who calls, the notice, and how to hear it again. Raises NotFound for what is no call of ours."""
        message = await _message(message_id)
        language = self._catalogues[message.language]
        centre = self._names.get(language.code, self._centre)
        said = (language.text("notify.call.opening", centre=centre), message.text, language.text("notify.call.again"))
        text = language.text("voice.space").join(said)
        spoken = tuple(Part(part, language.code) for part in parts(text, language))
        return Speech(spoken, language.code, 1, (), transfer=False, ends=False, shown=Shown((), ""))


@reading
async def _message(message_id: int) -> Message:
    message = await Message.get_or_none(id=message_id, kind=Kind.VOICE)
    if message is None or not message.text:
        raise NotFound(f"message {message_id} is no call")
    return message
