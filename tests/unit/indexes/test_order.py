"""The slow index takes what matters most first, and knows what it has taken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.indexes.follower import Follower
from rag_assistant.indexes.vectors import VectorIndex
from rag_assistant.ports import EntryKey
from rag_assistant.schema import Capture, Description, Document, Entry, Passage, Section
from tests.unit.indexes.samples import vectors_of

REPOSITORY = Path(__file__).parents[3]
TOWN = CollectionConfig(id="town", access="public")


class Watched(VectorIndex):
    """A vector index that notes the titles that it is given, a list for each step."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, vectors=vectors_of, fingerprint="model")
        self.given: list[list[str]] = []
        self.gone: list[str] = []

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        super().apply(removed, entries)
        self.given.append([entry.title for entry in entries])
        self.gone += [key.document_id for key in removed]


def put(
    docstore: Docstore, title: str, *, captures: int = 0, day: str = "", passages: int = 1
) -> str:
    """Put a document, of the web where it has captures; its id."""
    docstore.put_collection(TOWN)
    text = f"{title} was seen."
    passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
    parts = [
        Passage(start=0, end=len(text) - cut, text=text[: len(text) - cut], sentences=())
        for cut in range(1, passages)
    ]
    document = Document(
        description=Description(title=title, date=dates.parse_date(day) if day else None),
        sections=(Section(text=text),),
        format="text",
    )
    found = ""
    for number in range(max(1, captures)):
        capture = Capture(
            uri=f"https://town.example/{title}",
            timestamp=f"2020010100000{number}",
            record_id=f"{title}-{number}",
            offset=number,
        )
        origin = Origin(
            collection=TOWN,
            path=title if not captures else "crawl.warc",
            record=f"{title}-{number}" if captures else None,
            capture=capture if captures else None,
        )
        found = docstore.documents.put(origin, document, [[passage, *parts]])[0]
    return found


def follower(docstore: Docstore, root: Path) -> Follower:
    return Follower(
        root=root,
        name="vectors",
        log=docstore.changes,
        factory=Watched,
        fingerprint="model",
        by_weight=True,
    )


@pytest.fixture
def docstore(tmp_path: Path) -> Iterator[Docstore]:
    with closing(Docstore(tmp_path / "data")) as opened:
        yield opened


def given(one: Follower) -> list[list[str]]:
    assert isinstance(one.index, Watched)
    return one.index.given


def test_most_captured_then_newest_then_the_rest(docstore: Docstore, tmp_path: Path) -> None:
    put(docstore, "old", day="1868")
    put(docstore, "undated")
    put(docstore, "new", day="1999")
    put(docstore, "twice", captures=2)
    put(docstore, "often", captures=3)
    slow = follower(docstore, tmp_path)
    with closing(slow):
        while slow.step(1):
            pass
        assert given(slow) == [["often"], ["twice"], ["new"], ["old"], ["undated"]]
        assert slow.check() is None


def test_a_step_takes_as_many_documents_as_its_passages_allow(
    docstore: Docstore, tmp_path: Path
) -> None:
    for number in range(6):
        put(docstore, f"d{number}", passages=3)
    with closing(follower(docstore, tmp_path)) as slow:
        assert [slow.step(7), slow.step(7), slow.step(7)] == [3, 3, 0]


def test_the_lag_is_what_is_really_pending(docstore: Docstore, tmp_path: Path) -> None:
    put(docstore, "first", day="1868")
    for number in range(9):
        put(docstore, f"d{number}", day="1999")
    changes = docstore.changes
    with closing(follower(docstore, tmp_path)) as slow:
        for left in range(9, -1, -1):
            assert slow.step(1) == 1
            cursor = changes.cursor("vectors")
            assert cursor is not None
            assert cursor.seq == (10 if left == 0 else 0)
            assert (slow.lag(), slow.check()) == (left, None)
            held = {"vectors": cursor.seq}
            coverage = docstore.library.coverage(Bounds(), held)
            assert coverage["vectors"] == pytest.approx(1 - left / 10)
        assert changes.ahead() == 0


def test_a_document_that_changed_often_is_taken_once(docstore: Docstore, tmp_path: Path) -> None:
    put(docstore, "other", day="1999")
    for day in ("1801", "1802", "1803"):
        put(docstore, "changed", day=day)
    with closing(follower(docstore, tmp_path)) as slow:
        assert [slow.step(1), slow.step(1), slow.step(1)] == [1, 3, 0]
        assert given(slow) == [["other"], ["changed"]]


def test_what_was_taken_and_changes_again_is_taken_again(
    docstore: Docstore, tmp_path: Path
) -> None:
    put(docstore, "waits", day="1801")
    put(docstore, "changes", day="1998")
    with closing(follower(docstore, tmp_path)) as slow:
        slow.step(1)
        put(docstore, "changes", day="1999")
        slow.step(1)
        slow.step(1)
        assert given(slow) == [["changes"], ["changes"], ["waits"]]
        assert (slow.lag(), slow.check()) == (0, None)


def test_a_removal_waits_for_nothing(docstore: Docstore, tmp_path: Path) -> None:
    gone = put(docstore, "gone", day="1999")
    with closing(follower(docstore, tmp_path)) as slow:
        slow.step(1)
        for number in range(20):
            put(docstore, f"d{number}", day="2001")
        docstore.takedown.remove(gone)
        seq = docstore.changes.last_seq()
        assert not docstore.changes.hidden(seq)
        slow.step(1)
        assert docstore.changes.hidden(seq)
        assert slow.lag() == 19
        assert isinstance(slow.index, Watched)
        assert slow.index.gone == [gone]


@pytest.mark.parametrize("action", ["hide", "remove"])
def test_a_removal_waits_for_no_queue_however_much_comes_after_it(
    docstore: Docstore, tmp_path: Path, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.docstore.changes._WINDOW", 5)
    gone = put(docstore, "gone", day="1999")
    with closing(follower(docstore, tmp_path)) as slow:
        slow.step(1)
        for number in range(20):
            put(docstore, f"before-{number}")
        getattr(docstore.takedown, action)(gone)
        seq = docstore.changes.last_seq()
        for number in range(20):
            put(docstore, f"after-{number}")
        assert not docstore.changes.hidden(seq)
        slow.step(1)
        assert docstore.changes.hidden(seq)
        assert isinstance(slow.index, Watched)
        assert slow.index.gone == [gone]
        assert slow.lag() >= 38


_STEP = """
import os, signal, sys
from contextlib import closing
from pathlib import Path
from rag_assistant.docstore import Docstore
from tests.unit.indexes.test_order import follower

docstore = Docstore(Path(sys.argv[1]) / "data")
slow = follower(docstore, Path(sys.argv[1]))
for _ in range(3):
    slow.step(1)
advance = docstore.changes.advance
def killed(*arguments):
    if sys.argv[2] == "after":
        advance(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
docstore.changes.advance = killed
slow.step(1)
"""


@pytest.mark.parametrize(("when", "left"), [("before", 7), ("after", 6)])
def test_killed_amid_a_window_it_loses_a_step_at_most(
    docstore: Docstore, tmp_path: Path, when: str, left: int
) -> None:
    for number in range(10):
        put(docstore, f"d{number}", day=f"{1900 + number}")
    done = subprocess.run(
        [sys.executable, "-c", _STEP, str(tmp_path), when],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with closing(follower(docstore, tmp_path)) as slow:
        assert (slow.fault, slow.lag()) == (None, left)
        while slow.step(1):
            pass
        assert [title for (title,) in given(slow)] == [f"d{number}" for number in range(left)][::-1]
        assert (slow.index.count(), slow.check()) == (10, None)


def test_what_is_hidden_is_not_embedded(docstore: Docstore, tmp_path: Path) -> None:
    put(docstore, "page", day="1999")
    docstore.takedown.hide(put(docstore, "hidden", day="2001"))
    with closing(follower(docstore, tmp_path)) as slow:
        while slow.step(8):
            pass
        assert given(slow) == [["page"]]
