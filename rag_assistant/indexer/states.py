"""Whether a file must be read again: its bytes, its sidecar, its collection's word."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from rag_assistant import readers
from rag_assistant.access_rules import AccessRules
from rag_assistant.bags import Sums
from rag_assistant.collection import CollectionConfig, Walk
from rag_assistant.docstore.files import FileState
from rag_assistant.docstore.ids import text_sha256
from rag_assistant.readers import ocr
from rag_assistant.readers.companions import Companions

READERS_VERSION = "4"
"""Part of every file's state: another number reads all files again."""
VANISHED, CHANGED = "vanished while it was read", "changed while it was read"
_CHUNK = 1 << 20
_SCANS = frozenset({".pdf", ".tif", ".tiff"})

UNREADABLE_STATE = FileState(size=-1, mtime_ns=0, sha256="", config_sha256="", counts={})
"""Of a file that could not be looked at."""


def state_of(
    config: CollectionConfig,
    rules: AccessRules,
    path: Path,
    before: FileState | None,
    *sums: Sums | None,
) -> FileState:
    """What a file is now; its bytes are hashed only where size or time differ.

    ``sums`` are the checksums that its bag gives it and its sidecar: with others it is another.

    Raises:
        OSError: It vanished, or is not ours to read.
    """
    stat = os.stat(path)
    sidecar = readers.sidecar_of(path)
    described = _file_sha256(sidecar) if sidecar else ""
    elsewhere = readers.said_elsewhere(path, path.relative_to(config.root).as_posix())
    said = [READERS_VERSION, config.model_dump_json(), rules.fingerprint, described]
    said += [*_of_pages(path, config.walk), *(repr(one) for one in (elsewhere, *sums) if one)]
    same = before and (before.size, before.mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    return FileState(
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        sha256=before.sha256 if before and same else _file_sha256(path),
        config_sha256=text_sha256("\x00".join(said)),
        counts=before.counts if before else {},
    )


def _of_pages(path: Path, walk: Walk) -> Iterator[str]:
    """What else decides what a file gives: pages that it ties together, one that reads pictures."""
    if path.suffix.lower() in _SCANS and ocr.is_installed():
        yield "tesseract"
    if claimant := readers.mets_of(path, walk):
        yield os.fspath(claimant)
    companions = Companions(walk)
    for page in readers.page_files(path, walk):
        stat = os.stat(page)
        sidecar = readers.sidecar_of(page)
        described = (_file_sha256(sidecar), companions.sums_of(sidecar)) if sidecar else None
        yield repr((page, stat.st_size, stat.st_mtime_ns, companions.sums_of(page), described))


def same_content(before: FileState, state: FileState) -> bool:
    """Whether nothing differs that decides what a file gives."""
    return (before.sha256, before.config_sha256) == (state.sha256, state.config_sha256)


def changed_since(state: FileState, path: Path) -> str:
    """Why a file is not as it was when it was looked at; "" where it is."""
    if state == UNREADABLE_STATE:
        return ""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return VANISHED
    except OSError as error:
        return f"{readers.UNREADABLE}: {error.strerror}"
    same = (stat.st_size, stat.st_mtime_ns) == (state.size, state.mtime_ns)
    return "" if same else CHANGED


def _file_sha256(path: Path) -> str:
    if not path.is_file():  # a fifo would never end
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
