"""Owning, following and handing over the indexes, over a real docstore and real indexes."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from rag_assistant.answer import Answer
from rag_assistant.asking import Asking, Question
from rag_assistant.asking.writing import Writing
from rag_assistant.assistant import Assistant
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import EmbeddingSettings, OllamaSettings, Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.embedding import ChosenEmbedder
from rag_assistant.engine import _STEPS, Engine
from rag_assistant.errors import EmbeddingModelError, IndexDamagedError, RagAssistantError
from rag_assistant.following import Following
from rag_assistant.health import status
from rag_assistant.indexes import lexical
from rag_assistant.indexes.opening import LEXICAL, VECTORS
from rag_assistant.models import Models
from rag_assistant.ports import Answerer, AnswerEvent, IndexQuery, Task, Vectors
from rag_assistant.retrieval import Retriever
from rag_assistant.retrieval.candidates import search_present
from rag_assistant.schema import Description, Document, Filters, Passage, Section
from tests.fakes import FakeAnswerer, FakeEmbedder

pytestmark = pytest.mark.integration

TOWN = CollectionConfig(id="town", access="public")
BRIDGE = "The iron bridge was opened on 4 May 1868 by the mayor."
QUESTION = "When was the iron bridge opened by the mayor?"


def put(docstore: Docstore, path: str, text: str) -> str:
    """Put a document of one passage; its id."""
    docstore.put_collection(TOWN)
    passage = Passage(start=0, end=len(text), text=text, sentences=((0, len(text)),))
    origin = Origin(collection=TOWN, path=path, record=None, capture=None)
    document = Document(
        description=Description(title=path), sections=(Section(text=text),), format="text"
    )
    return docstore.documents.put(origin, document, [[passage]])[0]


class Home:
    """One data folder, and several that use it, as processes of their own would."""

    def __init__(self, data: Path, stack: ExitStack) -> None:
        self.settings = Settings(data=data)
        self._stack = stack
        self.docstore = stack.enter_context(closing(Docstore(data)))

    def engine(self, embedder: FakeEmbedder | None = None) -> Engine:
        made = Engine(self.settings, self.docstore, embedder or FakeEmbedder())
        return self._stack.enter_context(closing(made))

    def assistant(self, kind: type[Assistant] = Assistant) -> Assistant:
        return self._stack.enter_context(kind(self.settings, embedder=FakeEmbedder()))

    def indexed(self, *texts: str) -> None:
        """Put the texts, and let both indexes hold them."""
        for number, text in enumerate(texts):
            put(self.docstore, f"{number}.txt", text)
        engine = self.engine()
        assert engine.own("index")
        while engine.follow():
            pass
        engine.close()

    def cursor_folder(self, name: str) -> Path:
        cursor = self.docstore.changes.cursor(name)
        assert cursor is not None
        return self.settings.data / "indexes" / name / cursor.generation


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with ExitStack() as stack:
        yield Home(tmp_path / "data", stack)


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# ---------------------------------------------------------------- owning


def test_threads_that_own_at_once_own_once(home: Home) -> None:
    home.indexed(BRIDGE)
    engine = home.engine()
    together = threading.Barrier(8)
    owned: list[bool] = []

    def own() -> None:
        together.wait()
        owned.append(engine.own("command"))

    threads = [threading.Thread(target=own) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert owned == [True] * 8
    engine.disown()
    assert not engine.lock.held
    assert home.engine().own("command"), "nothing is left of the lock"


def test_an_index_left_alone_by_a_question_is_mended_by_index(home: Home) -> None:
    home.indexed(BRIDGE)
    for file in home.cursor_folder(LEXICAL).glob("*.term"):
        file.write_bytes(b"not this")
    engine = home.engine()
    assert engine.own("command")
    assert LEXICAL in engine.warnings
    assert engine.vectors is not None
    assert engine.own("index")
    assert LEXICAL in engine.mended()
    assert LEXICAL not in engine.warnings
    assert Following(home.docstore, engine).to_the_end(lambda event: None) == {
        LEXICAL: 0,
        VECTORS: 0,
    }
    assert engine.faults() == {}


# ---------------------------------------------------------------- following


def test_damage_met_while_following_is_built_anew(home: Home) -> None:
    home.indexed(BRIDGE)
    engine = home.engine()
    assert engine.own("serve")
    before = home.cursor_folder(LEXICAL)
    (before / "meta.json").write_bytes(b"not this")
    put(home.docstore, "mill.txt", "The mill burnt down.")
    engine.follow()
    assert home.cursor_folder(LEXICAL) != before
    assert engine.lags()[LEXICAL] == 0
    assert engine.lexical is not None
    assert engine.lexical.count() == 2


def test_who_only_asks_builds_nothing_anew(home: Home) -> None:
    home.indexed(BRIDGE)
    engine = home.engine()
    assert engine.own("command")
    before = home.cursor_folder(LEXICAL)
    (before / "meta.json").write_bytes(b"not this")
    put(home.docstore, "mill.txt", "The mill burnt down.")
    with pytest.raises(IndexDamagedError):
        engine.follow_lexical()
    assert home.cursor_folder(LEXICAL) == before


class Failing(FakeEmbedder):
    """Fails until it is mended."""

    mended = False

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not self.mended:
            raise EmbeddingModelError("The model cannot be read.")
        return super().embed_passages(texts)


def test_a_failed_step_is_told_until_one_succeeds(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._RETRY", 0.05)
    put(home.docstore, "bridge.txt", BRIDGE)
    embedder = Failing()
    engine = home.engine(embedder)
    stop = threading.Event()
    thread = threading.Thread(target=Following(home.docstore, engine).serve, args=(stop,))
    thread.start()
    try:
        until(lambda: bool(engine.warnings))
        assert thread.is_alive()
        embedder.mended = True
        until(lambda: not engine.warnings and not any(engine.lags().values()))
    finally:
        stop.set()
        thread.join()


class Unexpected(FakeEmbedder):
    """Fails as nobody expected, until it is mended."""

    mended = False

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not self.mended:
            raise RuntimeError("not enough\nmemory")
        return super().embed_passages(texts)


def test_a_server_tells_an_error_that_nobody_expected_and_tries_again(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("rag_assistant.following._RETRY", 0.05)
    put(home.docstore, "bridge.txt", BRIDGE)
    embedder = Unexpected()
    engine = home.engine(embedder)
    stop = threading.Event()
    thread = threading.Thread(target=Following(home.docstore, engine).serve, args=(stop,))
    thread.start()
    try:
        until(lambda: bool(engine.warnings))
        time.sleep(0.3)
        told = status(home.settings, home.docstore, engine, Models(home.settings))
        words = "The vectors index cannot follow, and tries again: RuntimeError: not enough memory."
        assert (told["healthy"], told["problems"]) == (False, [words])
        assert [record.getMessage() for record in caplog.records] == [f"rag-assistant: {words}"]
        embedder.mended = True
        until(lambda: not engine.warnings and not any(engine.lags().values()))
    finally:
        stop.set()
        thread.join()


class Slow(FakeEmbedder):
    """Embeds for as long as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.free = threading.Event(), threading.Event()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.begun.set()
        assert self.free.wait(30)
        return super().embed_passages(texts)


def test_the_status_does_not_wait_for_a_step(home: Home) -> None:
    put(home.docstore, "bridge.txt", BRIDGE)
    embedder = Slow()
    engine = home.engine(embedder)
    assert engine.own("serve")
    thread = threading.Thread(target=engine.follow)
    thread.start()
    try:
        assert embedder.begun.wait(20)
        started = time.monotonic()
        assert engine.faults() == {}
        assert time.monotonic() - started < 5
        assert thread.is_alive()
    finally:
        embedder.free.set()
        thread.join()


def test_a_reader_that_failed_once_is_well_again(home: Home) -> None:
    home.indexed(BRIDGE)
    meta = home.cursor_folder(LEXICAL) / "meta.json"
    whole = meta.read_bytes()
    meta.write_bytes(b"not this")
    engine = home.engine()
    assert engine.lexical is None
    assert engine.warnings
    meta.write_bytes(whole)
    assert engine.lexical is not None
    assert engine.warnings == {}


def test_an_index_of_another_version_is_not_read_and_is_named_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.indexed(BRIDGE)
    monkeypatch.setattr(lexical, "FINGERPRINT", "lexical-of-tomorrow")
    engine = home.engine()
    assert engine.own("command")
    assert engine.lexical is None
    told = [warning.message for warning in engine.warnings.values()]
    assert told == ["The lexical index was built with another model or version."]


# ---------------------------------------------------------------- a session in Python


def test_a_session_finds_what_came_meanwhile(home: Home) -> None:
    home.indexed(BRIDGE)
    session = home.assistant()
    assert len(session.search("iron bridge").hits) == 1
    new = put(home.docstore, "tower.txt", "The water tower was pulled down in 1977.")
    found = session.search("water tower").hits
    assert found[0].entry.document_id == new


@pytest.mark.parametrize("asks", [True, False])
def test_a_session_hands_the_indexes_over_to_index(
    home: Home, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._AT_EASE", 30.0 if asks else 0.5)
    home.indexed(BRIDGE)
    session = home.assistant()
    session.search("iron bridge")
    put(home.docstore, "tower.txt", "The water tower was pulled down in 1977.")
    indexing = Following(home.docstore, home.engine())
    left: dict[str, int] = {}

    def run() -> None:
        left.update(indexing.to_the_end(lambda event: None))

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: session.engine.lock.wanted or not thread.is_alive())
    started = time.monotonic()
    if asks:
        assert session.search("iron bridge").hits
    thread.join(timeout=10)
    assert time.monotonic() - started < 5
    assert left == {LEXICAL: 0, VECTORS: 0}
    indexing._engine.disown()
    assert session.search("water tower").hits[0].entry.title == "tower.txt"


@pytest.mark.parametrize("work", ["index", "repair", "hide"])
def test_a_session_that_did_other_work_hands_the_indexes_over(
    home: Home, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._AT_EASE", 0.5)
    home.indexed(BRIDGE)
    folder = home.settings.data.parent / "mill"
    folder.mkdir()
    (folder / "mill.txt").write_text("The mill burnt down.", encoding="utf-8")
    session = home.assistant()
    if work == "index":
        session.index([folder])
    elif work == "repair":
        session.repair()
    else:
        session.settle([session.hide(home.docstore.documents.ids()[0])])
    assert session.engine.lock.held
    other = home.engine()
    other.lock.want()
    until(lambda: other.own("index"), 5)


# ---------------------------------------------------------------- in the background


def test_the_words_of_a_file_are_found_while_vectors_wait(home: Home) -> None:
    embedder = Slow()
    engine = home.engine(embedder)
    following = Following(home.docstore, engine)
    following.begin(1.0)
    with following.beside():
        put(home.docstore, "bridge.txt", BRIDGE)
        assert embedder.begun.wait(20), "vectors begin while there is more to read"
        put(home.docstore, "mill.txt", "The mill burnt down.")
        until(lambda: engine.lags()[LEXICAL] == 0, 5)
        assert engine.lags()[VECTORS] > 0
        embedder.free.set()
        until(lambda: not any(engine.lags().values()))


def test_words_come_first_until_all_is_read(home: Home) -> None:
    embedder = Slow()
    engine = home.engine(embedder)
    following = Following(home.docstore, engine)
    following.begin(1.0)
    with following.beside(words_first=True) as report:
        put(home.docstore, "bridge.txt", BRIDGE)
        until(lambda: engine.lags() == {LEXICAL: 0, VECTORS: 1})
        assert not embedder.begun.wait(1.0)
        embedder.free.set()
        assert following.watch(lambda event: None, report) == {LEXICAL: 0, VECTORS: 0}


def test_what_is_hidden_while_words_come_first_is_hidden_at_once(home: Home) -> None:
    home.indexed(BRIDGE, "The mill burnt down.")
    engine = home.engine(Failing())
    following = Following(home.docstore, engine)
    following.begin(1.0)
    with following.beside(words_first=True):
        put(home.docstore, "new.txt", "Something new.")
        receipt = home.docstore.takedown.hide(home.docstore.documents.ids()[0])
        until(lambda: home.docstore.changes.hidden(receipt.seq, receipt.first), 5)
        assert engine.lags() == {LEXICAL: 0, VECTORS: 1}, "no vector was computed for that"


def test_indexes_that_cannot_be_opened_are_told_before_all_is_read(home: Home) -> None:
    class Unfit(Assistant):
        read = 0

        def note(self, event: dict[str, object]) -> None:
            self.read += event["event"] == "added"
            time.sleep(0.01)

    folder = home.settings.data.parent / "town"
    folder.mkdir()
    for number in range(1000):
        (folder / f"{number}.txt").write_text(BRIDGE, encoding="utf-8")
    assistant = home.assistant(Unfit)
    assert isinstance(assistant, Unfit)
    (home.settings.data / "indexes").write_text("a file is in the place of the folder")
    with pytest.raises(RagAssistantError):
        assistant.index([folder], on_event=assistant.note)
    assert assistant.read < 500


def test_indexes_that_are_opened_meanwhile_are_waited_for(home: Home) -> None:
    """Only then is it known that one of them is lost, and has everything left to do."""
    home.indexed(BRIDGE)
    shutil.rmtree(home.cursor_folder(LEXICAL))
    engine = home.engine()
    following = Following(home.docstore, engine)
    following.begin(1.0)
    assert engine.opening
    assert engine.lags() == {LEXICAL: 0, VECTORS: 0}, "nothing tells yet that one is lost"
    with following.beside(words_first=True) as report:
        following.watch(lambda event: None, report)
    assert not engine.opening
    found = engine.lexical
    assert found is not None
    assert found.count() == 1


def test_what_fails_in_the_background_is_told_at_the_end(home: Home) -> None:
    engine = home.engine(Failing())
    following = Following(home.docstore, engine)
    following.begin(1.0)
    read = 0

    def index() -> None:
        nonlocal read
        with following.beside() as report:
            for number in range(5):
                put(home.docstore, f"{number}.txt", f"{BRIDGE} {number}")
                time.sleep(0.1)
                read += 1
            following.watch(lambda event: None, report)

    with pytest.raises(EmbeddingModelError):
        index()
    assert read == 5
    assert engine.lags()[LEXICAL] == 0 or engine.lexical is not None


def test_ctrl_c_does_not_wait_for_all_words(home: Home) -> None:
    engine = home.engine()
    assert engine.own("index")
    for number in range(3):
        put(home.docstore, f"{number}.txt", f"{BRIDGE} {number}")
    engine.halted.set()
    engine.follow_lexical()
    assert engine.lags()[LEXICAL] == 3
    engine.halted.clear()
    engine.follow_lexical()
    assert engine.lags()[LEXICAL] == 0


def test_ctrl_c_does_not_wait_for_a_long_step(home: Home) -> None:
    for number in range(400):
        put(home.docstore, f"{number}.txt", f"{BRIDGE} {number}")
    embedder = Steady(0.4)
    engine = home.engine(embedder)
    following = Following(home.docstore, engine)
    following.begin(1.0)

    def interrupted() -> None:
        with following.beside():
            until(lambda: bool(embedder.embedded))
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - started < 3
    assert 0 < len(embedder.embedded) < 200
    assert engine.lags()[VECTORS] == 400


def test_two_threads_search_while_both_indexes_follow(home: Home) -> None:
    home.indexed(BRIDGE)
    server = home.assistant()
    server.serving = True
    stop, asked, faults = threading.Event(), threading.Event(), list[BaseException]()
    longest = [0.0]

    def ask() -> None:
        try:
            while not stop.is_set():
                started = time.monotonic()
                assert server.search(QUESTION, k=3).hits
                longest.append(time.monotonic() - started)
                asked.set()
        except BaseException as error:  # noqa: BLE001 - shown below
            faults.append(error)

    work = [threading.Thread(target=ask) for _ in range(2)]
    work.append(threading.Thread(target=server.keep_following, args=(stop,)))
    for thread in work:
        thread.start()
    try:
        assert asked.wait(20)
        for number in range(60):
            put(home.docstore, f"new-{number}.txt", f"{BRIDGE} Note {number}.")
        home.docstore.changes.request_erasure()
        until(lambda: not any(server.engine.left().values()), 60)
    finally:
        stop.set()
        for thread in work:
            thread.join()
    assert faults == []
    assert max(longest) < 5
    assert server.engine.vectors is not None
    assert server.engine.vectors.count() == 61


class Steady(FakeEmbedder):
    """Takes a while for each batch."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        time.sleep(self._seconds)
        return super().embed_passages(texts)


def test_one_does_not_give_up_on_ones_own_slow_work(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._STUCK", 0.2)
    put(home.docstore, "bridge.txt", BRIDGE)
    following = Following(home.docstore, home.engine(Steady(1.5)))
    following.begin(1.0)
    assert following.to_the_end(lambda event: None) == {LEXICAL: 0, VECTORS: 0}


def test_an_owner_that_embeds_does_not_stand_still(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._STUCK", 1.5)
    for number in range(200):
        put(home.docstore, f"{number}.txt", f"{BRIDGE} {number}")
    owner, beside = home.engine(Steady(0.5)), home.engine()
    stop = threading.Event()
    thread = threading.Thread(target=Following(home.docstore, owner).serve, args=(stop,))
    thread.start()
    try:
        until(lambda: owner.lock.held)
        started = time.monotonic()
        left = Following(home.docstore, beside).to_the_end(lambda event: None)
        assert left == {LEXICAL: 0, VECTORS: 0}
        assert time.monotonic() - started > 1.5, "one step lasted longer than standing still may"
    finally:
        stop.set()
        thread.join()


def test_one_gives_up_where_another_owner_stands_still(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._STUCK", 0.5)
    put(home.docstore, "bridge.txt", BRIDGE)
    owner, beside = home.engine(), home.engine()
    assert owner.own("serve")
    left = Following(home.docstore, beside).to_the_end(lambda event: None)
    assert left == {LEXICAL: 1, VECTORS: 1}


def test_one_waits_no_longer_than_is_enough(home: Home) -> None:
    embedder = Slow()
    following = Following(home.docstore, home.engine(embedder))
    put(home.docstore, "bridge.txt", BRIDGE)
    following.begin(1.0)

    def enough() -> bool:
        if embedder.begun.is_set():
            embedder.free.set()
            return True
        return False

    assert following.to_the_end(lambda event: None, enough=enough)[VECTORS] == 1


# ---------------------------------------------------------------- a question under way


class Interrupting(FakeEmbedder):
    """Something happens while it embeds a question."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.meanwhile()
        return super().embed_queries(texts)


@pytest.mark.parametrize("happens", ["promotion", "handing over", "rebuilding"])
def test_a_question_under_way_finds_what_its_coverage_says(home: Home, happens: str) -> None:
    home.indexed(BRIDGE, "The mill burnt down in 1902.")
    embedder = Interrupting()
    engine = home.engine(embedder)
    assert engine.own("serve")

    def follow() -> None:
        while engine.follow():
            pass

    def meanwhile() -> None:
        former = engine.vectors
        if happens == "promotion":
            home.docstore.changes.request_erasure()
            follow()
        elif happens == "handing over":
            engine.disown()
        else:
            engine._followers[VECTORS].rebuild()
            follow()
        assert engine.vectors is not former

    embedder.meanwhile = meanwhile
    retriever = Retriever(home.docstore, engine, home.settings.retrieval)
    found = retriever.search(QUESTION, k=3, filters=Filters(), audience="staff")
    assert found.hits[0].entry.text == BRIDGE
    covered = float(happens != "handing over")
    assert found.coverage == {LEXICAL: 1.0, VECTORS: covered}
    assert [hit.similarity is not None for hit in found.hits[:1]] == [bool(covered)]


def test_a_reader_whose_folder_goes_asks_the_next(home: Home) -> None:
    home.indexed(BRIDGE)
    owner, reader = home.engine(), home.engine()
    assert owner.own("serve")
    former = reader.lexical
    assert former is not None
    home.docstore.changes.request_erasure()
    while owner.follow():
        pass
    asked = IndexQuery(text="iron bridge", collections=("town",), access=("public",))
    with pytest.raises(IndexDamagedError):
        former.search(asked, 3)
    handed_out = iter([former])
    found = search_present(lambda: next(handed_out, None) or reader.lexical, asked, 3)
    assert len(found) == 1


def test_a_session_hands_nothing_over_amid_a_question(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_assistant.following._AT_EASE", 0.2)
    home.indexed(BRIDGE)
    session = home.assistant()
    session.search(QUESTION)
    other = home.engine()
    with session._answering():
        other.lock.want()
        time.sleep(1.0)
        assert session.engine.lock.held
    until(lambda: not session.engine.lock.held, 5)


# ---------------------------------------------------------------- erasing


def test_what_was_removed_is_erased_though_much_is_left_to_embed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_STEPS, VECTORS, 2)
    home.indexed(*(f"{BRIDGE} {number}" for number in range(20)), "The mill burnt down in 1902.")
    engine = home.engine(Steady(0.02))
    assert engine.own("serve")
    for number in range(100):
        put(home.docstore, f"new-{number}.txt", f"{BRIDGE} Note {number}.")
    entries = home.docstore.changes.sample_entries(200)
    mill = next(entry.document_id for entry in entries if "mill" in entry.text)
    home.docstore.takedown.remove(mill)
    seq = home.docstore.changes.last_seq()
    steps = 0
    while not home.docstore.changes.erased(seq):
        engine.follow()
        steps += 1
    assert steps < 40
    assert engine.lags()[VECTORS] > 20
    while engine.follow():
        pass
    assert engine.faults() == {}


def test_once_erased_no_file_holds_a_byte_of_what_was_removed(home: Home) -> None:
    secret = "quillfeather"
    home.indexed(BRIDGE, f"The {secret} affair was settled in private, said {secret}.")
    engine = home.engine()
    assert engine.own("index")
    cached = engine.passage_vectors(home.docstore.library.text_hashes(Bounds()))
    entry = next(one for one in home.docstore.changes.sample_entries(9) if secret in one.text)
    vector = cached[entry.passage_id].astype(np.float32).tobytes()
    assert holding(home.settings.data, secret.encode(), vector[:64])
    home.docstore.takedown.remove(entry.document_id)
    seq = home.docstore.changes.last_seq()
    assert not home.docstore.changes.erased(seq)
    left = Following(home.docstore, engine).to_the_end(lambda event: None)
    assert left == {LEXICAL: 0, VECTORS: 0}
    assert home.docstore.changes.hidden(seq)
    assert home.docstore.changes.erased(seq)
    indexes = home.settings.data / "indexes"
    assert holding(indexes, secret.encode(), vector[:64]) == []
    home.docstore.erase()
    assert holding(home.settings.data, secret.encode(), vector[:64]) == []
    assert engine.lexical is not None
    assert engine.lexical.count() == 1


def holding(folder: Path, *wanted: bytes) -> list[str]:
    """The files that hold any of these bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(one in path.read_bytes() for one in wanted)]


# ---------------------------------------------------------------- answers while indexes change


def test_while_the_indexes_are_built_anew_nothing_is_called_missing(home: Home) -> None:
    home.indexed(BRIDGE, "The mill burnt down in 1902.")
    server = home.assistant()
    server.serving = True
    assert server.engine.own("serve")
    assert server.ask(QUESTION, answerer="extractive").status == "answered"
    for follower in server.engine._followers.values():
        follower.rebuild()
    answer = server.ask(QUESTION, answerer="extractive")
    assert (answer.status, answer.text) == ("not_ready", "")
    assert answer.reason == "The index is being built: try again in a moment."
    while server.engine.follow():
        pass
    assert server.ask(QUESTION, answerer="extractive").status == "answered"
    assert server.ask("Who walked on Mars?", answerer="extractive").status == "no_answer"


def test_the_public_is_not_told_where_the_model_runs(home: Home) -> None:
    home.indexed(BRIDGE)
    home.settings = home.settings.model_copy(
        update={"ollama": OllamaSettings(url="http://127.0.0.1:9")}
    )
    assistant = home.assistant()
    public = assistant.ask(QUESTION, answerer="ollama", audience="public")
    staff = assistant.ask(QUESTION, answerer="ollama")
    assert (public.status, staff.status) == ("model_failed", "model_failed")
    assert public.reason == "The language model failed; the sources still stand."
    assert "ollama serve" in (staff.reason or "")


class Hiding(FakeAnswerer):
    """Its sources are taken down while it writes."""

    def __init__(self, docstore: Docstore) -> None:
        super().__init__()
        self._docstore = docstore

    def answer(self, task: Task) -> Generator[AnswerEvent]:
        for hit in task.hits:
            self._docstore.takedown.hide(hit.entry.document_id, "asked for")
        yield from super().answer(task)


class Interrupted(Writing):
    """Quotes with that answerer."""

    def quoting(self) -> Answerer:
        return Hiding(self._docstore)


def test_a_source_taken_down_while_the_answer_is_written(home: Home) -> None:
    home.indexed(BRIDGE)
    assistant = home.assistant()
    assistant.search(QUESTION)  # it owns the indexes now
    settings, docstore, engine = assistant.settings, assistant.docstore, assistant.engine
    retriever = Retriever(docstore, engine, settings.retrieval)
    writing = Interrupted(settings, docstore, engine)
    asking = Asking(settings, docstore, engine, retriever, writing)
    *_, answer = asking.stream(Question(text=QUESTION, answerer="extractive"))
    assert isinstance(answer, Answer)
    assert (answer.status, answer.citations) == ("model_failed", ())
    assert answer.reason == "A source was taken down while the answer was written; ask again."


def test_no_answer_waits_for_a_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is embedded for a request must not settle the backend, be it a passage."""

    def settled(*_: object, **__: object) -> None:
        raise AssertionError("it was measured")

    monkeypatch.setattr(ChosenEmbedder, "settle", settled)
    settings = Settings(data=tmp_path, embedding=EmbeddingSettings(backend="openvino"))
    with closing(Docstore(tmp_path)) as docstore, closing(Engine(settings, docstore)) as engine:
        for embedder in (engine.questions, engine.sentences):
            assert embedder.embed_passages([BRIDGE]).shape == (1, embedder.dimension)
        with pytest.raises(AssertionError, match="measured"):
            engine.embedder.embed_passages([BRIDGE])
