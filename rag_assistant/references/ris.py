"""RIS, the tagged lines that reference managers exchange."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rag_assistant.references.issued import date_words, edtf, first_year
from rag_assistant.references.items import Item, item_key, name_line, other_parts
from rag_assistant.references.lines import one_line

_TYPES = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "bill": "BILL",
    "book": "BOOK",
    "broadcast": "VIDEO",
    "chapter": "CHAP",
    "classic": "CLSWK",
    "dataset": "DATA",
    "entry-dictionary": "DICT",
    "entry-encyclopedia": "ENCYC",
    "figure": "FIGURE",
    "graphic": "ART",
    "hearing": "HEAR",
    "interview": "PCOMM",
    "legal_case": "CASE",
    "legislation": "STAT",
    "manuscript": "MANSCPT",
    "map": "MAP",
    "motion_picture": "VIDEO",
    "musical_score": "MUSIC",
    "pamphlet": "PAMP",
    "paper-conference": "CONF",
    "patent": "PAT",
    "periodical": "JFULL",
    "personal_communication": "PCOMM",
    "post": "ICOMM",
    "post-weblog": "BLOG",
    "report": "RPRT",
    "review": "JOUR",
    "review-book": "JOUR",
    "software": "COMP",
    "song": "SOUND",
    "speech": "SOUND",
    "standard": "STAND",
    "thesis": "THES",
    "webpage": "ELEC",
}
_NAME_TAGS = {"author": "AU", "editor": "ED", "translator": "A4"}  # A2 is a series' editor
_PLAIN = (
    *(("title", "TI"), ("container-title", "T2"), ("volume", "VL"), ("issue", "IS")),
    *(("edition", "ET"), ("publisher", "PB"), ("publisher-place", "CY"), ("DOI", "DO")),
    *(("URL", "UR"), ("archive", "DB"), ("archive_location", "AV"), ("call-number", "CN")),
    *(("source", "DP"), ("language", "LA"), ("genre", "M3"), ("note", "N1")),
)
_PAGES = re.compile(r"(\w+)\s*[-–]\s*(\w+)")
_LINE_END = "\r\n"


def ris(items: Sequence[Item]) -> str:
    """The items as RIS in UTF-8, each line closed by CR LF."""
    records = (_LINE_END.join(_lines(item)) + _LINE_END for item in items)
    return _LINE_END.join(records)


def _lines(item: Item) -> Iterator[str]:
    yield _line("TY", _TYPES.get(item["type"], "GEN"))
    for role, tag in _NAME_TAGS.items():
        for name in item.get(role, ()):
            yield _line(tag, name_line(name))
    for field, tag in _PLAIN:
        if words := one_line(item.get(field, "")):
            yield _line(tag, words)
    for part in other_parts(item):
        yield _line("N1", part)
    if "archive_collection" in item:  # the title of the whole, where nothing else is
        yield _line("M1" if "container-title" in item else "T2", item["archive_collection"])
    for number in ("ISBN", "ISSN"):
        if number in item:
            yield _line("SN", item[number])
    yield from _pages(item.get("page", ""))
    yield from _dates(item)
    yield _line("ID", item_key(item))
    yield "ER  - "


def _line(tag: str, words: str) -> str:
    return f"{tag}  - {one_line(words)}"


def _pages(pages: str) -> Iterator[str]:
    match = _PAGES.fullmatch(one_line(pages))
    if match:
        yield _line("SP", match[1])
        yield _line("EP", match[2])
    elif pages:
        yield _line("SP", pages)


def _dates(item: Item) -> Iterator[str]:
    issued = item.get("issued")
    if issued:
        if year := first_year(issued):
            yield _line("PY", year)
        yield _line("DA", _date(issued))
    if "accessed" in item:
        yield _line("Y2", _date(item["accessed"]))


def _date(date: dict[str, Any]) -> str:
    """YYYY/MM/DD/other: one day as numbers; what numbers cannot say, as EDTF or words."""
    parts = date.get("date-parts", ())
    exact = len(parts) == 1 and "circa" not in date and "season" not in date and parts[0][0] > 0
    if not exact:
        return f"{first_year(date)}///{edtf(date) or date_words(date)}"
    numbers = (f"{parts[0][0]:04d}", *(f"{part:02d}" for part in parts[0][1:]))
    return "/".join((*numbers, "", "", "")[:3]) + "/"
