"""COinS: items as OpenURL (Z39.88-2004) key and value pairs, by which Zotero sees them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from rag_assistant.references.issued import date_words, edtf
from rag_assistant.references.items import ROLES, Item, name_line
from rag_assistant.references.lines import one_line

_Pairs = Iterator[tuple[str, str]]

_GENRES = {
    "book": ("book", "book"),
    "chapter": ("book", "bookitem"),
    "entry-dictionary": ("book", "bookitem"),
    "entry-encyclopedia": ("book", "bookitem"),
    "paper-conference": ("book", "proceeding"),
    "report": ("book", "report"),
    "article-journal": ("journal", "article"),
    "article-magazine": ("journal", "article"),
    "article-newspaper": ("journal", "article"),
    "review": ("journal", "article"),
    "review-book": ("journal", "article"),
    "periodical": ("journal", "journal"),
}
_ZOTERO = {
    "article": "preprint",
    "broadcast": "tvBroadcast",
    "dataset": "dataset",
    "graphic": "artwork",
    "hearing": "hearing",
    "interview": "interview",
    "legal_case": "case",
    "legislation": "statute",
    "manuscript": "manuscript",
    "map": "map",
    "motion_picture": "film",
    "patent": "patent",
    "personal_communication": "letter",
    "post-weblog": "blogPost",
    "software": "computerProgram",
    "song": "audioRecording",
    "speech": "presentation",
    "thesis": "thesis",
    "webpage": "webpage",
}
"""What Zotero calls them; it takes these as types in Dublin Core."""
_JOURNAL = (("volume", "volume"), ("issue", "issue"), ("ISSN", "issn"))
_BOOK = (
    *(("publisher", "pub"), ("publisher-place", "place"), ("edition", "edition")),
    *(("ISBN", "isbn"), ("ISSN", "issn")),
)


def coins(item: Item) -> str:
    """The context object, percent-encoded; as an attribute it still has to be escaped."""
    form, genre = _GENRES.get(item["type"], ("dc", ""))
    pairs = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", f"info:ofi/fmt:kev:mtx:{form}"),
        *_referents(item),
        *(_dublin_core(item) if form == "dc" else _published(item, form, genre)),
    ]
    pairs = [(key, one_line(value)) for key, value in pairs]
    return "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs if value)


def _referents(item: Item) -> _Pairs:
    """Identifiers of the thing itself."""
    if doi := item.get("DOI"):
        yield "rft_id", f"info:doi/{doi}"
    if url := item.get("URL"):
        yield "rft_id", url


def _published(item: Item, form: str, genre: str) -> _Pairs:
    part = genre in ("article", "bookitem", "proceeding") and (
        form == "journal" or "container-title" in item
    )
    whole = "jtitle" if form == "journal" else "btitle"
    yield "rft.genre", genre
    yield ("rft.atitle" if part else f"rft.{whole}"), item.get("title", "")
    if part:
        yield f"rft.{whole}", item.get("container-title", "")
    yield from _authors(item)
    yield "rft.date", _date(item)
    yield "rft.pages", item.get("page", "")
    for field, name in _JOURNAL if form == "journal" else _BOOK:
        yield f"rft.{name}", item.get(field, "")
    yield "rft.language", item.get("language", "")


def _authors(item: Item) -> _Pairs:
    """The first author's parts, and all of them whole."""
    authors = item.get("author", ())
    if authors and "family" in authors[0]:
        yield "rft.aulast", authors[0]["family"]
        yield "rft.aufirst", authors[0].get("given", "")
    for name in authors:
        yield "rft.au", name_line(name)


def _dublin_core(item: Item) -> _Pairs:
    yield "rft.type", _ZOTERO.get(item["type"], "document")
    yield "rft.title", item.get("title", "")
    for name in item.get("author", ()):
        yield "rft.creator", name_line(name)
    for role in ROLES[1:]:
        for name in item.get(role, ()):
            yield "rft.contributor", name_line(name)
    yield "rft.date", _date(item)
    yield "rft.publisher", item.get("publisher", "")
    yield "rft.source", item.get("archive_collection") or item.get("source", "")
    yield "rft.identifier", item.get("URL", "")
    yield "rft.language", item.get("language", "")


def _date(item: Item) -> str:
    issued = item.get("issued")
    return (edtf(issued) or date_words(issued)) if issued else ""
