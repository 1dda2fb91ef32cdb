"""WACZ packages: the records of their archives, with what the package itself says of them.

The records are the truth. Page lists give titles, seeds and words where a record has none;
indexes and checksums are only compared, and what differs is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import BinaryIO, TypeVar
from zipfile import ZipInfo

from rag_assistant.addresses import address_key
from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.container import Inside, elsewhere
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.language import detect_language
from rag_assistant.readers.sniff import HEAD, container
from rag_assistant.readers.wacz_lists import (
    CaptureIndex,
    ListedPage,
    PageIndex,
    PageLine,
    Tally,
    capture_line,
    checksums,
    gunzipped,
    opens_record,
    page_line,
    parsed,
)
from rag_assistant.readers.zip_members import Package
from rag_assistant.schema import Description, Document, Section

T = TypeVar("T")

_MANIFESTS = ("datapackage.json", "datapackage-digest.json")
_LONGEST_MANIFEST = 16 << 20
_INDEX_SUFFIXES = (".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz")
_OPENING = 512
_MOST_LINES = 1 << 40
_LINE = 1 << 12  # reading a line of a list takes as long as so many bytes of records
_NAMED = 3


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records of a WACZ package, archive by archive.

    Beside them it gives a failed leaf for each thing that is not as the package says.

    Args:
        stream: The open package, which can be sought.
        inside: Reads the archives.
    """
    try:
        package = Package(stream)
    except FailedError as error:
        yield Leaf(record=None, outcome="failed", reason=error.reason, detail=error.detail)
        return
    yield from _Reading(package, inside).leaves()


@dataclass(slots=True)
class _Reading:
    """One package being read.

    ``ids`` are the hashes of the records' names, ``expected`` the stated checksums, ``gaps`` the
    offsets by archive where a listed record is missing, ``waiting`` the records whose words only a
    page list has.
    """

    package: Package
    inside: Inside
    ids: set[int] = field(default_factory=set)
    expected: dict[str, tuple[str, str]] = field(default_factory=dict)
    pages: PageIndex = field(default_factory=PageIndex)
    listed: CaptureIndex = field(default_factory=CaptureIndex)
    gaps: dict[str, set[int]] = field(default_factory=dict)
    waiting: dict[tuple[str, ListedPage], list[Leaf]] = field(default_factory=dict)

    def leaves(self) -> Iterator[Leaf]:
        yield from self._manifests()
        for member in self._page_lists():
            yield from self._taken(member, page_line, self.pages.add)
        for member in self.package.members:
            if _is_index(member):
                yield from self._taken(member, capture_line, self.listed.add)
        archives = 0
        for member in self.package.members:
            is_archive = self._is_archive(member)
            archives += is_archive
            yield from self._archive(member) if is_archive else self._furniture(member)
        if not archives:
            yield self._failed("", FailedError("no web archive", "there is none in the package"))
        yield from self._gaps()
        yield from self._words()

    # ------------------------------------------------------------ archives

    def _is_archive(self, member: ZipInfo) -> bool:
        path = PurePosixPath(member.filename)
        if "archive" in path.parts[:-1] and not path.name.startswith("."):
            return True
        try:
            head = next(self.package.pieces(member), b"")
        except FailedError:  # told where it is checked
            return False
        return bool(container(head[:HEAD]))

    def _archive(self, member: ZipInfo) -> Iterator[Leaf]:
        name = member.filename
        algorithm, expected = self.expected.get(name, ("", ""))
        digest = _hash(algorithm)
        with ExitStack() as stack:
            try:
                stream, fault = stack.enter_context(self.package.opened(member, digest.update))
            except FailedError as error:
                yield self._failed(name, error)
                return
            if fault:
                yield self._failed(name, fault)
            elif expected and digest.hexdigest() != expected:
                yield self._failed(name, _differs(algorithm))
            yield from self._records(name, stream)
            self._look_for_listed(name, stream)

    def _records(self, name: str, stream: BinaryIO) -> Iterator[Leaf]:
        try:
            with failures_recorded():
                for leaf in self.inside.archive(stream):
                    yield from self._with_listed(self._placed(leaf, name))
        except LeafError as error:
            if _by_the_machine(error.__cause__):
                raise
            yield self._failed(name, error)

    def _placed(self, leaf: Leaf, name: str) -> Leaf:
        """A leaf whose record is told apart from those of the package's other archives."""
        record = leaf.record
        if record is None:
            record = name
        elif record.startswith("offset:") or hash(record) in self.ids:
            record = f"{name}#{record}"
        record = self._unused(record)
        capture = leaf.capture and replace(leaf.capture, record_id=record, member=name)
        return replace(leaf, record=record, capture=capture)

    # ------------------------------------------------------------ page lists

    def _page_lists(self) -> list[ZipInfo]:
        return [member for member in self.package.members if _is_page_list(member)]

    def _with_listed(self, leaf: Leaf) -> Iterator[Leaf]:
        """The leaf with what a page list adds; nothing yet where that is its words."""
        capture = leaf.capture
        page = self.pages.find(capture.uri, capture.timestamp) if capture else None
        if capture is None or page is None:
            yield leaf
        elif leaf.document:
            yield replace(leaf, document=_described(leaf.document, page))
        elif leaf.reason == "no text" and page.has_text:
            self.inside.turns.hold()
            self.waiting.setdefault((address_key(capture.uri), page), []).append(leaf)
        else:
            yield leaf

    def _words(self) -> Iterator[Leaf]:
        """The records that waited for their words: the lists are read again, not held."""
        turns = self.inside.turns
        last = turns.number  # from here on items are lines: whoever reads here counts the same
        for member in self._page_lists() if self.waiting else ():
            last = turns.number = last + _MOST_LINES
            try:
                for line in self._parsed(member, page_line):
                    turns.number += 1
                    for leaf in _in_order(self.waiting.pop((line.key, line.page), [])):
                        yield _spoken(leaf, line, member.filename)
            except FailedError:  # told when it was read first
                continue
        turns.number = last + _MOST_LINES
        yield from _in_order(leaf for leaves in self.waiting.values() for leaf in leaves)

    # ------------------------------------------------------------ indexes

    def _look_for_listed(self, name: str, stream: BinaryIO) -> None:
        filename = PurePosixPath(name).name
        missing = set()
        for offset in sorted(set(self.listed.offsets.pop(filename, ()))):
            self.inside.turns.worked(_LINE)
            stream.seek(offset)
            if not opens_record(stream.read(_OPENING)):
                missing.add(offset)
        if missing:
            self.gaps[filename] = missing

    def _gaps(self) -> Iterator[Leaf]:
        for filename, offsets in self.listed.offsets.items():  # archives that are not there
            self.gaps[filename] = set(offsets)
        if count := sum(map(len, self.gaps.values())):
            urls = ", ".join(dict.fromkeys(islice(self._missing_urls(), _NAMED)))
            detail = f"{count} that the index lists are not in the archives, first {urls}"
            yield self._failed("indexes", FailedError("listed captures missing", detail))

    def _missing_urls(self) -> Iterator[str]:
        for member in filter(_is_index, self.package.members):
            try:
                for line in self._parsed(member, capture_line):
                    if line.offset in self.gaps.get(line.filename, ()):
                        yield line.url
            except FailedError:  # told when it was read first
                continue

    # ------------------------------------------------------------ all that is beside the archives

    def _manifests(self) -> Iterator[Leaf]:
        there = {member.filename: member for member in self.package.members}
        for name in _MANIFESTS:
            if member := there.get(name):
                try:
                    self.expected |= checksums(self._whole(member))
                except FailedError as error:
                    yield self._failed(name, error)
                except (ValueError, RecursionError) as error:
                    yield self._failed(name, FailedError("damaged list", str(error)))
        if missing := [name for name in self.expected if name not in there]:
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            detail = f"there is no {', '.join(missing[:_NAMED])}{more}"
            yield self._failed("", FailedError("incomplete package", detail))

    def _taken(
        self, member: ZipInfo, parse: Callable[[bytes], T | None], add: Callable[[T], bool]
    ) -> Iterator[Leaf]:
        """Take the lines of a list in, and tell of those that could not be read."""
        tally = Tally()
        try:
            if not all(add(line) for line in self._parsed(member, parse, tally)):
                detail = f"nothing is used from line {tally.lines} on"
                yield self._failed(member.filename, FailedError("list too long", detail))
        except FailedError as error:
            yield self._failed(member.filename, error)
        if tally.unread:
            detail = f"{tally.unread} of {tally.lines} lines cannot be read"
            yield self._failed(member.filename, FailedError("damaged list", detail))

    def _furniture(self, member: ZipInfo) -> Iterator[Leaf]:
        """Compare checksums of what holds no records."""
        name = member.filename
        algorithm, expected = self.expected.get(name, ("", ""))
        digest = _hash(algorithm)
        try:
            for piece in self.package.pieces(member):
                digest.update(piece)
        except FailedError as error:
            if not (_is_page_list(member) or _is_index(member) or name in _MANIFESTS):
                yield self._failed(name, error)
            return
        if expected and digest.hexdigest() != expected:
            yield self._failed(name, _differs(algorithm))

    def _parsed(
        self, member: ZipInfo, parse: Callable[[bytes], T | None], tally: Tally | None = None
    ) -> Iterator[T]:
        """What the lines of a list say; it may be long, and that is no fault of the package."""
        pieces = self.package.pieces(member)
        if member.filename.endswith(".gz"):
            pieces = gunzipped(pieces)
        return parsed(pieces, parse, tally or Tally(), self._each_line)

    def _each_line(self) -> None:
        self.inside.turns.worked(_LINE)

    def _whole(self, member: ZipInfo) -> bytes:
        if member.file_size > _LONGEST_MANIFEST:
            raise FailedError("member too large", f"{member.file_size} bytes")
        return b"".join(self.package.pieces(member))

    def _failed(self, name: str, error: LeafError) -> Leaf:
        record = self._unused(name) if name else None
        if not self.inside.turns.next(heavy=False):
            return elsewhere(record)
        return Leaf(
            record=record,
            outcome="skipped" if isinstance(error, SkippedError) else "failed",
            reason=error.reason,
            detail=error.detail,
        )

    def _unused(self, record: str) -> str:
        name, number = record, 1
        while hash(name) in self.ids:
            number += 1
            name = f"{record}#{number}"
        self.ids.add(hash(name))
        return name


def _in_order(waiting: Iterable[Leaf]) -> list[Leaf]:
    """By time, then by name: the same whoever has read them."""
    return sorted(
        waiting,
        key=lambda leaf: (leaf.capture.timestamp if leaf.capture else "", leaf.record or ""),
    )


def _is_page_list(member: ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    return path.parent.name == "pages" and path.suffix == ".jsonl"


def _is_index(member: ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    return path.parent.name == "indexes" and path.name.endswith(_INDEX_SUFFIXES)


def _hash(algorithm: str) -> hashlib._Hash:
    return hashlib.new(algorithm or "sha256", usedforsecurity=False)


def _differs(algorithm: str) -> FailedError:
    return FailedError("checksum differs", f"its {algorithm} is not the one that is stated")


def _described(document: Document, page: ListedPage) -> Document:
    description = document.description
    if not description.title:
        description = replace(description, title=page.title)
    notes = ("a seed of the crawl",) if page.seed else ()
    return replace(document, description=description, notes=document.notes + notes)


def _spoken(leaf: Leaf, line: PageLine, name: str) -> Leaf:
    """The leaf of a record without words, with those of its page in a list."""
    document = Document(
        description=Description(
            title=line.page.title,
            language=detect_language([line.text]),
            uri=leaf.capture.uri if leaf.capture else "",
            kind="web page",
        ),
        sections=(Section(text=line.text),),
        format="text",
        notes=(f"the record has no text: the words are those of the crawler's list {name}",),
    )
    return replace(
        leaf, outcome="read", reason="", detail="", document=_described(document, line.page)
    )


def _by_the_machine(cause: BaseException | None) -> bool:
    """Whether memory or a disk failed: then the package must be read again, not given up."""
    return isinstance(cause, MemoryError) or (isinstance(cause, OSError) and bool(cause.errno))
