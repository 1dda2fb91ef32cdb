"""What a page says of itself in JSON-LD: title, authors, date, language, licence, identifiers.

Only the description of the work that the page shows is taken, in the words of schema.org, and
never any text of it: what the page does not show is not quoted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any

from rag_assistant.readers.description import merge
from rag_assistant.readers.markup import one_line, published_day
from rag_assistant.schema import Description, Rights

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MEDIA_TYPE = "application/ld+json"
_MOST_CHARACTERS = 1_000_000
_MOST_NODES = 500
_MOST_VALUES = 20
_DEEPEST = 6
_LONGEST = 500

_WORKS = frozenset(
    {
        "Report", "Book", "Chapter", "Thesis", "Periodical", "PublicationIssue", "Newspaper",
        "Manuscript", "Map", "Atlas", "Photograph", "Poster", "SheetMusic", "ArchiveComponent",
        "Collection", "CreativeWork", "Dataset", "DigitalDocument", "Legislation", "Movie",
        "PodcastEpisode", "AudioObject", "VideoObject", "Event",
    }
)  # fmt: skip
_WORK_ENDINGS = ("Article", "Posting", "Event")
_IDENTIFIERS = frozenset({"ark", "arxiv", "handle", "isbn", "issn", "lccn", "oclc", "pmid", "urn"})
_DOI = re.compile(r"(?:doi:\s*|doi\.org/|\A\s*)(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)
_WRAPPING = re.compile(r"\A\s*(?:<!--|//|/\*|<!\[CDATA\[|\*/|\s)*")

_Node = Mapping[str, Any]


def described(tree: HtmlElement) -> Description:
    """The description that a page's JSON-LD gives of it, empty where it gives none.

    What is said of the work lies over what is said of the page. Several works on one page are a
    list, of which none speaks for the page. Broken scripts are passed over.

    Args:
        tree: The page, with its scripts.
    """
    nodes = list(islice((node for data in _scripts(tree) for node in _nodes(data)), _MOST_NODES))
    named = {str(node["@id"]): node for node in nodes if "@id" in node and "name" in node}
    description = Description()
    for is_wanted in (_is_page, _is_work):
        node = _only([node for node in nodes if is_wanted(node)])
        if node is not None:
            description = merge(description, _description(node, named))
    return description


def _scripts(tree: HtmlElement) -> Iterator[Any]:
    """The parsed scripts, as far as they are JSON."""
    room = _MOST_CHARACTERS
    decoder = json.JSONDecoder(strict=False)
    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
            continue
        words = _WRAPPING.sub("", script.text or "", count=1)
        room -= len(words)
        if room < 0:
            return
        try:
            yield decoder.raw_decode(words)[0]  # whatever stands behind the value
        except (ValueError, RecursionError):
            continue


def _nodes(value: Any, depth: int = 0) -> Iterator[_Node]:
    """The things described: those of a list or a graph, and what a page is mainly about."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _nodes(value.get(name), depth + 1)


def _is_work(node: _Node) -> bool:
    return any(name in _WORKS or name.endswith(_WORK_ENDINGS) for name in _types(node))


def _is_page(node: _Node) -> bool:
    return any(name.endswith("Page") for name in _types(node))


def _types(node: _Node) -> list[str]:
    """The types' names, without "https://schema.org/" or "schema:"."""
    return [re.split(r"[/#:]", one)[-1] for one in _listed(node.get("@type")) if _is_text(one)]


def _only(nodes: list[_Node]) -> _Node | None:
    """The one thing that is described, if need be more than once under the same title."""
    titles = {_title(node) for node in nodes}
    return nodes[0] if len(titles) == 1 else None


def _description(node: _Node, named: Mapping[str, _Node]) -> Description:
    dates = ("datePublished", "dateCreated", "dateModified")
    days = (published_day(_words(node.get(name))) for name in dates)
    return Description(
        title=_title(node),
        creator=_creators(node, named),
        date=next((day for day in days if day), None),
        language=_language(node.get("inLanguage")),
        rights=_rights(node.get("license")),
        identifiers=_identifiers(node),
    )


def _title(node: _Node) -> str:
    return _words(node.get("headline")) or _words(node.get("name"))


def _creators(node: _Node, named: Mapping[str, _Node]) -> str:
    """The names of authors or creators; an address of a profile is no name."""
    names: dict[str, None] = {}
    for one in _listed(node.get("author") or node.get("creator")):
        is_thing = isinstance(one, dict)
        name = _words((one.get("name") or _named(one, named)) if is_thing else one)
        if name and not _WEB.match(name):
            names[name] = None
    return "; ".join(names)


def _named(reference: _Node, named: Mapping[str, _Node]) -> Any:
    """The name of a thing that is described elsewhere on the page."""
    return named.get(str(reference.get("@id")), {}).get("name")


def _language(value: Any) -> str:
    one = next(iter(_listed(value)), "")
    if isinstance(one, dict):
        return _words(one.get("alternateName")) or _words(one)
    return _words(one)


def _rights(value: Any) -> Rights | None:
    """A licence by its address, else in its words."""
    one = next(iter(_listed(value)), "")
    if isinstance(one, dict):
        uri, label = _words(one.get("url")) or _words(one.get("@id")), _words(one.get("name"))
    else:
        uri, label = _words(one), ""
    if not _WEB.fullmatch(uri):
        uri, label = "", label or ("" if uri.startswith(("/", "#")) else uri)
    return Rights(uri=uri, label=label) if uri or label else None


def _identifiers(node: _Node) -> dict[str, str]:
    """ISBN, ISSN, DOI and others that libraries know."""
    said = [(name, _words(node.get(name))) for name in ("isbn", "issn")]
    for one in _listed(node.get("identifier")):
        name = _words(one.get("propertyID")) if isinstance(one, dict) else ""
        said.append((name.rstrip("/").rpartition("/")[2].lower(), _words(one)))
    found: dict[str, str] = {}
    for name, value in said:
        doi = _DOI.search(value) if name in ("", "doi") else None
        if doi:
            found.setdefault("doi", doi[1])
        elif value and name in _IDENTIFIERS:
            found.setdefault(name, value)
    return found


def _listed(value: Any) -> Iterable[Any]:
    """A value as a list, no longer than anyone writes it by hand."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return values[:_MOST_VALUES]


def _words(value: Any) -> str:
    """The first value as one line of words: a text, or the value or name of a thing."""
    one: Any = next(iter(_listed(value)), "")
    if isinstance(one, dict):
        inner = (one.get(name) for name in ("@value", "value", "name"))
        one = next((words for words in inner if _is_text(words)), "")
    return one_line(unescape(one))[:_LONGEST] if _is_text(one) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
