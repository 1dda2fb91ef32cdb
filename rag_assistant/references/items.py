"""Citations as CSL-JSON items (schema 1.0.2), from which all other formats are made."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag_assistant.answer import Citation
from rag_assistant.locators import container
from rag_assistant.references.issued import as_said, csl_date, csl_day, first_year
from rag_assistant.references.lines import one_line
from rag_assistant.schema import Agent, Record

Item = dict[str, Any]

TYPES = frozenset(
    {
        *("article", "article-journal", "article-magazine", "article-newspaper", "bill", "book"),
        *("broadcast", "chapter", "classic", "collection", "dataset", "document", "entry"),
        *("entry-dictionary", "entry-encyclopedia", "event", "figure", "graphic", "hearing"),
        *("interview", "legal_case", "legislation", "manuscript", "map", "motion_picture"),
        *("musical_score", "pamphlet", "paper-conference", "patent", "performance", "periodical"),
        *("personal_communication", "post", "post-weblog", "regulation", "report", "review"),
        *("review-book", "software", "song", "speech", "standard", "thesis", "treaty", "webpage"),
    }
)
ROLES = (
    *("author", "editor", "translator", "chair", "collection-editor", "compiler", "composer"),
    *("container-author", "contributor", "curator", "director", "editor-translator"),
    *("editorial-director", "executive-producer", "guest", "host", "illustrator", "interviewer"),
    *("narrator", "organizer", "original-author", "performer", "producer", "recipient"),
    *("reviewed-author", "script-writer", "series-creator"),
)
_SAME_ROLE = {"creator": "author", "interviewee": "author", "": "author"}
_NO_GENRE = frozenset(
    {
        # how deep a description goes (EAD)
        *("class", "collection", "file", "fonds", "item", "otherlevel", "recordgrp", "series"),
        *("subfonds", "subgrp", "subseries", "unspecified"),
        # what the type says already (DCMI)
        *("dataset", "image", "movingimage", "physicalobject", "record", "sound", "stillimage"),
        *("text", "compound_object", "multiple", "event", "software", "service"),
        *("interactiveresource",),
    }
)
_CAPTURED = "captured "


def csl_item(citation: Citation, *, collection: str = "") -> Item:
    """What is cited, as a CSL-JSON item without the cited place in it.

    Args:
        citation: Of which the record, the facts and the capture are used.
        collection: The title of the collection that holds it; "" where it has none.

    Returns:
        The item, with those fields alone that the source states.
    """
    record = citation.record or Record()
    web = citation.capture
    ids = _identifiers(citation)
    fields: dict[str, Any] = {
        "title": record.title or citation.title,
        **_names(agents_of(citation)),
        "issued": _issued(citation),
        "accessed": csl_day(web.timestamp) if web else None,
        "genre": _genre(citation),
        "edition": record.edition,
        "publisher": record.publisher,
        "publisher-place": record.publisher_place,
        "container-title": record.container_title,
        "volume": record.volume,
        "issue": record.issue,
        "page": record.pages,
        "ISBN": ids.get("isbn"),
        "ISSN": ids.get("issn"),
        "DOI": ids.get("doi"),
        "URL": _url(citation, ids),
        "archive": record.repository or (collection if web else ""),
        "archive_collection": "" if is_whole(record) else record.collection,
        "archive_location": container(record) or citation.archive_url,
        "call-number": record.call_number,
        "source": "" if web else collection,
        "language": next(iter(record.languages), "") or _known(citation.language),
        "note": f"Series: {' › '.join(record.series)}" if record.series else "",
    }
    kept = {
        name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()
    }
    return {
        "id": item_id(citation),
        "type": csl_type(citation),
        **{name: value for name, value in kept.items() if value},
    }


def csl_items(citations: Iterable[Citation], collections: Mapping[str, str]) -> list[Item]:
    """Each cited thing once, in the order of the citations; titles of collections by their ids."""
    items = [csl_item(one, collection=collections.get(one.collection, "")) for one in citations]
    return list({item["id"]: item for item in items}.values())


def item_id(citation: Citation) -> str:
    """The document's id; of a web page with its capture, for each capture is cited as its own."""
    at = f"-{citation.capture.timestamp}" if citation.capture else ""
    return f"{citation.document_id}{at}"


def csl_type(citation: Citation) -> str:
    """CSL's type: what the record says, unless it is a capture; "document" where nothing does."""
    said = citation.record.type if citation.record else ""
    if citation.capture:
        return "webpage"
    if said in TYPES:
        return said
    return "interview" if is_speech(citation) else "document"


def is_speech(citation: Citation) -> bool:
    """Whether the cited place is a time of a recording, or somebody's turn of speech."""
    return "speaker" in citation.place or "begin" in citation.place


def stated_date(citation: Citation) -> str:
    """The source's own date, without the day of its capture."""
    of_capture = citation.capture and citation.date.startswith(_CAPTURED)
    return "" if of_capture else citation.date


def agents_of(citation: Citation) -> Sequence[Agent]:
    """Who had a part in it; a creator that only the document names is taken as it is written.

    Not of a component of a finding aid: its document's creator is that of the whole collection.
    """
    record = citation.record or Record()
    if record.agents or not citation.creator or is_component(record):
        return record.agents
    return (Agent(literal=citation.creator),)


def is_component(record: Record) -> bool:
    """Whether it is a part of an archival collection, by its place in it."""
    return bool(record.series or container(record))


def is_whole(record: Record) -> bool:
    """Whether it is a collection itself, and no part of one."""
    return bool(record.title) and record.title == record.collection


def role_of(agent: Agent) -> str:
    """The agent's role among CSL's; what is not there is a contributor."""
    role = _SAME_ROLE.get(agent.role, agent.role)
    return role if role in ROLES else "contributor"


def other_parts(item: Item) -> list[str]:
    """Who had a part for which a format has no field, as notes: "interviewer: Bell, Jo"."""
    return [f"{role}: {name_line(one)}" for role in ROLES[3:] for one in item.get(role, ())]


def name_line(name: Mapping[str, str]) -> str:
    """A name as it is sorted, "Bell, Jo"; a body's as it is."""
    return name.get("literal") or ", ".join(filter(None, (name.get("family"), name.get("given"))))


def item_key(item: Item) -> str:
    """A key for BibTeX and RIS that stays the same: "venn1868-1f0c9a7be2"."""
    first: dict[str, str] = next(iter(item.get("author", ())), {})
    name = first.get("family") or first.get("literal") or item["type"]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    digest = hashlib.sha256(item["id"].encode("utf-8", "replace")).hexdigest()[:10]
    word = re.sub(r"[^a-z]", "", plain)[:20] or "item"
    return f"{word}{first_year(item.get('issued'))}-{digest}"


def _issued(citation: Citation) -> dict[str, Any] | None:
    said = stated_date(citation)
    return as_said(csl_date((citation.record.issued if citation.record else "") or said), said)


def _genre(citation: Citation) -> str:
    """The genre; not the level of a description, and not the type once more."""
    genre = citation.record.genre if citation.record else ""
    if citation.kind == "component":
        return ""
    return "" if set(map(str.strip, genre.casefold().split(";"))) <= _NO_GENRE else genre


def _names(agents: Sequence[Agent]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for agent in agents:
        parts = {"family": agent.family, "given": agent.given, "literal": agent.literal}
        if agent.family:
            parts["literal"] = ""
        elif not agent.literal:
            parts = {"literal": agent.given}
        name = {part: words for part, text in parts.items() if (words := one_line(text))}
        if name:
            found.setdefault(role_of(agent), []).append(name)
    return {role: found[role] for role in ROLES if role in found}


def _identifiers(citation: Citation) -> dict[str, str]:
    """The first of each scheme."""
    said = citation.record.identifiers if citation.record else ()
    found: dict[str, str] = {}
    for scheme, value in (*said, *citation.identifiers.items()):
        found.setdefault(scheme.lower(), value)
    return found


def _url(citation: Citation, ids: Mapping[str, str]) -> str:
    """Of a capture the page's own address, else the first that leads to the thing."""
    if citation.capture:
        return citation.uri
    record = citation.record or Record()
    links = () if record.type == "collection" else record.links  # those lead to parts of it
    said = (ids.get("url", ""), citation.uri, *links)
    return next((one for one in said if one.startswith(("https://", "http://"))), "")


def _known(language: str) -> str:
    return "" if language == "und" else language
