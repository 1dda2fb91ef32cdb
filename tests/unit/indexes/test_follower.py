"""The follower: catching up, being killed, and building anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.log import Change, Cursor
from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.follower import Fault, Follower, entry_key, index_folder
from rag_assistant.indexes.lexical import LexicalIndex
from rag_assistant.indexes.vectors import VectorIndex
from rag_assistant.ports import EntryKey
from rag_assistant.schema import Entry
from tests.unit.indexes.samples import entry, question, vectors_of


class MemoryLog:
    """A change log in memory, as the docstore keeps one."""

    def __init__(self) -> None:
        self.documents: dict[str, list[Entry]] = {}
        self.changes: list[Change] = []
        self.cursors: dict[str, Cursor] = {}

    def put(self, document_id: str, *texts: str, access: str = "public") -> None:
        """Put a document with one passage for each text; none removes it."""
        before = tuple(entry_key(each) for each in self.documents.pop(document_id, []))
        if texts:
            self.documents[document_id] = [
                entry(f"{document_id}:{text}", text, document_id=document_id, access=access)
                for text in texts
            ]
        self.changes.append(
            Change(seq=len(self.changes) + 1, document_id=document_id, removed=before)
        )

    def last_seq(self) -> int:
        return len(self.changes)

    def cursor(self, name: str) -> Cursor | None:
        return self.cursors.get(name)

    def move_cursor(self, name: str, cursor: Cursor) -> None:
        self.cursors[name] = cursor

    def advance_cursor(self, name: str, cursor: Cursor) -> bool:
        stored = self.cursors[name]
        if replace(stored, seq=cursor.seq) != cursor:
            return False
        self.cursors[name] = cursor
        return True

    def changes_after(self, seq: int, limit: int) -> list[Change]:
        return self.changes[seq : seq + limit]

    def entries(self, document_ids: Sequence[str]) -> list[Entry]:
        return [each for name in document_ids for each in self.documents.get(name, [])]

    def entry_count(self) -> int:
        return sum(map(len, self.documents.values()))

    def sample_entries(self, limit: int) -> list[Entry]:
        return self.entries(list(self.documents))[:limit]


class Home:
    """Opens followers of one log; ``applied`` is what the lexical ones were given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = MemoryLog()
        self.applied: list[tuple[list[EntryKey], list[str]]] = []
        self._open: list[Follower] = []

    def lexical(self, fingerprint: str = "lexical-1") -> Follower:
        return self._follower("lexical", Watched, fingerprint)

    def vectors(self, fingerprint: str = "model-1") -> Follower:
        def factory(folder: Path) -> VectorIndex:
            return VectorIndex(folder, vectors=vectors_of, fingerprint=fingerprint)

        return self._follower("vectors", factory, fingerprint)

    def folders(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.root / name).iterdir())

    def close(self) -> None:
        while self._open:
            self._open.pop().close()

    def _follower(self, name: str, factory: object, fingerprint: str) -> Follower:
        self.close()

        def opened(folder: Path) -> object:
            index = factory(folder)  # type: ignore[operator]
            if isinstance(index, Watched):
                index.applied = self.applied
            return index

        follower = Follower(
            root=self.root,
            name=name,
            log=self.log,
            factory=opened,  # type: ignore[arg-type]
            fingerprint=fingerprint,
        )
        self._open.append(follower)
        return follower


class Watched(LexicalIndex):
    """A lexical index that notes what it is given."""

    applied: list[tuple[list[EntryKey], list[str]]]

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        super().apply(removed, entries)
        self.applied.append((list(removed), [each.passage_id for each in entries]))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def catch_up(follower: Follower, limit: int = 64) -> Follower:
    while follower.step(limit):
        pass
    return follower


def found(follower: Follower, text: str) -> list[str]:
    return [passage_id for passage_id, _ in follower.index.search(question(text), 10)]


def test_catches_up_step_by_step(home: Home) -> None:
    for number in range(5):
        home.log.put(f"d{number}", "mill", "bridge")
    follower = home.lexical()
    assert follower.fault is Fault.NEW
    assert (follower.lag(), follower.coverage()) == (5, 0.0)
    assert follower.step(limit=2) == 2
    assert (follower.lag(), follower.coverage()) == (3, 0.4)
    assert [follower.step(limit=2) for _ in range(3)] == [2, 1, 0]
    assert (follower.lag(), follower.coverage()) == (0, 1.0)
    assert follower.index.count() == 10
    assert follower.check() is None


def test_an_empty_log_is_caught_up(home: Home) -> None:
    follower = home.lexical()
    assert (follower.step(), follower.lag(), follower.coverage()) == (0, 0, 1.0)
    assert follower.check() is None
    assert home.lexical().fault is None


def test_a_document_that_changed_often_is_taken_once_as_it_stands(home: Home) -> None:
    follower = home.lexical()
    for text in ("first", "second", "third"):
        home.log.put("d", text, "kept")
    assert follower.step() == 3
    ((removed, put),) = home.applied
    assert put == ["d:third", "d:kept"]
    assert {key.passage_id for key in removed} == {"d:first", "d:second"}
    assert follower.check() is None


def test_removed_passages_leave(home: Home) -> None:
    home.log.put("d", "mill", "bridge")
    follower = catch_up(home.lexical())
    home.log.put("d", "bridge")
    catch_up(follower)
    assert (found(follower, "mill"), found(follower, "bridge")) == ([], ["d:bridge"])
    home.log.put("d")
    catch_up(follower)
    assert found(follower, "bridge") == []
    assert follower.check() is None


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_a_closed_document_leaves_the_public(home: Home, name: str) -> None:
    home.log.put("d", "mill")
    follower = catch_up(getattr(home, name)())
    assert found(follower, "mill") == ["d:mill"]
    home.log.put("d", "mill", access="staff")
    catch_up(follower)
    assert found(follower, "mill") == []
    assert follower.check() is None


def test_goes_on_where_it_stood(home: Home) -> None:
    home.log.put("d1", "mill")
    catch_up(home.lexical())
    home.log.put("d2", "bridge")
    home.applied.clear()
    follower = catch_up(home.lexical())
    assert follower.fault is None
    assert home.applied == [([], ["d2:bridge"])]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_killed_between_applying_and_moving_the_cursor(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.log.put("d1", "mill", "old")
    catch_up(getattr(home, name)(), 1)
    home.log.put("d1", "mill", "new")
    home.log.put("d2", "bridge")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(home.log, "advance_cursor", killed)
        with pytest.raises(Killed):
            getattr(home, name)().step()
    again = getattr(home, name)()
    assert (again.fault, again.lag()) == (None, 2)
    catch_up(again)
    assert again.index.count() == 3
    assert again.check() is None


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_another_fingerprint_builds_anew(home: Home, name: str) -> None:
    home.log.put("d", "mill")
    catch_up(getattr(home, name)("one"))
    follower = getattr(home, name)("two")
    assert follower.fault is Fault.OTHER_FINGERPRINT
    assert follower.lag() == 1
    assert home.folders(name) == ["g0002"]
    catch_up(follower)
    assert found(follower, "mill") == ["d:mill"]
    assert getattr(home, name)("two").fault is None


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_a_lost_folder_is_built_anew(home: Home, name: str) -> None:
    home.log.put("d", "mill")
    follower = catch_up(getattr(home, name)())
    home.close()
    shutil.rmtree(home.root / name)
    assert follower.check() is Fault.MISSING
    follower = catch_up(getattr(home, name)())
    assert follower.fault is Fault.MISSING
    assert found(follower, "mill") == ["d:mill"]


def test_damaged_files_are_built_anew(home: Home) -> None:
    home.log.put("d", "mill")
    catch_up(home.vectors())
    home.close()
    (home.root / "vectors" / "g0001" / "chroma.sqlite3").write_bytes(b"no database" * 500)
    follower = catch_up(home.vectors())
    assert follower.fault is Fault.DAMAGED
    assert found(follower, "mill") == ["d:mill"]
    assert home.folders("vectors") == ["g0002"]


@pytest.mark.parametrize("name", ["lexical", "vectors"])
@pytest.mark.parametrize("loses", [True, False])
def test_an_index_that_differs_from_the_docstore_is_built_anew(
    home: Home, name: str, loses: bool
) -> None:
    home.log.put("d", "mill", "bridge")
    follower = catch_up(getattr(home, name)())
    (first, _) = home.log.entries(["d"])
    if loses:
        follower.index.apply([entry_key(first)], [])
    else:
        follower.index.apply([], [entry("stray", "stray")])
    assert follower.check() is Fault.DAMAGED
    again = catch_up(getattr(home, name)())
    assert again.fault is Fault.DAMAGED
    assert again.check() is None
    assert again.index.count() == 2


def test_an_index_that_is_behind_is_not_called_damaged(home: Home) -> None:
    home.log.put("d1", "mill")
    catch_up(home.vectors())
    for number in range(2, 30):
        home.log.put(f"d{number}", "bridge")
    home.log.put("d1", "paper")
    follower = home.vectors()
    assert (follower.fault, follower.lag()) == (None, 29)


def test_an_index_that_is_behind_is_checked_on_what_it_has_passed(home: Home) -> None:
    home.log.put("d1", "mill")
    home.log.put("d2", "bridge")
    follower = catch_up(home.vectors())
    follower.index.apply([entry_key(each) for each in home.log.entries(["d1"])], [])
    home.log.put("d3", "paper")
    assert follower.check() is Fault.DAMAGED


@pytest.mark.parametrize("name", ["lexical", "vectors"])
def test_rebuilding_leaves_no_file_of_the_former_generation(home: Home, name: str) -> None:
    home.log.put("d", "mill")
    follower = catch_up(getattr(home, name)())
    follower.rebuild()
    assert home.folders(name) == ["g0002"]
    assert (follower.lag(), found(follower, "mill")) == (1, [])
    catch_up(follower)
    assert found(follower, "mill") == ["d:mill"]
    cursor = home.log.cursor(name)
    assert cursor == Cursor(seq=1, fingerprint=cursor.fingerprint, generation="g0002")
    assert index_folder(home.root, name, cursor).is_dir()


def test_a_rebuild_that_another_process_asks_for(home: Home) -> None:
    home.log.put("d", "mill")
    follower = catch_up(home.lexical())

    def ask() -> None:
        home.log.cursors["lexical"] = Cursor(seq=1, fingerprint="", generation="g0001")

    ask()
    assert follower.step() == 1
    assert home.folders("lexical") == ["g0002"]
    assert found(follower, "mill") == ["d:mill"]
    ask()
    assert home.lexical().fault is Fault.REMOVALS


def test_a_rebuild_asked_for_during_a_step_is_not_forgotten(home: Home) -> None:
    follower = home.lexical()
    home.log.put("d", "mill")
    entries = home.log.entries

    def entries_while_asked(document_ids: Sequence[str]) -> list[Entry]:
        home.log.cursors["lexical"] = Cursor(seq=0, fingerprint="", generation="g0001")
        home.log.entries = entries  # type: ignore[method-assign]
        return entries(document_ids)

    home.log.entries = entries_while_asked  # type: ignore[method-assign]
    catch_up(follower)
    assert home.folders("lexical") == ["g0002"]
    assert follower.check() is None


def test_a_rebuild_asked_for_at_the_end_of_a_step_is_not_forgotten(home: Home) -> None:
    follower = home.lexical()
    home.log.put("d", "mill")
    advance = home.log.advance_cursor

    def advance_when_asked(name: str, cursor: Cursor) -> bool:
        home.log.cursors[name] = replace(home.log.cursors[name], fingerprint="")
        home.log.advance_cursor = advance  # type: ignore[method-assign]
        return advance(name, cursor)

    home.log.advance_cursor = advance_when_asked  # type: ignore[method-assign]
    catch_up(follower)
    assert home.folders("lexical") == ["g0002"]
    assert follower.check() is None


def test_the_docstore_keeps_a_request_that_comes_before_a_step_ends(tmp_path: Path) -> None:
    docstore = Docstore(tmp_path)
    begun = Cursor(seq=0, fingerprint="one", generation="g0001")
    log = docstore.changes
    log.move_cursor("lexical", begun)
    assert log.advance_cursor("lexical", replace(begun, seq=7))
    log.request_rebuild()
    assert not log.advance_cursor("lexical", replace(begun, seq=9))
    assert not log.advance_cursor("vectors", begun)
    assert log.cursor("lexical") == Cursor(seq=7, fingerprint="", generation="g0001")
    docstore.close()


def test_killed_while_beginning_a_generation(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.log.put("d", "mill")
    catch_up(home.lexical("one"))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(home.log, "move_cursor", killed)
        with pytest.raises(Killed):
            home.lexical("two")
    assert home.folders("lexical") == ["g0001", "g0002"]
    follower = catch_up(home.lexical("two"))
    assert home.folders("lexical") == ["g0003"]
    assert follower.check() is None


def test_damage_while_following_is_told(home: Home) -> None:
    home.log.put("d", "mill")
    follower = catch_up(home.lexical())
    meta = home.root / "lexical" / "g0001" / "meta.json"
    meta.write_bytes(b"not this")
    assert follower.check() is Fault.DAMAGED
    with pytest.raises(IndexDamagedError):
        found(follower, "mill")
    follower.rebuild()
    assert found(catch_up(follower), "mill") == ["d:mill"]
