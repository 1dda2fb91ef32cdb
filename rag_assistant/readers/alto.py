"""ALTO 1 to 4: the words of scanned pages with their boxes, each text block a section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import scanned, xml
from rag_assistant.readers.scanned import Line
from rag_assistant.schema import Document, Page, Place, Section, TextOrigin

if TYPE_CHECKING:
    from lxml.etree import _Element

_PIXELS = frozenset({"", "pixel"})
_HANDWRITING = re.compile(r"\bhtr\b|handwrit", re.IGNORECASE)
_STEPS = ("OCRProcessing", "Processing")


_IMAGE = ("Description", "sourceImageInformation", "fileName")


def read(blob: Blob) -> Document:
    """Read the pages of an ALTO file.

    Raises:
        FailedError: It is damaged, or holds layout without words.
    """
    root = xml.parse(blob.data)
    image = scanned.web_address(xml.words(xml.find(root, *_IMAGE)))
    order = _order(root)
    pages = [
        _sections(page, _page(page, index, image), order)
        for index, page in enumerate(xml.find_all(root, "Layout", "Page"))
    ]
    lines = sum(1 for _ in root.iter("{*}TextLine"))
    if lines and not any(pages):
        raise FailedError("no text", f"{scanned.LAYOUT_ALONE}{lines} lines")
    return scanned.document("alto", pages, _origin(root), list(_notes(root)))


def _page(page: _Element, index: int, image: str) -> Page:
    return Page(
        start=0,
        end=0,
        index=index,
        label=scanned.one_line(page.get("PRINTED_IMG_NR")) or str(index + 1),
        image=image,
        size=scanned.size(page.get("WIDTH"), page.get("HEIGHT")),
    )


def _sections(page: _Element, facts: Page, order: list[str]) -> list[Section]:
    known = frozenset(order)
    blocks = [(_group(block, known), block) for block in page.iter("{*}TextBlock")]
    made = (
        scanned.section([list(map(_line, xml.find_all(block, "TextLine")))], facts)
        for block in scanned.in_order(blocks, order)
    )
    return [section for section in made if section]


def _order(root: _Element) -> list[str]:
    """The blocks in their reading order: that of ALTO 4, or each one's word on its next."""
    said = [one.get("REF") or "" for one in root.iter("{*}ElementRef")]
    if said:
        return said
    following = {
        block.get("ID"): block.get("IDNEXT")
        for block in root.iter("{*}TextBlock", "{*}ComposedBlock")
        if block.get("ID") and block.get("IDNEXT")
    }
    later = set(following.values())
    chain: dict[str, None] = {}
    for first in [one for one in following if one not in later] or following:
        at: str | None = first
        while at and at not in chain:
            chain[at] = None
            at = following.get(at)
    return list(chain)


def _group(block: _Element, known: frozenset[str]) -> str:
    """The id by which a block has its place: its own, or that of a block around it."""
    around = (one.get("ID") or "" for one in [block, *block.iterancestors("{*}ComposedBlock")])
    return next((name for name in around if name in known), "")


def _line(element: _Element) -> Line:
    """The words of a line; what touches the word before it belongs to it, as punctuation does."""
    text = ""
    places: list[Place] = []
    last: _Element | None = None
    spaced = False
    for part in element:
        kind = xml.local(part)
        content = scanned.one_line(part.get("CONTENT")) if kind in ("String", "HYP") else ""
        if kind == "SP":
            spaced = True
        elif kind == "HYP" and last is not None:
            return _divided(text, places, last, content)
        elif content:
            if text and (spaced or not _touches(last, part)):
                text += " "
            place = Place(
                start=len(text),
                end=len(text) + len(content),
                box=_box(part),
                confidence=scanned.confidence(part.get("WC")),
            )
            text += content
            places.append(place)
            last, spaced = part, False
    if last is not None and last.get("SUBS_TYPE") == "HypPart1":
        return _divided(text, places, last, "")
    return scanned.line(text, places)


def _divided(text: str, places: list[Place], last: _Element, mark: str) -> Line:
    """A line whose last word goes on in the next; its hyphen belongs to it."""
    said = scanned.one_line(last.get("SUBS_CONTENT"))
    whole = said if last.get("SUBS_TYPE") == "HypPart1" else ""
    return Line(text=text + mark, places=tuple(places), divided=True, mark=mark, whole=whole)


def _box(element: _Element) -> scanned.Box | None:
    return scanned.box(
        [scanned.number(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    )


def _touches(before: _Element | None, after: _Element) -> bool:
    """Whether no space lies between two words for which the file says nothing."""
    left = _box(before) if before is not None else None
    right = _box(after)
    return left is not None and right is not None and right[0] == left[0] + left[2]


def _origin(root: _Element) -> TextOrigin:
    steps = [step for name in _STEPS for step in root.iter(f"{{*}}{name}")]
    if any(_HANDWRITING.search(xml.words(step)) for step in steps):
        return "htr"
    return "ocr" if steps else "unknown"


def _notes(root: _Element) -> Iterator[str]:
    unit = xml.words(xml.find(root, "Description", "MeasurementUnit")).lower()
    if unit not in _PIXELS:
        yield f"its boxes are measured in {unit}, not in pixels"
