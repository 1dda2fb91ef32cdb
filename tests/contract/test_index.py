"""What every index keeps to, the fake included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from rag_assistant.indexes.generation import entry_key
from rag_assistant.indexes.lexical import LexicalIndex
from rag_assistant.indexes.vectors import VectorIndex
from rag_assistant.ports import Index
from rag_assistant.schema import Entry
from tests.fakes import FakeIndex
from tests.unit.indexes.samples import entry, question, vectors_of

Opener = Callable[[], Index]

BRIDGE = entry("bridge", "The iron bridge was opened by the mayor.")
MILL = entry("mill", "The cotton mill burned in winter.")
LETTER = entry("letter", "A sealed letter about the bridge.", access="staff")
OTHER = entry("other", "Another bridge far away.", collection="other")
LISTED = entry("listed", title="Bridge drawings", use="list")
ALL = [BRIDGE, MILL, LETTER, OTHER, LISTED]


@pytest.fixture(params=["fake", "lexical", "vectors"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same index again and again; the one opened before is closed."""
    held: dict[str, Entry] = {}
    kinds: dict[str, Opener] = {
        "fake": lambda: FakeIndex(held),
        "lexical": lambda: LexicalIndex(tmp_path),
        "vectors": lambda: VectorIndex(tmp_path, vectors=vectors_of, fingerprint="bag-of-words"),
    }
    with ExitStack() as stack:

        def open_index() -> Index:
            stack.close()
            return stack.enter_context(closing(kinds[request.param]()))

        yield open_index


@pytest.fixture
def index(opener: Opener) -> Index:
    held = opener()
    held.apply([], ALL)
    return held


def found(index: Index, text: str, **bounds: object) -> list[str]:
    return [passage_id for passage_id, _ in index.search(question(text, **bounds), 10)]


def test_finds_the_best_first_with_falling_scores(index: Index) -> None:
    hits = index.search(question("iron bridge mayor"), 10)
    assert hits[0][0] == "bridge"
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)


def test_gives_at_most_k(index: Index) -> None:
    assert len(index.search(question("the bridge mill"), 1)) == 1
    assert index.search(question("bridge"), 0) == []


def test_an_empty_index_finds_nothing(opener: Opener) -> None:
    index = opener()
    assert index.search(question("bridge"), 5) == []
    assert index.count() == 0
    assert index.probe([])
    assert not index.probe([BRIDGE])


def test_access_never_leaks(index: Index) -> None:
    assert "letter" not in found(index, "sealed letter")
    assert found(index, "sealed letter", access=("staff", "public"))[0] == "letter"
    assert found(index, "sealed letter", access=("staff",)) == ["letter"]
    assert found(index, "sealed letter", access=()) == []


def test_a_narrowed_passage_leaves_the_public(index: Index) -> None:
    narrowed = entry("bridge", BRIDGE.text, access="staff")
    index.apply([entry_key(BRIDGE)], [narrowed])
    assert "bridge" not in found(index, "iron bridge mayor")
    assert found(index, "iron bridge mayor", access=("staff",))[0] == "bridge"
    assert index.count() == len(ALL)
    assert index.probe([narrowed])


def test_stays_within_the_collections_asked(index: Index) -> None:
    assert "other" not in found(index, "another bridge")
    assert found(index, "another bridge", collections=("other",)) == ["other"]
    assert found(index, "another bridge", collections=("archive", "other"))[0] == "other"
    assert found(index, "another bridge", collections=()) == []
    assert found(index, "another bridge", collections=("unheard of",)) == []


def test_stays_within_the_uses_asked(index: Index) -> None:
    assert "listed" in found(index, "bridge drawings")
    assert "listed" not in found(index, "bridge drawings", uses=("answer", "quote"))
    assert found(index, "bridge drawings", uses=("list",)) == ["listed"]


def test_a_changed_use_moves_the_passage(index: Index) -> None:
    index.apply([], [entry("bridge", BRIDGE.text, use="quote")])
    assert "bridge" not in found(index, "iron bridge mayor", uses=("answer",))
    assert found(index, "iron bridge mayor", uses=("quote",)) == ["bridge"]
    assert index.count() == len(ALL)


def test_applying_twice_is_applying_once(index: Index) -> None:
    once = found(index, "iron bridge mayor")
    index.apply([], ALL)
    assert index.count() == len(ALL)
    assert found(index, "iron bridge mayor") == once


def test_removes_and_bears_removing_what_is_not_there(index: Index) -> None:
    for _ in range(2):
        index.apply([entry_key(BRIDGE), entry_key(LETTER)], [])
        assert index.count() == len(ALL) - 2
        assert "bridge" not in found(index, "iron bridge mayor")
    index.apply([entry_key(entry("never", collection="unheard of"))], [])
    assert index.count() == len(ALL) - 2


def test_changes_text_in_place(index: Index) -> None:
    index.apply([], [entry("mill", "A paper factory.")])
    assert index.count() == len(ALL)
    assert found(index, "paper factory")[0] == "mill"


def test_probe_tells_what_is_held(index: Index) -> None:
    assert index.probe(ALL)
    index.apply([entry_key(MILL)], [])
    assert not index.probe([MILL])
    assert index.probe([BRIDGE])


def test_probe_bears_many_passages_of_one_text(index: Index) -> None:
    twins = [entry(f"twin-{number}", "All rights reserved.") for number in range(40)]
    index.apply([], twins)
    assert index.probe(twins)


def test_what_was_applied_is_there_after_reopening(opener: Opener) -> None:
    opener().apply([], ALL)
    again = opener()
    assert again.count() == len(ALL)
    assert found(again, "iron bridge mayor")[0] == "bridge"
    again.apply([entry_key(BRIDGE)], [])
    assert opener().count() == len(ALL) - 1


def test_bears_odd_collection_names(opener: Opener) -> None:
    index = opener()
    names = ("", "é", "a b", "..", "a/b", "x" * 600, "Archive", "archive", "archive.public")
    index.apply([], [entry(f"in-{name}", "a bridge", collection=name) for name in names])
    for name in names:
        assert found(index, "a bridge", collections=(name,)) == [f"in-{name}"]
