"""The vector index: what is particular to Chroma."""

from __future__ import annotations

import ctypes
import platform
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest

from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.generation import entry_key
from rag_assistant.indexes.vectors import VectorIndex, shelf_name
from rag_assistant.ports import Vectors
from rag_assistant.schema import Entry
from tests.unit.indexes.samples import entry, question, vectors_of

pytestmark = pytest.mark.integration


@contextmanager
def opened(
    folder: Path, vectors: Callable[[Sequence[Entry]], Vectors] = vectors_of
) -> Iterator[VectorIndex]:
    index = VectorIndex(folder, vectors=vectors, fingerprint="bag-of-words")
    try:
        yield index
    finally:
        index.close()


def numbered(count: int, **facts: Any) -> list[Entry]:
    return [entry(f"p{number}", f"passage number {number}", **facts) for number in range(count)]


def test_scores_are_cosines(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.apply([], numbered(3))
        hits = dict(index.search(question("passage number 1"), 3))
    expected = vectors_of(numbered(3)) @ question("passage number 1").vector
    assert [hits[f"p{n}"] for n in range(3)] == pytest.approx(expected.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    "bound",
    [
        {"language": "en"},
        {"kind": "text"},
        {"date_from": 0},
        {"date_to": 0},
        {"documents": frozenset({"d"})},
        {"vector": None},
    ],
)
def test_refuses_bounds_that_it_would_not_keep(tmp_path: Path, bound: dict[str, Any]) -> None:
    with opened(tmp_path) as index, pytest.raises(ValueError, match="vector"):
        index.search(question("anything", **bound), 3)


def test_shelf_names_are_readable_distinct_and_allowed() -> None:
    assert shelf_name("local-history", "public", "answer") == "local-history.public.answer"
    names = {
        shelf_name(collection, access, use)
        for collection in ("a", "A", "a.public", "", "é", "a" * 600, "a b", "a/b")
        for access in ("staff", "public")
        for use in ("answer", "quote", "list")
    }
    assert len(names) == 8 * 2 * 3


def test_stores_ids_and_vectors_only(tmp_path: Path) -> None:
    secret = entry("p", "a sentence that only the docstore keeps")
    with opened(tmp_path) as index:
        index.apply([], [secret])
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"only the docstore keeps" not in stored


def test_finds_almost_all_that_an_exact_scan_finds(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    entries = numbered(2000)
    vectors = random.standard_normal((2000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    place = {each.passage_id: number for number, each in enumerate(entries)}
    with opened(tmp_path, lambda some: vectors[[place[e.passage_id] for e in some]]) as index:
        for start in range(0, 2000, 500):
            index.apply([], entries[start : start + 500])
        asked = random.standard_normal((50, 384)).astype(np.float32)
        recalled = 0
        for vector in asked:
            exact = {f"p{number}" for number in np.argsort(vectors @ vector)[-10:]}
            hits = index.search(question("", vector=vector), 10)
            recalled += len(exact & {passage_id for passage_id, _ in hits})
    assert recalled / 500 >= 0.98


def test_more_entries_than_one_batch_holds(tmp_path: Path) -> None:
    entries = numbered(6000)

    def narrow(some: Sequence[Entry]) -> Vectors:
        return np.array([[1, int(e.passage_id[1:])] for e in some], dtype=np.float32)

    with opened(tmp_path, narrow) as index:
        index.apply([], entries)
        assert index.count() == 6000
        index.apply([entry_key(each) for each in entries[:5900]], [])
        assert index.count() == 100


def test_little_is_left_to_be_inserted_at_the_next_opening(tmp_path: Path) -> None:
    entries = numbered(1200)
    with opened(tmp_path) as index:
        for start in range(0, len(entries), 100):
            index.apply([], entries[start : start + 100])
    with closing(sqlite3.connect(tmp_path / "chroma.sqlite3")) as database:
        ((left,),) = database.execute("SELECT count(*) FROM embeddings_queue").fetchall()
    assert left < 500
    with opened(tmp_path) as index:
        assert index.count() == 1200


def test_threads_see_what_another_thread_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        seen: dict[str, float] = {}
        written, read = threading.Event(), threading.Event()

        def ask() -> None:
            for number in range(20):
                assert written.wait(30)
                written.clear()
                hits = index.search(question(f"passage number {number}"), 1)
                seen.update(hits)
                read.set()

        reader = threading.Thread(target=ask)
        reader.start()
        for each in numbered(20):
            index.apply([], [each])
            written.set()
            assert read.wait(30)
            read.clear()
        reader.join()
        assert sorted(seen) == sorted(f"p{number}" for number in range(20))


def test_many_threads_search_while_one_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.apply([], numbered(50))
        stop = threading.Event()
        faults: list[object] = []

        def ask() -> None:
            while not stop.is_set():
                try:
                    top = index.search(question("passage number 7"), 1)
                except IndexDamagedError as error:
                    faults.append(error)
                    return
                if [passage_id for passage_id, _ in top] != ["p7"]:
                    faults.append(top)

        readers = [threading.Thread(target=ask) for _ in range(3)]
        for reader in readers:
            reader.start()
        for start in range(100, 400, 20):
            more = [entry(f"m{n}", f"other {n}", use="quote") for n in range(start, start + 20)]
            index.apply([], more)
            index.apply([entry_key(each) for each in more[:10]], [])
        stop.set()
        for reader in readers:
            reader.join()
        assert faults == []
        assert index.count() == 50 + 150


# ---------------------------------------------------------------- the folder


def test_probe_notices_a_lost_graph_that_the_count_does_not(tmp_path: Path) -> None:
    entries = numbered(1200)  # more than stay in Chroma's log
    with opened(tmp_path) as index:
        index.apply([], entries)
        assert index.probe(entries[:32])
    graphs = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert graphs
    for graph in graphs:
        shutil.rmtree(graph)
    with opened(tmp_path) as index:
        assert index.count() == 1200
        assert not index.probe(entries[:32])


def test_probe_is_not_misled_by_passages_of_equal_text(tmp_path: Path) -> None:
    entries = [entry(f"p{number}", "photograph") for number in range(640)]

    def equal(some: Sequence[Entry]) -> Vectors:
        return np.tile(vectors_of(some[:1]), (len(some), 1))

    with opened(tmp_path, equal) as index:
        index.apply([], entries[:600])
        index.apply([], entries[600:])  # they stay in Chroma's log
        assert index.probe(entries[:32])
    for graph in [path for path in tmp_path.iterdir() if path.is_dir()]:
        shutil.rmtree(graph)
    with opened(tmp_path, equal) as index:
        assert index.search(question("photograph"), 3), "those of the log stand for the others"
        assert not index.probe(entries[:32])


def test_an_index_that_names_an_embedding_function_is_rejected(tmp_path: Path) -> None:
    client = chromadb.PersistentClient(
        str(tmp_path), settings=chromadb.Settings(anonymized_telemetry=False)
    )
    client.create_collection("archive.public.answer")  # with Chroma's default function
    client.close()
    with pytest.raises(IndexDamagedError, match="embedding function"):
        VectorIndex(tmp_path, vectors=vectors_of, fingerprint="f")


def test_a_damaged_database_is_named_each_time(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 500)
    for _ in range(2):
        with pytest.raises(IndexDamagedError):
            VectorIndex(tmp_path, vectors=vectors_of, fingerprint="f")


def test_vectors_of_another_length_are_named(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.apply([], numbered(3))
        with pytest.raises(IndexDamagedError):
            index.search(question("", vector=np.ones(3, dtype=np.float32)), 3)


def test_a_deleted_folder_opens_empty_in_the_same_process(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    for _ in range(2):
        with opened(folder) as index:
            assert index.count() == 0
            index.apply([], numbered(5))
            assert index.probe(numbered(5))
        shutil.rmtree(folder)


_LEFT = b"words of another text " * 12_000


def foul_memory(threads: int = 48, pieces: int = 20) -> None:
    """Leave words in memory that is free again, in every arena that threads get theirs from."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.free(libc.malloc(30 << 20))  # from here on such pieces are not returned to the system
    together = threading.Barrier(threads)

    def foul() -> None:
        held = [libc.malloc(len(_LEFT)) for _ in range(pieces)]
        for place in held:
            ctypes.memmove(place, _LEFT, len(_LEFT))
        together.wait()
        for place in held:
            libc.free(place)
        together.wait()

    started = [threading.Thread(target=foul) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="speaks to glibc's allocator")
def test_no_memory_of_the_process_stays_in_its_files(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        foul_memory()
        for number in range(6):
            index.apply([], numbered(4, collection=f"town{number}"))
        assert index.probe(numbered(4, collection="town3"))
    graphs = list(tmp_path.rglob("data_level0.bin"))
    assert graphs
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"another text" not in path.read_bytes(), path.name
    with opened(tmp_path) as index:
        foul_memory()
        assert index.count() == 24
        assert index.probe(numbered(4, collection="town3"))
    for path in graphs:
        assert b"another text" not in path.read_bytes()
