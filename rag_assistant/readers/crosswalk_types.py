"""What kind of thing a work is, in words of catalogues and repositories, as CSL's types."""

from __future__ import annotations

import re
from collections.abc import Iterable

_GENRES = (
    ("thesis", r"thes[ei]s|dissertations?|doctoralthesis|masterthesis|bachelorthesis"),
    ("article-newspaper", r"newspaper articles?"),
    ("article-journal", r"(?:journal |research |review |academic )?articles?|journalarticle"),
    ("chapter", r"(?:book )?chapters?|bookpart|book part|book section"),
    ("paper-conference", r"conference (?:papers?|objects?)|conferenceobject|conferencepaper"),
    ("periodical", r"newspapers?|periodicals?|serials?|journals?|magazines?|zeitungen|zeitung"),
    ("report", r"reports?|technical reports?|technicalreport|working papers?|workingpaper"),
    ("book", r"books?|monographs?|pamphlets?|brochures?"),
    ("map", r"maps?|atlas(?:es)?|cartographic(?: materials?)?"),
    ("musical_score", r"(?:musical )?scores?|notated music|sheet music"),
    ("graphic", r"photographs?|posters?|drawings?|prints?|postcards?|still ?image|image|pictures?"),
    ("motion_picture", r"moving ?image|films?|motion pictures?|videos?|videorecordings?"),
    ("song", r"sound|sound recording(?:-musical|-nonmusical)?|audio|audio recordings?"),
    ("interview", r"(?:oral histor(?:y|ies)|interviews?)"),
    ("manuscript", r"manuscripts?|letters?|correspondence|diaries|diary"),
    ("dataset", r"data ?sets?"),
    ("software", r"software(?:, multimedia)?|computer programs?"),
    ("webpage", r"web ?sites?|web ?pages?"),
    ("collection", r"mixed materials?|collections?|archival collections?"),
    ("", r"text|cartographic|three dimensional object|physicalobject|interactiveresource|event"),
)
_TYPES = tuple((csl, re.compile(words, re.IGNORECASE)) for csl, words in _GENRES)


def csl_type(
    genres: Iterable[str],
    resource: str = "",
    *,
    manuscript: bool = False,
    collection: bool = False,
    is_serial: bool = False,
    host: str = "",
) -> str:
    """The CSL type, "" where nothing tells it.

    Args:
        genres: Words for what it is, the sharper ones first.
        resource: The kind of resource, as in MODS and DCMI ("text", "StillImage").
        manuscript: Whether it is written by hand or typed.
        collection: Whether it is many things described as one.
        is_serial: Whether it goes on appearing.
        host: "serial" or "book" where it is a part of one, "" where it is none.
    """
    if collection:
        return "collection"
    known = [csl for csl in map(_type_of, genres) if csl]
    if known and not (is_serial and known[0] == "book"):
        return known[0]
    if manuscript:
        return "manuscript"
    whole = "book" if resource.strip().lower() == "text" else ""
    of_part = {"serial": "article-journal", "book": "chapter"}.get(host, "")
    return _type_of(resource) or of_part or ("periodical" if is_serial else whole)


def _type_of(words: str) -> str:
    """The type that words name; of a URI only its last part counts."""
    last = re.split(r"[/#]", words.strip())[-1].strip(" .")
    return next((csl for csl, pattern in _TYPES if pattern.fullmatch(last)), "")
