"""Titles as they are compared: words without case, accents, articles and punctuation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_DROPPED = re.compile(r"(?<=\w)['’ʼʹʺ`´](?=\w)|[ʹʺ\u0300-\u036f\ufe20-\ufe2f]")
_WORD = re.compile(r"[^\W_]+")
_ARTICLES = frozenset(
    (
        "the",
        "a",
        "an",
        "der",
        "die",
        "das",
        "ein",
        "eine",
        "le",
        "la",
        "les",
        "un",
        "une",
        "il",
        "lo",
        "gli",
        "i",
        "el",
        "los",
        "las",
        "una",
        "o",
        "os",
        "as",
        "de",
        "het",
        "een",
        "den",
        "det",
        "en",
        "et",
        "l",
    )
)
_RESPONSIBILITY = re.compile(r"\s/\s.*", re.DOTALL)
_MATERIAL = re.compile(
    r"\s*\[(?:(?:electronic|text|online) resource|computer file|sound recording|videorecording|"
    r"graphic|microform|microfilm|manuscript|map|cartographic material|motion picture|music|"
    r"picture|kit|game|slide|braille|art original|mixed materials?)[^\]]*\]",
    re.IGNORECASE,
)
_PARALLEL = re.compile(r"\s=\s.*", re.DOTALL)
_SUBTITLE = re.compile(r"\s*:\s+|\s+:\s*|\s+[–—-]\s+|[;,]\s+or\b,?\s*", re.IGNORECASE)
_LONGEST = 1000  # characters of a title that count


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """A title's words, and those of its title proper, before any subtitle."""

    words: tuple[str, ...]
    proper: tuple[str, ...]

    @property
    def rest(self) -> tuple[str, ...]:
        """The words of the subtitle."""
        return self.words[len(self.proper) :]


def folded(text: str) -> str:
    """Lower case without accents; apostrophes inside words are gone ("programmers")."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return _DROPPED.sub("", plain).replace("&", " and ")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded."""
    return tuple(_WORD.findall(folded(text)))


def without_article(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without an article that stands before others."""
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words


def plain_title(text: str) -> str:
    """A title as records have it, without kind of material, parallel title, responsibility."""
    text = _MATERIAL.sub("", text[:_LONGEST])
    for cut in (_RESPONSIBILITY, _PARALLEL):
        text = cut.sub("", text)
    return text.strip(" .,;:/")


def title_of_text(text: str) -> Title:
    """A title taken apart; its subtitle follows on ":", a dash or "; or,"."""
    text = plain_title(text)
    words = without_article(words_of(text))
    proper = without_article(words_of(_SUBTITLE.split(text, maxsplit=1)[0]))
    if not proper or words[: len(proper)] != proper:
        proper = words
    return Title(words=words, proper=proper)


def title_keys(text: str) -> tuple[str, ...]:
    """Under which a title is looked up: as a whole, and without its subtitle."""
    title = title_of_text(text)
    return tuple(dict.fromkeys(" ".join(one) for one in (title.words, title.proper) if one))
