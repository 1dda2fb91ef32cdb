"""The follower: catching up, being killed, and building anew."""

from __future__ import annotations

import shutil

import pytest

from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.follower import Fault
from rag_assistant.indexes.generation import entry_key, index_folder
from tests.unit.indexes.homes import Home, catch_up, found
from tests.unit.indexes.samples import entry


def test_catches_up_step_by_step(home: Home) -> None:
    for number in range(5):
        home.log.put(f"d{number}", "mill", "bridge")
    follower = home.lexical()
    assert follower.fault is Fault.NEW
    assert follower.lag() == 5
    assert follower.step(limit=2) == 2
    assert follower.lag() == 3
    assert [follower.step(limit=2) for _ in range(3)] == [2, 1, 0]
    assert follower.lag() == 0
    assert follower.index.count() == 10
    assert follower.check() is None


def test_an_empty_log_is_caught_up(home: Home) -> None:
    follower = home.lexical()
    assert (follower.step(), follower.lag()) == (0, 0)
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
        patch.setattr(home.log, "advance", killed)
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
    assert cursor is not None
    assert (cursor.seq, cursor.generation, cursor.begun) == (1, "g0002", 1)
    assert index_folder(home.root, name, cursor).is_dir()


def test_killed_while_beginning_a_generation(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.log.put("d", "mill")
    catch_up(home.lexical("one"))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(home.log, "begin", killed)
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
