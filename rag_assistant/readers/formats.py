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
        called: Text whose name ends in one of these is meant to be it, whatever it holds.
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
    called: frozenset[str] = frozenset()
    files_only: bool = False

    def reader(self) -> ModuleType:
        """The module that reads it, imported when it is first needed."""
        return import_module(f"rag_assistant.readers.{self.module}")


def _packed_as(media_type: bytes) -> re.Pattern[bytes]:
    """The first bytes of a zip file whose first member, stored, says its media type."""
    return re.compile(rb"PK\x03\x04.{26}mimetype.{0,64}?" + media_type, re.DOTALL)


def _header(*columns: str) -> re.Pattern[bytes]:
    """Matches the first line of a table that has these columns."""
    each = "".join(
        rf'(?=(?:[^\r\n]*[,;\t])?"?{column}"?[ \t]*(?:[,;\t\r\n]|\Z))' for column in columns
    )
    return re.compile(rf"(?i)(?:\xef\xbb\xbf)?{each}".encode())


FORMATS: dict[str, Format] = {
    "text": Format(about="Plain text in any common encoding", module="text"),
    "markdown": Format(about="Markdown, with YAML front matter", module="markdown"),
    "html": Format(
        about="Web pages: the main text, without what the page hides",
        module="html",
    ),
    "pdf": Format(about="PDF with a text layer", module="pdf"),
    "docx": Format(
        about="Word documents, with footnotes and endnotes",
        module="docx",
        member=re.compile(
            rb"word/(?:document\d*|styles|settings|fontTable|numbering|footnotes|webSettings)\.xml"
            rb"|word/_rels/document\d*\.xml\.rels"
        ),
    ),
    "odt": Format(
        about="OpenDocument text, with footnotes and endnotes",
        module="odt",
        opens=_packed_as(rb"application/vnd\.oasis\.opendocument\.text"),
    ),
    "rtf": Format(
        about="Rich text, through LibreOffice where it is installed",
        module="libreoffice",
        opens=re.compile(rb"\{\\rtf"),
    ),
    "doc": Format(
        about="Word documents of before 2007, through LibreOffice where it is installed",
        module="libreoffice",
        opens=re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ),
    "epub": Format(
        about="E-books (EPUB 2 and 3): by chapters, with printed page numbers where it has them",
        module="epub",
        opens=_packed_as(rb"application/epub\+zip"),
        member=re.compile(rb"META-INF/container\.xml"),
    ),
    "tei": Format(
        about="Editions in TEI (P5, and P4): by divisions, with page breaks and notes",
        module="tei",
        roots=frozenset({"TEI", "TEI.2", "teiCorpus", "teiCorpus.2"}),
    ),
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
    "vtt": Format(
        about="WebVTT captions: each cue with its second and its speaker",
        module="captions",
        opens=re.compile(rb"(?:\xef\xbb\xbf)?WEBVTT(?:[ \t\r\n]|\Z)"),
        called=frozenset({"vtt"}),
    ),
    "srt": Format(
        about="SubRip subtitles: each cue with its second",
        module="captions",
        opens=re.compile(
            rb"(?:\xef\xbb\xbf)?\s*\d+[ \t]*\r?\n\d+:\d\d:\d\d[,.]\d+[ \t]*-->[ \t]*\d+:"
        ),
        called=frozenset({"srt"}),
    ),
    "sbv": Format(
        about="SBV captions: each cue with its second",
        module="captions",
        opens=re.compile(rb"(?:\xef\xbb\xbf)?\s*\d+:\d\d:\d\d\.\d{3},\d+:\d\d:\d\d\.\d{3}\r?\n"),
        called=frozenset({"sbv"}),
    ),
    "oralhistory": Format(
        about="Oral-history transcripts (CSV of speaker, words, tags, timestamp)",
        module="oralhistory",
        container=True,
        opens=_header("speaker", "words"),
    ),
    "collectionbuilder": Format(
        about="Metadata tables of CollectionBuilder: each row a description",
        module="collectionbuilder",
        container=True,
        opens=_header("objectid", "title"),
    ),
    "iiif": Format(
        about="IIIF manifests (Presentation 2 and 3), with the text of their annotations",
        module="iiif",
        container=True,
        opens=re.compile(
            rb'(?s)(?:\xef\xbb\xbf)?\s*\{.{0,8000}?"@context"\s*:\s*(?:\[.{0,2000}?)?'
            rb'"https?://iiif\.io/api/presentation/[23]/'
        ),
    ),
    "mapped": Format(
        about="CSV, JSON and JSON Lines that a [[mapping]] in collection.toml explains",
        module="mapped",
        container=True,
    ),
}
"""By name, as it stands in a document's ``format``; `sniff` knows text, Markdown, pages and PDF,
and both kinds of archives, which no first bytes alone tell; mappings are a collection's own."""


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


def by_suffix(suffix: str) -> str:
    """The format that a text is meant to be, by the end of its name; "" for none."""
    return _first(name for name, row in FORMATS.items() if suffix in row.called)


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
