"""Erasing beside those who store, embed and read."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Set
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.errors import BusyError

from .conftest import Put

ONE = np.ones(3, np.float32)


@pytest.mark.parametrize("known", [False, True])
def test_what_is_stored_and_embedded_meanwhile_keeps_its_vector(
    docstore: Docstore, put: Put, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    put("a.txt", "Kept.")
    held, _ = put("b.txt", "New.")
    (text_hash,) = (entry.text_hash for entry in docstore.changes.entries([held]))
    docstore.takedown.remove(held)
    docstore.takedown.restore(held)
    if known:  # its text was embedded before, and its vector is forgotten by this erasing
        docstore.vectors.put("model", {text_hash: ONE})
    keep = docstore.vectors.keep

    def store_and_embed() -> None:
        put("b.txt", "New.")
        if not docstore.vectors.get("model", [text_hash]):
            docstore.vectors.put("model", {text_hash: ONE})

    other = threading.Thread(target=store_and_embed)

    def keep_beside_it(texts: Set[str]) -> None:
        other.start()
        other.join(1)  # unless it has to wait for the erasing
        keep(texts)

    monkeypatch.setattr(docstore.vectors, "keep", keep_beside_it)
    docstore.erase()
    other.join(30)
    assert text_hash in docstore.library.text_hashes(Bounds()).values()
    assert docstore.vectors.get("model", [text_hash]).keys() == {text_hash}


def test_a_reader_is_waited_for_some_seconds_in_which_others_write(
    docstore: Docstore, put: Put, tmp_path: Path
) -> None:
    put("a.txt", "One.")
    stop, waits = threading.Event(), list[float]()

    def write() -> None:
        other = sqlite3.connect(tmp_path / "data" / "docstore.sqlite", timeout=5)
        with closing(other):
            while not stop.wait(0.05):
                started = time.monotonic()
                with other:
                    other.execute("INSERT OR REPLACE INTO meta VALUES ('clock', '1')")
                waits.append(time.monotonic() - started)

    writer = threading.Thread(target=write)
    with closing(sqlite3.connect(tmp_path / "data" / "docstore.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        put("b.txt", "Two.")
        writer.start()
        started = time.monotonic()
        with pytest.raises(BusyError, match="A reader still holds deleted text"):
            docstore.erase()
        waited = time.monotonic() - started
        stop.set()
        writer.join()
    assert 2 < waited < 15
    assert len(waits) > 10
    assert max(waits) < 2
    docstore.erase()
    assert (tmp_path / "data" / "docstore.sqlite-wal").stat().st_size == 0
