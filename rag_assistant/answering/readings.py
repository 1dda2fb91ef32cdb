"""What a name, a thing or an event of a question can mean, by the texts that name it in full.

"Holt" is read as each person of that surname, "the bridge" as each bridge that has a name, "the
flood" as that of each year. Two wordings are one reading where one only leaves out what the other
says: R. Askew is Ruth Askew, and the Board School that of Weir Lane.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag_assistant.answering import vocabulary, words

Kind = Literal["person", "thing", "place", "event"]
Key = tuple[str, ...]
"""Folded names; the sex and the generation of a person, as "=woman" and "=elder"."""

NO_NAMES = frozenset(
    {
        *(word for table in vocabulary.STOP_WORDS.values() for word in table if len(word) > 1),
        *(word for table in vocabulary.OPENING_WORDS.values() for word in table),
        *vocabulary.SALUTATIONS,
    }
)
"""Capitalised words that are no part of a name."""
_LONGEST_NAME = 12  # letters: German writes its long nouns with capitals, too
_MONTHS = frozenset(month for table in vocabulary.MONTHS.values() for month in table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What a question names in part.

    Attributes:
        kind: How its readings are told apart: by given names, by a proper name ("Mill Bridge"),
            by where it is ("bridge at Withy Ham"), by year.
        word: The surname or the noun.
        said: What the question calls it.
        start: Where in the question that begins which a reading takes the place of.
        end: Where it ends.
        given: Given names or initials before a surname.
        honorific: The folded honorific before a surname.
        language: The language of the question, one of the vocabulary's.
    """

    kind: Kind
    word: str
    said: str
    start: int
    end: int
    given: tuple[str, ...] = ()
    honorific: str = ""
    language: str = vocabulary.DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A full naming: what it says beyond the word, and how it reads."""

    key: Key
    text: str
    honorific: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meaning: the fullest of its keys, in its most frequent wording."""

    key: Key
    text: str


_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_NAME = rf"(?:{_CAPITAL}(?:\.|[\w’'-]*\w)?)"
_GENERATION = "|".join(map(re.escape, sorted(vocabulary.GENERATIONS, key=len, reverse=True)))
_AFTER_SURNAME = (
    rf"(?![\w-])(?:,?\s+(?P<generation>{_GENERATION})(?!\w))?"
    r"(?!\s+(?:&|and|und|et|y)\s+(?:Sons?|Co|Brothers|Söhne|Fils|Cie|Hijos)\b)"
    rf"(?!\s+{_CAPITAL}\w)"
)
_BORN = r"(?:née|nee|born|geb\.|geborene)"
_LINK = r"(?:(?:de\s+la|de\s+l['’]|du|des|de|del|d['’])\s*)?"
_MONTH = "|".join(sorted(_MONTHS))
_YEAR = r"(?P<year>1\d\d\d|20\d\d)"
_DATED = (
    r"(?:of|in|von|vom|im|de|du|en|del)\s+"
    rf"(?:(?:the|night|of|de|and|und|et|y|\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?|{_MONTH}),?\s+){{0,6}}"
    rf"{_YEAR}"
)
_LONE_YEAR = re.compile(rf"(?<![\d£$€/,.-]){_YEAR}(?![\d/]|[,.-]\d)")


def found(text: str, mention: Mention) -> Iterator[Found]:
    """Each full naming in a sentence or a heading."""
    finders = {"person": _people, "thing": _things, "place": _places, "event": _events}
    yield from finders[mention.kind](text, mention)


def in_year(mention: Mention, year: int) -> Found:
    """An event as its year alone tells it."""
    return Found(key=(str(year),), text=f"{mention.word} {vocabulary.OF[mention.language]} {year}")


def is_person(text: str, surname: str) -> bool:
    """Whether a text calls somebody by this surname with an honorific."""
    pattern = rf"\b([^\W\d_]+)\.?\s+((?:{_NAME}\s+){{0,3}}){re.escape(surname)}(?![\w-])"
    return any(
        words.fold(part.rstrip(".")) in vocabulary.HONORIFICS
        for match in re.finditer(pattern, text)
        for part in (match[1], *match[2].split())
    )


def gathered(sightings: Sequence[Found], mention: Mention) -> dict[Key, Reading]:
    """The readings that fit a mention, by each key that means just one of them."""
    fullest: list[Key] = []
    of_key: dict[Key, Key] = {}
    for key in sorted({one.key for one in sightings}, key=lambda key: (-sum(map(len, key)), key)):
        kin = [one for one in fullest if _is_part(key, one, mention.kind)]
        if not kin:
            fullest.append(key)
        if len(kin) <= 1:
            of_key[key] = kin[0] if kin else key
    readings = {}
    for full in fullest:
        named = [one for one in sightings if of_key.get(one.key) == full]
        if mention.kind != "person" or _is_meant(full, named, mention):
            readings[full] = Reading(key=full, text=_wording(named, full))
    return {key: readings[full] for key, full in of_key.items() if full in readings}


# ------------------------------------------------------------ people


def _people(text: str, mention: Mention) -> Iterator[Found]:
    surname = re.escape(mention.word)
    inverted = rf"^{surname},\s+(?P<given>(?:{_NAME}[ .]*?)+)(?=\s*(?:$|[,(&]|\.(?:\s|$)))"
    listed = set()
    for match in re.finditer(inverted, text, re.MULTILINE):
        given = match["given"].split()
        listed.add(match.start())
        yield Found(key=_person(given), text=f"{' '.join(given)} {mention.word}")
    natural = rf"(?<![\w’'-])(?P<given>(?:{_NAME}\s+){{1,4}})(?P<name>{surname}){_AFTER_SURNAME}"
    for match in re.finditer(natural, text):
        given, honorific = _given_names(match["given"].split())
        if given and match.start("name") not in listed:
            generation = vocabulary.GENERATIONS.get(match["generation"], "")
            said = [*given, *text[match.start("name") : match.end()].split()]
            if {honorific, mention.honorific} <= vocabulary.WIVES:
                said.insert(0, match["given"].split()[-1 - len(given)])
            key = _person(given, honorific, generation)
            yield Found(key=key, text=" ".join(said), honorific=honorific)
    for match in re.finditer(rf"({_NAME})\s+{_NAME},?\s+\(?{_BORN}\s+{surname}\b", text):
        yield Found(key=_person([match[1]]), text=_line(match[0].replace("(", "")))


def _given_names(parts: Sequence[str]) -> tuple[list[str], str]:
    """The given names that end the parts, and the honorific before them.

    A month is one only as a second name: "Friedrich August", not "In August".
    """
    given: list[str] = []
    honorific = ""
    for part in reversed(parts):
        plain = words.fold(part.rstrip("."))
        if plain in vocabulary.HONORIFICS:
            honorific = plain
        shouted = part.isupper() and len(plain) > 1
        if honorific or shouted or plain in NO_NAMES or len(plain) > _LONGEST_NAME:
            break
        given.insert(0, part)
    while given and words.fold(given[0]) in _MONTHS:
        given.pop(0)
    return given, honorific


def _person(given: Sequence[str], honorific: str = "", generation: str = "") -> Key:
    sex = "woman" if honorific in vocabulary.WOMEN else "man" if honorific in vocabulary.MEN else ""
    return (*map(_token, given), *(f"={mark}" for mark in (sex, generation) if mark))


def _is_meant(full: Key, named: Sequence[Found], mention: Mention) -> bool:
    """Whether the question's given names and honorific allow this person."""
    if not _are_in([_token(one) for one in mention.given], _names(full)):
        return False
    called = {one.honorific for one in named} - {""}
    if mention.honorific in vocabulary.WIVES:
        return bool(called & vocabulary.WIVES)
    if mention.honorific in vocabulary.WOMEN:
        return bool(called & (vocabulary.WOMEN - vocabulary.WIVES))
    if mention.honorific in vocabulary.MEN:
        return not called & vocabulary.WOMEN
    return not mention.honorific or mention.honorific in called


# ------------------------------------------------------------ things and events


def _things(text: str, mention: Mention) -> Iterator[Found]:
    """``Mill Bridge``, or ``pont de Pierre`` where the language puts the noun first."""
    noun = re.escape(mention.word)
    if mention.language in vocabulary.NOUN_FIRST:
        for match in re.finditer(rf"\b{noun}\s+{_LINK}(?P<name>{_NAME}(?:\s+{_NAME})*)", text):
            yield Found(key=_thing(match["name"].split()), text=_line(match[0]))
        return
    head = re.escape(mention.word[:1].upper() + mention.word[1:])
    pattern = rf"(?<![\w’'-])(?P<name>(?:{_NAME}\s+){{1,4}})(?P<head>{head})\b(?!\s+{_CAPITAL})"
    for match in re.finditer(pattern, text):
        parts = match["name"].split()
        names = _given_names(parts)[0]
        before = words.fold(text[: match.start()]).split()[-1:] + [words.fold(one) for one in parts]
        the = before[-len(names) - 1 :][:1] == ["the"]
        if names and _thing(names):
            said = f"{'the ' if the else ''}{' '.join(names)} {match['head']}"
            yield Found(key=_thing(names), text=said)


def _places(text: str, mention: Mention) -> Iterator[Found]:
    """``bridge at Withy Ham``: the noun and where it is."""
    noun = re.escape(mention.word)
    for match in re.finditer(rf"\b{noun}\s+(?:at|in|over)\s+({_NAME}(?:\s+{_NAME})*)", text):
        parts = match[1].split()
        if words.fold(parts[0]) not in NO_NAMES:
            yield Found(key=_thing(parts), text=_line(match[0]))


def _events(text: str, mention: Mention) -> Iterator[Found]:
    """``flood of November 1852``, ``1911 strike``, or the one year of a text that names it."""
    noun = re.escape(mention.word)
    dated = [*re.finditer(rf"\b{noun}\s+{_DATED}\b", text, re.IGNORECASE)]
    for match in dated:
        said = _line(match[0])[len(mention.word) :]
        plain = in_year(mention, int(match["year"]))
        is_plain = said.islower() or not said[:4].isupper()
        yield Found(key=plain.key, text=mention.word + said if is_plain else plain.text)
    before = [*re.finditer(rf"{_LONE_YEAR.pattern}\s+{noun}\b", text, re.IGNORECASE)]
    for match in before:
        yield in_year(mention, int(match["year"]))
    if dated or before or words.fold(mention.word) not in vocabulary.EVENTS:
        return
    years = {int(match["year"]) for match in _LONE_YEAR.finditer(text)}
    if len(years) == 1 and re.search(rf"\b{noun}\b", text, re.IGNORECASE):
        yield in_year(mention, min(years))


# ------------------------------------------------------------ one reading or two


def _thing(parts: Sequence[str]) -> Key:
    tokens = sorted(words.name_key(part.rstrip(".")) for part in parts)
    return tuple(token for token in tokens if token not in vocabulary.COMMON_NAMES)


def _token(name: str) -> str:
    return words.fold(name).rstrip(".").replace("’", "'")


def _names(key: Key) -> list[str]:
    return [token for token in key if not token.startswith("=")]


def _is_part(short: Key, full: Key, kind: Kind) -> bool:
    """Whether one says nothing that the other does not."""
    if kind == "event":
        return short == full
    if kind != "person":
        return set(short) <= set(full)
    marks = {token for token in (*short, *full) if token.startswith("=")}
    if {"=man", "=woman"} <= marks or {"=elder", "=younger"} <= marks:
        return False
    return _are_in(_names(short), _names(full))


def _are_in(short: Sequence[str], full: Sequence[str]) -> bool:
    """Whether the names stand there in their order; an initial is its name."""
    rest = iter(full)
    return all(any(_is_same(one, other) for other in rest) for one in short)


def _is_same(one: str, other: str) -> bool:
    return one[0] == other[0] if 1 in (len(one), len(other)) else one == other


def _wording(named: Sequence[Found], full: Key) -> str:
    """The most frequent of the fullest; with its article, where the sources ever give it one."""
    counted = Counter(one.text for one in named if one.key == full)
    return max(counted, key=lambda text: (text.startswith("the "), counted[text]))


def _line(text: str) -> str:
    return " ".join(text.split())
