"""The registry: one row a format, with what tells it from all others.

Content decides; of the name only the suffix counts, and only where a row asks for it. The first
row that fits is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A row of the registry.

    Attributes:
        about: What people read of it.
        module: The module beside this one that reads it: with ``read(blob) -> Document``, or
            ``read(stream, inside) -> Iterator[Leaf]`` where the format is a container.
        container: Whether a file of it holds records, each a leaf.
        roots: Local names of the root element, where it is XML.
        vocabulary: What the opening tags of such a file must hold, such as a namespace.
        opens: Matches the first bytes of a file.
        member: Matches the name of one of the first members of a zip file.
        suffixes: One of these must end its name, where they are given.
        files_only: Whether only files are it: what a crawler kept is then taken for less.
    """

    about: str
    module: str
    container: bool = False
    roots: frozenset[str] = frozenset()
    vocabulary: re.Pattern[str] | None = None
    opens: re.Pattern[bytes] | None = None
    member: re.Pattern[bytes] | None = None
    suffixes: frozenset[str] = frozenset()
    files_only: bool = False

    def reader(self) -> ModuleType:
        """The module that reads it, imported when it is first needed."""
        return import_module(f"rag_assistant.readers.{self.module}")


FORMATS: dict[str, Format] = {
    "text": Format(about="Plain text in any common encoding", module="text"),
    "markdown": Format(about="Markdown, with YAML front matter", module="markdown"),
    "html": Format(
        about="Web pages: the main text, without what the page hides",
        module="html",
    ),
    "pdf": Format(about="PDF with a text layer", module="pdf"),
    "alto": Format(
        about="ALTO: the words of scanned pages, with their boxes",
        module="alto",
        roots=frozenset({"alto"}),
    ),
    "page": Format(
        about="PAGE XML: the lines of scanned pages, with their words' boxes",
        module="page",
        roots=frozenset({"PcGts"}),
    ),
    "hocr": Format(
        about="hOCR: web pages that carry the words of scanned pages, with their boxes",
        module="hocr",
        opens=re.compile(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE\s+html[^>]*>\s*)?(?:<!--.*?-->\s*)*"
            rb"<html\b.*?<[a-z][^<>]*\bclass\s*=\s*[\"'][^\"'<>]*\bocr_page\b",
            re.IGNORECASE | re.DOTALL,
        ),
        files_only=True,
    ),
    "mets": Format(
        about="METS: a digitised work, described, with the ALTO, PAGE or hOCR of its pages",
        module="mets",
        container=True,
        roots=frozenset({"mets"}),
    ),
    "image": Format(
        about="Scanned pages (TIFF), read by tesseract where it is installed",
        module="image",
        opens=re.compile(rb"II\*\x00|MM\x00\*"),
        files_only=True,
    ),
    "feed": Format(
        about="RSS and Atom feeds: each entry a section",
        module="feed",
        roots=frozenset({"rss", "feed"}),
    ),
    "warc": Format(
        about="Web archives (WARC 1.0 and 1.1; plain, gzip or Zstandard): each record a leaf",
        module="warc",
        container=True,
    ),
    "arc": Format(
        about="The older web archives (ARC, plain or gzip): each record a leaf",
        module="arc",
        container=True,
    ),
    "wacz": Format(
        about="Packaged web archives (WACZ), with the titles and seeds of their page lists",
        module="wacz",
        container=True,
        member=re.compile(
            rb"datapackage(?:-digest)?\.json|archive/[^/]*\.w?arc(?:\.gz|\.zst)?"
            rb"|pages/[^/]*\.jsonl|indexes/[^/]*\.(?:cdxj?|idx)(?:\.gz)?"
        ),
    ),
}
"""By name, as it stands in a document's ``format``; `sniff` knows text, Markdown, pages and PDF,
and both kinds of archives, which no first bytes alone tell."""


def by_opening(head: bytes, suffix: str, *, web: bool = False) -> str:
    """The format that first bytes tell, those of a file or of what a crawler kept; "" for none."""
    return _first(
        name
        for name, row in FORMATS.items()
        if row.opens
        and not (web and row.files_only)
        and _may_be_called(row, suffix)
        and row.opens.match(head)
    )


def by_member(member: bytes) -> str:
    """The format of a zip file that has such a member, "" for none."""
    return _first(
        name for name, row in FORMATS.items() if row.member and row.member.fullmatch(member)
    )


def by_root(root: str, markup: str) -> str:
    """The format of XML by its root's local name and its first tags, "" for none."""
    return _first(
        name
        for name, row in FORMATS.items()
        if root in row.roots and (not row.vocabulary or row.vocabulary.search(markup))
    )


def _may_be_called(row: Format, suffix: str) -> bool:
    return not row.suffixes or suffix in row.suffixes


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")
