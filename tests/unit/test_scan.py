"""The exact scan: every passage within the bounds, in the order of its cosine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.ports import Vectors
from rag_assistant.retrieval import scan
from rag_assistant.retrieval.scan import Scanner
from rag_assistant.schema import Description, Document, Passage, Section

DIMENSION, NUMBER = 48, 10
ENGLISH = Bounds(language="en")
FINGERPRINT = "made"


class Town:
    """A docstore whose passages have vectors that are drawn, each by its text."""

    def __init__(self, data: Path) -> None:
        self.docstore = Docstore(data)
        self.config = CollectionConfig(id="town", access="public")
        self.docstore.put_collection(self.config)
        self.scanner = Scanner(self.docstore.library, self)
        self.looked_for = 0

    def put(self, name: str, texts: Sequence[str], language: str = "en", made: bool = True) -> str:
        """A document with a passage for each text; ``made`` gives them their vectors."""
        text = "\n".join(texts)
        starts = [text.index(one) for one in texts]
        passages = [
            Passage(start=start, end=start + len(one), text=one, sentences=())
            for start, one in zip(starts, texts, strict=True)
        ]
        document = Document(
            description=Description(language=language),
            sections=(Section(text=text),),
            format="text",
        )
        origin = Origin(collection=self.config, path=name)
        document_id, _ = self.docstore.documents.put(origin, document, [passages])
        if made:
            self.make_vectors([document_id])
        return document_id

    def make_vectors(self, document_ids: Sequence[str] | None = None) -> None:
        """What a follower would do."""
        hashes = {one.text_hash for one in self.docstore.library.passages(document_ids)}
        self.docstore.vectors.put(FINGERPRINT, {one: drawn(one) for one in hashes})

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        self.looked_for += len(hashes)
        cached = self.docstore.vectors.get(FINGERPRINT, list(hashes.values()))
        return {one: cached[text] for one, text in hashes.items() if text in cached}

    def all_vectors(self) -> Iterator[tuple[Sequence[str], Vectors]]:
        return self.docstore.vectors.all(FINGERPRINT)

    def expected(self, bounds: Bounds, asked: Vectors) -> dict[str, float]:
        """All cosines, best first, from SQL and the cache alone."""
        hashes = self.docstore.library.text_hashes(bounds)
        vectors = self.passage_vectors(hashes)
        cosines = {one: float(vector @ asked) for one, vector in vectors.items()}
        return dict(sorted(cosines.items(), key=lambda one: (-one[1], one[0])))

    def agree(self, bounds: Bounds = ENGLISH) -> int:
        """Whether the scan gives the same, for some questions; how many passages it compared."""
        compared = 0
        for seed in range(5):
            asked = drawn(f"question {seed}")
            chosen = self.docstore.library.chosen(bounds)
            found, compared = self.scanner.nearest(chosen, asked, NUMBER)
            expected = self.expected(bounds, asked)
            assert list(found) == list(expected)[:NUMBER]
            assert found == pytest.approx({one: expected[one] for one in found})
            assert compared == len(expected)
        return compared


def drawn(text: str) -> Vectors:
    draw = np.random.default_rng(list(text.encode()))
    vector: Vectors = draw.standard_normal(DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "data")
    for number in range(120):
        texts = [f"Passage {part} of text {number}." for part in range(3)]
        made.put(f"{number}.txt", texts, "de" if number % 4 == 0 else "en", made=False)
    made.make_vectors()
    yield made
    made.docstore.close()


def test_it_finds_what_comparing_all_finds(town: Town) -> None:
    assert town.agree() == 270
    assert town.agree(Bounds(language="de")) == 90
    assert town.agree(Bounds(language="fr")) == 0
    assert town.agree(Bounds()) == 360


def test_it_follows_what_is_added_changed_hidden_and_removed(town: Town) -> None:
    town.agree()
    new = town.put("new.txt", ["A new passage.", "And another."])
    assert town.agree() == 272
    town.put("new.txt", ["A new passage."])
    assert town.agree() == 271
    town.put("1.txt", [f"Passage {part} of text 1." for part in range(3)], "de")
    assert town.agree() == 268
    assert town.agree(Bounds(language="de")) == 93
    town.docstore.takedown.hide(new, "")
    assert town.agree() == 267
    town.docstore.takedown.restore(new)
    assert town.agree() == 268
    town.docstore.files.remove("town", "2.txt")
    assert town.agree() == 265


def test_a_text_that_stands_at_several_places_is_found_at_each(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    for number in range(40):  # of one title, which belongs to what is embedded
        town.put(f"{number}/copy.txt", [f"Passage {number}.", f"Said in {number % 3}."])
    town.put("40/copy.txt", ["Not made yet.", "Passage 1."], made=False)
    assert len({one.text_hash for one in town.docstore.library.passages()}) == 40 + 3 + 1
    assert town.agree() == 2 * 40 + 1
    town.make_vectors()
    assert town.agree() == 2 * 40 + 2
    town.docstore.close()


def test_what_was_put_in_since_the_documents_were_chosen_is_none_of_them(town: Town) -> None:
    chosen = town.docstore.library.chosen(ENGLISH)
    before = town.scanner.nearest(chosen, drawn("a"), NUMBER)
    for number in range(2):
        town.put(f"new {number}.txt", [f"A new passage {number}."])
    assert town.agree() == 272
    assert town.scanner.nearest(chosen, drawn("a"), NUMBER) == before


def test_threads_ask_while_documents_come_and_go(town: Town) -> None:
    town.agree()
    done = threading.Event()

    def ask() -> int:
        asked = 0
        while not done.is_set():
            chosen = town.docstore.library.chosen(ENGLISH)
            time.sleep(asked % 3 * 0.03)  # others choose and ask meanwhile
            found, compared = town.scanner.nearest(chosen, drawn(f"question {asked}"), NUMBER)
            assert found
            assert compared >= 246, "eight documents of three passages are removed"
            asked += 1
        return asked

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for number in range(80):
            town.put(f"new {number}.txt", ["A new passage."])
            if number % 10 == 9:
                town.docstore.files.remove("town", f"{number // 10 * 4 + 1}.txt")
        done.set()
        assert all(one.result() for one in asking)
    assert town.agree() == 326


def test_a_passage_is_found_when_its_vector_was_made(town: Town) -> None:
    town.agree()
    town.put("new.txt", ["Without a vector yet."], made=False)
    assert town.agree() == 270
    town.make_vectors()
    assert town.agree() == 271


def test_it_reads_all_once_and_then_only_what_it_gives(town: Town) -> None:
    chosen = town.docstore.library.chosen(ENGLISH)
    town.scanner.nearest(chosen, drawn("a"), NUMBER)
    town.looked_for = 0
    town.scanner.nearest(chosen, drawn("b"), NUMBER)
    assert town.looked_for < 100


def test_many_changes_are_read_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.agree()
    monkeypatch.setattr(scan, "_CHANGED", 2)
    for number in range(200, 205):
        town.put(f"{number}.txt", [f"Text {number}."])
    assert town.agree() == 275


def test_what_is_too_large_for_memory_lies_in_a_file_and_finds_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_IN_MEMORY", 1000)
    assert town.agree() == 270
    town.put("new.txt", ["A new passage."])
    assert town.agree() == 271
    rows = town.scanner._rows
    assert rows is not None
    assert isinstance(rows.codes, np.memmap)
