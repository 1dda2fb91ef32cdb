"""Helpers for marked-up pages: what is shown becomes blocks, blocks text, headings sections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate
from html import escape
from itertools import takewhile
from typing import TYPE_CHECKING

from rag_assistant.dates import parse_date
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.hidden import drop_hidden
from rag_assistant.readers.style_sheets import written_into_attributes
from rag_assistant.schema import DateRange, Section

if TYPE_CHECKING:
    from lxml.html import HtmlElement

NOT_XML = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")
"""Characters that a tree cannot hold: controls, and the two that are none."""

_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_SELF_CLOSED = re.compile(r"<([A-Za-z][\w.-]*)((?:\s[^<>]*)?)/>")
_VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
        "param", "source", "track", "wbr",
    }
)  # fmt: skip
_ISO_DAY = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ].*)?")
_MAIL_DAY = re.compile(r"(?:[A-Za-z]{3,9}\.?,?\s+)?\d{1,2}[\s-]+[A-Za-z]{3,9}\.?[\s-]+\d{2,4}\b")
_LONGEST_DATE = 100
_CENTURY = 36_525

_HEADING = re.compile(r"h[1-6]")
_LINES = frozenset({"li", "tr", "dt", "dd"})
_CELLS = frozenset({"td", "th"})
_LIKE_PRE = frozenset({"listing", "xmp"})
_FURNITURE = ("nav", "menu", "footer", "aside", "form", "button")
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
        "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1",
        "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "menu", "nav", "ol",
        "option", "p", "pre", "section", "select", "summary", "table", "tbody", "textarea",
        "tfoot", "thead", "tr", "ul",
    }
)  # fmt: skip
_SPACES = re.compile(r"[ \t\n\f]+")
_AROUND_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_MANY_BREAKS = re.compile(r"\n{3,}")
_SHORT = 200
_ROOM = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of a page.

    ``level`` is 1 to 6 for headings, else 0; ``line`` marks list items and table rows;
    ``furniture`` what serves to get about: menus, footers, asides, and what is mostly links.
    """

    text: str
    level: int = 0
    line: bool = False
    furniture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What stands under one heading."""

    level: int
    trail: tuple[str, ...]
    heading: str
    text: str


# ---------------------------------------------------------------- pages and what they say


def parsed_page(text: str) -> HtmlElement | None:
    """Parse as browsers do, then into the tree that the extractors work on; None where empty.

    lxml alone does not know HTML5: without a ``<body>`` tag it takes a page for its head.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring
    from resiliparse.parse.html import HTMLTree

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        parsed = HTMLTree.parse(text)
        written_into_attributes(parsed)
        page = NOT_XML.sub("\ufffd", str(parsed).replace("\f", " "))
        return document_fromstring(page.encode("utf-8"), parser=parser)
    except etree.ParserError:  # nothing in it
        return None


def as_html(xhtml: str) -> str:
    """XHTML in the writing of HTML.

    To a parser of HTML ``<script/>`` opens a script that ends nowhere, and a CDATA section is a
    comment. Repairing the text keeps pages that are not well-formed, which an XML parser refuses.
    """
    text = _CDATA.sub(lambda section: escape(section[1], quote=False), xhtml)
    return _SELF_CLOSED.sub(_written_out, text)


def _written_out(tag: re.Match[str]) -> str:
    name, attributes = tag.groups()
    return tag[0] if name.lower() in _VOID else f"<{name}{attributes}></{name}>"


def one_line(words: str) -> str:
    """Words with single spaces between them."""
    return " ".join(words.split())


def published_day(words: str) -> DateRange | None:
    """A date as pages and feeds write it: ISO 8601, RFC 822, or in words; None where it is none.

    The time of day is left out, and so is what the words leave open for over a century.
    """
    words = words.strip()[:_LONGEST_DATE]
    if match := _ISO_DAY.fullmatch(words):
        return parse_date("-".join(match.groups()))
    mail_day = parsedate(words) if _MAIL_DAY.match(words) else None
    if mail_day:
        return parse_date("{:04}-{:02}-{:02}".format(*mail_day))
    found = parse_date(words)
    return found if found and found.last - found.first <= _CENTURY else None


# ---------------------------------------------------------------- blocks


def visible_blocks(tree: HtmlElement | None) -> list[Block]:
    """The blocks that a page shows; what it hides is dropped from the tree."""
    if tree is None:
        return []
    drop_hidden(tree)
    return body_blocks(tree)


def body_blocks(tree: HtmlElement) -> list[Block]:
    """The blocks of a page's body."""
    body = tree.find("body")
    return blocks(body) if body is not None else []


def blocks(body: HtmlElement) -> list[Block]:
    """The blocks of a page in reading order; words stay whole around inline tags."""
    from lxml import etree

    builder = _Builder()
    for event, element in etree.iterwalk(body, events=("start", "end")):
        tag = _tag(element)
        if event == "start":
            builder.start(tag)
            builder.add(element.text)
        else:
            builder.end(tag)
            builder.add(element.tail if element is not body else None)
    builder.close()
    return builder.blocks


def _tag(element: HtmlElement) -> str:
    """An element's tag as far as it matters to blocks; an ``a`` that leads nowhere is no link."""
    tag = element.tag
    if not isinstance(tag, str) or (tag == "a" and "href" not in element.attrib):
        return ""
    return "pre" if tag in _LIKE_PRE else tag


class _Builder:
    """Gathers the words between block tags."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._linked = 0
        self._level = 0
        self._line = False
        self._inside: Counter[str] = Counter()

    def start(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.close()
            self._level = int(tag[1]) if _HEADING.fullmatch(tag) else 0
            self._line = tag in _LINES
        elif tag == "br":
            self._parts.append("\n")
        elif tag in _CELLS and any(map(str.strip, self._parts)):
            self._parts.append(" | ")
        self._inside[tag] += 1

    def end(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.close()
            self._level, self._line = 0, False
        self._inside[tag] -= 1

    def add(self, text: str | None) -> None:
        if text:
            self._parts.append(text if self._inside["pre"] else _SPACES.sub(" ", text))
            self._linked += sum(map(str.isalpha, text)) if self._inside["a"] else 0

    def close(self) -> None:
        """End the block that is being gathered."""
        text = clean_text("".join(self._parts))
        if self._inside["pre"]:
            text = text.strip("\n")
        else:
            text = _MANY_BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", text)).strip(" |\t\n\f")
        if text.strip():
            mostly_links = 2 * self._linked > sum(map(str.isalpha, text))
            self.blocks.append(
                Block(
                    text=text,
                    level=self._level,
                    line=self._line,
                    furniture=mostly_links or any(self._inside[tag] for tag in _FURNITURE),
                )
            )
        self._parts, self._linked = [], 0


def letters(page: Iterable[Block]) -> int:
    """How many letters the blocks hold."""
    return sum(sum(map(str.isalpha, block.text)) for block in page)


# ---------------------------------------------------------------- sections


def sections(page: Sequence[Block], title: str) -> tuple[Section, ...]:
    """Cut a page at its headings; what is short joins what stands before it."""
    merged: list[_Part] = []
    parts = list(_parts(page, title))
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if not part.text and following and following.level > part.level:
            continue  # a heading over headings stands in their trails
        if merged and _joins(merged[-1], part):
            merged[-1] = _joined_parts(merged[-1], part)
        else:
            merged.append(part if part.text else replace(part, text=part.heading))
    return tuple(Section(text=part.text, headings=part.trail) for part in merged)


def _joins(above: _Part, part: _Part) -> bool:
    if len(part.text) >= _SHORT or above.level > part.level:
        return False
    return above.level < part.level or len(above.text) < _ROOM


def _joined_parts(above: _Part, part: _Part) -> _Part:
    """Two parts as one, under the headings that both have; the others become lines of text."""
    pairs = zip(above.trail, part.trail, strict=False)
    shared = tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if len(shared) < len(above.trail):
        above = replace(above, text=f"{above.heading}\n\n{above.text}", trail=shared, heading="")
    below = "\n\n".join(piece for piece in (part.heading, part.text) if piece)
    return replace(above, text=f"{above.text}\n\n{below}")


def _parts(page: Sequence[Block], title: str) -> Iterator[_Part]:
    trail: list[Block] = []
    under: list[Block] = []
    for block in page:
        if block.level:
            yield from _part(trail, under, title)
            trail = [*(above for above in trail if above.level < block.level), block]
            under = []
        else:
            under.append(block)
    yield from _part(trail, under, title)


def _part(trail: list[Block], under: list[Block], title: str) -> Iterator[_Part]:
    if trail or under:
        names = [_SPACES.sub(" ", block.text) for block in trail]
        named = [name for name in names if name != title]
        if trail and trail[0].level == 1 and names[0] in title:
            named = names[1:]
        yield _Part(
            level=trail[-1].level if trail else 0,
            trail=tuple(named),
            heading=names[-1] if trail else "",
            text=joined(under),
        )


def joined(page: Iterable[Block]) -> str:
    """Paragraphs with an empty line between them, items and rows one under the other."""
    text = ""
    before: Block | None = None
    for block in page:
        if before:
            text += "\n" if before.line and block.line else "\n\n"
        text += block.text
        before = block
    return text
