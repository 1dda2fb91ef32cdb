"""References whose lines have a label each ("Title: …"), as chatbots like to write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_LABELS = {
    **dict.fromkeys(("title", "book title", "article title", "titel", "titre", "título"), "title"),
    **dict.fromkeys(("subtitle", "untertitel", "sous-titre"), "subtitle"),
    **dict.fromkeys(("author", "authors", "author(s)", "by", "written by"), "author"),
    **dict.fromkeys(("autor", "autoren", "autorin", "auteur", "auteurs", "autores"), "author"),
    **dict.fromkeys(("editor", "editors", "editor(s)", "herausgeber"), "editor"),
    **dict.fromkeys(("year", "date", "published", "publication year", "publication date"), "year"),
    **dict.fromkeys(("year of publication", "jahr", "année", "año", "erscheinungsjahr"), "year"),
    **dict.fromkeys(("publisher", "verlag", "éditeur", "editorial"), "publisher"),
    **dict.fromkeys(("journal", "magazine", "newspaper", "zeitschrift", "revue"), "journal"),
    **dict.fromkeys(("isbn", "isbn-10", "isbn-13", "isbn10", "isbn13"), "isbn"),
    **dict.fromkeys(("url", "link"), "url"),
    **dict.fromkeys(("call number", "shelfmark", "signatur", "cote"), "call number"),
    **{name: name for name in ("issn", "doi", "lccn", "oclc", "edition", "pages", "volume")},
}
_MARK = r"\s*(?:(?:\[\d{1,4}\]|\(\d{1,3}\)|\d{1,3}[.)]|[-*•–—‣◦·])\s+)?"
_LINE = re.compile(
    rf"{_MARK}[*_]{{0,3}}(?P<label>[^\W\d_][^:*_\n]{{1,30}}?)[*_]{{0,3}}\s?:[*_]{{0,3}}(?P<value>.*)$"
)
_MARKED = re.compile(_MARK)
_AROUND = ' \t*_"“”„«»`'
_LEAST, _MOST = 2, 40  # lines with labels
_SEVERAL = ("author", "editor", "isbn")


def split(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Lines cut into references with labels (True) and what is between them (False)."""
    plain: list[str] = []
    at = 0
    while at < len(lines):
        end = _end(lines, at)
        if end == at:
            plain.append(lines[at])
            at += 1
            continue
        if plain:
            yield False, plain
            plain = []
        yield True, list(lines[at:end])
        at = end
    if plain:
        yield False, plain


def fields(text: str) -> Mapping[str, Sequence[str]]:
    """The values of a reference by their fields; a first line without a label is the title."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in text.splitlines():
        name, value = _labelled(line)
        if name:
            found.setdefault(name, []).append(value)
            last = name
        elif last and line.strip():
            found[last][-1] += f" {line.strip()}"
        elif line.strip():
            found["title"] = [_MARKED.sub("", line, count=1).strip(_AROUND)]
    return {name: [one for one in values if one] for name, values in found.items()}


def _end(lines: Sequence[str], at: int) -> int:
    """Where a reference ends that begins at a line; there, where none does.

    It holds a title and more. A label that comes again begins the next one. Blank lines may stand
    between the lines, and longer ones go on indented.
    """
    first = _labelled(lines[at])[0]
    untitled = not first and lines[at].strip() and not lines[at].rstrip().endswith(":")
    if not first and not (untitled and at + 1 < len(lines) and _labelled(lines[at + 1])[0]):
        return at
    names: list[str] = [] if first else ["title"]
    end = start = at if first else at + 1
    for place in range(start, len(lines)):
        name = _labelled(lines[place])[0]
        if name == "title" and not first:
            return at
        again = name in names and (name != names[-1] or name not in _SEVERAL)
        if again or len(names) == _MOST:
            break
        if name:
            names.append(name)
        elif lines[place].strip() and not (lines[place][:1].isspace() and end == place):
            break
        if lines[place].strip():
            end = place + 1
    whole = "title" in names and len(set(names)) >= _LEAST
    return end if whole and (first or "author" in names) else at


def _labelled(line: str) -> tuple[str, str]:
    """A line's field and value; both "" where it has no label that is known."""
    found = _LINE.match(line)
    name = _LABELS.get(found["label"].strip().casefold(), "") if found else ""
    return (name, found["value"].strip(_AROUND)) if found and name else ("", "")
