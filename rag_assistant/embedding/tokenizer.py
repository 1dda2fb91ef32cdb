"""The embedding model's own tokenizer, in Rust; torch is not needed to split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rag_assistant.errors import EmbeddingModelError
from rag_assistant.schema import Span


class ModelTokenizer:
    """Token spans in code points of the text as it stands, accents and case included.

    Args:
        path: The model's ``tokenizer.json``.

    Raises:
        EmbeddingModelError: The file is missing or is no tokenizer.
    """

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except Exception as error:  # tokenizers raises bare Exception
            raise EmbeddingModelError(
                f"The tokenizer {path} cannot be read: {error}.",
                "Download the model again, or check embedding.model in the configuration.",
            ) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer

    def offsets(self, texts: Sequence[str]) -> list[list[Span]]:
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.offsets for encoding in encodings]
