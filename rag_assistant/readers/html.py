"""Web pages: the main text, by headings, without what the page hides from its readers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_assistant.dates import parse_date
from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import decode
from rag_assistant.readers.main_text import main_blocks
from rag_assistant.readers.markup import Block, blocks, drop_hidden, letters, sections
from rag_assistant.schema import DateRange, Description, Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Above this trafilatura may take seconds a page, resiliparse takes milliseconds.
_LARGE = 300_000
_LEAST_SHARE = 5
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
# Characters that the tree cannot hold: controls, and the two that are none.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_ISO_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ].*)?")


def read(blob: Blob) -> Document:
    """Read a page.

    Raises:
        SkippedError: Nothing on it can be read.
    """
    text, _ = decode(blob.data, blob.declared_charset, markup=True)
    tree = _parsed(text)
    if tree is None:
        raise SkippedError("no text")
    drop_hidden(tree)
    body = tree.find("body")
    visible = blocks(body) if body is not None else []
    if not letters(visible):
        raise SkippedError("no text")
    large = len(text) > _LARGE
    page = main_blocks(tree, visible, large=large)
    notes: tuple[str, ...] = ()
    if letters(page) * _LEAST_SHARE < letters(visible):
        page = visible
        notes = ("main text not recognised: the visible text was taken",)
    description = _description(tree, visible, large=large)
    return Document(
        description=description,
        sections=sections(page, description.title),
        format="html",
        notes=notes,
    )


def _parsed(text: str) -> HtmlElement | None:
    """Parse as browsers do, then into the tree that the extractors work on.

    lxml alone does not know HTML5: without a ``<body>`` tag it takes a page for its head.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring
    from resiliparse.parse.html import HTMLTree

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        page = _NOT_XML.sub("\ufffd", str(HTMLTree.parse(text)).replace("\f", " "))
        return document_fromstring(page.encode("utf-8"), parser=parser)
    except etree.ParserError:  # nothing in it
        return None


def _description(tree: HtmlElement, visible: list[Block], *, large: bool) -> Description:
    said = _meta(tree)
    first = next((block.text for block in visible if block.level == 1), "")
    creator, date = _creator(said), _date(said) or _time_element(tree)
    if not (large or (creator and date)):
        from trafilatura.metadata import extract_metadata

        found = extract_metadata(tree, extensive=False)  # without guesses at a date
        creator = creator or _one_line(found.author or "")
        date = date or parse_date(found.date or "")
    return Description(
        title=_one_line(tree.findtext("head/title") or "")
        or _one_line(_first(said, _TITLES) or first),
        creator=creator,
        date=date,
        language=tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        kind="web page",
    )


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
    return next((_one_line(name) for name in names if "://" not in name), "")


def _date(said: dict[str, str]) -> DateRange | None:
    found = (_day(said[name]) for name in _DATES if name in said)
    return next((date for date in found if date), None)


def _time_element(tree: HtmlElement) -> DateRange | None:
    for element in tree.iter("time"):
        if "datepublished" in (element.get("itemprop") or "").lower():
            return _day(element.get("datetime") or "")
    return None


def _day(words: str) -> DateRange | None:
    match = _ISO_DAY.fullmatch(words.strip())
    return parse_date("-".join(match.groups()) if match else words)


def _one_line(words: str) -> str:
    return " ".join(words.split())
