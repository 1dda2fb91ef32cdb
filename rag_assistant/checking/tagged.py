"""References whose parts are named: BibTeX entries and RIS records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from rag_assistant.checking.identifying import cut_out, identifier
from rag_assistant.checking.names import Name, body, names_in
from rag_assistant.checking.references import Identifier, Reading, Reference

BIBTEX = re.compile(r"@(?!comment|preamble|string)[a-z]+\s*[{(]", re.IGNORECASE)
RIS = re.compile(r"^\s*TY\s{1,2}-", re.MULTILINE)
_FIELD = re.compile(r"([a-z][\w-]*)\s*=\s*", re.IGNORECASE)
_LINE = re.compile(r"^\s*([A-Z][A-Z0-9])\s{1,2}-[ ]?(.*)$")
_ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308"} | {
    "=": "\u0304",
    ".": "\u0307",
    "u": "\u0306",
    "v": "\u030c",
    "H": "\u030b",
    "c": "\u0327",
    "r": "\u030a",
    "k": "\u0328",
}
_ACCENT = re.compile(r"\{?\\([`'^~\"=.]|[uvHcrk](?=[\s{\\]))\s*\{?\\?([^\W\d_])\}?\}?")
_LETTER = re.compile(r"\{?\\(ss|oe|OE|ae|AE|aa|AA|o|O|l|L|i|j)(?![a-zA-Z])\s*\}?")
_LETTERS = {"ss": "ß", "oe": "œ", "OE": "Œ", "ae": "æ", "AE": "Æ", "aa": "å", "AA": "Å"} | {
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "i": "i",
    "j": "j",
}
_COMMAND = re.compile(r"\\[a-zA-Z]+\s*|[{}~]")
_TITLES = ("TI", "T1", "CT", "BT", "title")
_CONTAINERS = ("T2", "JO", "JF", "JA", "J2", "BT", "journal", "journaltitle", "booktitle")
_PEOPLE = ("AU", "A1", "A2", "A3", "ED", "author", "editor")
_PUBLISHERS = ("PB", "publisher", "institution", "school", "organization")
_DATES = ("PY", "Y1", "DA", "year", "date")
_NUMBERS = {
    "DO": "doi",
    "doi": "doi",
    "isbn": "isbn",
    "issn": "issn",
    "UR": "url",
    "url": "url",
    "lccn": "lccn",
    "oclc": "oclc",
}
_YEAR = re.compile(r"\d{4}")
_DEEPEST = 100

_Fields = Mapping[str, Sequence[str]]


def entries(text: str) -> Iterator[str]:
    """The BibTeX entries of a text, or its RIS records, one after another."""
    if BIBTEX.search(text):
        starts = [found.start() for found in BIBTEX.finditer(text)]
    else:
        starts = [found.start() for found in RIS.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        yield text[start:end].strip()


def tagged_reference(text: str) -> Reference:
    """A BibTeX entry or RIS record."""
    fields = _bibtex(text) if BIBTEX.match(text) else _ris(text)
    title = _first(fields, _TITLES)
    if subtitle := _first(fields, ("subtitle",)):
        title = f"{title}: {subtitle}"
    date = _first(fields, _DATES)
    container = _first(fields, _CONTAINERS)
    return Reference(
        text=text,
        readings=(Reading(authors=_people(fields), body=title, exact=True),),
        title=title,
        container="" if container == title else container,
        publisher=_first(fields, _PUBLISHERS),
        date=date.strip("/"),
        years=tuple(int(year) for year in _YEAR.findall(date)[:1]),
        identifiers=_identifiers(fields),
        rest=" ; ".join(value for values in fields.values() for value in values),
    )


def _people(fields: _Fields) -> tuple[Name, ...]:
    """Authors; where none are named, editors."""
    for names in (("AU", "A1", "author"), _PEOPLE):
        found = [value for name in names for value in fields.get(name, ())]
        people = [one for value in found for one in re.split(r"\s+and\s+", value) if one.strip()]
        if people:
            return tuple(name for one in people for name in (names_in(one) or (body(one),)))
    return ()


def _identifiers(fields: _Fields) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for name, values in fields.items():
        for value in values:
            if name == "SN":  # of either kind
                digits = re.sub(r"\W", "", value.split("(")[0])
                found.append(identifier("issn" if len(digits) == 8 else "isbn", value))  # noqa: PLR2004
            elif scheme := _NUMBERS.get(name):
                inside, _ = cut_out(value)
                found += inside or (identifier(scheme, value),)
            else:
                found += cut_out(value)[0]
    return tuple({(one.scheme, one.key): one for one in found if one.key}.values())


def _first(fields: _Fields, names: Sequence[str]) -> str:
    return next((fields[name][0] for name in names if fields.get(name)), "")


# ---------------------------------------------------------------- how they are written


def _ris(text: str) -> _Fields:
    fields: dict[str, list[str]] = {}
    last = ""
    for line in text.splitlines():
        found = _LINE.match(line)
        if found:
            last = found[1]
            fields.setdefault(last, []).append(found[2].strip())
        elif last and line.strip():  # a long value goes on in the next line
            fields[last][-1] += f" {line.strip()}"
    return {name: [one for one in values if one] for name, values in fields.items()}


def _bibtex(text: str) -> _Fields:
    fields: dict[str, list[str]] = {}
    at = text.find(",") + 1  # behind the key
    while found := _FIELD.search(text, at):
        value, at = _value(text, found.end())
        plain = _without_latex(value)
        if plain:
            fields.setdefault(found[1].casefold(), []).append(plain)
    return fields


def _value(text: str, at: int) -> tuple[str, int]:
    """A value in braces, in quotes or bare, and where it ends."""
    opening = text[at : at + 1]
    if opening not in ("{", '"'):
        end = re.compile(r"[,}\n]").search(text, at)
        stop = end.start() if end else len(text)
        return text[at:stop], stop
    depth, place = 0, at
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        if place > at and depth <= 0 and letter == ("}" if opening == "{" else '"'):
            break
        place += 1
    return text[at + 1 : place], place + 1


def _without_latex(value: str) -> str:
    value = _ACCENT.sub(
        lambda found: unicodedata.normalize("NFC", found[2] + _ACCENTS[found[1]]), value
    )
    value = _LETTER.sub(lambda found: _LETTERS[found[1]], value)
    value = re.sub(r"\\([&%$#_])", r"\1", value).replace("--", "–")
    return " ".join(_COMMAND.sub(lambda found: " " if found[0] == "~" else "", value).split())
