"""The embedding model's own tokenizer, in Rust; torch is not needed to split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag_assistant.errors import EmbeddingModelError
from rag_assistant.schema import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class ModelTokenizer:
    """Token spans in code points of the text as it stands, accents and case included.

    Args:
        path: The model's ``tokenizer.json``.

    Raises:
        EmbeddingModelError: The file is missing or is no tokenizer.
    """

    def __init__(self, path: Path) -> None:
        self._tokenizer = read_tokenizer(path)

    def offsets(self, texts: Sequence[str]) -> list[list[Span]]:
        encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.offsets for encoding in encodings]


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a file; it neither cuts nor pads.

    Raises:
        EmbeddingModelError: The file is missing or is no tokenizer.
    """
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
    return tokenizer
