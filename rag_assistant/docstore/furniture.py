"""Furniture: lines that repeat across a site (menus, notices, footers) and cost no passages.

A line is furniture where it stands at `SHARE` of a site's addresses, and at `ENOUGH` of them: what
a few pages have in common may be what they are about. Only addresses that an audience can read
count for it: pages for the staff take nothing from the public.

One document keeps each line, the most open one, and of those the one at the shortest address: what
stands only in a footer (opening hours, say) must still be found. On whichever of its sites a
document is the keeper, it keeps the line on all of them: else two sites that share pages could
each rely on the other.

Whether a line is furniture depends on its whole site, so a site is settled after it was read.
What that means for passages is queued in the same transaction: a kill loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from rag_assistant.addresses import site_of
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.ids import number
from rag_assistant.docstore.queries import READABLE, audience_access, batches
from rag_assistant.docstore.tables import (
    captures,
    documents,
    furniture,
    lines,
    resplits,
    sections,
    unsettled,
)
from rag_assistant.schema import Audience, Section, Span

ENOUGH = 5
SHARE = 2 / 3
LONGEST = 600
"""Characters; a longer line is prose that somebody wrote for its page."""
_DOCUMENT: BindParameter[str] = bindparam("document")
_TEXTS = select(sections.c.text).where(sections.c.document_id == _DOCUMENT)
_HELD_FURNITURE = (  # the document's id, once for each of its lines that is an audience's furniture
    select(lines.c.document_id)
    .join(furniture, furniture.c.line == lines.c.line)
    .where(lines.c.document_id == _DOCUMENT)
)
_RESPLIT_WHERE_KEPT_ELSEWHERE = sqlite.ignore(resplits).from_select(
    ["document_id"], _HELD_FURNITURE.where(furniture.c.home != _DOCUMENT).distinct()
)


def site_number(collection: str, address: str) -> int:
    """The number of an address's site in a collection (see `addresses.address_key`)."""
    return number(collection, site_of(address))


def note_page(connection: Connection, document_id: str, site: int) -> None:
    """Store which lines a page captured at a site holds; the site is to be settled anew."""
    texts = connection.scalars(_TEXTS, {"document": document_id})
    held = {line for text in texts for line, _ in _lines(site, text)}
    if held:
        rows = [{"site": site, "line": line, "document_id": document_id} for line in held]
        connection.execute(sqlite.ignore(lines), rows)
    connection.execute(sqlite.ignore(unsettled), {"site": site})
    connection.execute(_RESPLIT_WHERE_KEPT_ELSEWHERE, {"document": document_id})


def unsettle_sites_of(connection: Connection, document_id: str) -> None:
    """Where a document opens, closes or goes, or before a capture of it goes: settle its sites.

    Where a line is furniture for one audience alone, the document's access decides.
    """
    sites = select(captures.c.site).where(captures.c.document_id == document_id).distinct()
    connection.execute(sqlite.ignore(unsettled).from_select(["site"], sites))
    for_one = _HELD_FURNITURE.group_by(furniture.c.line).having(func.count() == 1).limit(1)
    queued = sqlite.ignore(resplits).from_select(["document_id"], for_one)
    connection.execute(queued, {"document": document_id})


def passed_over(
    connection: Connection, document_id: str, parts: Sequence[Section]
) -> list[list[Span]]:
    """Spans of each section's text that are furniture which another document keeps."""
    sites = connection.scalars(
        select(captures.c.site).where(captures.c.document_id == document_id).distinct()
    ).all()
    placed = [
        [(span, line) for site in sites for line, span in _lines(site, part.text)] for part in parts
    ]
    all_lines = {line for found in placed for _, line in found}
    kept, elsewhere = _keepers(connection, document_id, all_lines)
    return [
        sorted(
            {span for span, line in found if line in elsewhere}
            - {span for span, line in found if line in kept}
        )
        for found in placed
    ]


def settle(connection: Connection, site: int) -> None:
    """Find a site's furniture, and queue the documents whose passages that changes."""
    _forget_strays(connection, site)
    before = {
        (audience, line): home
        for audience, line, home in connection.execute(
            select(furniture.c.audience, furniture.c.line, furniture.c.home).where(
                furniture.c.site == site
            )
        )
    }
    repeated = [
        (audience, line)
        for audience in get_args(Audience)
        for line in connection.scalars(_repeated(site, audience))
    ]
    homes = {line: _home(connection, site, line) for line in {line for _, line in repeated}}
    now = {(audience, line): homes[line] for audience, line in repeated}
    _queue_holders(connection, site, {line for _, line in before.keys() ^ now.keys()})
    moved = [key for key in before.keys() & now.keys() if before[key] != now[key]]
    _queue(connection, {home[key] for key in moved for home in (before, now)})
    connection.execute(delete(furniture).where(furniture.c.site == site))
    if now:
        rows = [
            {"audience": audience, "line": line, "site": site, "home": home}
            for (audience, line), home in now.items()
        ]
        connection.execute(insert(furniture), rows)
    connection.execute(delete(unsettled).where(unsettled.c.site == site))


def _forget_strays(connection: Connection, site: int) -> None:
    """Documents that have no capture at the site any more need not pass over its furniture."""
    there = select(captures.c.document_id).where(captures.c.site == site)
    stray = and_(lines.c.site == site, lines.c.document_id.not_in(there))
    gone = select(lines.c.document_id).where(stray).distinct()
    connection.execute(sqlite.ignore(resplits).from_select(["document_id"], gone))
    connection.execute(delete(lines).where(stray))


def _queue_holders(connection: Connection, site: int, changed: set[int]) -> None:
    for part in batches(sorted(changed)):
        held = select(lines.c.document_id).where(lines.c.site == site, lines.c.line.in_(part))
        connection.execute(sqlite.ignore(resplits).from_select(["document_id"], held.distinct()))


def _queue(connection: Connection, ids: set[str]) -> None:
    for part in batches(sorted(ids)):
        here = select(documents.c.id).where(documents.c.id.in_(part))  # one may have been removed
        connection.execute(sqlite.ignore(resplits).from_select(["document_id"], here))


def _repeated(site: int, audience: Audience) -> Select[int]:
    """Lines at enough of the site's addresses that an audience can read."""
    places = (
        select(captures.c.document_id, captures.c.address)
        .join(documents, documents.c.id == captures.c.document_id)
        .where(captures.c.site == site, _readable_by(audience))
        .distinct()
        .cte()
    )
    addresses = func.count(places.c.address.distinct())
    pages = select(addresses).scalar_subquery()
    return (
        select(lines.c.line)
        .join(places, places.c.document_id == lines.c.document_id)
        .where(lines.c.site == site)
        .group_by(lines.c.line)
        .having(addresses >= ENOUGH, addresses >= SHARE * pages)
    )


def _home(connection: Connection, site: int, line: int) -> str:
    """The document that keeps a line: open to most, at the shortest address, first seen there."""
    address = captures.c.address
    return str(
        connection.scalar(
            select(lines.c.document_id)
            .join(captures, _captured_there())
            .join(documents, documents.c.id == lines.c.document_id)
            .where(lines.c.site == site, lines.c.line == line, _readable_by("staff"))
            .order_by(
                documents.c.access,  # "public" before "staff"
                documents.c.use,  # "answer" before "quote"
                func.length(address),
                address,
                captures.c.timestamp,
                lines.c.document_id,
            )
            .limit(1)
        )
    )


def _readable_by(audience: Audience) -> ColumnElement[bool]:
    return and_(
        documents.c.hidden == 0,
        documents.c.use.in_(READABLE),
        documents.c.access.in_(audience_access(audience)),
    )


def _captured_there() -> ColumnElement[bool]:
    return and_(captures.c.document_id == lines.c.document_id, captures.c.site == lines.c.site)


def _keepers(
    connection: Connection, document_id: str, candidates: set[int]
) -> tuple[set[int], set[int]]:
    """Which of the lines are furniture that the document keeps, and which another one keeps."""
    access = select(documents.c.access).where(documents.c.id == document_id).scalar_subquery()
    mine = furniture.c.home == document_id
    kept: set[int] = set()
    elsewhere: set[int] = set()
    for part in batches(sorted(candidates)):
        for line, is_mine in connection.execute(
            select(furniture.c.line, mine).where(
                furniture.c.line.in_(part), or_(mine, furniture.c.audience == access)
            )
        ):
            (kept if is_mine else elsewhere).add(line)
    return kept, elsewhere


def _lines(site: int, text: str) -> Iterator[tuple[int, Span]]:
    """A text's lines that hold a letter: the line's number, and its span without its break."""
    start = 0
    for line in text.split("\n"):
        words = " ".join(line.split()).casefold()
        if 0 < len(words) <= LONGEST and any(map(str.isalpha, words)):
            yield number(str(site), words), (start, start + len(line))
        start += len(line) + 1
