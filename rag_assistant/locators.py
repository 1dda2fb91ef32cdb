"""Where in a document a span stands, in words ("pp. 4–5") and as data, after CSL's locators."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag_assistant.schema import Page, Place, Record, Section
from rag_assistant.wording import ENGLISH, message, say, spoken

Box = tuple[int, int, int, int]

_NAMED = re.compile(r"[^\W\d_]{3}")
_PAGE, _PAGES = message("p. {page}"), message("pp. {first}–{last}")
_PARAGRAPH = message("para. {number}")
_SECTION = message("section “{heading}”")
_KEPT_IN = {
    "Box": message("Box {number}"),
    "Folder": message("Folder {number}"),
    "Item": message("Item {number}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """``label`` is what people read, ``place`` what programs read; both empty where unknown.

    Keys of ``place``, each only where it is known: ``page`` (printed) and ``page_index`` (from 0),
    ``last_page`` and ``last_page_index``, ``canvas``, ``image``, ``page_size``; ``box``, around
    all words that stand on the first page, and ``boxes``, one a line of them (x, y, width, height
    in the units of ``page_size``); ``begin`` and ``finish`` in seconds, ``speaker``; ``container``
    (the archival box, folder and item); ``path``; ``headings``; ``paragraph`` (from 1).
    """

    label: str
    place: dict[str, Any]


def locate(section: Section, start: int, end: int, record: Record | None = None) -> Locator:
    """The locator of ``section.text[start:end]``.

    Args:
        section: Where the span stands.
        start: Of the span.
        end: Of the span.
        record: What is said of the document, which may name its box and folder.

    Returns:
        The time of speech, else the page, else the box and folder, else the heading, else the
        paragraph; with everything else that is known as data.
    """
    pages = [page for page in section.pages if page.start < end and page.end > start]
    places = [place for place in section.places if place.start < end and place.end > start]
    paths = list(dict.fromkeys(place.path for place in places if place.path))
    told = (
        _speech(places),
        _on_pages(pages, places),
        _kept(record or Record()),
        _below(section),
        _paragraph(section, start, end),
    )
    label = next((one.label for one in told if one.label), "")
    place: dict[str, Any] = {}
    for one in told[:3]:
        place |= one.place
    place = place or next((one.place for one in told[3:] if one.place), {})
    return Locator(label=label, place=place | ({"path": paths[0]} if paths else {}))


def clock(seconds: float) -> str:
    """A time of a recording as people write it: 75 is "1:15", 3675 "1:01:15"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def told_place(label: str) -> str:
    """A locator's label, which is English, in the language that is spoken now."""
    if spoken() == ENGLISH:
        return label
    for words in (_PAGE, _PAGES, _PARAGRAPH, _SECTION):
        if found := _read(words, label):
            return say(words, **found)
    return ", ".join(map(_told_container, label.split(", ")))


def _told_container(part: str) -> str:
    for words in _KEPT_IN.values():
        if found := _read(words, part):
            return say(words, **found)
    return part


def _read(words: str, label: str) -> dict[str, str]:
    """What stands in a label at the names of the words that it was made of."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(words))
    found = re.fullmatch(pattern, label, re.DOTALL)
    return found.groupdict() if found else {}


def container(record: Record) -> str:
    """Box, folder and item: "Box 3, Folder 12"."""
    return ", ".join(_labelled(name, value) for name, value in _containers(record).items())


def _speech(places: Sequence[Place]) -> Locator:
    timed = [place for place in places if place.begin is not None]
    speakers = list(dict.fromkeys(place.speaker for place in places if place.speaker))
    label = ", ".join(speakers)
    place: dict[str, Any] = {"speaker": label} if speakers else {}
    if timed:
        begin = timed[0].begin or 0.0
        label = f"{label}, {clock(begin)}" if label else clock(begin)
        place["begin"] = begin
        if timed[-1].finish is not None:
            place["finish"] = timed[-1].finish
    return Locator(label=label, place=place)


def _on_pages(pages: Sequence[Page], places: Sequence[Place]) -> Locator:
    if not pages:
        return Locator(label="", place={})
    first, last = pages[0], pages[-1]
    place: dict[str, Any] = {
        "page": first.label,
        "page_index": first.index,
        "last_page": last.label,
        "last_page_index": last.index,
    }
    place |= {name: value for name in ("canvas", "image") if (value := getattr(first, name))}
    boxes = _lines([one.box for one in places if one.box and one.start < first.end])
    if boxes:
        place |= {"box": list(_around(boxes)), "boxes": [list(box) for box in boxes]}
        if first.size:
            place["page_size"] = list(first.size)
    words, named = _PAGES, {"first": first.label, "last": last.label}
    if first == last:
        words, named = _PAGE, {"page": first.label}
    label = words.format(**named)
    return Locator(label=label, place=place)


def _lines(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that stand side by side are one, in the order in which they come."""
    lines: list[Box] = []
    for box in boxes:
        if lines and _beside(lines[-1], box):
            lines[-1] = _around([lines[-1], box])
        else:
            lines.append(box)
    return lines


def _beside(left: Box, right: Box) -> bool:
    """Whether more than half of the lower one's height is shared, and it begins further on."""
    shared = min(left[1] + left[3], right[1] + right[3]) - max(left[1], right[1])
    return right[0] >= left[0] and 2 * shared > min(left[3], right[3])


def _around(boxes: Sequence[Box]) -> Box:
    x, y = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    return x, y, right - x, max(box[1] + box[3] for box in boxes) - y


def _containers(record: Record) -> dict[str, str]:
    named = {"Box": record.box, "Folder": record.folder, "Item": record.item}
    return {name: value for name, value in named.items() if value}


def _labelled(name: str, value: str) -> str:
    """A container's number with what it is, unless its own words say that ("Reel 4")."""
    return (
        f"{value[:1].upper()}{value[1:]}"
        if _NAMED.search(value)
        else _KEPT_IN[name].format(number=value)
    )


def _kept(record: Record) -> Locator:
    place = {name.lower(): value for name, value in _containers(record).items()}
    return Locator(label=container(record), place={"container": place} if place else {})


def _below(section: Section) -> Locator:
    if not section.headings:
        return Locator(label="", place={})
    return Locator(
        label=_SECTION.format(heading=section.headings[-1]),
        place={"headings": list(section.headings)},
    )


def _paragraph(section: Section, start: int, end: int) -> Locator:
    if not section.text or end <= start:
        return Locator(label="", place={})
    paragraph = section.text.count("\n\n", 0, start) + 1
    return Locator(label=_PARAGRAPH.format(number=paragraph), place={"paragraph": paragraph})
