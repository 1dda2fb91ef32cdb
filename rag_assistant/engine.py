"""The indexes of one data folder, as far as this process may use them.

The owner has both and lets them follow the docstore. Any other process has the lexical index,
read-only: embedded Chroma allows one process, Tantivy any number of readers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence

from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.cursors import NEXT
from rag_assistant.docstore.log import ASKED
from rag_assistant.embedding import (
    Choice,
    ChosenEmbedder,
    QuestionVectors,
    SentenceVectors,
    find_model,
)
from rag_assistant.errors import IndexDamagedError, RagAssistantError
from rag_assistant.indexes.follower import Fault, Follower
from rag_assistant.indexes.opening import LEXICAL, VECTORS, Opening
from rag_assistant.indexes.reader import LexicalReader, faulty
from rag_assistant.owner import OwnerLock, Purpose
from rag_assistant.ports import Embedder, Index, Vectors
from rag_assistant.resplitting import Resplitting

_NAMES = (LEXICAL, VECTORS)
_INDEXES = "indexes"
_FOLLOWING = "following"
_BACKEND = "backend"
_PATIENCE = 1.0  # seconds
_STEPS = {LEXICAL: 256, VECTORS: 256}  # changes of the one, passages of the other


class _Halted(Exception):
    """The indexes are handed over: a step breaks off, and what it has embedded is kept."""


class Engine:
    """Both indexes and the embedding model, opened when they are first needed.

    Args:
        settings: Says where the data folder and the model are.
        docstore: What the indexes follow.
        embedder: The embedding model; None finds the configured one.

    Attributes:
        lock: The ownership of the indexes.
        halted: Set: steps under way break off.
        warnings: What a person should know of indexes that could not be used.
    """

    def __init__(
        self, settings: Settings, docstore: Docstore, embedder: Embedder | None = None
    ) -> None:
        self._settings = settings
        self._docstore = docstore
        self._embedder = embedder
        self._questions: QuestionVectors | None = None
        self._sentences: SentenceVectors | None = None
        self._indexes = settings.data / _INDEXES
        self._followers: dict[str, Follower] = {}
        self._reader = LexicalReader(self._indexes, LEXICAL, docstore.changes)
        self._mends = False
        self._resplitting = Resplitting(docstore, settings.embedding)
        self._rebuilt: set[str] = set()  # for damage, and not at the end of the log since
        self._guard = threading.RLock()  # of who owns what; each follower has a lock of its own
        self.halted = threading.Event()
        self.lock = OwnerLock(settings.data)
        self.warnings: dict[str, RagAssistantError] = {}

    # ------------------------------------------------------------ owning

    def own(self, purpose: Purpose, *, patience: float = 0.0, asks: bool = False) -> bool:
        """Try to become the owner and open both indexes; whether it succeeded.

        What only reads leaves an index that it cannot trust alone and says so in ``warnings``;
        `index` and `serve` build it anew. What ``asks`` has the model opened beside the indexes.
        """
        with self._guard:
            if not self.lock.take(purpose, patience=patience):
                return False
            if asks and isinstance(self.embedder, ChosenEmbedder):
                self.embedder.expect_question()
            self._mends = self._mends or purpose != "command"
            if not self._followers or (self._mends and len(self._followers) < len(_NAMES)):
                self.halted.clear()
                try:
                    self._open(mend=self._mends)
                except BaseException:
                    self.disown()
                    raise
            return True

    @property
    def opened(self) -> bool:
        """Whether both indexes are open here."""
        return len(self._followers) == len(_NAMES)

    @property
    def opening(self) -> bool:
        """Whether the indexes are owned already, and not yet open."""
        return self.lock.held and not self.opened

    def disown(self) -> None:
        """Close the indexes and let another process own them; a step under way breaks off."""
        with self._guard:
            self.halted.set()
            former, self._followers = self._followers, {}  # a search looks whether there is another
            for follower in former.values():
                follower.close()
            self._rebuilt.clear()
            self._mends = False
            self.lock.release()

    def follow(self) -> bool:
        """Let each index take what comes next, the quick one to its end first.

        Returns:
            Whether anything is left to do.
        """
        lexical_left = self.follow_lexical()
        return self.follow_vectors() or lexical_left

    def follow_lexical(self) -> bool:
        """Let the lexical index catch up, or build the one further that is to replace it.

        Returns:
            Whether anything is left to do.
        """
        while not self.halted.is_set() and self._step(LEXICAL):
            pass
        return self._renew(LEXICAL)

    def follow_vectors(self) -> bool:
        """Let the vector index take its next passages, then build on for about as long.

        So an erasure that was asked for does not wait until everything is embedded.

        Passages that were made for another model's limit are made anew first.

        Returns:
            Whether anything is left to do.
        """
        if self._embeds and self._resplitting.step():
            return True
        started = time.monotonic()
        stepped = self._step(VECTORS) > 0
        until = 2 * time.monotonic() - started
        while self._renew(VECTORS):
            if self.halted.is_set() or time.monotonic() >= until:
                return True
        return stepped

    def follow_removals(self) -> bool:
        """Let the vector index take what asks for no vectors: what is gone, and what is rebuilt.

        Returns:
            Whether anything is left of that.
        """
        return self._step(VECTORS, 0) > 0 or self._renew(VECTORS)

    @property
    def _embeds(self) -> bool:
        return self._mends and VECTORS in self._followers

    def catch_up(self) -> None:
        """Before a question: let the words of what came meanwhile be found.

        A step that fails is kept in ``warnings``, and what the index holds can still be asked.
        """
        self.warnings.pop(_FOLLOWING, None)
        if self._docstore.changes.lag(LEXICAL):
            try:
                while self._step(LEXICAL):
                    pass
            except RagAssistantError as error:
                self.warnings[_FOLLOWING] = error

    def _step(self, name: str, limit: int | None = None) -> int:
        """One follower's step; an index found damaged is built anew, once."""
        follower = self._followers.get(name)
        if follower is None:
            return 0
        try:
            taken = follower.step(_STEPS[name] if limit is None else limit)
        except IndexDamagedError:
            if not self._mends or name in self._rebuilt:
                raise
            self._rebuilt.add(name)
            follower.rebuild()
            return 1
        except _Halted:
            return 0
        if not taken:
            self._rebuilt.discard(name)
        return taken

    def _renew(self, name: str) -> bool:
        """Build the index further that was asked for in the place of the present one.

        Returns:
            Whether anything is left of that.
        """
        follower = self._followers.get(name)
        try:
            return follower is not None and self._mends and follower.renew()
        except _Halted:
            return False

    def _go_on(self) -> None:
        if self.halted.is_set():
            raise _Halted

    def repair(self) -> dict[str, str]:
        """Check each index against the docstore and begin those that differ anew."""
        with self._guard:
            faults = self.faults()
            for name in faults:
                self._followers[name].rebuild()
        return faults

    def faults(self) -> dict[str, str]:
        """Indexes that cannot be trusted, and why; of an owner only."""
        followers = list(self._followers.items())
        checked = {name: follower.check_between_steps(_PATIENCE) for name, follower in followers}
        return {name: fault.value for name, fault in checked.items() if fault is not None}

    def mended(self) -> dict[str, str]:
        """Indexes that had to be begun anew when they were opened, and why."""
        found = {name: follower.fault for name, follower in self._followers.items()}
        return {
            name: fault.value
            for name, fault in found.items()
            if fault is not None and fault is not Fault.NEW
        }

    # ------------------------------------------------------------ what retrieval needs

    @property
    def lexical(self) -> Index | None:
        """The lexical index; None before it is first built."""
        follower = self._followers.get(LEXICAL)
        return follower.index if follower else self._read_only()

    @property
    def vectors(self) -> Index | None:
        """The vector index; None for all but the owner."""
        follower = self._followers.get(VECTORS)
        return follower.index if follower else None

    def lags(self) -> dict[str, int]:
        """How many changes each index does not hold yet."""
        return {name: self._docstore.changes.lag(name) for name in _NAMES}

    def left(self) -> dict[str, int]:
        """How much is left to do: changes that an index, or its successor, has to take.

        For the vector index of an owner also documents that must be split anew before.
        """
        changes = self._docstore.changes
        left = self.lags()
        for name, lag in left.items():
            cursor = changes.cursor(name)
            if cursor is not None and cursor.begun == ASKED:
                left[name] = max(lag, changes.lag(name + NEXT), 1)
        if self._embeds:
            left[VECTORS] += self._resplitting.left
        return left

    def held(self) -> dict[str, int]:
        """The last change that each index which can be asked holds; nothing for one that cannot."""
        asked = {LEXICAL: self.lexical, VECTORS: self.vectors}
        return {name: seq for name, seq in self.positions().items() if asked[name] is not None}

    def positions(self) -> dict[str, int]:
        """The last change that each index holds, whoever may ask it."""
        cursors = {name: self._docstore.changes.cursor(name) for name in _NAMES}
        return {name: cursor.seq for name, cursor in cursors.items() if cursor is not None}

    def embed_question(self, question: str) -> Vectors:
        """The question as a unit vector; it never enters the cache."""
        vector: Vectors = self.questions.embed_queries([question])[0]
        return vector

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        """Cached vectors by passage id, for those that are there."""
        cached = self._docstore.vectors.get(self.embedder.fingerprint, list(hashes.values()))
        return {one: cached[text] for one, text in hashes.items() if text in cached}

    def all_vectors(self) -> Iterator[tuple[Sequence[str], Vectors]]:
        """All cached vectors, many at a time: hashes of texts, and a row for each."""
        return self._docstore.vectors.all(self.embedder.fingerprint)

    @property
    def questions(self) -> QuestionVectors:
        """The embedding model for a request, which forgets its questions at the end."""
        if self._questions is None:
            model = self.embedder
            at_once = model.embed_passages_at_once if isinstance(model, ChosenEmbedder) else None
            self._questions = QuestionVectors(model, at_once)
        return self._questions

    @property
    def sentences(self) -> SentenceVectors:
        """The same, for sentences of the sources: it remembers them from question to question."""
        if self._sentences is None:
            self._sentences = SentenceVectors(self.questions)
        return self._sentences

    def forget_questions(self) -> None:
        """At the end of a request."""
        if self._questions is not None:
            self._questions.forget()

    @property
    def embedder(self) -> Embedder:
        """The embedding model, found when it is first needed.

        Raises:
            EmbeddingModelError: There is none.
        """
        if self._embedder is None:
            settings = self._settings.embedding
            self._embedder = ChosenEmbedder(
                find_model(settings), settings, self._docstore, warn=self._warn_of_backend
            )
        return self._embedder

    def _warn_of_backend(self, error: RagAssistantError | None) -> None:
        if error is None:
            self.warnings.pop(_BACKEND, None)
        else:
            self.warnings[_BACKEND] = error

    def settle_backend(self) -> Choice | None:
        """See to it that the data folder has a backend, be there nothing new to embed.

        Returns:
            What this process chose; None where it was known before.
        """
        embedder = self.embedder
        if not isinstance(embedder, ChosenEmbedder):
            return None
        embedder.settle()
        return embedder.chosen

    def close(self) -> None:
        """Release everything."""
        self.disown()
        self._reader.close()
        if isinstance(self._embedder, ChosenEmbedder):
            self._embedder.close()

    # ------------------------------------------------------------ opening

    def _open(self, *, mend: bool) -> None:
        opening = Opening(
            root=self._indexes,
            docstore=self._docstore,
            embedder=self.embedder,
            batch_size=self._settings.embedding.batch_size,
            before_batch=self._go_on,
            mend=mend,
        )
        for name in _NAMES:
            if name in self._followers:
                continue
            follower = opening.follower(name)
            if follower.fault is None or mend:
                self._followers[name] = follower
                self.warnings.pop(name, None)
            else:
                self.warnings[name] = faulty(name, follower.fault)

    def _read_only(self) -> Index | None:
        index = self._reader.index()
        if self._reader.error:
            self.warnings[LEXICAL] = self._reader.error
        elif index:
            self.warnings.pop(LEXICAL, None)
        return index
