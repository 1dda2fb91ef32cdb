"""The embedder of one data folder: it opens the backend that the folder keeps, or chooses it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import backends, choosing
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.child import TransientError
from rag_assistant.embedding.choosing import Choice, Notes
from rag_assistant.embedding.local import LocalEmbedder
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.torch_backend import TorchEmbedder
from rag_assistant.errors import EmbeddingModelError
from rag_assistant.ports import Vectors


class ChosenEmbedder:
    """An `Embedder` whose backend is settled by the first passages of a data folder.

    Measuring and converting wait until there is something to embed: words can be found
    meanwhile. A question never waits for them: until then it is embedded by torch, and so it is
    where the folder's backend cannot be used.

    Args:
        files: The model.
        settings: Names the backend, or leaves it to be chosen.
        notes: Where the folder's choice is kept.
        cache: Where converted models are kept; None takes the person's cache folder.
        warn: Told why the backend that is wished for is not used, and None once it is.

    Attributes:
        chosen: What was chosen by this object; None where that was known before.
    """

    def __init__(
        self,
        files: ModelFiles,
        settings: EmbeddingSettings,
        notes: Notes,
        cache: Path | None = None,
        warn: Callable[[EmbeddingModelError | None], None] = lambda error: None,
    ) -> None:
        self._files = files
        self._settings = settings
        self._notes = notes
        self._cache = cache
        self._warn = warn
        self._torch = TorchEmbedder(files, settings)
        self._opened: dict[Backend, LocalEmbedder] = {REFERENCE: self._torch}
        self._settled: LocalEmbedder | None = None
        self._asked: LocalEmbedder | None = None  # for questions
        self._lock = Lock()
        self._opening: Thread | None = None
        self._finding = Lock()  # what is known is looked up once, whoever asks meanwhile
        self.chosen: Choice | None = None

    @property
    def fingerprint(self) -> str:
        return self._torch.fingerprint

    @property
    def dimension(self) -> int:
        return self._torch.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return self._torch.embed_passages(texts)
        embedder = self.settle()
        try:
            embedder.load()
        except EmbeddingModelError:
            if embedder is self._torch:
                raise
            embedder = self.settle(instead_of=embedder)
        return embedder.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._at_once(lambda embedder: embedder.embed_queries(texts))

    def embed_passages_at_once(self, texts: Sequence[str]) -> Vectors:
        """The same for whoever waits for an answer: as a question, it waits for no measurement."""
        return self._at_once(lambda embedder: embedder.embed_passages(texts))

    def _at_once(self, embed: Callable[[LocalEmbedder], Vectors]) -> Vectors:
        embedder = self._for_questions()
        if embedder is not self._torch:
            try:
                return embed(embedder)
            except EmbeddingModelError as error:
                self._asked = self._torch
                self._warn(error)
        return embed(self._torch)

    def expect_question(self) -> None:
        """Begin to open the model: most of that time is spent without Python's lock."""
        if self._opening is None:
            self._opening = Thread(target=self._open_for_questions)
            self._opening.start()

    def close(self) -> None:
        """Wait until nothing is being opened any more."""
        if self._opening is not None:
            self._opening.join()

    def _open_for_questions(self) -> None:
        with suppress(EmbeddingModelError):  # the question will tell
            self._for_questions().load()

    def _for_questions(self) -> LocalEmbedder:
        with self._finding:
            if self._asked is not None:
                return self._asked
            known = choosing.in_use(self._settings, self._files, self._notes, self._cache)
            if known is None:  # another process may choose meanwhile
                return self._torch
            self._tell(known)
            self._asked = self._made(known.backend)
            return self._asked

    def settle(self, *, instead_of: LocalEmbedder | None = None) -> LocalEmbedder:
        """The backend for passages; what is not known of it is measured now.

        Args:
            instead_of: One that was settled upon and cannot be opened, whatever is known of it.

        Raises:
            EmbeddingModelError: The configuration names one that cannot be used.
        """
        with self._lock:
            again = instead_of is not None and self._settled is instead_of
            if again and self._settled and _opens(self._settled):  # another thread has seen to it
                return self._settled
            if self._settled is None or again:
                choice = self._choice(again=again)
                self._settled = self._asked = self._made(choice.backend)
                self._tell(choice)
            return self._settled

    def _choice(self, *, again: bool) -> Choice:
        settings, files, cache = self._settings, self._files, self._cache
        if settings.backend != "auto":
            return choosing.confirm(settings.backend, settings, files, cache=cache, again=again)
        known = choosing.confirmed(settings, files, self._notes, cache, again=again)
        if known is not None:
            if known.hint:
                self.chosen = known
            return known
        try:
            self.chosen = choosing.choose(settings, files, cache=cache)
        except TransientError as error:  # not kept: the next `index` tries again
            reason = error.message.rstrip(".")
            self.chosen = Choice(backend=REFERENCE, reason=reason, hint=error.hint)
        else:
            choosing.keep(self._notes, self.chosen)
        return self.chosen

    def _made(self, backend: Backend) -> LocalEmbedder:
        return self._opened.setdefault(
            backend, backends.make(backend, self._files, self._settings, self._cache)
        )

    def _tell(self, choice: Choice) -> None:
        """A choice with a hint is not the one that was wished for."""
        told = f"The backend is {choice.backend}: {choice.reason}."
        self._warn(EmbeddingModelError(told, choice.hint) if choice.hint else None)


def _opens(embedder: LocalEmbedder) -> bool:
    try:
        embedder.load()
    except EmbeddingModelError:
        return False
    return True
