"""Words, figures and names as the checks compare them. Nothing here changes what people read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag_assistant.answering import vocabulary

WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
NUMBER = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")
_YEARS = re.compile(r"\b(1\d|20)(\d\d)[-–—/](\d\d)\b(?![-–—/.]?\d)")
_SCALE = re.compile(r"[\s-]*([^\W\d_]+)")
_NUMBERED = re.compile(r"\bno\.?\s*(?=\d)", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
_ISO_DATE = re.compile(r"\b\d{4}-(\d{2})(?:-\d{2})?\b")
_MIN_STEM = 4
_ELIDED = 2
_MONTHS_A_YEAR = 12


def fold(text: str) -> str:
    """Case and accents folded, compatibility forms made plain."""
    if text.isascii():
        return text.casefold()
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

    "1,200", "1.200" and "1200" are one figure, and so are "two" and "2", "2 million" and
    "2,000,000"; "1934-06" names the same month as "June 1934", "1914–18" the same years as
    "1914–1918".
    """
    language = _known(language)
    text = _YEARS.sub(_both_years, text)
    found = {f"month {int(date[1])}": date[0] for date in _ISO_DATE.finditer(text)}
    for match in NUMBER.finditer(text):
        found[_scaled(normal_number(match[0]), text, match.end(), language)] = match[0]
    for match in WORD.finditer(text):
        key = _word_figure(match[0], language)
        if key:
            found[_scaled(key, text, match.end(), language)] = match[0]
    return found


def names(text: str, language: str = "") -> list[str]:
    """Capitalised words, without those that merely open a sentence.

    German writes every noun with a capital: there capitals name nothing, and none are given.
    """
    language = _known(language)
    if language == "de":
        return []
    known = (
        vocabulary.STOP_WORDS[language]
        | vocabulary.MONTHS[language].keys()
        | vocabulary.OPENING_WORDS[language]
    )
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


def people_key(name: str) -> str:
    """A name without the ending that makes a people or a language of a country.

    "European" and "Europe" have one, and so have "Italian" and "Italy".
    """
    plain = _bare(name)
    for ending in vocabulary.PEOPLE_ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= _MIN_STEM:
            plain = plain[: -len(ending)]
            break
    return stem(plain)


def negations(text: str) -> int:
    """How many words of negation the text holds; the "No." before a number is none."""
    return len(after_negations(text))


def after_negations(text: str) -> list[str]:
    """What follows each word of negation, up to the end."""
    text = _NUMBERED.sub("", text)
    plain = ((fold(word[0]).replace("’", "'"), word.end()) for word in WORD.finditer(text))
    return [
        text[end:] for word, end in plain if word in vocabulary.NEGATIONS or word.endswith("n't")
    ]


def negated(text: str) -> bool:
    """Whether the text holds a word of negation."""
    return negations(text) > 0


def _known(language: str) -> str:
    short = language[:2].lower()
    return short if short in vocabulary.STOP_WORDS else vocabulary.DEFAULT_LANGUAGE


def _word_figure(word: str, language: str) -> str | None:
    plain = fold(word)
    month = vocabulary.MONTHS[language].get(plain)
    if month and (word[0].isupper() or language in vocabulary.LOWER_CASE_MONTHS):
        return month
    return vocabulary.NUMBER_WORDS[language].get(plain)


def _both_years(match: re.Match[str]) -> str:
    """A range of years ("1914–18") written out; "1934-06" is a month."""
    is_range = int(match[3]) > max(int(match[2]), _MONTHS_A_YEAR)
    return f"{match[1]}{match[2]}–{match[1]}{match[3]}" if is_range else match[0]


def normal_number(text: str) -> str:
    """A number in digits in its one form, without marks of thousands and needless noughts."""
    if _THOUSANDS.fullmatch(text):
        text = re.sub(r"\D", "", text)
    *front, last = re.split(r"\D", unicodedata.normalize("NFKC", text))
    marks = re.findall(r"\D", text)
    if marks and marks[-1] not in marks[:-1]:  # a decimal mark, and no date
        front, last = ["".join(front)], last.rstrip("0")
    first, *parts = [part for part in (*front, last) if part] or ["0"]
    return ".".join([first.lstrip("0") or "0", *parts])


def _scaled(number: str, text: str, end: int, language: str) -> str:
    """A number that ends at ``end``, multiplied by the "million" that follows it."""
    following = _SCALE.match(text, end)
    exponent = vocabulary.SCALES[language].get(fold(following[1])) if following else None
    whole, _, part = number.partition(".")
    if exponent is None or not (whole + part).isdigit() or len(part) > exponent:
        return number
    return whole.lstrip("0") + part.ljust(exponent, "0")


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
