"""The embedder of one data folder: it opens the backend that the folder keeps, or chooses it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import backends, choosing
from rag_assistant.embedding.backends import REFERENCE, Backend
from rag_assistant.embedding.child import ChildBrokeOffError
from rag_assistant.embedding.choosing import Choice, Notes
from rag_assistant.embedding.model import ModelFiles
from rag_assistant.embedding.torch_backend import TorchEmbedder
from rag_assistant.ports import Embedder, Vectors


class ChosenEmbedder:
    """An `Embedder` whose backend is settled by the first passages of a data folder.

    Measuring takes some seconds, so it waits until there is something to embed: words can be
    found meanwhile. A question never waits for it: until then it is embedded by torch.

    Args:
        files: The model.
        settings: Names the backend, or leaves it to be chosen.
        notes: Where the folder's choice is kept.
        cache: Where converted models are kept; None takes the person's cache folder.

    Attributes:
        chosen: What was chosen by this object; None where that was known before.
    """

    def __init__(
        self,
        files: ModelFiles,
        settings: EmbeddingSettings,
        notes: Notes,
        cache: Path | None = None,
    ) -> None:
        self._files = files
        self._settings = settings
        self._notes = notes
        self._cache = cache
        self._torch = TorchEmbedder(files, settings)
        self._opened: dict[Backend, Embedder] = {REFERENCE: self._torch}
        self._settled: Embedder | None = None
        self._lock = Lock()
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
        return self.settle().embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        embedder = self._settled
        if embedder is None:
            known = choosing.in_use(self._settings, self._notes)
            embedder = self._made(known.backend) if known else self._torch
            if known and self._settings.backend == "auto":  # kept: need not be looked up again
                self._settled = embedder
        return embedder.embed_queries(texts)

    def settle(self) -> Embedder:
        """The backend for passages; where none is kept yet it is measured and chosen now.

        Raises:
            EmbeddingModelError: The configuration names one that cannot be used.
        """
        with self._lock:
            if self._settled is None:
                self._settled = self._made(self._choice().backend)
            return self._settled

    def _choice(self) -> Choice:
        settings, files = self._settings, self._files
        if settings.backend != "auto":
            return choosing.confirm(settings.backend, settings, files, cache=self._cache)
        known = choosing.in_use(settings, self._notes)
        if known is not None:
            return known
        try:
            self.chosen = choosing.choose(settings, files, cache=self._cache)
        except ChildBrokeOffError as error:  # not kept: the next `index` tries again
            self.chosen = Choice(backend=REFERENCE, reason=error.message, hint=error.hint)
        else:
            choosing.keep(self._notes, self.chosen)
        return self.chosen

    def _made(self, backend: Backend) -> Embedder:
        return self._opened.setdefault(
            backend, backends.make(backend, self._files, self._settings, self._cache)
        )
