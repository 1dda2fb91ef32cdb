"""A new index is built beside the one that is asked, and takes its place."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag_assistant.docstore.log import ASKED
from rag_assistant.errors import IndexDamagedError
from rag_assistant.indexes.follower import Follower
from rag_assistant.retrieval.candidates import search_present
from tests.unit.indexes.homes import Home, Log, catch_up, found
from tests.unit.indexes.samples import question

BOTH = pytest.mark.parametrize("name", ["lexical", "vectors"])
REPOSITORY = Path(__file__).parents[3]


def opened(home: Home, name: str) -> Follower:
    follower = getattr(home, name)()
    assert isinstance(follower, Follower)
    return follower


def renew(follower: Follower) -> None:
    while follower.step() or follower.renew():
        pass


@BOTH
def test_the_present_index_is_asked_until_the_new_one_holds_as_much(home: Home, name: str) -> None:
    for number in range(5):
        home.log.put(f"d{number}", "mill")
    follower = catch_up(opened(home, name))
    home.log.put("d0")
    seq = home.log.request_erasure()
    follower.step()
    assert len(found(follower, "mill")) == 4
    assert (home.log.hidden(seq), home.log.erased(seq)) == (True, False)
    while follower.renew(limit=2):
        assert len(found(follower, "mill")) == 4
        assert not home.log.erased(seq)
    assert home.log.erased(seq)
    assert home.folders(name) == ["g0002"]
    assert len(found(follower, "mill")) == 4
    assert follower.check() is None
    assert not follower.renewing


def test_a_new_index_scores_as_if_nothing_had_been_replaced(tmp_path: Path) -> None:
    def scores(home: Home, steps: int) -> list[tuple[str, float]]:
        """Of documents that were taken in so many steps, each after a former version."""
        follower = home.lexical()
        for step in range(steps):
            for number in range(step, 200, steps):
                home.log.put(f"d{number}", "a ferry, and no word of it since " * (number % 9))
            follower.step(200)
        for number in range(200):
            home.log.put(f"d{number}", "mill " * (1 + number % 7) + "word " * (number % 211))
        catch_up(follower, 20)  # so that segments are merged too
        assert home.log.freshen("lexical") == (steps > 0)
        renew(follower)
        return follower.index.search(question("the mill"), 50)

    found: list[list[tuple[str, float]]] = []
    for steps in (0, 1, 3):
        (tmp_path / str(steps)).mkdir()
        with closing(Home(tmp_path / str(steps))) as home:
            found.append(scores(home, steps))
    assert found[0] == found[1] == found[2]


@BOTH
def test_a_second_removal_is_not_called_erased_by_what_was_begun_before_it(
    home: Home, name: str
) -> None:
    for number in range(6):
        home.log.put(f"d{number}", "mill")
    follower = catch_up(opened(home, name))
    home.log.put("d0")
    first = home.log.request_erasure()
    follower.step()
    assert follower.renew(limit=3)  # it holds d1 and d2
    home.log.put("d1")
    second = home.log.request_erasure()
    renew(follower)
    assert home.log.erased(first)
    assert home.log.erased(second)
    assert home.folders(name) == ["g0003"]
    assert len(found(follower, "mill")) == 4


@BOTH
def test_a_removal_in_the_moment_of_promotion_begins_again(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.log.put("d0", "mill")
    home.log.put("d1", "mill")
    follower = catch_up(opened(home, name))
    home.log.put("d0")
    home.log.request_erasure()
    promote = home.log.promote
    seqs: list[int] = []

    def removed_first(row: str) -> object:
        monkeypatch.setattr(home.log, "promote", promote)
        home.log.put("d1")
        seqs.append(home.log.request_erasure())
        return promote(row)

    monkeypatch.setattr(home.log, "promote", removed_first)
    renew(follower)
    assert home.log.erased(seqs[0])
    assert home.folders(name) == ["g0003"]
    assert follower.index.count() == 0


@BOTH
def test_what_changes_meanwhile_is_in_both(home: Home, name: str) -> None:
    for number in range(4):
        home.log.put(f"d{number}", "mill")
    follower = catch_up(opened(home, name))
    home.log.request_erasure()
    assert follower.renew(limit=2)
    home.log.put("d9", "bridge")
    follower.step()
    assert found(follower, "bridge")[0] == "d9:bridge"
    renew(follower)
    assert follower.index.count() == 5
    assert follower.check() is None


@BOTH
def test_an_index_that_cannot_be_asked_is_replaced_at_once(home: Home, name: str) -> None:
    home.log.put("d", "mill", "bridge")
    follower = catch_up(opened(home, name))
    (first, _) = home.log.entries(["d"])
    follower.index.apply([], [replace(first, passage_id="stray")])
    home.log.request_erasure()
    follower.renew()
    assert home.folders(name) == ["g0002"]
    assert follower.lag() == 1
    assert catch_up(follower).check() is None


def test_a_damaged_successor_is_begun_again(home: Home) -> None:
    for number in range(4):
        home.log.put(f"d{number}", "mill")
    follower = catch_up(home.lexical())
    seq = home.log.request_erasure()
    assert follower.renew(limit=2)
    (home.root / "lexical" / "g0002" / "meta.json").write_bytes(b"not this")
    with pytest.raises(IndexDamagedError):
        follower.renew(limit=2)
    assert len(found(follower, "mill")) == 4
    renew(follower)
    assert home.log.erased(seq)
    assert follower.check() is None


@BOTH
def test_a_former_folder_that_could_not_be_deleted_is_tried_again(
    home: Home, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.log.put("d0", "mill")
    home.log.put("d1", "mill")
    follower = catch_up(opened(home, name))
    home.log.put("d0")
    seq = home.log.request_erasure()
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # something holds it open
        renew(follower)
        assert home.folders(name) == ["g0001", "g0002"]
        assert not home.log.erased(seq)
    assert not follower.renew()
    assert home.folders(name) == ["g0002"]
    assert home.log.erased(seq)


def test_generations_may_have_any_number_of_digits(home: Home) -> None:
    home.log.put("d", "mill")
    catch_up(opened(home, "lexical"))
    home.close()
    cursor = home.log.cursor("lexical")
    assert cursor is not None
    (home.root / "lexical" / "g0001").rename(home.root / "lexical" / "g9999")
    home.log.begin("lexical", replace(cursor, generation="g9999"))
    follower = opened(home, "lexical")
    for generation in ("g10000", "g10001"):
        seq = home.log.request_erasure()
        renew(follower)
        assert home.folders("lexical") == [generation]
        assert home.log.erased(seq)


def test_a_successor_takes_its_place_though_there_is_more_to_follow(home: Home) -> None:
    for number in range(6):
        home.log.put(f"d{number}", f"mill{number}")
    follower = opened(home, "vectors")
    follower.step(2)
    follower._present.take(home.log.changes_after(4, 1))  # one out of its order
    assert home.log.lag("vectors") == 3
    seq = home.log.request_erasure()
    while follower.renew(limit=1):
        pass
    assert home.folders("vectors") == ["g0002"]
    assert home.log.erased(seq)
    assert home.log.lag("vectors") == 3
    assert sorted(found(follower, "mill")) == ["d0:mill0", "d1:mill1", "d4:mill4"]
    assert catch_up(follower).check() is None


@BOTH
def test_searching_never_fails_while_an_index_is_replaced(home: Home, name: str) -> None:
    for number in range(30):
        home.log.put(f"d{number}", "mill")
    follower = catch_up(opened(home, name))
    stop = threading.Event()
    seen: list[int] = []
    faults: list[BaseException] = []

    def ask() -> None:
        try:
            while not stop.is_set():
                seen.append(len(search_present(lambda: follower.index, question("mill"), 10)))
        except BaseException as error:  # noqa: BLE001 - shown below
            faults.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for round_ in range(2):
        home.log.put(f"new{round_}", "bridge")
        home.log.request_erasure()
        while follower.step() or follower.renew(limit=8):
            pass
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(seen) == {10}


_KILLED = """
import os, signal, sys
from pathlib import Path
from rag_assistant.docstore.changes import Changes
from tests.unit.indexes.homes import Home

root, name, where, nth = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
home = Home(root)
from tests.unit.indexes.test_successor import fill
fill(home.log)
follower = getattr(home, name)()

def dying(real, after):
    calls = 0
    def method(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(*arguments, **named)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return method

method, _, when = where.partition(" ")
setattr(home.log, method, dying(getattr(home.log, method), when == "after"))
while follower.step(2) or follower.renew(2):
    pass
"""


def fill(log: Log) -> None:
    """What both processes know: the documents are in memory, their log is on disk."""
    known = log.last_seq()
    for number in range(8):
        if known:
            log.remember(f"d{number}", f"mill{number}")
        else:
            log.put(f"d{number}", f"mill{number}")
    if known:
        log.documents.pop("d0", None)


@pytest.mark.parametrize(
    ("name", "where", "nth"),
    [
        ("vectors", "advance after", 3),
        ("vectors", "promote after", 1),
        ("lexical", "advance", 2),
        ("lexical", "begin", 1),
        ("lexical", "begin after", 1),
        ("lexical", "promote", 1),
        ("lexical", "promote after", 1),
        ("lexical", "swept", 1),
    ],
)
def test_killed_anywhere_it_goes_on(tmp_path: Path, name: str, where: str, nth: int) -> None:
    home = Home(tmp_path)
    fill(home.log)
    catch_up(opened(home, name))
    home.log.put("d0")
    seq = home.log.request_erasure()
    home.close()
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), name, where, str(nth)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    follower = opened(home, name)
    assert follower.fault is None
    renew(follower)
    assert home.log.erased(seq)
    assert len(home.folders(name)) == 1
    assert (follower.index.count(), follower.check()) == (7, None)
    cursor = home.log.cursor(name)
    assert cursor is not None
    assert cursor.begun not in (ASKED, 0)
    home.close()
