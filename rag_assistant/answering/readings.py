"""What a name, a thing or an event of a question can mean, by the sentences that name it in full.

"Holt" is read as each person of that surname, "the bridge" as each bridge that has a name, "the
flood" as that of each year. Two spellings are one reading where one only leaves out what the other
says: "R. Askew" is Ruth Askew, and the Board School that of Weir Lane.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag_assistant.answering import vocabulary, words

Kind = Literal["person", "thing", "place", "event"]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What a question names in part.

    Attributes:
        kind: How its readings are told apart: by given names, by a proper name ("Mill Bridge"),
            by where it is ("the bridge at Withy Ham"), by year.
        word: The surname or the noun, as the question has it.
        said: What it is called when we ask back.
        start: Where it begins in the question, an article and an honorific included.
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
    """A full naming in a sentence: what it says beyond the word, and how it reads."""

    key: Key
    text: str
    honorific: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One meaning: the fullest of its keys, and its most frequent wording."""

    key: Key
    text: str


_NAME = r"(?:[^\W\d_a-zß-ÿ](?:\.|[\w’'-]*\w))"
_GIVEN = rf"(?P<given>(?:{_NAME}\s+){{0,4}})"
_GENERATION = "|".join(map(re.escape, sorted(vocabulary.GENERATIONS, key=len, reverse=True)))
_AFTER_SURNAME = (
    rf"(?![\w-])(?:,?\s+(?P<generation>{_GENERATION})\b)?"
    r"(?!\s+(?:&|and|und|et|y)\s+(?:Sons?|Co|Brothers|Söhne|Fils|Cie|Hijos)\b|\s+[^\W\d_a-zß-ÿ]\w)"
)
_BORN = r"(?:née|nee|born|geb\.|geborene)"
_MONTH = "|".join(
    sorted({month for table in vocabulary.MONTHS.values() for month in table}, key=len)
)
_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)"
_DATED = (
    r"(?:of|in|von|vom|im|de|du|en|del)\s+(?:the\s+)?(?:(?:night\s+of\s+)?\d{1,2}"
    rf"(?:st|nd|rd|th|er|\.|º)?\s+)?(?:(?:of|de)\s+)?(?:(?:{_MONTH}),?\s+)?(?:(?:of|de)\s+)?{_YEAR}"
)
_ANY_YEAR = re.compile(rf"(?<![\d£$€/,.-]){_YEAR}(?![\d/]|[,.-]\d)")


def found(text: str, mention: Mention) -> Iterator[Found]:
    """Each full naming in a sentence, in its order."""
    finders = {"person": _people, "thing": _things, "place": _places, "event": _events}
    yield from finders[mention.kind](text, mention)


def gathered(sightings: Sequence[Found], mention: Mention) -> dict[Key, Reading]:
    """The readings that fit a mention, by each key that means just one of them."""
    kind = mention.kind
    fullest: list[Key] = []
    of_key: dict[Key, Key] = {}
    for key in sorted({one.key for one in sightings}, key=lambda key: (-_weight(key), key)):
        kin = [one for one in fullest if _included(key, one, kind)]
        if not kin:
            fullest.append(key)
        if len(kin) < 2:  # noqa
            of_key[key] = kin[0] if kin else key
    fitting = {}
    for full in fullest:
        of_full = [one for one in sightings if of_key.get(one.key) == full]
        if kind != "person" or _is_meant(full, of_full, mention):
            fitting[full] = Reading(key=full, text=_wording(of_full, full))
    return {key: fitting[full] for key, full in of_key.items() if full in fitting}


def _is_meant(full: Key, named: Sequence[Found], mention: Mention) -> bool:
    """Whether given names and honorific allow this person."""
    given = [_token(one) for one in mention.given]
    if not _fits(given, list(full)):
        return False
    called = {one.honorific for one in named} - {""}
    if mention.honorific in vocabulary.WOMEN:
        return bool(called & vocabulary.WOMEN)
    if mention.honorific in vocabulary.MEN:
        return not called & vocabulary.WOMEN
    return not mention.honorific or mention.honorific in called


def is_person(text: str, surname: str) -> bool:
    """Whether a sentence calls somebody by this surname with an honorific."""
    pattern = rf"\b(?P<before>[^\W\d_]+)\.?\s+{_GIVEN}{re.escape(surname)}(?![\w-])"
    return any(
        words.fold(part.rstrip(".")) in vocabulary.HONORIFICS
        for match in re.finditer(pattern, text)
        for part in (match["before"], *match["given"].split())
    )


def _people(text: str, mention: Mention) -> Iterator[Found]:
    surname = re.escape(mention.word)
    natural = rf"(?<![\w’'-]){_GIVEN}{surname}{_AFTER_SURNAME}"
    for match in re.finditer(natural, text, re.IGNORECASE if mention.word.islower() else 0):
        given, honorific = _given_names(match["given"].split())
        if not given:
            continue
        said = text[match.end() - len(match[0].lstrip()) : match.end()]
        said = said[said.index(given[0]) :]
        key = tuple(_token(one) for one in given)
        if match["generation"]:
            key += (f"={vocabulary.GENERATIONS[match['generation']]}",)
        yield Found(key=key, text=said, honorific=honorific)
    inverted = re.match(rf"{surname},\s+((?:{_NAME}[ .]*)+)(?:$|[,.(&])", text)
    if inverted and (given := _given_names(inverted[1].split())[0]):
        said = f"{' '.join(given)} {text[: len(mention.word)]}"
        yield Found(key=tuple(_token(one) for one in given), text=said)
    for match in re.finditer(rf"({_NAME})\s+{_NAME},?\s+\(?{_BORN}\s+{surname}\b", text):
        yield Found(key=(_token(match[1]),), text=match[0].replace("(", ""))


def _given_names(parts: list[str]) -> tuple[list[str], str]:
    """The given names that end the parts, and the honorific before or among them."""
    given: list[str] = []
    for part in reversed(parts):
        plain = words.fold(part.rstrip("."))
        if plain in vocabulary.HONORIFICS:
            return given, plain
        if plain in NO_NAMES or (part.isupper() and len(plain) > 1):
            break
        given.insert(0, part)
    return given, ""


def _things(text: str, mention: Mention) -> Iterator[Found]:
    """"Mill Bridge", or "pont de Pierre" where the language puts the noun first."""
    noun = re.escape(mention.word)
    if mention.language in vocabulary.NOUN_FIRST:
        link = r"(?:de\s+la\s+|de\s+l['’]|du\s+|des\s+|de\s+|del\s+|d['’])?"
        for match in re.finditer(rf"\b{noun}\s+{link}(?P<name>(?:{_NAME}\s*)+)", text):
            yield Found(key=_thing_key(match["name"].split()), text=match[0].strip())
        return
    capital = re.escape(mention.word[:1].upper() + mention.word[1:])
    pattern = rf"(?P<the>\bthe\s+)?(?<![\w’'-])(?P<name>(?:{_NAME}\s+){{1,3}}){capital}\b(?!\s+[A-Z])"
    for match in re.finditer(pattern, text):
        parts = match["name"].split()
        the = bool(match["the"])
        while parts and words.fold(parts[0]) in NO_NAMES:
            the = the or words.fold(parts.pop(0)) == "the"
        if parts and not all(part.isupper() and len(part) > 1 for part in parts):
            said = " ".join([*parts, match[0].split()[-1]])
            if _thing_key(parts):
                yield Found(key=_thing_key(parts), text=f"the {said}" if the else said)


def _places(text: str, mention: Mention) -> Iterator[Found]:
    """"bridge at Withy Ham": the noun and where it is."""
    if mention.language != "en":
        return
    pattern = rf"\b{re.escape(mention.word)}\s+(?:at|in|over)\s+((?:{_NAME}(?:\s+|\b))+)"
    for match in re.finditer(pattern, text):
        parts = match[1].split()
        if words.fold(parts[0]) not in NO_NAMES:
            yield Found(key=_thing_key(parts), text=match[0].strip())


def _events(text: str, mention: Mention) -> Iterator[Found]:
    """"flood of November 1852", "1911 strike", or the one year of a sentence that names it."""
    noun = re.escape(mention.word)
    plain = f"{mention.word} {vocabulary.OF[mention.language]} "
    years: set[str] = set()
    for match in re.finditer(rf"\b{noun}\s+{_DATED}\b", text, re.IGNORECASE):
        said = plain + match["year"] if match[0].isupper() else match[0]
        yield Found(key=(match["year"],), text=mention.word + said[len(mention.word) :])
        years.add(match["year"])
    for match in re.finditer(rf"{_ANY_YEAR.pattern}\s+{noun}\b", text, re.IGNORECASE):
        yield Found(key=(match["year"],), text=plain + match["year"])
        years.add(match["year"])
    if years or words.fold(mention.word) not in vocabulary.EVENTS:
        return
    years = {match["year"] for match in _ANY_YEAR.finditer(text)}
    if len(years) == 1 and re.search(rf"\b{noun}\b", text, re.IGNORECASE):
        yield Found(key=tuple(years), text=plain + min(years))


NO_NAMES = frozenset(
    {
        *(word for table in vocabulary.STOP_WORDS.values() for word in table if len(word) > 1),
        *(word for table in vocabulary.OPENING_WORDS.values() for word in table),
        *(month for table in vocabulary.MONTHS.values() for month in table),
        *("dear liebe lieber cher chere querido querida old young late messrs apply").split(),
    }
)


def _thing_key(parts: Iterable[str]) -> Key:
    tokens = tuple(sorted(words.name_key(part) for part in parts))
    return tuple(token for token in tokens if token not in vocabulary.COMMON_NAMES)


def _token(name: str) -> str:
    return words.fold(name).rstrip(".").replace("’", "'")


def _weight(key: Key) -> int:
    return sum(len(token) + 10 for token in key)


def _included(short: Key, full: Key, kind: Kind) -> bool:
    """Whether one only leaves out what the other says."""
    if kind == "event":
        return short == full
    if kind != "person":
        return set(short) <= set(full)
    return _fits(list(short), list(full))


def _fits(short: list[str], full: list[str]) -> bool:
    """Names in their order; an initial is its name."""
    rest = iter(full)
    return all(any(_same(one, other) for other in rest) for one in short)


def _same(one: str, other: str) -> bool:
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return one == other


def _wording(named: Sequence[Found], full: Key) -> str:
    counted = Counter(one.text for one in named if one.key == full)
    return max(counted, key=lambda text: counted[text])
