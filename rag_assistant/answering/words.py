"""Words, figures and names as the checks compare them. Nothing here changes what people read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag_assistant.answering import vocabulary

WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
_ISO_DATE = re.compile(r"\b\d{4}-(\d{2})(?:-\d{2})?\b")
_MIN_STEM = 4
_ELIDED = 2


def fold(text: str) -> str:
    """Case and accents folded, compatibility forms made plain."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def stem(word: str) -> str:
    """A folded word without its ending, never shorter than four letters."""
    for ending in vocabulary.ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


def content_words(text: str, language: str = "") -> list[str]:
    """Folded stems of the words that carry meaning, figures left out, in text order."""
    stops = vocabulary.STOP_WORDS[_known(language)] | vocabulary.NEGATIONS
    plain = (_bare(word) for word in words(text))
    return [stem(word) for word in plain if word not in stops and not word[:1].isdigit()]


def words(text: str) -> Iterator[str]:
    """The words as they stand; each character of an unspaced script is one."""
    for match in WORD.finditer(text):
        if _UNSPACED.search(match[0]):
            yield from match[0]
        else:
            yield match[0]


def figures(text: str, language: str = "") -> dict[str, str]:
    """Numbers, years and months in one normal form, each with the words of the text.

    "1,200", "1.200" and "1200" are one figure, and so are "two" and "2"; "1934-06" names the same
    month as "June 1934".
    """
    found = {f"month {int(date[1])}": date[0] for date in _ISO_DATE.finditer(text)}
    for match in _NUMBER.finditer(text):
        found[_normal_number(match[0])] = match[0]
    for word in WORD.findall(text):
        key = _word_figure(word, _known(language))
        if key:
            found[key] = word
    return found


def names(text: str, language: str = "") -> list[str]:
    """Capitalised words, without those that merely open a sentence.

    German writes every noun with a capital: there capitals name nothing, and none are given.
    """
    language = _known(language)
    if language == "de":
        return []
    known = vocabulary.STOP_WORDS[language] | vocabulary.MONTHS[language].keys()
    tokens = list(WORD.finditer(text))
    capitals = [token[0][0].isupper() for token in tokens] + [False]
    return [
        token[0]
        for position, token in enumerate(tokens)
        if capitals[position]
        and fold(token[0]) not in known
        and (capitals[position + 1] or not _opens_sentence(text, token.start()))
    ]


def name_key(name: str) -> str:
    """A name as it is compared: folded, without a possessive."""
    return stem(_bare(name))


def negated(text: str) -> bool:
    """Whether the text holds a word of negation."""
    plain = (fold(word).replace("’", "'") for word in WORD.findall(text))
    return any(word in vocabulary.NEGATIONS or word.endswith("n't") for word in plain)


def _known(language: str) -> str:
    short = language[:2].lower()
    return short if short in vocabulary.STOP_WORDS else vocabulary.DEFAULT_LANGUAGE


def _word_figure(word: str, language: str) -> str | None:
    plain = fold(word)
    month = vocabulary.MONTHS[language].get(plain)
    if month and (word[0].isupper() or language in vocabulary.LOWER_CASE_MONTHS):
        return month
    return vocabulary.NUMBER_WORDS[language].get(plain)


def _normal_number(text: str) -> str:
    if _THOUSANDS.fullmatch(text):
        text = re.sub(r"\D", "", text)
    plain = unicodedata.normalize("NFKC", re.sub(r"\D", ".", text))
    return plain.lstrip("0") or "0"


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \n\t\"'“‘«»„(–—-")
    return not before or before[-1] in ".!?:;…"


def _bare(word: str) -> str:
    """Folded, without a possessive or an elided article ("Holt's", "l'église")."""
    plain = fold(word).replace("’", "'")
    head, apostrophe, tail = plain.partition("'")
    if not apostrophe:
        return plain
    if len(tail) <= 1:
        return head
    return tail if len(head) <= _ELIDED else plain
