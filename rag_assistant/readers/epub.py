"""E-books (EPUB 2 and 3): by chapters, with printed page numbers where the book has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.entities import html5
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import xml
from rag_assistant.readers.charset import clean_text, decode
from rag_assistant.readers.epub_package import SVG, Item, Package, opened
from rag_assistant.readers.epub_record import Metadata
from rag_assistant.readers.hidden import drop_hidden
from rag_assistant.readers.layout import (
    Layout,
    PageBegins,
    Signs,
    bare,
    by_headings,
    join_cells,
    put_before,
)
from rag_assistant.readers.markup import Block, as_html, body_blocks, one_line, parsed_page
from rag_assistant.readers.parts import Parts, resolved
from rag_assistant.readers.unseen import DOUBTFUL, LEFT_OUT, untold
from rag_assistant.schema import Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_WHOLE_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][\w.-]*);")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SHEET = re.compile(r"<link\b[^<>]*>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_END_OF_STYLE = re.compile(r"</style", re.IGNORECASE)
_LISTS = frozenset({"toc", "page-list", "landmarks", "lot", "loi"})
_PAGE_BREAK = frozenset({"pagebreak", "doc-pagebreak"})
_MOST_NAMED = 10


def read(blob: Blob) -> Document:
    """Read an e-book.

    Raises:
        SkippedError: It is none.
        FailedError: It is encrypted or damaged, or nothing of it can be read.
    """
    parts = Parts(blob.data)
    package = opened(parts)
    description = Metadata(package.root).described()
    book = _Book(parts, package, description.title)
    sections = book.layout.finish()
    shown = "\n".join(part for section in sections for part in (*section.headings, section.text))
    return Document(
        description=description,
        sections=sections,
        format="epub",
        pages=book.layout.pages,
        notes=(*package.notes, *book.notes(), *untold(description, shown)),
    )


class _Book:
    """Reads the chapters one after the other.

    Args:
        parts: Of the e-book.
        package: What tells their order, titles and pages.
        title: The book's.
    """

    def __init__(self, parts: Parts, package: Package, title: str) -> None:
        self._parts = parts
        self._package = package
        self._signs = Signs()
        self._sheets: dict[str, str] = {}
        self._said: dict[str, list[str]] = {}
        self._trail: tuple[str, ...] = ()
        self.layout = Layout(self._signs, title)
        read = 0
        for item in package.spine:
            try:
                self._chapter(item)
                read += 1
            except FailedError as error:
                self._note("chapters that were not read", f"{item.name} ({error.reason})")
        if package.spine and not read:
            raise FailedError("damaged package", "none of its chapters can be read")

    def notes(self) -> Iterator[str]:
        """What was met on the way."""
        for what, names in self._said.items():
            distinct = list(dict.fromkeys(names))
            more = ", ..." if len(distinct) > _MOST_NAMED else ""
            named = ", ".join(distinct[:_MOST_NAMED])
            yield what if what in (DOUBTFUL, f"{LEFT_OUT}the book") else f"{what}: {named}{more}"

    def _note(self, what: str, name: str) -> None:
        self._said.setdefault(what, []).append(name)

    def _chapter(self, item: Item) -> None:
        data = self._parts.read(item.name)
        found = self._svg(data) if item.type == SVG else self._page(item, data)
        trail = self._package.contents.get(item.listed)
        first = next((block for block in found if block.level), None)
        if trail is None and first is None:
            trail = self._trail  # it goes on where the one before ended
        elif trail is None:
            trail = ()
        elif trail and first is not None and _alike(bare(first.text), trail[-1]):
            longer = max(bare(first.text), trail[-1], key=len)
            named = replace(first, text=first.text.replace(bare(first.text), longer))
            found = [named if block is first else block for block in found]
            trail = trail[:-1]
        self.layout.begin(trail)
        self._trail = by_headings(found, self.layout, trail)

    def _svg(self, data: bytes) -> list[Block]:
        lines = (one_line(clean_text(xml.words(one))) for one in xml.parse(data).iter("{*}text"))
        return [Block(text=line, line=True) for line in lines if line]

    def _page(self, item: Item, data: bytes) -> list[Block]:
        name = item.name
        text, _ = decode(data, markup=True)
        try:
            xml.parse(data)
        except FailedError:
            self._note("chapters that are not well-formed", name)
        pasted: set[str] = set()
        text = _SHEET.sub(lambda link: self._sheet(name, link[0], pasted), _without_doctype(text))
        tree = parsed_page(as_html(_ENTITY.sub(self._character, text)))
        if tree is None:
            return []
        for nav in list(tree.iter("nav")):
            if _LISTS & set((nav.get("epub:type") or "").split()):
                nav.drop_tree()
        self._sign_pages(tree, self._package.pages.get(item.listed, {}))
        for told in drop_hidden(tree):
            self._note(f"{LEFT_OUT}the book" if told.startswith(LEFT_OUT) else told, name)
        for row in tree.iter("tr"):
            join_cells(row)
        return body_blocks(tree)

    def _character(self, reference: re.Match[str]) -> str:
        """Entities of HTML stay; any other is the book's own, and none of these is looked up."""
        name = reference[1]
        if name in _OF_XML or f"{name};" in html5:
            return reference[0]
        self._note("entities that were not looked up", name)
        return ""

    def _sheet(self, name: str, link: str, pasted: set[str]) -> str:
        """A linked style sheet as one of the page's own, so that it is known what it hides.

        Args:
            name: The page's.
            link: Its ``<link>``.
            pasted: The sheets that the page has by now: a second link adds nothing.
        """
        href = _HREF.search(link)
        sheet = resolved(name, href[1]) if href and "stylesheet" in link.lower() else ""
        if sheet not in self._parts or "alternate" in link.lower():
            return link
        if sheet in pasted:
            return ""
        pasted.add(sheet)
        if sheet not in self._sheets:
            text, _ = decode(self._parts.read(sheet))
            self._sheets[sheet] = _END_OF_STYLE.sub("", text)
        return f"<style>{self._sheets[sheet]}</style>"

    def _sign_pages(self, tree: HtmlElement, listed: dict[str, str]) -> None:
        body = tree.find("body")
        if "" in listed and body is not None:
            body.text = self._signs.sign(PageBegins(label=listed[""])) + (body.text or "")
        for element in list(tree.iter()):
            if not isinstance(element.tag, str):
                continue
            said = {*(element.get("epub:type") or "").split(), element.get("role") or ""}
            label = listed.get(element.get("id") or "#")
            if _PAGE_BREAK & said:
                label = label or _label(element)
                put_before(element, self._signs.sign(PageBegins(label=label)))
                element.drop_tree()
            elif label is not None:
                put_before(element, self._signs.sign(PageBegins(label=label)))


def _without_doctype(text: str) -> str:
    begin = _DOCTYPE.search(text)
    whole = _WHOLE_DOCTYPE.match(text, begin.start()) if begin else None  # only ever the first
    return text[: whole.start()] + text[whole.end() :] if whole else text


def _label(element: HtmlElement) -> str:
    said = element.get("aria-label") or element.get("title") or ""
    return one_line(said or element.text_content())


def _alike(heading: str, title: str) -> bool:
    """Whether a chapter's own heading is the title that the contents list gives it."""
    one, other = ("".join(filter(str.isalnum, words.casefold())) for words in (heading, title))
    return bool(one and other) and (one in other or other in one)
