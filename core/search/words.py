"""Text as the search compares it: one symbol for a Chinese character, one for a word of Latin letters or a number."""

from __future__ import annotations

import re
import unicodedata

import rjieba

LONGEST = 160  # of what is longer the beginning is read: a text message of two parts and more
BREAK = ""  # stands for punctuation: nothing is matched across it
PIECE = re.compile(r"[a-z]+|\d+|[^\W_]|[^\s'’-]")
HAN = re.compile(r"[㐀-鿿豈-﫿]")
LATIN = re.compile(r"[a-z]+")
UNSTEMMED = frozenset({"news"})

Symbols = tuple[str, ...]


def normalise(text: str) -> str:
    """Full width, capitals and compatibility characters made plain."""
    return unicodedata.normalize("NFKC", text).lower()


def strip_noise(name: str, noise: re.Pattern[str] | None) -> str:
    """An official name without what does not tell the matter; the name itself if nothing else is left."""
    plain = normalise(name)
    return (noise.sub("", plain) if noise else plain) or plain


def split(text: str) -> list[str]:
    """The pieces of a normalised text in order, Latin words not yet stemmed, punctuation as BREAK."""
    return [piece if piece[0].isalnum() else BREAK for piece in PIECE.findall(text)]


def symbols(text: str) -> Symbols:
    return tuple(stem(piece) if is_latin(piece) else piece for piece in split(text))


def is_latin(piece: str) -> bool:
    return LATIN.fullmatch(piece) is not None


def is_han(piece: str) -> bool:
    return HAN.fullmatch(piece) is not None


def stem(word: str) -> str:
    """A crude stem: enough that "licensing" meets "licenses"."""
    if word in UNSTEMMED:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, shortest in (("ing", 6), ("ed", 5)):
        if len(word) >= shortest and word.endswith(ending):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def cut(text: str) -> list[str]:
    """The words of a Chinese text."""
    return list(rjieba.cut(text))


def lone_characters(text: str) -> frozenset[int]:
    """Where, counted in pieces, a character is a word of its own."""
    places, place = set(), 0
    for word in cut(text):
        pieces = split(word)
        if len(pieces) == 1 and is_han(pieces[0]):
            places.add(place)
        place += len(pieces)
    return frozenset(places)
