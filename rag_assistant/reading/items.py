"""A file's items, read and split: the work itself, in whichever process it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rag_assistant.errors import FailedError
from rag_assistant.ports import Leaf, Tokenizer
from rag_assistant.readers import read_file
from rag_assistant.readers.container import Turns
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.reading.messages import Groups, Item
from rag_assistant.schema import title_of
from rag_assistant.splitting import split_document

Split = Callable[[Leaf, str], Groups]
"""A leaf and its file's name -> the passages of each section of its document."""


def items(path: Path, name: str, turns: Turns, split: Split) -> Iterator[Item]:
    """Read and split what a file holds; nothing is raised for what is in it.

    Args:
        path: Where the file is.
        name: What it is called in its collection.
        turns: Says which of its items are read here.
        split: Makes passages of a leaf.
    """
    for leaf in read_file(path, name, turns):
        try:
            with failures_recorded():
                item = Item(max(turns.number, 0), leaf, split(leaf, name), turns.place)
        except FailedError as error:
            failed = replace(
                leaf, outcome="failed", document=None, reason=error.reason, detail=error.detail
            )
            item = Item(max(turns.number, 0), failed, [], turns.place)
        yield item


def splitter_of(tokenizer: Tokenizer, limit: int) -> Split:
    """Splits by an embedding model's tokenizer and token limit."""

    def split(leaf: Leaf, name: str) -> Groups:
        if leaf.document is None:
            return []
        title = title_of(leaf.document, leaf.capture, name)
        document = leaf.document
        languages = [code for code, _ in document.description.languages]
        return split_document(title, document.sections, tokenizer, limit, languages=languages)

    return split
