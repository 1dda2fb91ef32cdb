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
    """

    about: str
    module: str
    container: bool = False
    roots: frozenset[str] = frozenset()
    vocabulary: re.Pattern[str] | None = None
    opens: re.Pattern[bytes] | None = None
    member: re.Pattern[bytes] | None = None
    suffixes: frozenset[str] = frozenset()

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
    "feed": Format(
        about="RSS and Atom feeds: each entry a section",
        module="feed",
        roots=frozenset({"rss", "feed"}),
    ),
    "ead": Format(
        about="Finding aids (EAD 2002 and EAD3): the collection and each component a document",
        module="ead",
        container=True,
        roots=frozenset({"ead"}),
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
    "marc": Format(
        about="MARC 21 records (ISO 2709; MARC-8 or UTF-8): each a leaf",
        module="marc",
        container=True,
        opens=re.compile(
            rb"\s*\d{5}[\x20-\x7e]{5}[\d ]{2}\d{5}[\x20-\x7e]{7}(?:[\w ]{3}\d{9}|\x1e)"
        ),
    ),
    "marcjson": Format(
        about="MARC-in-JSON: each record a leaf",
        module="marcjson",
        container=True,
        opens=re.compile(
            rb'(?:\xef\xbb\xbf)?[\s\[]*\{\s*(?:"leader"\s*:\s*"[^"]{24}"\s*,\s*)?"fields"\s*:\s*\['
        ),
    ),
    "oai": Format(
        about="OAI-PMH responses kept as files, with MARCXML, MODS, Dublin Core or EAD",
        module="oai",
        container=True,
        roots=frozenset({"OAI-PMH", "record"}),
        vocabulary=re.compile(r"""["']http://www\.openarchives\.org/OAI/2\.0/["']"""),
    ),
    "marcxml": Format(
        about="MARCXML: each record a leaf",
        module="marcxml",
        container=True,
        roots=frozenset({"collection", "record", "records", "searchRetrieveResponse"}),
        vocabulary=re.compile(r"MARC21/slim|<(?:\w+:)?(?:leader|controlfield|datafield)[\s>]"),
    ),
    "mods": Format(
        about="MODS records, alone or in a collection: each a leaf",
        module="mods",
        container=True,
        roots=frozenset({"mods", "modsCollection", "searchRetrieveResponse"}),
        vocabulary=re.compile(r"<(?:\w+:)?mods(?:Collection)?[\s>]"),
    ),
    "dc": Format(
        about="Dublin Core in XML, simple or qualified: each record a leaf",
        module="dc",
        container=True,
        roots=frozenset(
            {"dc", "qualifieddc", "RDF", "metadata", "record", "records", "searchRetrieveResponse"}
        ),
        vocabulary=re.compile(
            r"\A(?!.*(?:purl\.org/rss/1\.0|my\.netscape\.com/rdf))(?=.*purl\.org/dc/)"
            r".*<(?:[\w.-]+:)?(?:title|alternative|creator|subject|description|publisher|date"
            r"|contributor|type|format|identifier|source|language|relation|coverage|rights)[\s>]",
            re.DOTALL,
        ),
    ),
}
"""By name, as it stands in a document's ``format``; `sniff` knows text, Markdown, pages and PDF,
and both kinds of archives, which no first bytes alone tell."""


def by_opening(head: bytes, suffix: str) -> str:
    """The format that a file's first bytes tell, "" for none."""
    return _first(
        name
        for name, row in FORMATS.items()
        if row.opens and _may_be_called(row, suffix) and row.opens.match(head)
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
