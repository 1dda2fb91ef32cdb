"""PAGE XML: the lines of a scanned page with their words' boxes, each text region a section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import scanned, xml
from rag_assistant.readers.scanned import Line
from rag_assistant.schema import Document, Page, Place, Section, TextOrigin

if TYPE_CHECKING:
    from lxml.etree import _Element

_REFERENCES = frozenset({"RegionRef", "RegionRefIndexed"})
_GROUPS = frozenset(
    {"OrderedGroup", "OrderedGroupIndexed", "UnorderedGroup", "UnorderedGroupIndexed"}
)
_RECOGNITION = "recognition/text-recognition"


@dataclass(slots=True)
class _Differing:
    """Where the file contradicts itself; a line's own text holds."""

    words: int = 0
    regions: int = 0

    def notes(self) -> Iterator[str]:
        if self.words:
            yield f"words that differ from the text of their line have no box: {self.words}"
        if self.regions:
            yield f"text regions that differ from their lines, which hold: {self.regions}"


def read(blob: Blob) -> Document:
    """Read the pages of a PAGE file.

    Raises:
        FailedError: It is damaged, or holds layout without text.
    """
    root = xml.parse(blob.data)
    differing = _Differing()
    pages = [
        _sections(page, _page(page, index), differing)
        for index, page in enumerate(xml.find_all(root, "Page"))
    ]
    regions = sum(1 for _ in root.iter("{*}TextRegion"))
    if regions and not any(pages):
        lines = sum(1 for _ in root.iter("{*}TextLine"))
        raise FailedError("no text", f"{scanned.LAYOUT_ALONE}{regions} regions, {lines} lines")
    return scanned.document("page", pages, _origin(root), list(differing.notes()))


def _page(page: _Element, index: int) -> Page:
    return Page(
        start=0,
        end=0,
        index=index,
        label=str(index + 1),
        image=scanned.web_address(page.get("imageFilename")),
        size=scanned.size(page.get("imageWidth"), page.get("imageHeight")),
    )


def _sections(page: _Element, facts: Page, differing: _Differing) -> list[Section]:
    """The page's text regions in reading order, also those in tables and in other regions."""
    regions = [(one.get("id") or "", one) for one in page.iter("{*}TextRegion")]
    order = [name for group in xml.find_all(page, "ReadingOrder") for name in _order(group)]
    made = (
        scanned.section([_lines(region, differing)], facts)
        for region in scanned.in_order(regions, order)
    )
    return [section for section in made if section]


def _order(group: _Element) -> Iterator[str]:
    """The ids of regions in a group and in the groups within it."""
    waiting = [group]
    while waiting:
        element = waiting.pop()
        name = element.get("regionRef")
        if name:
            yield name
        members = [
            one for one in element if xml.local(one) in _REFERENCES or xml.local(one) in _GROUPS
        ]
        waiting += reversed(sorted(members, key=_index))


def _index(element: _Element) -> int:
    return scanned.number(element.get("index")) or 0


def _lines(region: _Element, differing: _Differing) -> Sequence[Line]:
    """A region's lines; where none has text, those of the region's own text."""
    own = _text(region)
    lines = [_line(element, differing) for element in xml.find_all(region, "TextLine")]
    lines = [line for line in lines if line.text]
    said = [text for part in (own[0] or "").splitlines() if (text := scanned.one_line(part))]
    if not lines:
        around, sureness = _box(region), own[1]
        return [
            scanned.line(text, [Place(start=0, end=len(text), box=around, confidence=sureness)])
            for text in said
        ]
    if said and said != [line.text for line in lines]:
        differing.regions += 1
    return lines


def _line(element: _Element, differing: _Differing) -> Line:
    text, sureness = _text(element)
    words = [
        (word, Place(start=0, end=0, box=_box(each), confidence=sure))
        for each in xml.find_all(element, "Word")
        for word, sure in [_text(each)]
        if word
    ]
    if not text:
        text = " ".join(word for word, _ in words)
    places, missing = scanned.aligned(text, words)
    differing.words += missing
    if text and not words:
        places = (Place(start=0, end=len(text), box=_box(element), confidence=sureness),)
    return scanned.line(text, places)


def _text(element: _Element) -> tuple[str, float | None]:
    """An element's own text, of several readings the first by index, with its confidence."""
    readings = sorted(xml.find_all(element, "TextEquiv"), key=_index)
    if not readings:
        return "", None
    unicode = xml.find(readings[0], "Unicode")
    raw = "" if unicode is None else unicode.text or ""
    text = raw.strip() if xml.local(element) == "TextRegion" else scanned.one_line(raw)
    return text, scanned.confidence(readings[0].get("conf"))


def _box(element: _Element) -> scanned.Box | None:
    """The box around an element; the versions before 2013 write each point as an element."""
    coords = xml.find(element, "Coords")
    if coords is None:
        return None
    points = coords.get("points") or " ".join(
        f"{point.get('x')},{point.get('y')}" for point in xml.find_all(coords, "Point")
    )
    return scanned.around(points)


def _origin(root: _Element) -> TextOrigin:
    steps = xml.find_all(root, "Metadata", "MetadataItem")
    return "ocr" if any(step.get("name") == _RECOGNITION for step in steps) else "unknown"
