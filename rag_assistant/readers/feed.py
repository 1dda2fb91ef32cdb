"""RSS and Atom feeds: each entry a section, with its date and its author.

They are read as XML, but kindly: many were never well-formed. Markup inside an entry is read as
a page is, without what it hides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from html.entities import html5
from typing import TYPE_CHECKING

from rag_assistant.dates import iso_date
from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import clean_text, decode
from rag_assistant.readers.markup import (
    NOT_XML,
    joined,
    one_line,
    parsed_page,
    published_day,
    visible_blocks,
)
from rag_assistant.schema import DateRange, Description, Document, Section

if TYPE_CHECKING:
    from lxml.etree import _Element

# Every vocabulary of feeds; elements of any other are extensions and left aside.
_PREFIXES = {
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://purl.org/rss/1.0/": "",
    "http://backend.userland.com/rss2": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ENTRIES = frozenset({"item", "entry"})
# In order of preference: the first that says something holds.
_TEXTS = ("content:encoded", "content", "xhtml:body", "description", "summary", "dc:description")
_ABOUT = ("description", "subtitle", "tagline", "dc:description")
_AUTHORS = ("author", "dc:creator", "managingEditor")
_DATES = ("pubDate", "published", "issued", "dc:date", "updated", "modified", "created")

_XML_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*>")
_REFERENCE = re.compile(
    r"(?P<kept><!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)"
    r"|&(?:(?P<name>[A-Za-z][A-Za-z0-9]*);)?",
    re.DOTALL,
)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&#?\w+;|<!--")
_IN_BRACKETS = re.compile(r"\(([^()]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    title: str
    author: str
    date: str
    text: str

    @property
    def section(self) -> Section:
        """A headline alone is the text; before a text it is the heading."""
        byline = " · ".join(part for part in (self.date, self.author) if part)
        if self.text:
            headings = (self.title,) if self.title else ()
            return Section(headings=headings, text=_paragraphs(byline, self.text))
        return Section(text=_paragraphs(self.title, byline))

    @property
    def has_words(self) -> bool:
        return any(map(str.isalpha, self.title + self.text))


def read(blob: Blob) -> Document:
    """Read a feed: RSS 0.9 to 2.0, RSS 1.0 in RDF, Atom.

    Raises:
        SkippedError: No entry says anything.
    """
    root, is_damaged = _parsed(blob)
    if root is None:
        raise SkippedError("no text")
    channels = [one for one in root if _name(one) == "channel"]
    around = [root, *channels]
    elements = [one for outer in around for one in outer if _name(one) in _ENTRIES]
    entries = [entry for entry in map(_entry, elements) if entry.has_words]
    if not entries:
        raise SkippedError("no text")
    head = channels[0] if channels else root
    about = _first(head, _ABOUT, _text)
    sections = tuple(entry.section for entry in entries)
    return Document(
        description=_description(root, head, entries),
        sections=(Section(text=about), *sections) if about else sections,
        format="feed",
        notes=("not well-formed: what could be read was taken",) if is_damaged else (),
    )


def _parsed(blob: Blob) -> tuple[_Element | None, bool]:
    """The root element, and whether the parser had to give something up."""
    from lxml import etree

    text, _ = decode(blob.data, blob.declared_charset, markup=True)
    text = _REFERENCE.sub(_harmless, NOT_XML.sub("\ufffd", _XML_DECLARATION.sub("", text)))
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.strip().encode("utf-8"), parser=parser)
    except etree.XMLSyntaxError:  # nothing in it
        return None, True
    return root, bool(parser.error_log.filter_from_errors())


def _harmless(reference: re.Match[str]) -> str:
    """Entities of HTML become their characters, as XML knows five only; all others plain text.

    So none that the feed itself defines is ever looked up, and none can grow.
    """
    if reference["kept"]:
        return reference["kept"]
    return escape(html5.get(f"{reference['name']};", reference[0]), quote=True)


def _name(element: _Element) -> str:
    """An element's name with the usual prefix of its vocabulary: "title", "dc:date"."""
    if not isinstance(element.tag, str):
        return ""
    space, brace, local = element.tag.rpartition("}")
    # A prefix that the feed does not declare stands in the name itself.
    return _PREFIXES.get(space[1:], "other:") + local if brace else local


# ---------------------------------------------------------------- what an element says


def _first(element: _Element, names: Sequence[str], say: Callable[[_Element], str]) -> str:
    """What the first of the named children says that says anything."""
    said = (say(child) for name in names for child in element if _name(child) == name)
    return next((words for words in said if words), "")


def _line(element: _Element) -> str:
    return one_line(_text(element))


def _text(element: _Element) -> str:
    """The words of an element, whether they are plain, escaped HTML or XHTML."""
    declared = (element.get("type") or "").lower()
    words = element.text or ""
    if len(element):
        words = escape(words, quote=False) + _inner_html(element)
    elif "/" in declared and not ("text/" in declared or "html" in declared):
        return ""  # a picture or the like, in letters
    elif declared in ("text", "text/plain") or not _MARKUP.search(words):
        return clean_text(words).strip()
    return joined(visible_blocks(parsed_page(words)))


def _inner_html(element: _Element) -> str:
    """The elements inside, without prefixes, which HTML does not know."""
    from lxml import etree

    for inner in element.iterdescendants(etree.Element):
        local = inner.tag.rpartition("}")[2]
        if ":" not in local:  # else it is no name at all
            inner.tag = local
    return "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)


def _person(element: _Element) -> str:
    """A name: that of the element's own ``name``, or what stands beside a mail address."""
    words = _first(element, ("name",), _line) if len(element) else _line(element)
    if "@" not in words:
        return words
    in_brackets = _IN_BRACKETS.search(words)
    return in_brackets[1].strip() if in_brackets else ""


# ---------------------------------------------------------------- entries and the feed


def _entry(element: _Element) -> _Entry:
    return _Entry(
        title=_first(element, ("title", "dc:title"), _line),
        author=_first(element, _AUTHORS, _person),
        date=_first(element, _DATES, _line),
        text=_first(element, _TEXTS, _text),
    )


def _description(root: _Element, head: _Element, entries: Sequence[_Entry]) -> Description:
    authors = {entry.author for entry in entries}
    return Description(
        title=_first(head, ("title", "dc:title"), _line),
        creator=_first(head, _AUTHORS, _person) or (authors.pop() if len(authors) == 1 else ""),
        date=_span(entry.date for entry in entries) or _span([_first(head, _DATES, _line)]),
        language=_first(head, ("language", "dc:language"), _line) or root.get(_LANGUAGE) or "",
        kind="feed",
    )


def _span(dates: Iterable[str]) -> DateRange | None:
    """From the first day to the last; several days are written as an interval of ISO 8601."""
    days = [day for day in map(published_day, dates) if day]
    if not days:
        return None
    first, last = min(day.first for day in days), max(day.last for day in days)
    one = next((day for day in days if (day.first, day.last) == (first, last)), None)
    return one or DateRange(first=first, last=last, text=f"{iso_date(first)}/{iso_date(last)}")


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
