"""One `index` at a time writes to a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag_assistant.errors import BusyError, DocstoreError

_LOCK = "index.lock"


@contextmanager
def index_lock(data: Path) -> Iterator[None]:
    """Hold the right to write documents.

    Raises:
        BusyError: Another `index` has it.
        DocstoreError: The data folder cannot be written.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(data / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(
            f"Another `rag-assistant index` is writing to {data}.",
            "Wait until it is done; `rag-assistant status` shows how far it is.",
        ) from error
    except OSError as error:
        raise DocstoreError(
            f"The data folder {data} cannot be used: {error.strerror}.",
            "Choose another one: rag-assistant --data DIR …",
        ) from error
    try:
        yield
    finally:
        lock.release()
