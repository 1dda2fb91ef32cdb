"""BagIt bags (RFC 8493): which files a bag vouches for, and whether their bytes are as it says.

A bag lies in a collection as any folder does; what stands in its ``data`` is read only where its
manifests name it with the checksum that it has.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

DECLARATION = "bagit.txt"
TAG_FILE = "bag tag file"
DIFFERS = "checksum differs from its bag's manifest"
UNNAMED = "not in its bag's manifest"
MISSING = "missing from its bag"

_TAG_FILES = re.compile(r"(?:bagit|bag-info|fetch)\.txt|(?:tag)?manifest-[A-Za-z0-9_-]+\.txt")
_MANIFEST = re.compile(r"(?:tag)?manifest-([A-Za-z0-9_-]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]{8,128})[ \t]+\*?(\S.*)")
_FETCH = re.compile(r"(\S+)[ \t]+(?:\d+|-)[ \t]+(\S.*)")
_ESCAPED = re.compile(r"%(0A|0D|25)", re.IGNORECASE)
_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
_PAYLOAD = "data"
_CHUNK = 1 << 20

Sums = Mapping[str, str]
"""A checksum by each algorithm ("sha256" ...), in small letters. {}: no manifest names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A bag's folder and what its manifests say.

    Attributes:
        folder: Where ``bagit.txt`` lies.
        sums: The checksums of each file that a manifest names, by its path in the bag.
        fetched: Where the files come from that are not sent along, by their path in the bag.
    """

    folder: Path
    sums: Mapping[str, Sums]
    fetched: Mapping[str, str] = field(default_factory=dict)

    def refusal(self, path: Path) -> str:
        """Why a file of the bag is passed over, "" where it is not."""
        inside = path.relative_to(self.folder).as_posix()
        return TAG_FILE if _TAG_FILES.fullmatch(inside) else ""

    def sums_of(self, path: Path) -> Sums | None:
        """What the bag vouches for of a file; None where it need not, as it is no payload."""
        inside = path.relative_to(self.folder)
        known = self.sums.get(_key(inside.as_posix()))
        return known or ({} if inside.parts[0] == _PAYLOAD else None)

    def missing(self) -> Iterator[tuple[Path, str]]:
        """The files that the bag names and has not, with what is known of them."""
        for inside in sorted({*self.sums, *self.fetched}):
            path = self.folder / inside
            if not os.path.lexists(path) and not _is_there(self.folder, inside):
                source = self.fetched.get(inside)
                yield path, f"to be fetched from {source}" if source else ""


class Bags:
    """The bags of a collection, each read once.

    Args:
        top: The collection's folder; bags above it are not looked for.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._known: dict[Path, Bag | None] = {}

    def over(self, folder: Path) -> Bag | None:
        """The outermost bag that a folder is, or lies in; it vouches for bags within it too."""
        if folder not in self._known:
            above = self.over(folder.parent) if folder != self._top else None
            self._known[folder] = above or _bag(folder)
        return self._known[folder]

    @property
    def met(self) -> list[Bag]:
        """The bags that were asked for so far."""
        return list({bag.folder: bag for bag in self._known.values() if bag}.values())


def fault(path: Path, sums: Sums, sha256: str) -> tuple[str, str] | None:
    """Why a bag does not vouch for a file: reason and detail; None where it does.

    Args:
        path: The file; it is read for each algorithm whose checksum is not known.
        sums: What the bag says of it.
        sha256: Its SHA-256 where that is known, else "".

    Raises:
        OSError: It cannot be read.
    """
    if not sums:
        return UNNAMED, ""
    for algorithm, expected in sums.items():
        known = sha256 if algorithm == "sha256" else ""
        found = known or _digest(path, algorithm)
        if found != expected:
            return DIFFERS, f"{algorithm} {found}, not {expected}"
    return None


def _bag(folder: Path) -> Bag | None:
    if not os.path.isfile(folder / DECLARATION):
        return None
    sums: dict[str, dict[str, str]] = {}
    for manifest in sorted(folder.glob("*manifest-*.txt")):
        match = _MANIFEST.fullmatch(manifest.name)
        algorithm = match[1].lower().replace("-", "") if match else ""
        if algorithm in _ALGORITHMS:
            for line in _lines(manifest):
                if (entry := _LINE.fullmatch(line)) and (inside := _inside(entry[2])):
                    sums.setdefault(inside, {})[algorithm] = entry[1].lower()
    entries = (_FETCH.fullmatch(line) for line in _lines(folder / "fetch.txt"))
    fetched = {inside: one[1] for one in entries if one and (inside := _inside(one[2]))}
    return Bag(folder=folder, sums=sums, fetched=fetched)


def _lines(path: Path) -> list[str]:
    """The lines of a tag file; none where it is not there, so that nothing is vouched for."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in re.split(r"\r\n|\r|\n", text)]


def _inside(said: str) -> str:
    """A manifest's path in its bag, "" for one that leads out of it."""
    path = PurePosixPath(_ESCAPED.sub(lambda code: chr(int(code[1], 16)), said))
    if path.is_absolute() or ".." in path.parts or "\x00" in said:
        return ""
    return _key(path.as_posix())


def _key(inside: str) -> str:
    """Disks and manifests write accents in one character or in two."""
    return unicodedata.normalize("NFC", inside)


def _is_there(folder: Path, inside: str) -> bool:
    """Whether a file is there under a name that writes its accents in another way."""
    parent, _, name = inside.rpartition("/")
    if name.isascii() and parent.isascii():
        return False
    for part in PurePosixPath(inside).parts:
        try:
            names = os.listdir(folder)
        except OSError:
            return False
        found = next((one for one in names if _key(one) == part), None)
        if found is None:
            return False
        folder = folder / found
    return True


def _digest(path: Path, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
