"""Web pages: the main text, by headings, without what the page hides from its readers."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import json_ld, unseen
from rag_assistant.readers.charset import decode
from rag_assistant.readers.description import merge
from rag_assistant.readers.hidden import drop_hidden
from rag_assistant.readers.main_text import main_blocks
from rag_assistant.readers.markup import (
    Block,
    as_html,
    body_blocks,
    letters,
    one_line,
    parsed_page,
    published_day,
    sections,
    visible_blocks,
)
from rag_assistant.schema import DateRange, Description, Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Above this trafilatura may take seconds a page, resiliparse takes milliseconds.
_LARGE = 300_000
_LEAST_SHARE = 5
# Fewer letters in place of scripts or frames are no page, but a word on their absence.
_LEAST_FALLBACK = 40
_EXCUSE = re.compile(r"java\s?script|browser|frames?\b", re.IGNORECASE)
_XHTML_SUFFIXES = (".xhtml", ".xht")
_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_CREATORS = ("author", "dc.creator", "dcterms.creator", "citation_author", "article:author")
_DATES = (
    "article:published_time",
    "datepublished",
    "citation_publication_date",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date.issued",
    "dc.date",
    "date",
)
_IDENTIFIERS = ("doi", "isbn", "issn")


def read(blob: Blob) -> Document:
    """Read a page.

    Raises:
        SkippedError: Nothing on it can be read.
    """
    text, _ = decode(blob.data, blob.declared_charset, markup=True)
    tree = parsed_page(as_html(text) if _is_xhtml(blob) else text)
    if tree is None:
        raise SkippedError("no text")
    said, fallback = json_ld.described(tree), _fallback(tree)
    told = drop_hidden(tree)
    visible = body_blocks(tree)
    large = len(text) > _LARGE
    if letters(visible):
        page, notes = _main_text(tree, visible, large=large)
    else:
        page = visible = _fallback_blocks(fallback)
        notes = ("shown only where scripts or frames are off",)
    description = _description(tree, visible, said, large=large)
    description = unseen.without_strange_links(description, blob.name)
    shown = "\n".join([tree.findtext("head/title") or "", *(block.text for block in visible)])
    return Document(
        description=description,
        sections=sections(page, description.title),
        format="html",
        notes=notes + told + unseen.untold(description, shown),
    )


def _is_xhtml(blob: Blob) -> bool:
    """Whether browsers take the page for XML: by its type alone, by its suffix where it is a file.

    The many pages that are XHTML by their looks only are read as HTML, as browsers read them.
    """
    declared = blob.declared_type.lower()
    return "xhtml" in declared or (not declared and blob.name.lower().endswith(_XHTML_SUFFIXES))


def _main_text(
    tree: HtmlElement, visible: list[Block], *, large: bool
) -> tuple[list[Block], tuple[str, ...]]:
    page = main_blocks(tree, visible, large=large)
    if letters(page) * _LEAST_SHARE < letters(visible):
        return visible, ("main text not recognised: the visible text was taken",)
    return page, ()


def _fallback(tree: HtmlElement) -> str:
    """The markup that stands in for scripts and frames."""
    from lxml import etree

    pieces: list[str] = []
    for element in tree.iter("noscript", "noframes"):
        if next(element.iterancestors("noscript"), None) is not None:
            continue  # it comes along with the outer one
        words = element.text or ""  # which in noframes is markup that has not been parsed
        pieces.append(words if element.tag == "noframes" else escape(words))
        pieces += (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return "\n".join(pieces)


def _fallback_blocks(markup: str) -> list[Block]:
    """What a page without scripts and frames shows, but for excuses.

    Raises:
        SkippedError: It shows nothing that can be read.
    """
    shown = visible_blocks(parsed_page(markup))
    page = [block for block in shown if not _EXCUSE.search(block.text)]
    if letters(page) < _LEAST_FALLBACK:
        raise SkippedError("no text")
    return page


def _description(
    tree: HtmlElement, visible: list[Block], said: Description, *, large: bool
) -> Description:
    """What the page says of itself: first its meta elements, then JSON-LD, then its looks."""
    meta = _meta(tree)
    first = next((block.text for block in visible if block.level == 1), "")
    own = Description(
        title=one_line(tree.findtext("head/title") or "")
        or one_line(_first(meta, _TITLES) or first),
        creator=_creator(meta),
        date=_date(meta) or _time_element(tree),
        language=tree.get("lang") or tree.get("xml:lang") or "",
        kind="web page",
        identifiers={
            name: one_line(meta[f"citation_{name}"])
            for name in _IDENTIFIERS
            if f"citation_{name}" in meta
        },
    )
    description = merge(said, own)
    if large or (description.creator and description.date):
        return description
    from trafilatura.metadata import extract_metadata

    found = extract_metadata(tree, extensive=False)  # without guesses at a date
    looks = Description(creator=one_line(found.author or ""), date=published_day(found.date or ""))
    return merge(looks, description)


def _meta(tree: HtmlElement) -> dict[str, str]:
    """The page's meta elements by name in lower case; the first of a name holds."""
    said: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("name") or element.get("property") or element.get("itemprop") or ""
        content = (element.get("content") or "").strip()
        if name and content:
            said.setdefault(name.strip().lower(), content)
    return said


def _first(said: dict[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if name in said), "")


def _creator(said: dict[str, str]) -> str:
    """The author's name; some pages give the address of a profile instead."""
    names = (said[name] for name in _CREATORS if name in said)
    return next((one_line(name) for name in names if "://" not in name), "")


def _date(said: dict[str, str]) -> DateRange | None:
    found = (published_day(said[name]) for name in _DATES if name in said)
    return next((date for date in found if date), None)


def _time_element(tree: HtmlElement) -> DateRange | None:
    for element in tree.iter("time"):
        if "datepublished" in (element.get("itemprop") or "").lower():
            return published_day(element.get("datetime") or "")
    return None
