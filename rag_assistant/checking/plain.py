"""A reference in any style, or in none: the ways in which it may be taken apart.

Styles differ in where the title begins, and no rule tells all of them apart. So a text gets
several readings, and the records decide which of them was meant: a reading counts only where its
title and its names stand in one record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag_assistant.checking.identifying import cut_out
from rag_assistant.checking.names import Name, body, looks_like_names, names_in
from rag_assistant.checking.references import Reading, Reference
from rag_assistant.titles import words_of

_LONGEST = 4000  # characters of a reference that are read
_NUMBERING = re.compile(r"\s*(?:\[\d{1,4}\]|\(\d{1,3}\)|\d{1,3}[.)](?=\s)|[-*•–—‣◦·]\s)\s*")
_SEE = re.compile(
    r"(?:(?:see(?:\s+also)?|sources?|references?|citation|quoted\s+in|cited\s+in)\s*:|cf\.:?)\s+",
    re.IGNORECASE,
)
_EXTRAS = re.compile(
    r"\b(?:retrieved|accessed|abgerufen|consulted|viewed|last\s+visited)\b\s*"
    r"(?:on\s+)?:?(?:[^.;)]{0,40}\d{4})?(?:,?\s*from\b:?)?|"
    r"\b(?:available\s+(?:at|from|online|via)|retrieved\s+from|online\s+at)\b:?|"
    r"\[\s*(?:online|internet|e-?book|kindle|pdf|print)\s*\]",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"(\*{1,3})(?=\S)(?P<stars>[^*\n]{2,400}?)(?<=\S)\1|"
    r"(?<!\w)_(?=\S)(?P<line>[^_\n]{2,400}?)(?<=\S)_(?!\w)|"
    r"<(?P<name>i|em|cite|b|strong)>(?P<tag>[^<]{2,400})</(?P=name)>",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[“„«](?P<curly>[^“”„«»]{3,400})[”“»]|\"(?P<straight>[^\"]{3,400})\"|"
    r"(?<!\w)[‘](?P<single>[^‘]{3,400}?)[’](?!\w)|(?<!\w)'(?P<plain>[^']{8,400})'(?!\w)"
)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?=[a-z]?(?!\d))")
_BRACKETED = re.compile(
    r"\(\s*(?:c(?:a|irca)?\.?\s*|©\s*)?(?:\d{4}[a-z]?\b[^()]{0,30}|n\.\s?d\.|in press|forthcoming)"
    r"\)\s*[.,:;]?\s*",
    re.IGNORECASE,
)
_BARE_YEAR = re.compile(r"[.,]?\s+\(?(?:1[4-9]\d\d|20\d\d)[a-z]?\)?\s*[.,:]\s+")
_BREAK = re.compile(r"(?<=[\w.)\]])[.,:;]\s+|\s+[–—-]\s+")
_BY = re.compile(
    r"(?:,|\s*\(\d{4}\),?|\s[–—/-])?\s+(?:(?:written|edited|compiled)\s+)?(?:by|von|par)\s+"
    r"(?=[^\W\d_a-z]|d[eiu]\s|v[ao]n\s)"
)
_NAMES_END = re.compile(
    r"\s*(?:[(\[;:\d]|(?<=[^\W\d_]{2})\.(?=\s+[^\W\d_]{2})|,\s*(?=\d)|\s[–—]\s|\bin\b|$)"
)
_STRONG = re.compile(r"(?<=[^\W_][^\W_])[.?!](?=\s|$)|[(\[]|\s/\s")
_CONTAINER = re.compile(r"^[\s.,”\"]*(?:in:?\s+)?(?P<name>[^,.;:(\d]{3,150})", re.IGNORECASE)
_PUBLISHER = re.compile(r"[:,(]\s*(?P<name>[^:,.()\d][^:,()\d]{2,80}?)\s*,\s*(?:c|©)?\s*\d{4}")
_NAME_GOES_ON = re.compile(r"[^\W\d_]\.|&|\b(?:and|et|und|with)\b|\(?\beds?\b")
_AND = re.compile(r"\s+(?:&|and|und|et)\s+")
_NO_NAME = re.compile(r"[:()\[\]]|\bby\b")
_LEAD = re.compile(
    r"(?:\b(?:the|an?|this|his|her|their)\s+)?(?:\w+\s+)?\b(?:book|article|novel|paper|essay|report|"
    r"study|monograph|chapter|poem|pamphlet|thesis)\b\s*(?:called|titled|entitled|named)?[:,]?\s+",
    re.IGNORECASE,
)
_LEADS_TO = re.compile(
    r"(?:\b(?:by|in|see|titled|entitled|called|book|article|essay|paper)|\d{4})$"
)
_BY_AFTER = re.compile(r"[\s,(.]*(?P<by>by\s+)?")
_LAST_YEAR = re.compile(r"[.,]?\s*\b\d{4}[a-z]?$")
_BODY_WORDS = 10
_MOST_READINGS = 24
_WITHIN = 600  # characters in which the names must end
_FEW = 2


def plain_reference(text: str) -> Reference:
    """Take a reference apart that is marked by nothing but its punctuation."""
    text = text[:_LONGEST]
    numbered = _NUMBERING.match(text)
    text_alone = text[numbered.end() :] if numbered else text
    led = _SEE.match(text_alone)
    identifiers, rest = cut_out(text_alone[led.end() :] if led else text_alone)
    rest = " ".join(_EXTRAS.sub(" ", rest).split()).strip(" ,;")
    readings = tuple(dict.fromkeys(_readings(rest)))[:_MOST_READINGS] or (Reading(),)
    first = readings[0]
    title = first.body.strip(" .,") if first.exact else shown_title(first.body)
    after = rest.partition(title)[2] if title else ""
    marked = _EMPHASIS.search(after) or (_QUOTED.search(rest) and _EMPHASIS.search(rest))
    container = _CONTAINER.match(after) if first.exact else None
    publisher = _PUBLISHER.search(after)
    years = tuple(dict.fromkeys(int(year) for year in _YEAR.findall(rest)))
    return Reference(
        text=text,
        readings=readings,
        title=title,
        container=_container(marked, container),
        publisher=publisher["name"].strip() if publisher else "",
        date=_date(rest, years),
        years=years,
        identifiers=identifiers,
        rest=unmarked(rest),
    )


def _container(marked: re.Match[str] | None, named: re.Match[str] | None) -> str:
    if marked:
        return _inner(marked, ("stars", "line", "tag"))
    return named["name"].strip(" *_") if named else ""


def _date(text: str, years: tuple[int, ...]) -> str:
    """The year that stands in brackets, else the last one."""
    found = _BRACKETED.search(text)
    year = _YEAR.search(found[0]) if found else None
    return year[0] if year else str(years[-1]) if years else ""


def unmarked(text: str) -> str:
    """The text without marks of emphasis."""
    return _EMPHASIS.sub(lambda found: _inner(found, ("stars", "line", "tag")), text)


def shown_title(body_text: str) -> str:
    """A title as far as it seems to go: to the first full stop or bracket."""
    end = _STRONG.search(body_text)
    title = body_text[: end.start()] if end else body_text
    by = _BY.search(title)
    return (title[: by.start()] if by else title).strip(" .,;:\"“”'*_")


def _readings(text: str) -> Iterator[Reading]:
    """All ways, the likeliest first."""
    yield from _marked(text, _QUOTED, ("curly", "straight", "single", "plain"))
    yield from _marked(text, _EMPHASIS, ("stars", "line", "tag"), first=True)
    text = unmarked(text)
    yield from _dated(text)
    leading = [*_leading(text)]
    said_by = [*_said_by(text)]
    later = [*_titled_first(text)]
    yield from (*said_by, *leading, *later) if said_by else (*leading, *later)
    yield from _bodies(text)
    yield Reading(body=text)


def _marked(
    text: str, pattern: re.Pattern[str], groups: tuple[str, ...], *, first: bool = False
) -> Iterator[Reading]:
    """A title in quotation marks, or in italics; these only as the ``first`` thing said but names.

    What is in italics further on is where the work stands.
    """
    found = pattern.search(text)
    if not found or not words_of(_inner(found, groups)):
        return
    if first and _says_a_title(text[: found.start()]):
        return
    before = _BRACKETED.sub("", f"{text[: found.start()]} ").strip(" .,:(")
    before = _LAST_YEAR.sub("", before)
    people = looks_like_names(before)
    by = _BY_AFTER.match(text, found.end())
    said_by = bool(by and by["by"])
    if before and not people and not said_by and (first or not _LEADS_TO.search(before)):
        return
    authors = names_in(before) if people and not said_by else ()
    if not authors and by:
        authors = _names_up_to(text[by.end() :])
    yield Reading(authors=authors, body=_inner(found, groups).strip().rstrip(".,"), exact=True)


def _says_a_title(before: str) -> bool:
    """Whether there is more than names before what is marked: the title, of which this is part."""
    dated = _BRACKETED.search(before)
    if dated:
        return bool(words_of(before[dated.end() :]))
    return any(
        found[0].startswith(".")
        and words_of(before[found.end() :])
        and not _NAME_GOES_ON.match(before[found.end() :])
        and looks_like_names(before[: found.start()])
        and len(names_in(before[: found.start()])[-1].family[-1]) > 1
        for found in _BREAK.finditer(before)
    )


def _dated(text: str) -> Iterator[Reading]:
    """Names, a year, then the title (APA, Harvard)."""
    for pattern in (_BRACKETED, _BARE_YEAR):
        found = pattern.search(text[:_WITHIN])
        before, after = (
            (text[: found.start()].strip(" ,"), text[found.end() :]) if found else ("", "")
        )
        if not before or not words_of(after):
            continue
        people = looks_like_names(before)
        if people:
            yield Reading(authors=names_in(before), body=after)
        if len(before.split()) <= _BODY_WORDS and not _NO_NAME.search(before):
            yield Reading(authors=(body(before),), body=after)


def _leading(text: str) -> Iterator[Reading]:
    """Names up to a full stop, comma or colon, then the title (MLA, Chicago, Vancouver).

    A full stop behind an initial may end the names or not: the first one that is followed by
    something else than a name's next part is the likeliest.
    """
    full: list[Reading] = []
    others: list[tuple[bool, bool, Reading]] = []  # names with "and" in them end behind the last
    later: list[Reading] = []
    for found in _BREAK.finditer(text[:_WITHIN]):
        before, after = text[: found.start()], text[found.end() :]
        if not looks_like_names(before):
            continue
        reading = Reading(authors=names_in(before), body=after)
        if not found[0].startswith("."):
            joined = bool(_AND.search(before)) != ("," in _AND.split(before)[-1])
            others.append((not reading.authors[0].given, not joined, reading))
        elif _NAME_GOES_ON.match(after) or len(reading.authors[-1].family[-1]) == 1:
            later.append(reading)
        else:
            full.append(reading)
    others.sort(key=lambda one: one[:2])
    yield from (*full, *(reading for _, _, reading in others), *later)


def _said_by(text: str) -> Iterator[Reading]:
    """As people say it: "The iron bridge by Ada Venn"."""
    for found in _BY.finditer(text[:_WITHIN]):
        names = _names_up_to(text[found.end() :])
        title = text[: found.start()].strip(" ,.\"“”'")
        if names and words_of(title):
            title = re.sub(r"\s*\(\d{4}\)$", "", title)
            yield Reading(authors=names, body=title, exact=True)
            lead = _LEAD.match(title)
            if lead and title[lead.end() :]:
                yield Reading(authors=names, body=title[lead.end() :], exact=True)


def _titled_first(text: str) -> Iterator[Reading]:
    """The title, then names."""
    for found in [
        *re.finditer(r"[.,;]\s+|\s+[–—-]\s+|\s*\(\d{4}\),?\s*|\s+\((?!\d)", text[:_WITHIN])
    ][:4]:
        names = _names_up_to(text[found.end() :])
        if names:
            yield Reading(authors=names, body=text[: found.start()], exact=True)


def _bodies(text: str) -> Iterator[Reading]:
    """An institution, a full stop, the title."""
    for found in [*re.finditer(r"\.\s+", text[:_WITHIN])][:2]:
        before = text[: found.start()]
        if 1 < len(before.split()) <= 4 * _FEW:
            yield Reading(authors=(body(before),), body=text[found.end() :])


def _names_up_to(text: str) -> tuple[Name, ...]:
    """The names at the beginning of a text, up to what can be none."""
    end = _NAMES_END.search(text[:_WITHIN])
    words = text[: end.start()] if end else text[:_WITHIN]
    while words:
        if looks_like_names(words):
            return names_in(words)
        words = words.rpartition(",")[0]
    return ()


def _inner(found: re.Match[str], groups: tuple[str, ...]) -> str:
    return next(found[group] for group in groups if found[group] is not None)
