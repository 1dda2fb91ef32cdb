"""What could not be read, recorded with its reason; never with an address that was removed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, delete, insert, select, update

from rag_assistant.addresses import address_key
from rag_assistant.docstore import marks
from rag_assistant.docstore.bans import Ban, Item, read_tombstones
from rag_assistant.docstore.queries import batches
from rag_assistant.docstore.tables import failures

Failure: TypeAlias = tuple[str | None, str, str]
"""Record (None for the file itself), reason and detail. What comes of a web archive has the URL at
the start of the detail, before a space or alone."""

_URL = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def replace_failures(
    connection: Connection, collection: str, path: str, failed: Sequence[Failure]
) -> None:
    """Record what failed in a file, instead of what was recorded of it."""
    connection.execute(
        delete(failures).where(failures.c.collection == collection, failures.c.path == path)
    )
    if not failed:
        return
    ban = Ban.of(read_tombstones(connection))

    def removed(uri: str) -> bool:
        return ban.removed_address(uri) or marks.forbid_address(connection, uri)

    connection.execute(
        insert(failures),
        [
            {
                "collection": collection,
                "path": path,
                "record": record,
                "reason": reason,
                "detail": "" if ban.items and _begins_with(detail, removed) else detail,
            }
            for record, reason, detail in failed
        ],
    )


def failures_naming(connection: Connection, item: Item, addresses: Collection[str]) -> list[int]:
    """Failures of URLs that the item names, or that stand at one of these addresses."""

    def named(uri: str) -> bool:
        return item.names(uri) or address_key(uri) in addresses

    rows = connection.execute(select(failures.c.id, failures.c.detail))
    return [row.id for row in rows if _begins_with(row.detail, named)]


def forget_addresses(connection: Connection, ids: Iterable[int]) -> None:
    """Take the detail, which names an address, out of these failures; their reason stays."""
    for part in batches(sorted(ids)):
        connection.execute(update(failures).where(failures.c.id.in_(part)).values(detail=""))


def _begins_with(detail: str, wanted: Callable[[str], bool]) -> bool:
    """Whether a detail begins with such a URL. URLs of crawlers may hold spaces themselves."""
    if not _URL.match(detail):
        return False
    ends = [match.start() for match in re.finditer(" |$", detail)]
    return any(wanted(detail[:end]) for end in ends)
