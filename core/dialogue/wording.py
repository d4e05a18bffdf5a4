"""How the values of a sentence are put into words: written for the eye, or spoken for the ear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from core.dialogue.screen import Digits, Name, Say
from core.dialogue.speakable import digit_by_digit, speakable
from core.language import Language
from core.legal_clock import Limit
from core.numbers import LENGTH, grouped


class Wording(Protocol):
    """Turns sentences into text of one language."""

    def sentence(self, say: Say) -> str: ...


class Written:
    """For the eye; names are cut to `name_chars`, and `brief` sentences stand for those that have them."""

    def __init__(self, language: Language, name_chars: int = 200, *, brief: bool = False) -> None:
        self._language, self._name_chars, self._brief = language, name_chars, brief

    def sentence(self, say: Say) -> str:
        if self._brief and say.brief is not None:
            return self.sentence(say.brief)
        return _filled(self._language, say.key, say, self._value)

    def _value(self, value: object) -> object:
        match value:
            case Say():
                return self.sentence(value)
            case Name():
                return shortened(value, self._name_chars)
            case Digits():
                return grouped(value) if len(value) == LENGTH else str(value)
            case str():
                return value
            case datetime():
                return self._language.moment(value)
            case date():
                return self._language.date(value)
            case tuple():
                return self._language.text("comma").join(str(self._value(each)) for each in value)
        return _named(value, self._language)


class Spoken:
    """For the ear: digits one by one, days with their weekday, no brackets, no web addresses.

    A line that only takes keys and does not `listen` asks nobody to speak.
    """

    def __init__(self, language: Language, *, listens: bool = True) -> None:
        self._language = language
        self._forms = ("voice.",) if listens else ("keypad.", "voice.")

    def sentence(self, say: Say) -> str:
        key = next((form + say.key for form in self._forms if self._language.has(form + say.key)), say.key)
        return speakable(_filled(self._language, key, say, self._value), self._language)

    def _value(self, value: object) -> object:
        match value:
            case Say():
                return self.sentence(value)
            case Digits():
                return digit_by_digit(value, self._language)
            case str():
                return value
            case datetime():
                return self._language.spoken_moment(value)
            case date():
                return self._language.spoken_date(value)
            case tuple():
                return self._language.text("voice.pause").join(str(self._value(each)) for each in value)
        return _named(value, self._language)


def shortened(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1] + "…"


def limit_text(limit: Limit, language: Language) -> str:
    return language.text(f"unit.{limit.unit.value}", n=limit.amount)


def _named(value: object, language: Language) -> object:
    return limit_text(value, language) if isinstance(value, Limit) else value


def _filled(language: Language, key: str, say: Say, put: Callable[[object], object]) -> str:
    if not say.values:
        return language.text(key)
    values = {name: put(value) for name, value in say.values.items()}
    return language.text(key, **values) if say.key else str(values["text"])
