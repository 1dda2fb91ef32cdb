"""References whose parts are named: BibTeX entries, RIS records, lines with a label each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from rag_assistant.checking import labelled
from rag_assistant.checking.identifying import cut_out, identifier
from rag_assistant.checking.names import Name, body, names_in
from rag_assistant.checking.references import Identifier, Reading, Reference

BIBTEX = re.compile(r"@(?!comment|preamble|string)[a-z]+\s{0,9}[{(]", re.IGNORECASE)
RIS = re.compile(r"TY\s{1,2}-")
_START = re.compile(
    r"^[ \t]*(?:@(?P<kind>[a-z]+)\s{0,9}[{(]|TY[ ]{1,2}-)", re.MULTILINE | re.IGNORECASE
)
_NO_ENTRIES = ("comment", "preamble", "string")
_ER = re.compile(r"^[ \t]*ER[ ]{1,2}-.*$", re.MULTILINE)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_KEY = re.compile(r"@[a-z]+\s*[{(](?:[^,={}\"]*,)?", re.IGNORECASE)
_LCCN = re.compile(r"[a-z]{0,3}\s*(?:\d{8,10}|\d{2,4}-\d{1,6})(?:\s*/.*)?", re.IGNORECASE)
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
_LONGEST = 4000  # characters of a field that are read, and of all of them

_Fields = Mapping[str, Sequence[str]]


def entries(text: str) -> Iterator[tuple[Literal["entry", "aside", "plain"], str]]:
    """A text cut at its BibTeX entries and RIS records, in its order; nothing is left out.

    A comment of BibTeX, and what stands in one, is put aside; what is plain is around them all.
    """
    at = 0
    for start, end in _spans(text):
        yield "plain", text[at:start]
        part = text[start:end].strip()
        yield ("entry" if is_tagged(part) else "aside"), part
        at = end
    yield "plain", text[at:]


def is_tagged(text: str) -> bool:
    """Whether a text is a BibTeX entry or a RIS record."""
    return bool(BIBTEX.match(text) or RIS.match(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where entries begin and end; one that is never closed goes on to the next."""
    closing = _closing(text)
    starts = [*_START.finditer(text)]
    following = [*(found.start() for found in starts[1:]), len(text)]
    at = 0
    for found, after in zip(starts, following, strict=False):
        if found.start() < at:  # in another one
            continue
        if not found["kind"]:
            ended = _ER.search(text, found.end(), after)
            at = ended.end() if ended else after
        elif found[0].endswith("("):
            at = text.rfind(")", found.end(), after) + 1 or after
        else:
            at = closing.get(found.end() - 1, after - 1) + 1
        yield found.start(), at


def _closing(text: str) -> dict[int, int]:
    """Where each brace is closed, by where it is opened."""
    closed: dict[int, int] = {}
    opened: list[int] = []
    for found in _BRACE.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            closed[opened.pop()] = found.start()
    return closed


def tagged_reference(text: str) -> Reference:
    """A BibTeX entry, a RIS record, or lines with a label each."""
    fields = _bibtex(text) if BIBTEX.match(text) else _ris(text) if RIS.match(text) else {}
    fields = _cut(fields or labelled.fields(text))
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
        rest=" ; ".join(value for values in fields.values() for value in values)[:_LONGEST],
    )


def _cut(fields: _Fields) -> _Fields:
    return {name: [value[:_LONGEST] for value in values] for name, values in fields.items()}


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
            elif name == "lccn" and not _LCCN.fullmatch(value.strip()):
                continue  # many write the call number there
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
    begun = _KEY.match(text)
    at = begun.end() if begun else 0
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
