"""BibTeX, for LaTeX; biblatex's own fields where BibTeX has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rag_assistant.references.issued import date_words, edtf
from rag_assistant.references.items import ROLES, Item, item_key, other_parts
from rag_assistant.references.lines import one_line

_TYPES = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "book": "book",
    "chapter": "incollection",
    "entry-dictionary": "incollection",
    "entry-encyclopedia": "incollection",
    "manuscript": "unpublished",
    "pamphlet": "booklet",
    "paper-conference": "inproceedings",
    "report": "techreport",
    "review": "article",
    "review-book": "article",
    "thesis": "phdthesis",
}
_PUBLISHERS = {"techreport": "institution", "phdthesis": "school"}
_PLAIN = (
    *(("edition", "edition"), ("volume", "volume"), ("issue", "number"), ("page", "pages")),
    *(("publisher-place", "address"), ("ISBN", "isbn"), ("ISSN", "issn"), ("genre", "type")),
    *(("archive", "library"), ("call-number", "lccn"), ("language", "language")),
)
_VERBATIM = (("DOI", "doi"), ("URL", "url"))
_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",  # "\{" would be counted as a brace
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{one: f"\\{one}" for one in "%&#_$"},
    }
)
_ENCODED = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})


def bibtex(items: Sequence[Item]) -> str:
    """The items as BibTeX in UTF-8."""
    return "\n".join(_entry(item) for item in items)


def _entry(item: Item) -> str:
    kind = _TYPES.get(item["type"], "misc")
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(item, kind) if value)
    return f"@{kind}{{{item_key(item)},\n{fields}}}\n"


def _fields(item: Item, kind: str) -> Iterator[tuple[str, str]]:
    """Names and values; what titles and names hold keeps its capitals."""
    yield "title", _kept(item.get("title", ""))
    for role in ROLES[:3]:
        yield role, " and ".join(_name(one) for one in item.get(role, ()))
    yield from _dates(item)
    inside = "journal" if kind == "article" else "booktitle"
    yield inside, _kept(item.get("container-title", ""))
    yield _PUBLISHERS.get(kind, "publisher"), _escaped(item.get("publisher", ""))
    for field, name in _PLAIN:
        yield name, _escaped(item.get(field, ""))
    for field, name in _VERBATIM:
        yield name, one_line(item.get(field, "")).translate(_ENCODED)
    kept = (item.get(name, "") for name in ("archive_location", "archive_collection", "note"))
    yield "note", _escaped("; ".join((*filter(None, kept), *other_parts(item))))


def _dates(item: Item) -> Iterator[tuple[str, str]]:
    """The year in words for BibTeX, the date as EDTF for biblatex."""
    issued: dict[str, Any] = item.get("issued", {})
    if issued:
        years = {**issued, "date-parts": [one[:1] for one in issued.get("date-parts", ())]}
        years.pop("season", None)
        yield "year", _escaped(date_words(years))
        yield "date", edtf(issued)
    if "accessed" in item:
        yield "urldate", edtf(item["accessed"])


def _name(name: dict[str, str]) -> str:
    if literal := one_line(name.get("literal", "")):
        return _kept(literal)
    parts = (name.get("family", ""), name.get("given", ""))
    return ", ".join(_part(part) for part in parts if part)


def _part(words: str) -> str:
    """A part of a name, in braces where BibTeX would take it apart."""
    apart = "," in words or " and " in f" {words.lower()} "
    return _kept(words) if apart else _escaped(words)


def _kept(words: str) -> str:
    escaped = _escaped(words)
    return f"{{{escaped}}}" if escaped else ""


def _escaped(words: str) -> str:
    return one_line(words).translate(_ESCAPES)
