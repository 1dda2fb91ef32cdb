"""What a file draws on beside itself: other files of its collection, under all that closes them.

A file that ties others together must not give what nobody may read of them by themselves.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rag_assistant.bags import Bags, Sums, fault
from rag_assistant.collection import Walk
from rag_assistant.errors import FailedError
from rag_assistant.readers.description import read_sidecar
from rag_assistant.schema import Description

_LED_OUT = "its description is a link out of the collection"


class Companions:
    """The files of one collection, with their bags and sidecars; each bag is read once.

    Args:
        walk: Which files these are. All paths here are as `os.path.realpath` gives them.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._root = Path(os.path.realpath(walk.root))
        self._bags = Bags(self._root)

    def sums_of(self, path: Path) -> Sums | None:
        """The checksums that its bag gives a file; None where no bag has a say."""
        bag = self._bags.over(path.parent)
        return bag.sums_of(path) if bag else None

    def read(self, path: Path) -> tuple[bytes, Description]:
        """A file's bytes and what its sidecar says.

        Raises:
            FailedError: Its bag does not vouch for it, or its sidecar is wrong.
            OSError: It cannot be read.
        """
        data, sidecar = self._vouched(path), sidecar_of(path)
        if sidecar is None:
            return data, Description()
        if not Path(os.path.realpath(sidecar)).is_relative_to(self._root):
            raise FailedError(_LED_OUT)
        self._vouched(sidecar)
        return data, read_sidecar(sidecar)[0]

    def _vouched(self, path: Path) -> bytes:
        data, sums = path.read_bytes(), self.sums_of(path)
        if sums is not None and (bad := fault(path, sums, hashlib.sha256(data).hexdigest())):
            raise FailedError(*bad)
        return data


def sidecar_of(path: Path) -> Path | None:
    """The sidecar ``<file name>.toml`` beside a file, None where there is none."""
    sidecar = path.with_name(f"{path.name}.toml")
    return sidecar if os.path.isfile(sidecar) else None
