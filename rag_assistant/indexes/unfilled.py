"""Memory that was never filled does not stay in the vector index's files.

Chroma's graph library (hnswlib) writes the whole of the room that it has asked of the system, also
what it has not filled: there, whatever this process held before was seen to stand on disk, titles
and words of texts that had just been removed among it.
"""

from __future__ import annotations

import struct
from pathlib import Path

_HEADER, _DATA = "header.bin", "data_level0.bin"
# hnswlib's header: version, offset, room in elements, elements, bytes of an element, and more.
_OPENING = struct.Struct("<iQQQQ")
_VERSION = 1
_STEP = bytes(1 << 16)


class Unfilled:
    """Overwrites what stands behind the elements of each graph in a folder.

    Args:
        folder: Chroma's; each graph has a folder in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, int] = {}

    def wipe(self) -> None:
        """To be called when Chroma may have written, and while it does not write."""
        for header in self._folder.glob(f"*/{_HEADER}"):
            try:
                written = header.stat().st_mtime_ns
                if self._seen.get(header) != written:
                    _wipe_behind(header.with_name(_DATA), header.read_bytes())
                    self._seen[header] = written
            except FileNotFoundError:  # its collection was deleted
                continue


def _wipe_behind(data: Path, header: bytes) -> None:
    """Zeros from the last element on, to the end of the file."""
    if len(header) < _OPENING.size:
        return
    version, _, _, elements, size = _OPENING.unpack_from(header)
    if version != _VERSION:
        return
    with data.open("r+b") as file:
        end = file.seek(0, 2)
        place = file.seek(min(end, elements * size))
        while place < end:
            place += file.write(_STEP[: end - place])
