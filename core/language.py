"""Words for citizens: one catalogue a language, looked up by key, so that no text is written in code.

A catalogue is a gettext file `<code>.po` whose msgid is the key and whose msgstr is the text, with {names} for values.
A third language is one more file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.local_time import local, now

DEFAULT = "zh"
DAYS_KEPT, MINUTES = 2_000, 24 * 60
FOLDER = Path(__file__).parent / "locale"
Day = date
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_VOWEL = re.compile(r"[aeiou]")
# The syllables of Mandarin by their beginnings, as 汉语拼音方案 has them.
_FINALS = {
    "": "a|o|e|ai|ei|ao|ou|an|en|ang|eng|er",
    "[bpm]": "a|o|ai|ei|ao|an|en|ang|eng|i|ie|iao|ian|in|ing|u|ou|iu",
    "f": "a|o|ei|ou|an|en|ang|eng|u",
    "[dtnl]": "a|e|ai|ei|ao|ou|an|en|ang|eng|ong|i|ia|ie|iao|iu|ian|in|iang|ing|u|uo|ui|uan|un|v|ve|ue",
    "[gkh]": "a|e|ai|ei|ao|ou|an|en|ang|eng|ong|u|ua|uo|uai|ui|uan|un|uang",
    "[jqx]": "i|ia|ie|iao|iu|ian|in|iang|ing|iong|u|ue|uan|un",
    "(?:[zcs]h?|r)": "a|e|i|ai|ei|ao|ou|an|en|ang|eng|ong|u|ua|uo|uai|ui|uan|un|uang",
    "y": "a|o|e|ao|ou|an|ang|ong|i|in|ing|u|ue|uan|un",
    "w": "a|o|ai|ei|an|en|ang|eng|u",
}
_PINYIN = re.compile("(?:" + "|".join(f"{start}(?:{ends})" for start, ends in _FINALS.items()) + ")+")


class Language:
    """One language's texts, dates and numbers.

    Days and times of day are kept as they were written: the same few are told over and over.
    """

    def __init__(self, code: str, texts: Mapping[str, str | tuple[str, ...]], locale: Locale) -> None:
        self.code, self._texts, self._locale = code, texts, locale
        self._day, self._time = lru_cache(DAYS_KEPT)(self._written_day), lru_cache(MINUTES)(self._written_time)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def text(self, key: str, **values: object) -> str:
        """The text of a key with its values filled in; `n` chooses the plural. Raises KeyError for an unknown key."""
        found = self._texts[key]
        if isinstance(found, tuple):
            found = found[min(self._plural(values.get("n", 1)), len(found) - 1)]
        return found.format(**values) if values else found

    def has(self, key: str) -> bool:
        return key in self._texts

    def raw(self, key: str) -> str | tuple[str, ...]:
        """A text as it stands in the catalogue, for checks that compare languages."""
        return self._texts[key]

    def date(self, day: date | datetime) -> str:
        """A day as people write it: 2026年11月23日, 23 November 2026."""
        return self._day(local(day).date() if isinstance(day, datetime) else day)

    def moment(self, at: datetime) -> str:
        """A day with its time to the minute."""
        here = local(at)
        return f"{self._day(here.date())} {self._time(here.hour, here.minute)}"

    def spoken_date(self, day: Day) -> str:
        """A day as people say it, the year only where it is another one: 11月26日星期四, Thursday, November 26."""
        key = "format.spoken_date" if day.year == now().year else "format.spoken_date_year"
        return format_date(day, self.text(key), locale=self._locale)

    def spoken_moment(self, at: datetime) -> str:
        """A day with its time as people say them."""
        clock = format_time(local(at).timetz(), self.text("format.spoken_time"), locale=self._locale)
        return self.text("format.spoken_moment", day=self.spoken_date(local(at).date()), time=clock)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self._locale)

    def _written_day(self, day: Day) -> str:
        return format_date(day, self.text("format.date"), locale=self._locale)

    def _written_time(self, hour: int, minute: int) -> str:
        return format_time(time(hour, minute), "HH:mm", locale=self._locale)

    def _plural(self, n: object) -> int:
        return 0 if self.code == "zh" or n == 1 else 1


class Catalogues:
    """All languages found in a folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._languages = {path.stem: _language(path) for path in sorted(folder.glob("*.po"))}

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self._languages, key=lambda code: (code != DEFAULT, code)))

    def __getitem__(self, code: str) -> Language:
        return self._languages.get(code) or self._languages[DEFAULT]

    def __contains__(self, code: object) -> bool:
        return code in self._languages


def spoken(words: str) -> str | None:
    """The language that words give evidence of: zh for any Han character, en for an English word, else None.

    Digits, codes without a vowel (CX, sfz) and words that may be pinyin are no evidence.
    """
    words = unicodedata.normalize("NFKC", words)
    if _HAN.search(words):
        return "zh"
    return "en" if any(not _may_be_pinyin(word.lower()) for word in _LATIN_WORD.findall(words)) else None


def _may_be_pinyin(word: str) -> bool:
    return not _VOWEL.search(word) or bool(_PINYIN.fullmatch(word))


@cache
def _language(path: Path) -> Language:
    with path.open("rb") as file:
        messages = read_po(file, locale=path.stem)
    texts = {_key(m.id): m.string if isinstance(m.string, str) else tuple(m.string or ()) for m in messages if m.id}
    return Language(path.stem, texts, Locale.parse(path.stem))


def _key(message_id: str | list[str] | tuple[str, ...]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]
