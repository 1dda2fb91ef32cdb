"""What a repository answers, taken apart: OAI-PMH 2.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError, HarvestError
from rag_assistant.readers.xml import find, find_all, local, parse, words

if TYPE_CHECKING:
    from lxml.etree import _Element

_DAY_GRANULARITY = "YYYY-MM-DD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a repository says of itself."""

    day_only: bool
    keeps_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiRecord:
    """One record as it came: its identifier, its XML, and whether it is deleted."""

    identifier: str
    xml: bytes
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One response to ListRecords.

    ``token`` leads to the next, "" after the last. ``date`` is the repository's own clock.
    """

    records: tuple[OaiRecord, ...]
    nameless: int
    token: str
    total: int | None
    date: str
    error: str
    message: str


def read_identity(data: bytes) -> Identity:
    """The answer to Identify.

    Raises:
        HarvestError: It is none.
    """
    identify = find(_root(data, "Is its address that of an OAI-PMH interface?"), "Identify")
    if identify is None:
        raise HarvestError(
            "The server does not answer as an OAI-PMH repository.",
            "Ask for its base URL; it often ends in /oai, /oai2 or /oai/request.",
        )
    return Identity(
        day_only=words(find(identify, "granularity")) == _DAY_GRANULARITY,
        keeps_deleted=words(find(identify, "deletedRecord")) != "no",
    )


def read_page(data: bytes, *, hint: str) -> Page:
    """The answer to ListRecords.

    Args:
        data: The response.
        hint: What to do where it is damaged.

    Raises:
        HarvestError: It is no answer of a repository, or damaged.
    """
    root = _root(data, hint)
    error, listed = find(root, "error"), find(root, "ListRecords")
    if error is None and listed is None:
        raise HarvestError("A response of the repository holds neither records nor an error.", hint)
    found = [] if listed is None else list(find_all(listed, "record"))
    named = [record for record in map(_record, found) if record.identifier]
    token = None if listed is None else find(listed, "resumptionToken")
    size = "" if token is None else token.get("completeListSize", "")
    return Page(
        records=tuple(named),
        nameless=len(found) - len(named),
        token=words(token),
        total=int(size) if size.isascii() and size.isdigit() else None,
        date=words(find(root, "responseDate")),
        error="" if error is None else error.get("code", "error"),
        message=words(error).rstrip("."),
    )


def _root(data: bytes, hint: str) -> _Element:
    try:
        root = parse(data)
    except FailedError as error:
        raise HarvestError(
            f"A response of the repository is damaged: {error.detail.rstrip('.')}.", hint
        ) from error
    if local(root) != "OAI-PMH":
        raise HarvestError("The server does not answer as an OAI-PMH repository.", hint)
    return root


def _record(record: _Element) -> OaiRecord:
    from lxml import etree

    header = find(record, "header")
    deleted = header is not None and header.get("status") == "deleted"
    record.tail = None
    return OaiRecord(
        identifier="" if header is None else words(find(header, "identifier")),
        xml=etree.tostring(record, xml_declaration=True, encoding="UTF-8"),
        deleted=deleted,
    )
