"""Texts made fit to be heard: what the eye takes in at a glance, such as brackets, lists and long numbers, is said."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import pairwise

from core.language import Language

MOST_SPOKEN_AS_NUMBER = 4  # digits; longer runs are numbers of things and persons, not amounts
LONGEST_PART_S = 30.0
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s，。、；）)]+")
_BRACKETS = re.compile(r"\s*[()（）\[\]【】〔〕{}<>《》「」“”\"|]+\s*")
_LONG_DIGITS = re.compile(r"\d(?:[\d\- ]*\d)?")
_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PER = re.compile(r"(?<=[元角分\d])\s*/\s*(?=\w)")
_BETWEEN = re.compile(r"(?<=\d)\s*[-–—~～至]\s*(?=\d+\D)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_ODD = re.compile(r"[_*#~～\\•·■●◆→※…]+")
_PAUSES = re.compile(r"[，,、；;：:]\s*(?=[，,、；;：:。.？?！!])|(?<=[。？！])[，、；：]|(?<=[.?!])\s*[,;:]")
_SENTENCE_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+")
_CLAUSE_END = re.compile(r"(?<=[，、：])|(?<=[,:])\s+")


def digit_by_digit(digits: str, language: Language, names_key: str = "voice.digits") -> str:
    """Digits as they are read out, in groups of four with a pause between: 二 六 幺 幺，二 三 零 零."""
    names = language.text(names_key).split()
    plain = [names[int(d)] for d in digits if d.isdigit()]
    groups = [" ".join(plain[n : n + 4]) for n in range(0, len(plain), 4)]
    return language.text("voice.pause").join(groups)


def speakable(text: str, language: Language) -> str:
    """A sentence without brackets, web addresses and signs; long runs of digits are read digit by digit."""
    pause = language.text("voice.pause")
    text = _ADDRESS.sub(language.text("voice.web_address"), text)
    text = _DAY.sub(lambda day: _dated(day, language), text)
    text = _LONG_DIGITS.sub(lambda run: _read_out(run[0], language), _THOUSANDS.sub("", text))
    text = _BETWEEN.sub(language.text("voice.between"), _PER.sub(language.text("voice.per"), text))
    text = _BRACKETS.sub(pause, text).replace("\n", pause)
    text = _PERCENT.sub(lambda part: _share(part, language), text)
    text = _ODD.sub(" ", text).replace("/", language.text("voice.or"))
    return _tidy(text)


def parts(text: str, language: Language) -> list[str]:
    """A text cut at the ends of sentences, else of clauses, so that no part takes longer than thirty seconds to say."""
    room = round(LONGEST_PART_S * float(language.text("voice.characters_a_second")))
    found: list[str] = []
    for piece in _pieces(text, room):
        if found and len(found[-1]) + len(piece) <= room:
            found[-1] += piece
        else:
            found.append(piece)
    return [part.strip() for part in found if part.strip()]


def sentences(text: str) -> list[str]:
    """The sentences of a text, each as it is said alone."""
    return [found for piece in _split(_SENTENCE_END, text) if (found := piece.strip())]


def _pieces(text: str, room: int) -> list[str]:
    """Sentences with what follows them; clauses where a sentence is too long; the bare length where a clause is."""
    pieces = []
    for sentence in _split(_SENTENCE_END, text):
        if len(sentence) <= room:
            pieces.append(sentence)
            continue
        for clause in _split(_CLAUSE_END, sentence):
            pieces += [clause[n : n + room] for n in range(0, len(clause), room)]
    return pieces


def _split(end: re.Pattern[str], text: str) -> list[str]:
    """The pieces of a text, each with the blank that parts it from the next."""
    cuts = [0, *(found.end() for found in end.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(cuts) if a < b]


def _share(found: re.Match[str], language: Language) -> str:
    """A percentage in words; digits that follow it at once are none of it."""
    follows = found.string[found.end() : found.end() + 1]
    return language.text("voice.percent", n=found[1]) + (language.text("voice.pause") if follows.isdigit() else "")


def _dated(found: re.Match[str], language: Language) -> str:
    try:
        return language.spoken_date(date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return found[0]


def _read_out(run: str, language: Language) -> str:
    digits = "".join(filter(str.isdigit, run))
    return run if len(digits) <= MOST_SPOKEN_AS_NUMBER else digit_by_digit(digits, language)


def _tidy(text: str) -> str:
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "So", "Sk"))
    return _PAUSES.sub("", " ".join(text.split())).strip("，,、；; ")
