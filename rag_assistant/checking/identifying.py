"""Identifiers in a text, found and cut out of it."""

from __future__ import annotations

import re

from rag_assistant.checking.references import Identifier
from rag_assistant.identifiers import fault_of, identifier_key

_ISBN = r"(?:97[89][\s–-]?)?\d(?:[\s–-]?\d){8}[\s–-]?[\dXx]"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (  # the first that fits takes its text
    (
        "doi",
        re.compile(
            r"(?:https?://(?:dx\.)?doi\.org/|\bdoi:?\s*|\b)(?P<value>10\.\d{4,9}/[^\s\"<>{}]+)",
            re.IGNORECASE,
        ),
    ),
    (
        "ark",
        re.compile(
            r"(?:https?://\S{0,300}?)?(?P<value>\bark:/?[a-z0-9]{5,9}/[^\s\"<>{}]+)", re.IGNORECASE
        ),
    ),
    (
        "handle",
        re.compile(
            r"(?:https?://)?(?P<value>(?:hdl\.handle\.net/|\bhdl:|\bhandle:)\s*[\w.]+/[^\s\"<>{}]+)",
            re.IGNORECASE,
        ),
    ),
    (
        "oclc",
        re.compile(
            r"(?:\(OCoLC\)\s*|\bOCLC(?:\s+(?:number|no\.?))?\s*[:#]?\s*|\boc[mn]|"
            r"https?://(?:www\.|search\.)?worldcat\.org/(?:[a-z]{2}/)?(?:title|oclc)/)"
            r"(?P<value>\d{4,14})\b",
            re.IGNORECASE,
        ),
    ),
    (
        "lccn",
        re.compile(
            r"(?:\bLCCN\s*:?\s*|https?://lccn\.loc\.gov/)(?P<value>[a-z]{0,3}\s?\d{2,4}-?\d{4,8})\b",
            re.IGNORECASE,
        ),
    ),
    ("url", re.compile(r"(?P<value>(?:https?://|\bwww\.)[^\s\"<>{}|]+)", re.IGNORECASE)),
    (
        "issn",
        re.compile(
            r"\be?-?ISSN(?:-L)?\s*:?\s*(?:\((?:print|online)\)\s*:?\s*)?"
            r"(?P<value>\d{4}[\s–-]?\d{3}[\dXx])(?!\d)",
            re.IGNORECASE,
        ),
    ),
    (
        "isbn",
        re.compile(
            rf"\b(?:e-?)?ISBN(?:-?1[03])?(?=\D)\s*[:#]?\s*(?P<value>{_ISBN})(?!\d)", re.IGNORECASE
        ),
    ),
    ("isbn", re.compile(r"(?<![\d/.-])(?P<value>97[89](?:[\s–-]?\d){9}[\s–-]?\d)(?![\d/])")),
    ("isbn", re.compile(r"(?<![\d/.-])(?P<value>(?=[\d-]{12}[\dXx])\d+-\d+-\d+-[\dXx])(?![\d/-])")),
)
_TRAILING = ".,;:\"'”’>*_"
_EMPTY = re.compile(r"\(\s*[,;]?\s*\)|\[\s*\]|<\s*>")
_MOST = 40


def cut_out(text: str) -> tuple[tuple[Identifier, ...], str]:
    """The identifiers of a text, each once, and the text without them."""
    found: list[Identifier] = []
    for scheme, pattern in _PATTERNS:
        kept, at = [], 0
        for match in pattern.finditer(text):
            value = _trimmed(match["value"])
            kept.append(text[at : match.start()])
            at = match.start("value") + len(value)
            found.append(identifier(scheme, value))
        text = " ".join((*kept, text[at:])) if kept else text
    distinct = {(one.scheme, one.key): one for one in reversed(found) if one.key}
    return tuple(reversed(distinct.values()))[:_MOST], _EMPTY.sub(" ", text)


def identifier(scheme: str, value: str) -> Identifier:
    """An identifier whose scheme is known."""
    return Identifier(
        scheme=scheme,
        value=value,
        key=identifier_key(scheme, value),
        fault=fault_of(scheme, value),
    )


def _trimmed(value: str) -> str:
    """Without the punctuation of the sentence; a bracket stays where it was opened."""
    while value and (
        value[-1] in _TRAILING
        or (value[-1] in ")]" and value.count(value[-1]) > value.count("(["[")]".index(value[-1])]))
    ):
        value = value[:-1]
    return value
