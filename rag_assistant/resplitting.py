"""Passages fit one embedding model's limit: with another one all stored text is split anew."""

from __future__ import annotations

from functools import cached_property

from rag_assistant.config import EmbeddingSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.documents import Split
from rag_assistant.embedding import ModelFiles, ModelTokenizer, find_model, passage_limit
from rag_assistant.schema import Passage, Section, Span
from rag_assistant.splitting import split_document

SPLITTER = "splitter"
"""The docstore's note of what its passages were made by."""
_VERSION = "2"
_DOCUMENTS = 16  # of one step


def splitter_name(files: ModelFiles, limit: int) -> str:
    """What passages are made by: another name splits all stored text anew."""
    return f"{_VERSION}:{files.sha256}:{limit}"


class Resplitting:
    """Brings stored passages to the configured model's limit, some documents at a time.

    Whoever owns the indexes does it before it embeds anything: a passage that is longer than the
    model reads would be embedded cut off. Killed anywhere, it begins anew, which changes nothing.

    Args:
        docstore: Holds the text and the passages.
        settings: Name the embedding model.
    """

    def __init__(self, docstore: Docstore, settings: EmbeddingSettings) -> None:
        self._docstore = docstore
        self._settings = settings
        self._ids: list[str] | None = None

    @property
    def left(self) -> int:
        """How many documents are left, as far as that is known: at least 1 where any is."""
        return max(1, len(self._ids or ())) if self._due() else 0

    def step(self) -> bool:
        """Split some documents anew.

        Returns:
            Whether that was due; not where nothing is stored yet.

        Raises:
            EmbeddingModelError: There is no model.
        """
        if not self._due():
            self._ids = None
            return False
        if self._ids is None:
            self._ids = self._docstore.documents.ids()
        part, self._ids = self._ids[:_DOCUMENTS], self._ids[_DOCUMENTS:]
        split, name = self._splitter
        self._docstore.documents.resplit(part, split)
        if not self._ids:
            self._docstore.set_note(SPLITTER, name)
        return True

    def _due(self) -> bool:
        made_by = self._docstore.note(SPLITTER)
        return made_by is not None and made_by != self._splitter[1]

    @cached_property
    def _splitter(self) -> tuple[Split, str]:
        """What splits, and its name."""
        files = find_model(self._settings)
        tokenizer = ModelTokenizer(files.tokenizer)
        limit = passage_limit(files, self._settings, tokenizer)

        def split(
            title: str,
            sections: list[Section],
            passed_over: list[list[Span]],
            languages: list[str],
        ) -> list[list[Passage]]:
            return split_document(
                title, sections, tokenizer, limit, passed_over, languages=languages
            )

        return split, splitter_name(files, limit)
