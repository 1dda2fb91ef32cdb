"""A look at bytes that pass by once: what is needed is held, the rest is gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

STEP = 1 << 16
_OVERLAP = 1 << 14
PADDING = b"\x00\r\n"
_PADDING = re.compile(b"[%b]*" % PADDING)

Find = Callable[[bytes | bytearray, int], int]
"""Where something is found in bytes from a place on, -1 where it is not, as ``bytes.find``.

What is looked for is at most 16 KiB long.
"""


class Window:
    """Bytes read once and forward, with a look ahead.

    Args:
        pieces: The bytes, in pieces of any size.
        position: The number of their first byte.
    """

    def __init__(self, pieces: Iterator[bytes], position: int = 0) -> None:
        self._pieces = pieces
        self._held = bytearray()
        self.position = position

    def fill(self, size: int) -> int:
        """Hold ``size`` bytes or all there are; returns how many are held, which may be more."""
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._held += piece
        return len(self._held)

    def peek(self, size: int, start: int = 0) -> bytes:
        """The next bytes from ``start`` up to ``size``, fewer at the end."""
        self.fill(size)
        return bytes(memoryview(self._held)[start:size])

    def skip(self, size: int) -> int:
        """Go on; returns how many of the bytes to go over were not there."""
        while size > 0 and self.fill(1):
            step = min(size, len(self._held))
            del self._held[:step]
            self.position += step
            size -= step
        return size

    def skip_all(self) -> None:
        """Go to the end."""
        while self.skip(STEP) == 0:
            pass

    def skip_padding(self) -> bool:
        """Go over line ends and zeros; False where nothing else is left."""
        while held := self.fill(1):
            padding = _PADDING.match(self._held)
            size = padding.end() if padding else 0
            self.skip(size)
            if size < held:
                return True
        return False

    def find(self, find: Find) -> bool:
        """Go to the next place that is found, or to the end."""
        while True:
            held = self.fill(STEP)
            final = held < STEP
            limit = held if final else held - _OVERLAP
            place = find(self._held, 0)
            if 0 <= place < limit:
                self.skip(place)
                return True
            self.skip(limit)
            if final:
                return False

    def find_held(self, find: Find, start: int, end: int) -> int:
        """The next place between two of the bytes held, -1 where there is none."""
        place = find(self._held, start)
        return place if place < end else -1
