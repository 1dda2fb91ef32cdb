"""Mutated web archives: no crash, no hang, and no record lost without a reason.

``python -m evals.fuzz DATA [RECORDS]`` takes the records of the WARC files below a folder, breaks
them in ways that disks, crawlers and attackers do, and reads what comes of it.
"""

from __future__ import annotations

import gzip
import io
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file

RECORDS = 10_000
LONGEST = 5.0  # seconds for one archive
_TOGETHER, _BROKEN = 10, 5  # records of an archive, and how many of them are broken
_REQUESTS = 8  # there are as many of them as of all others, and they are not read
_LARGEST = 200_000  # bytes of a record that is taken

_TOKENS = (
    b"\r\n", b"\r\n\r\n", b"WARC/1.0\r\n", b"WARC/9.9\r\n", b"HTTP/1.1 200 OK\r\n", b"\x00" * 8,
    b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"Content-Length: 99999999999\r\n",
    b"Content-Length: -1\r\n", b"WARC-Type: revisit\r\n", b"WARC-Date: \r\n", b"%PDF-1.7\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: br, gzip, zstd\r\n", b"<a " * 3000,
    b"Content-Type: text/html; charset=utf-7\r\n", b"FFFFFFFF\r\n", b"\xed\xa0\x80", b"<?xml ",
    b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'>]>", b"<div>" * 3000, b"(((((" * 500,
)  # fmt: skip


class HangError(Exception):
    """An archive took too long."""


@dataclass(slots=True, kw_only=True)
class Finding:
    """What a run saw. ``faults`` say what went wrong, with the seed of the archive."""

    records: int = 0
    archives: int = 0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run(folder: Path, records: int = RECORDS, seed: int = 0) -> Finding:
    """Break this many records of the WARC files below a folder, some to an archive, and read."""
    pool = list(_pool(folder))
    found = Finding()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "mutated.warc"
        while found.records < records:
            number = seed * 1_000_000 + found.archives
            chance = random.Random(number)  # noqa: S311 - nothing is at stake
            whole, broken = _archive(chance, pool)
            path.write_bytes(broken)
            whole -= {name for name in whole if _swallowed(broken, name)}
            try:
                check(path, whole, found)
            except HangError:
                found.faults.append(f"{number}: over {LONGEST} seconds")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                found.faults.append(f"{number}: {type(error).__name__}: {error}")
            found.archives += 1
            found.records += _BROKEN
    return found


def check(path: Path, whole: set[str], found: Finding) -> None:
    """Read one archive, of whose records these were left whole."""
    started = time.perf_counter()
    with _limited():
        leaves = list(read_file(path, path.name))
    found.slowest = max(found.slowest, time.perf_counter() - started)
    found.outcomes.update(leaf.outcome for leaf in leaves)
    names = [leaf.record for leaf in leaves]
    number = found.archives
    if not leaves:
        found.faults.append(f"{number}: no leaf at all")
    if len(names) != len(set(names)):
        found.faults.append(f"{number}: a record with two outcomes")
    found.faults.extend(
        f"{number}: {leaf.record} without a reason" for leaf in leaves if not _explained(leaf)
    )
    lost = whole - set(names)
    if lost and not any(leaf.outcome == "failed" for leaf in leaves):
        found.faults.append(f"{number}: {len(lost)} whole records lost, and nothing says so")


def _swallowed(data: bytes, name: str) -> bool:
    """Whether a plain record stands inside the length that a broken one before it claims.

    Where that length ends with a record, nothing in the file tells of the one inside.
    """
    at = data.rfind(b"WARC/", 0, data.find(name.encode()) + 1)
    before = data.rfind(b"WARC/1", 0, max(at, 0))
    header, _, _ = data[before:at].partition(b"\r\n\r\n")
    claimed = re.search(rb"Content-Length: *(\d+)", header)
    return claimed is not None and before + len(header) + int(claimed[1]) > at


def _explained(leaf: Leaf) -> bool:
    if leaf.outcome in ("skipped", "failed"):
        return bool(leaf.reason)
    return leaf.capture is not None and (leaf.outcome == "revisit" or leaf.document is not None)


@contextmanager
def _limited() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _pool(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Ids and bytes of the records of all WARC files, unpacked; of requests one in eight."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.warcwriter import WARCWriter

    requests = 0
    for path in sorted(folder.rglob("*.warc*")):
        with path.open("rb") as file:
            try:
                for record in ArchiveIterator(file, no_record_parse=True):
                    requests += record.rec_type == "request"
                    if record.rec_type == "request" and requests % _REQUESTS:
                        continue
                    buffer = io.BytesIO()
                    WARCWriter(buffer, gzip=False).write_record(record)
                    name = record.rec_headers.get_header("WARC-Record-ID") or ""
                    if name and buffer.tell() <= _LARGEST:
                        yield name.strip("<>"), buffer.getvalue()
            except ArchiveLoadFailed:  # broken on purpose; what came before it will do
                continue


def _archive(chance: random.Random, pool: list[tuple[str, bytes]]) -> tuple[set[str], bytes]:
    """Some records, a part of them broken: the ids of the whole ones, and the archive."""
    chosen = chance.sample(pool, _TOGETHER)
    pack = chance.choice((bytes, gzip.compress, _zstandard))
    broken = set(chance.sample(range(_TOGETHER), _BROKEN))
    pieces, whole = [], set()
    for number, (name, record) in enumerate(chosen):
        if number not in broken:
            whole.add(name)
            pieces.append(pack(record))
        elif chance.random() < 0.5:  # noqa: PLR2004 - before or after it is packed
            pieces.append(pack(_mutated(chance, record)))
        else:
            pieces.append(_mutated(chance, pack(record)))
    return whole, b"".join(pieces)


def _zstandard(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


def _mutated(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_MUTATIONS)(chance, data)
    return data


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 30)) if changed else 0):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _insert(chance: random.Random, data: bytes) -> bytes:
    at = _place(chance, data)
    return data[:at] + chance.choice(_TOKENS) + data[at:]


def _overwrite(chance: random.Random, data: bytes) -> bytes:
    at, token = _place(chance, data), chance.choice(_TOKENS)
    return data[:at] + token + data[at + len(token) :]


def _cut(chance: random.Random, data: bytes) -> bytes:
    at = _place(chance, data)
    return data[:at] + data[at + chance.choice((1, 20, len(data))) :]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    at = _place(chance, data)
    return data[:at] + data[at : at + chance.choice((10, 1000))] * 3 + data[at:]


def _renumber(chance: random.Random, data: bytes) -> bytes:
    """Another figure where one stands: lengths, statuses, dates."""
    places = [at for at, byte in enumerate(data[:2000]) if chr(byte).isdigit()]
    if not places:
        return data
    at = chance.choice(places)
    return data[:at] + chance.choice((b"0", b"9", b"99999999", b"-", b"")) + data[at + 1 :]


def _place(chance: random.Random, data: bytes) -> int:
    """A place in the data, in its headers as often as anywhere."""
    return chance.randrange(min(len(data), chance.choice((600, len(data)))) + 1)


_MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    _flip,
    _insert,
    _overwrite,
    _cut,
    _repeat,
    _renumber,
)


if __name__ == "__main__":
    outcome = run(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
    print(
        f"{outcome.records} broken records in {outcome.archives} archives, slowest archive "
        f"{outcome.slowest:.2f} s, outcomes {dict(outcome.outcomes)}"
    )
    print("\n".join(outcome.faults) or "no fault found")
    sys.exit(bool(outcome.faults))
