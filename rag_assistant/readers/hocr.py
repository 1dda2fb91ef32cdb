"""hOCR: HTML that carries the words of scanned pages with their boxes; each block a section."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag_assistant.ports import Blob
from rag_assistant.readers import scanned
from rag_assistant.readers.charset import decode
from rag_assistant.readers.hidden import drop_hidden
from rag_assistant.readers.markup import as_html, parsed_page
from rag_assistant.readers.scanned import Line, one_line
from rag_assistant.schema import Document, Page, Place, Section

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PAGE, _WORD, _PARAGRAPH = "ocr_page", "ocrx_word", "ocr_par"
_BLOCKS = frozenset({"ocr_carea", "ocrx_block", "ocr_float", "ocr_column"})
_LINES = frozenset({"ocr_line", "ocrx_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_NO_TITLES = frozenset({"ocr results", "ocr output"})
_PROPERTY = re.compile(r"""([A-Za-z_]+)\s+("[^"]*"|'[^']*'|[^;]*)(?:;|\Z)""")


@dataclass(slots=True)
class _Sheet:
    """A page as it is gathered: its blocks, each of paragraphs of lines."""

    facts: Page
    element: HtmlElement
    blocks: list[list[list[Line]]] = field(default_factory=list)
    block: object = None
    paragraph: object = None

    def add(self, line: Line, block: object, paragraph: object) -> None:
        if not self.blocks or block is not self.block:
            self.blocks.append([[]])
        elif paragraph is not self.paragraph:
            self.blocks[-1].append([])
        self.blocks[-1][-1].append(line)
        self.block, self.paragraph = block, paragraph

    def sections(self) -> list[Section]:
        blocks = self.blocks or [[[scanned.line(one_line(self.element.text_content()))]]]
        made = (scanned.section(block, self.facts) for block in blocks)
        return [section for section in made if section]


def read(blob: Blob) -> Document:
    """Read the pages of an hOCR file, without what its styles hide."""
    text, _ = decode(blob.data, blob.declared_charset, markup=True)
    tree = parsed_page(as_html(text))
    if tree is None:
        return scanned.document("hocr", [], "ocr")
    notes = drop_hidden(tree)
    sheets, left_out = _sheets(tree)
    if left_out:
        notes = (*notes, f"characters outside its lines were left out: {left_out}")
    pages = [sheet.sections() for sheet in sheets]
    document = scanned.document("hocr", pages, "ocr", notes)
    said = _metadata(tree)
    description = replace(
        document.description, title=said.get("dc.title", ""), creator=said.get("dc.creator", "")
    )
    return replace(document, description=description)


def _sheets(tree: HtmlElement) -> tuple[list[_Sheet], int]:
    """The pages, and how many characters stand outside the lines of those that have lines.

    A line outside every page belongs to the page before it.
    """
    sheets: list[_Sheet] = []
    taken = 0
    for element in tree.iter("*"):
        names = _classes(element)
        if _PAGE in names:
            sheets.append(_Sheet(facts=_page(element, len(sheets)), element=element))
        elif sheets and names & _LINES and not any(_is_line(one) for one in _below(element)):
            block, paragraph = _around(element)
            sheets[-1].add(_line(element), block, paragraph)
            taken += _letters(element)
    taken += sum(_letters(sheet.element) for sheet in sheets if not sheet.blocks)
    body = tree.find("body")
    return sheets, max(0, _letters(tree if body is None else body) - taken)


def _page(element: HtmlElement, index: int) -> Page:
    said = _properties(element)
    corners = _box(said)
    return Page(
        start=0,
        end=0,
        index=index,
        label=one_line(said.get("lpageno", "").strip("\"'")) or str(index + 1),
        image=scanned.web_address(said.get("image", "").strip("\"'")),
        size=(corners[0] + corners[2], corners[1] + corners[3]) if corners else None,
    )


def _around(line: HtmlElement) -> tuple[HtmlElement | None, HtmlElement | None]:
    """The block and the paragraph that a line stands in; without a block, twice the paragraph."""
    paragraph: HtmlElement | None = None
    for element in line.iterancestors():
        names = _classes(element)
        if _PARAGRAPH in names and paragraph is None:
            paragraph = element
        elif names & _BLOCKS:
            return element, paragraph
        elif _PAGE in names:
            break
    return paragraph, paragraph


def _line(element: HtmlElement) -> Line:
    """A line with its words, or as one place where it has none."""
    text = one_line(element.text_content())
    words = [
        (word, Place(start=0, end=0, box=_box(said), confidence=_confidence(said)))
        for each in _below(element)
        if _WORD in _classes(each) and (word := one_line(each.text_content()))
        for said in [_properties(each)]
    ]
    if not words:
        said = _properties(element)
        whole = Place(start=0, end=len(text), box=_box(said), confidence=_confidence(said))
        return scanned.line(text, [whole] if text else [])
    if text == "".join(word for word, _ in words):  # the line's own mark-up has no spaces
        text = " ".join(word for word, _ in words)
    places, _ = scanned.aligned(text, words)
    return scanned.line(text, places)


# ---------------------------------------------------------------- what an element says


def _below(element: HtmlElement) -> Iterator[HtmlElement]:
    below: Iterator[HtmlElement] = element.iterdescendants("*")
    return below


def _is_line(element: HtmlElement) -> bool:
    return bool(_classes(element) & _LINES)


def _classes(element: HtmlElement) -> set[str]:
    return set((element.get("class") or "").split())


def _letters(element: HtmlElement) -> int:
    return sum(map(len, element.text_content().split()))


def _properties(element: HtmlElement) -> dict[str, str]:
    """The properties in an element's ``title``: ``bbox 1 2 3 4; x_wconf 96``."""
    said = _PROPERTY.finditer(element.get("title") or "")
    return {found[1]: found[2].strip() for found in said}


def _box(said: dict[str, str]) -> scanned.Box | None:
    corners = [scanned.number(value) for value in said.get("bbox", "").split()]
    if len(corners) != len(("left", "top", "right", "bottom")):
        return None
    left, top, right, bottom = corners
    if left is None or top is None or right is None or bottom is None:
        return None
    return scanned.box([left, top, right - left, bottom - top])


def _confidence(said: dict[str, str]) -> float | None:
    return scanned.confidence(said.get("x_wconf"), of=100.0)


def _metadata(tree: HtmlElement) -> dict[str, str]:
    """Title and creator; programs call all that they write by one name, which is no title."""
    metas: Iterable[HtmlElement] = tree.iter("meta")
    said = {(one.get("name") or "").lower(): one_line(one.get("content")) for one in metas}
    title = one_line(tree.findtext(".//title"))
    if title and title.lower() not in _NO_TITLES:
        said.setdefault("dc.title", title)
    return said
