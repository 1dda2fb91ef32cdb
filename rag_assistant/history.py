"""The history of a web page: its captures, their distinct versions, and what changed in between.

Only what the audience may see is in it: captures that are hidden or kept from it leave no date,
no number and no count behind. What may only be listed has its dates, but no words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from rag_assistant.diffing import Block, Op, Unit, compare, units, word_counts
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.bans import Item
from rag_assistant.docstore.captures import Miss, SeenCapture
from rag_assistant.docstore.ids import normalised_text
from rag_assistant.docstore.queries import LISTED, READABLE, Bounds, audience_access
from rag_assistant.docstore.rows import to_notices
from rag_assistant.errors import NotFoundError, UsageError
from rag_assistant.readers.charset import clean_text
from rag_assistant.retrieval import replay_link
from rag_assistant.schema import Audience, Capture, Notice
from rag_assistant.wording import say

_OK = 200
_EVERYTHING = Bounds(uses=(*LISTED, "none"))
_LOOKED_UP, _NAMED = 8, 3  # addresses above the one asked for
_PIECE = 150  # characters of JSON around the words of a piece
DIFFS = 2_000_000
"""Characters of JSON that the diffs of one answer take; see `History.to_dict`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Distinct words that stood at the address, numbered from 1 by when they were first seen.

    Timestamps are 14 digits, UTC. ``archive_url`` replays the newest of its captures.
    """

    number: int
    document_id: str
    collection: str
    title: str
    language: str
    first_seen: str
    last_seen: str
    captures: int
    archive_url: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One visit of a crawler. Where there was no page then, version and document are None."""

    timestamp: str
    uri: str
    collection: str
    version: int | None
    status: int
    document_id: str | None
    archive_url: str
    warc_record_id: str
    source_file: str
    offset: int | None
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From one version to another, between two neighbouring captures.

    ``before`` and ``after`` are version numbers. There are no blocks where one of them may only
    be listed.
    """

    before: int
    after: int
    last_before: str
    first_after: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """About how many characters of JSON the diff takes."""
        units = [unit for block in self.blocks for unit in _units(block)]
        return sum(_PIECE + len(unit.text) for unit in units)

    def to_dict(self, *, with_diff: bool = True) -> dict[str, Any]:
        """The change as `history --json` prints it; "same" pieces stand as in the later version.

        The counts are null where the words may not be shown. Without its diff it says that this
        was left out, and still tells the counts.
        """
        shown = self.blocks if with_diff else ()
        removed, added = word_counts(self.blocks) if self.blocks else (None, None)
        return {
            "from": self.before,
            "to": self.after,
            "last_seen_before": self.last_before,
            "first_seen_after": self.first_after,
            "words_removed": removed,
            "words_added": added,
            "coarse": any(block.coarse for block in self.blocks),
            "diff_left_out": bool(self.blocks) and not with_diff,
            "diff": [piece for block in shown for piece in _pieces(block)],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All of it, oldest first."""

    url: str
    captures: tuple[Seen, ...]
    versions: tuple[Version, ...]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """The history as `history --json` prints it.

        A page that often changed would give tens of megabytes: the newest changes come with their
        diffs, `DIFFS` characters of them and at least one, the older ones say "diff_left_out".
        """
        whole = _newest_within(DIFFS, [one.size for one in self.changes])
        left_out = len(self.changes) - whole
        return {
            "url": self.url,
            "captures": [asdict(one) for one in self.captures],
            "versions": [_version_dict(one) for one in self.versions],
            "changes": [
                one.to_dict(with_diff=place >= left_out) for place, one in enumerate(self.changes)
            ],
        }


def history(docstore: Docstore, url: str, audience: Audience) -> History:
    """What the archives hold of an address; scheme, "www." and a closing slash do not matter.

    Raises:
        UsageError: The address is empty.
        NotFoundError: There is no capture of it that the audience may see.
    """
    url = clean_text(url).strip()
    if not url:
        raise UsageError(say("The address is empty."), say("Write the address of a page."))
    bounds = Bounds(access=audience_access(audience), uses=LISTED)
    captures = docstore.captures.at(url, bounds)
    pages = _pages(docstore, captures, bounds)
    if not pages:
        raise NotFoundError(
            say("There is no capture of that address here."), _hint(docstore, url, bounds)
        )
    visits = _visits(docstore, captures, pages)
    shown = _shown(pages)
    gaps = _gaps(docstore, url, bounds, captures)
    return History(
        url=url,
        captures=tuple(sorted((*gaps, *(seen for seen, _ in visits)), key=_moment)),
        versions=tuple(_version(page, visits) for page in shown.values()),
        changes=tuple(_changes(visits, shown)),
    )


def _moment(seen: Seen) -> str:
    return seen.timestamp


# ---------------------------------------------------------------- versions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A document that stood at the address; ``number`` is the version that its words are."""

    number: int
    document_id: str
    collection: str
    title: str
    language: str
    notices: tuple[Notice, ...]
    readable: bool
    units: tuple[Unit, ...]


_Visit = tuple[Seen, _Page]


def _pages(docstore: Docstore, captures: Sequence[SeenCapture], bounds: Bounds) -> dict[str, _Page]:
    """The captures' documents by id, in the order in which they were first seen."""
    pages: dict[str, _Page] = {}
    numbers: dict[str, int] = {}
    for document_id in dict.fromkeys(one.document_id for one in captures):
        try:
            row = docstore.library.document(document_id, bounds)
        except NotFoundError:  # taken down since its captures were read
            continue
        stored = docstore.library.sections(document_id)
        found = units([(one.id, one.section) for one in stored])
        words = normalised_text([one.text for one in found])
        pages[document_id] = _Page(
            number=numbers.setdefault(words, len(numbers) + 1),
            document_id=document_id,
            collection=row["collection"],
            title=row["title"],
            language=row["language"],
            notices=to_notices(row["notices"]),
            readable=row["use"] in READABLE,
            units=found,
        )
    return pages


def _shown(pages: Mapping[str, _Page]) -> dict[int, _Page]:
    """The page that stands for each version: one that may be read, if there is one."""
    shown: dict[int, _Page] = {}
    for page in pages.values():
        known = shown.get(page.number)
        if known is None or (page.readable and not known.readable):
            shown[page.number] = page
    return shown


def _visits(
    docstore: Docstore, captures: Sequence[SeenCapture], pages: Mapping[str, _Page]
) -> list[_Visit]:
    """The captures with their pages, oldest first; one that was stored twice is told once."""
    collections = docstore.library.collections()
    found: dict[tuple[str, ...], _Visit] = {}
    for one in captures:
        page = pages.get(one.document_id)
        if page is None:
            continue
        seen = Seen(
            timestamp=one.timestamp,
            uri=one.uri,
            collection=one.collection,
            version=page.number,
            status=_OK,
            document_id=one.document_id,
            archive_url=replay_link(collections[one.collection].replay_url, one),
            warc_record_id=one.record,
            source_file=one.source_file,
            offset=one.offset,
            payload_digest=one.payload_digest,
        )
        key = (one.document_id, one.timestamp, one.uri, one.record, one.payload_digest)
        found.setdefault(key, (seen, page))
    return list(found.values())


def _version(page: _Page, visits: Sequence[_Visit]) -> Version:
    captures = [seen for seen, of in visits if of.number == page.number]
    replays = (seen.archive_url for seen in reversed(captures) if seen.archive_url)
    return Version(
        number=page.number,
        document_id=page.document_id,
        collection=page.collection,
        title=page.title,
        language=page.language,
        notices=page.notices,
        first_seen=captures[0].timestamp,
        last_seen=captures[-1].timestamp,
        captures=len(captures),
        archive_url=next(replays, ""),
    )


def _changes(visits: Sequence[_Visit], shown: Mapping[int, _Page]) -> Iterator[Change]:
    """Between neighbouring captures with different words."""
    for (earlier, old), (later, new) in pairwise(visits):
        if old.number == new.number:
            continue
        before, after = shown[old.number], shown[new.number]
        readable = before.readable and after.readable
        yield Change(
            before=before.number,
            after=after.number,
            last_before=earlier.timestamp,
            first_after=later.timestamp,
            blocks=compare(before.units, after.units) if readable else (),
        )


# ---------------------------------------------------------------- where there was no page


def _gaps(
    docstore: Docstore, url: str, bounds: Bounds, captures: Sequence[SeenCapture]
) -> list[Seen]:
    """Captures that gave no page, oldest first.

    A collection that keeps captures of the address from the audience, or some time of it that
    was taken down, is silent about these too.
    """
    library = docstore.library
    shown = {(one.collection, one.path, one.record) for one in captures}
    silent = {
        one.collection
        for one in docstore.captures.at(url, _EVERYTHING)
        if (one.collection, one.path, one.record) not in shown
    }
    open_ones = {collection for collection, _ in library.places(bounds)} - silent
    taken_down = [Item.parse(row["item"]) for row in docstore.takedown.standing()]
    found: dict[tuple[str, ...], Seen] = {}
    for miss in docstore.captures.misses(url, sorted(open_ones)):
        capture = Capture(uri=miss.uri, timestamp=miss.timestamp, record_id=miss.record, offset=0)
        if any(item.covers_capture(capture) for item in taken_down):
            continue
        key = (miss.collection, miss.timestamp, miss.uri, miss.record, str(miss.status))
        found.setdefault(key, _gap(miss))
    return list(found.values())


def _gap(miss: Miss) -> Seen:
    return Seen(
        timestamp=miss.timestamp,
        uri=miss.uri,
        collection=miss.collection,
        version=None,
        status=miss.status,
        document_id=None,
        archive_url="",
        warc_record_id=miss.record,
        source_file=miss.path,
        offset=None,
        payload_digest="",
    )


# ---------------------------------------------------------------- where nothing is found


def _hint(docstore: Docstore, url: str, bounds: Bounds) -> str:
    """Addresses above the one asked for, as far as the audience may see them."""
    near = []
    for address in _above(url):
        captures = docstore.captures.at(address, bounds)
        near += [one.uri for one in captures[-1:]]
        if len(near) == _NAMED:
            break
    if near:
        return say("Captured of that site: {addresses}.", addresses=", ".join(near))
    return say("The hits of `rag-assistant search` stand with their addresses.")


def _above(url: str) -> list[str]:
    """The same page without its query, the folders that it stands in, and the site."""
    rest = url.partition("://")[2] or url
    host, _, path = rest.partition("#")[0].partition("/")
    path, _, query = path.partition("?")
    steps = path.strip("/").split("/") if path.strip("/") else []
    kept = range(len(steps) - (not query), -1, -1)
    above = ["/".join([host, *steps[:number]]) for number in kept]
    return list(dict.fromkeys([*above[:_LOOKED_UP], host]))


# ---------------------------------------------------------------- as JSON


def _version_dict(version: Version) -> dict[str, Any]:
    facts = asdict(version)
    return {"version": facts.pop("number"), **facts}


def _newest_within(limit: int, sizes: Sequence[int]) -> int:
    """How many of the last sizes fit together; where there are any that take room, at least one."""
    taken = number = 0
    for size in reversed(sizes):
        if taken and taken + size > limit:
            break
        taken += size
        number += 1
    return number


def _units(block: Block) -> tuple[Unit, ...]:
    """What a block tells: an unchanged one only as it stands in the later version."""
    return (*block.before, *block.after) if block.changed else block.after


def _pieces(block: Block) -> Iterator[dict[str, Any]]:
    if block.changed:
        yield from (_piece("removed", unit) for unit in block.before)
    op: Op = "added" if block.changed else "same"
    yield from (_piece(op, unit) for unit in block.after)


def _piece(op: Op, unit: Unit) -> dict[str, Any]:
    return {
        "op": op,
        "text": unit.text,
        "section_id": unit.section_id,
        "start": unit.start,
        "end": unit.end,
    }
