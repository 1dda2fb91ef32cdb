"""What readers of scanned text have in common: lines of words with boxes become sections.

Each text block is a section of its own, so that no passage runs from one column into another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from statistics import fmean
from typing import TypeVar

from rag_assistant.schema import Description, Document, Page, Place, Section, TextOrigin

Box = tuple[int, int, int, int]
Element = TypeVar("Element")

KIND = "scan"
"""The kind of documents that were read from pictures of pages."""
LAYOUT_ALONE = "layout without text: "

_MARKS = ("\u00ad", "¬")  # what only ever stands where a line's end divides a word
_SPACE = re.compile(r"\s+")
_AHEAD = re.compile(r"\W*")
_FARTHEST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it is printed, and where its words are; their offsets count within the line.

    ``divided`` says that its last word goes on in the next line, ``mark`` is the hyphen that says
    so on the page, and ``whole`` the word as the source writes it undivided, "" where it does not.
    """

    text: str
    places: tuple[Place, ...] = ()
    divided: bool = False
    mark: str = ""
    whole: str = ""


def line(text: str, places: Iterable[Place] = ()) -> Line:
    """A line that is divided where it ends in a mark that means nothing else."""
    mark = text[-1:] if text.endswith(_MARKS) else ""
    return Line(text=text, places=tuple(places), divided=bool(mark), mark=mark)


def one_line(text: str | None) -> str:
    """Text with each run of white space as one space, without any around it."""
    return _SPACE.sub(" ", text or "").strip()


def aligned(text: str, words: Iterable[tuple[str, Place]]) -> tuple[tuple[Place, ...], int]:
    """Where the words of a line stand in its text.

    They may come in any order, and need not agree with the text.

    Returns:
        The places, in the order of the text, and how many words were not found.
    """
    found: list[Place] = []
    missing = 0
    cursor = 0
    for word, place in words:
        start = text.find(word, cursor)
        if start < 0:
            start = _free(text, word, found)
        if start < 0:
            missing += 1
            continue
        cursor = start + len(word)
        found.append(replace(place, start=start, end=cursor))
    return tuple(sorted(found, key=lambda place: place.start)), missing


def _free(text: str, word: str, taken: Sequence[Place]) -> int:
    """Where a word stands that no other has been found at, -1 for nowhere."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if all(end <= other.start or start >= other.end for other in taken):
            return start
        start = text.find(word, start + 1)
    return -1


def section(paragraphs: Iterable[Sequence[Line]], page: Page) -> Section | None:
    """A text block as a section, None where it has no text.

    Lines stay lines: the splitter takes a line's end for a sentence's only where the next word
    would have fitted it, and headlines, verses and lists keep their shape. A word that a marked
    hyphen divides stands whole in the line that it begins in, with the boxes of both its parts.

    Args:
        paragraphs: The lines of each paragraph.
        page: The page that it stands on; its span becomes that of the section.
    """
    texts: list[str] = []
    places: list[Place] = []
    size = 0
    for lines in paragraphs:
        gap = "\n\n" if texts else ""
        for mended in _mended(lines):
            size += len(gap)
            texts += [gap, mended.text]
            places += [_moved(place, size) for place in mended.places]
            size += len(mended.text)
            gap = "\n"
    text = "".join(texts)
    if not text:
        return None
    return Section(text=text, pages=(replace(page, start=0, end=size),), places=tuple(places))


def _moved(place: Place, by: int) -> Place:
    return replace(place, start=place.start + by, end=place.end + by)


def _mended(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines with divided words made whole; at the block's end a part stays as it is printed."""
    last: Line | None = None
    for present in lines:
        if not present.text:
            continue
        following = present
        if last and last.divided:
            last, following = _united(last, present)
        if last and following.text:
            yield last
            last = following
        elif not last:
            last = following
        else:  # the line was no more than the word's second part
            last = replace(last, divided=present.divided, mark=present.mark, whole=present.whole)
    if last:
        yield last


def _united(before: Line, after: Line) -> tuple[Line, Line]:
    """Two lines, of which the first now has all of the word that the line's end divided."""
    start, second = before.text.rfind(" ") + 1, after.text.partition(" ")[0]
    part, stop = before.text[start:].removesuffix(before.mark), len(second)
    whole = _punctuated(before.whole, part, second) if before.whole else part + second
    rest = after.text[stop:].lstrip()
    cut = len(after.text) - len(rest)
    end = start + len(whole)
    places = (
        *(place for place in before.places if place.end <= start),
        *(
            replace(place, start=min(place.start, start), end=end)
            for place in before.places
            if place.end > start
        ),
        *(replace(place, start=start, end=end) for place in after.places if place.start < stop),
    )
    moved = (
        replace(place, start=max(0, place.start - cut), end=place.end - cut)
        for place in after.places
        if place.end > cut
    )
    return (
        Line(text=before.text[:start] + whole, places=places),
        replace(after, text=rest, places=tuple(moved)),
    )


def _punctuated(whole: str, first: str, second: str) -> str:
    """An undivided word with the signs around its parts, which some sources leave out of it."""
    ahead, behind = _AHEAD.match(first), _AHEAD.match(second[::-1])
    before, after = ahead[0] if ahead else "", behind[0][::-1] if behind else ""
    head = "" if whole.startswith(before) else before
    return head + whole + ("" if whole.endswith(after) else after)


# ---------------------------------------------------------------- figures


def number(value: str | None) -> int | None:
    """A coordinate as a whole number, None for what is none."""
    try:
        found = float(value or "")
    except ValueError:
        return None
    return round(found) if math.isfinite(found) and abs(found) <= _FARTHEST else None


def confidence(value: str | None, of: float = 1.0) -> float | None:
    """A confidence of 0..``of`` as one of 0..1, None for what is none."""
    try:
        found = float(value or "") / of
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None


def box(values: Sequence[int | None]) -> Box | None:
    """x, y, width and height; None where one is missing or negative."""
    x, y, width, height = values
    if x is None or y is None or width is None or height is None or width < 0 or height < 0:
        return None
    return x, y, width, height


def around(points: str | None) -> Box | None:
    """The box around the points of PAGE XML ("0,0 10,0 10,5"); None for what are no points."""
    pairs = [point.partition(",") for point in (points or "").split()]
    xs = [number(x) for x, _, _ in pairs]
    ys = [number(y) for _, _, y in pairs]
    horizontal = [x for x in xs if x is not None]
    vertical = [y for y in ys if y is not None]
    if not horizontal or len(horizontal) < len(xs) or len(vertical) < len(ys):
        return None
    x, y = min(horizontal), min(vertical)
    return x, y, max(horizontal) - x, max(vertical) - y


def size(width: str | None, height: str | None) -> tuple[int, int] | None:
    """The size of a page; None where it is not said."""
    wide, high = number(width), number(height)
    return (wide, high) if wide and high and wide > 0 and high > 0 else None


def web_address(value: str | None) -> str:
    """The address of a picture on the web; "" for a file's name, which nobody else can open."""
    address = (value or "").strip()
    known = address.lower().startswith(("http://", "https://"))
    return address if known and not _SPACE.search(address) else ""


# ---------------------------------------------------------------- documents


def quality(sections: Iterable[Section]) -> float | None:
    """The mean confidence of the words, None where none has any."""
    values = [
        place.confidence
        for each in sections
        for place in each.places
        if place.confidence is not None
    ]
    return round(fmean(values), 4) if values else None


def document(
    name: str,
    pages: Sequence[Sequence[Section]],
    origin: TextOrigin,
    notes: Sequence[str] = (),
) -> Document:
    """The document of pages that were read.

    Args:
        name: The format's.
        pages: The sections of each page.
        origin: Where the words come from; "unknown" is "ocr" where they have confidences.
        notes: What is to be said beside it.
    """
    sections = tuple(each for page in pages for each in page)
    mean = quality(sections)
    if origin == "unknown" and mean is not None:
        origin = "ocr"
    return Document(
        description=Description(kind=KIND, text_origin=origin, text_quality=mean),
        sections=sections,
        format=name,
        pages=len(pages),
        pages_without_text=sum(not page for page in pages),
        notes=tuple(notes),
    )


def without_text(blank: int, of: int) -> str:
    """How many pages have no text, in words."""
    pages, have = "page" if of == 1 else "pages", "has" if blank == 1 else "have"
    return f"{blank} of {of} {pages} {have} no text"


def in_order(elements: Sequence[tuple[str, Element]], order: Iterable[str]) -> list[Element]:
    """Elements in the order of their ids; one that is not named follows the one before it.

    Args:
        elements: Each with its id, as they stand in the file.
        order: The ids that the file puts in order.
    """
    rank = dict(zip(dict.fromkeys(order), count()))
    keyed: list[tuple[int, int, Element]] = []
    at = -1
    for place, (name, element) in enumerate(elements):
        at = rank.get(name, at)
        keyed.append((at, place, element))
    return [element for _, _, element in sorted(keyed, key=lambda key: key[:2])]
