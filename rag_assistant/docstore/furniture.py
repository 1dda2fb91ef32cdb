"""Furniture: lines that repeat across a site (menus, notices, footers) and cost no passages.

A line is furniture where it stands at `SHARE` of a site's addresses, and at `ENOUGH` of them: what
a few pages have in common may be what they are about. One document keeps each line, the one at
the shortest address: what stands only in a footer (opening hours, say) must still be found.

Whether a line is furniture depends on its whole site, so a site is settled after it was read.
What that means for passages is queued in the same transaction: a kill loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, select

from rag_assistant.addresses import site_of
from rag_assistant.docstore import sqlite
from rag_assistant.docstore.ids import number
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.tables import (
    captures,
    documents,
    furniture,
    lines,
    resplits,
    unsettled,
)
from rag_assistant.schema import Section, Span

ENOUGH = 5
SHARE = 2 / 3
LONGEST = 600
"""Characters; a longer line is prose that somebody wrote for its page."""


def site_number(collection: str, address: str) -> int:
    """The number of an address's site in a collection (see `addresses.address_key`)."""
    return number(collection, site_of(address))


def note_page(
    connection: Connection, document_id: str, site: int, sections: Sequence[Section]
) -> None:
    """Store which lines a captured page holds; its site is to be settled anew."""
    held = list({line for section in sections for line, _ in _lines(site, section.text)})
    if held:
        rows = [{"site": site, "line": line, "document_id": document_id} for line in held]
        connection.execute(sqlite.ignore(lines), rows)
    connection.execute(sqlite.ignore(unsettled), {"site": site})
    if _kept_elsewhere(connection, held, document_id):
        connection.execute(sqlite.ignore(resplits), {"document_id": document_id})


def unsettle_sites_of(connection: Connection, document_id: str) -> None:
    """Before a document or a capture of it goes: its sites are to be settled anew."""
    sites = select(captures.c.site).where(captures.c.document_id == document_id).distinct()
    connection.execute(sqlite.ignore(unsettled).from_select(["site"], sites))


def passed_over(
    connection: Connection, document_id: str, sections: Sequence[Section]
) -> list[list[Span]]:
    """Spans of each section's text that are furniture which another document keeps."""
    sites = connection.scalars(
        select(captures.c.site).where(captures.c.document_id == document_id).distinct()
    ).all()
    placed = [
        [(line, span) for site in sites for line, span in _lines(site, section.text)]
        for section in sections
    ]
    all_lines = [line for found in placed for line, _ in found]
    elsewhere = _kept_elsewhere(connection, all_lines, document_id)
    return [sorted({span for line, span in found if line in elsewhere}) for found in placed]


def settle(connection: Connection, site: int) -> None:
    """Find a site's furniture, and queue the documents whose passages that changes."""
    before = dict(
        connection.execute(
            select(furniture.c.line, furniture.c.home).where(furniture.c.site == site)
        ).all()
    )
    repeated = connection.scalars(_repeated(site)).all()
    now = {line: _home(connection, site, line) for line in repeated}
    changed = [line for line in {*before, *now} if before.get(line) != now.get(line)]
    for part in batches(changed):
        held = select(lines.c.document_id).where(lines.c.site == site, lines.c.line.in_(part))
        connection.execute(sqlite.ignore(resplits).from_select(["document_id"], held.distinct()))
    connection.execute(delete(furniture).where(furniture.c.site == site))
    if now:
        rows = [{"line": line, "site": site, "home": home} for line, home in now.items()]
        connection.execute(insert(furniture), rows)
    connection.execute(delete(unsettled).where(unsettled.c.site == site))


def _repeated(site: int) -> Select[int]:
    """Lines at enough of a site's addresses."""
    pages = select(func.count(captures.c.address.distinct())).where(captures.c.site == site)
    addresses = func.count(captures.c.address.distinct())
    return (
        select(lines.c.line)
        .join(captures, _captured_there())
        .where(lines.c.site == site)
        .group_by(lines.c.line)
        .having(addresses >= ENOUGH, addresses >= SHARE * pages.scalar_subquery())
    )


def _home(connection: Connection, site: int, line: int) -> str:
    """The document that keeps a line: open to most, at the shortest address."""
    address = captures.c.address
    return str(
        connection.scalar(
            select(lines.c.document_id)
            .join(captures, _captured_there())
            .join(documents, documents.c.id == lines.c.document_id)
            .where(lines.c.site == site, lines.c.line == line)
            .order_by(
                documents.c.hidden,
                documents.c.access,  # "public" before "staff"
                func.length(address),
                address,
                captures.c.timestamp.desc(),
                lines.c.document_id,
            )
            .limit(1)
        )
    )


def _captured_there() -> ColumnElement[bool]:
    return and_(captures.c.document_id == lines.c.document_id, captures.c.site == lines.c.site)


def _kept_elsewhere(
    connection: Connection, candidates: Sequence[int], document_id: str
) -> set[int]:
    """Which of the lines are furniture that another document keeps."""
    found: set[int] = set()
    for part in batches(list(dict.fromkeys(candidates))):
        found.update(
            connection.scalars(
                select(furniture.c.line).where(
                    furniture.c.line.in_(part), furniture.c.home != document_id
                )
            )
        )
    return found


def _lines(site: int, text: str) -> Iterator[tuple[int, Span]]:
    """A text's lines that hold a letter: the line's number, and its span without its break."""
    start = 0
    for line in text.split("\n"):
        words = " ".join(line.split()).casefold()
        if 0 < len(words) <= LONGEST and any(map(str.isalpha, words)):
            yield number(str(site), words), (start, start + len(line))
        start += len(line) + 1
