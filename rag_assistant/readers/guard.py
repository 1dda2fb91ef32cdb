"""The boundary around parsers of untrusted bytes: what they raise becomes a recorded failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rag_assistant.errors import FailedError, LeafError, is_panic

OUT_OF_MEMORY = "out of memory"
_DETAIL_LENGTH = 300


@contextmanager
def failures_recorded() -> Iterator[None]:
    """Turn any failure of a parser into a `FailedError` that names the exception's type.

    Hostile input makes third-party parsers raise almost anything, out of memory and too deep
    recursion included, and panics of those that are written in Rust; every other `BaseException`
    (Ctrl-C, exit) passes.
    """
    try:
        yield
    except LeafError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        if isinstance(error, MemoryError):
            raise FailedError(OUT_OF_MEMORY) from error
        detail = f"{type(error).__name__}: {error}".strip(": ")
        raise FailedError("reader failed", detail[:_DETAIL_LENGTH]) from error
