"""What extraction and embedding of an archive cost alone, in this process.

``python -m evals.bench.raw TOLD.json ARCHIVE [DATA]``, where DATA holds the archive, indexed: its
texts are embedded. Without it there is only extraction.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

_ROUNDS = 2


def main() -> None:
    """Extract the archive, embed its passages, and tell what each took, sample by sample."""
    told, archive, *data = map(Path, sys.argv[1:])
    facts = _extraction(archive)
    for folder in data:
        facts |= _embedding(folder)
    told.write_text(json.dumps(facts), encoding="utf-8")


def _extraction(archive: Path) -> dict[str, list[float]]:
    """By the product's own readers, as many at once as the product takes."""
    from rag_assistant.config import load_settings
    from rag_assistant.embedding import ModelTokenizer, find_model, passage_limit
    from rag_assistant.reading import Setup, extract

    settings = load_settings()
    files = find_model(settings.embedding)
    limit = passage_limit(files, settings.embedding, ModelTokenizer(files.tokenizer))
    indexing = settings.indexing
    setup = Setup(
        tokenizer=files.tokenizer,
        limit=limit,
        seconds=indexing.seconds,
        memory=indexing.memory_mb * 1_000_000,
    )
    seconds, cpu = _spent(lambda: extract([archive], setup, indexing.workers))
    return {"extraction_alone_s": [seconds], "extraction_cpu_s": [cpu]}


def _embedding(data: Path) -> dict[str, list[float]]:
    """Of the very texts that were embedded, each once, by the backend that the folder keeps."""
    from rag_assistant import Assistant
    from rag_assistant.config import load_settings
    from rag_assistant.docstore.queries import Bounds

    with Assistant(load_settings(data=data)) as assistant:
        embedder = assistant.engine.embedder
        docstore = assistant.docstore
        entries = docstore.changes.entries(sorted(docstore.library.document_ids(Bounds())))
        texts = list({entry.text_hash: entry.embedded_text for entry in entries}.values())
        texts.sort(key=len, reverse=True)
        embedder.embed_passages(texts[:1])  # the model is loaded
        spent = [_spent(lambda: embedder.embed_passages(texts)) for _ in range(_ROUNDS)]
    return {
        "embedding_alone_s": [seconds for seconds, _ in spent],
        "embedding_cpu_s": [cpu for _, cpu in spent],
    }


def _spent(act: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and processor seconds of this process and of those that it waited for."""
    started, before = time.perf_counter(), os.times()
    act()
    after = os.times()
    return time.perf_counter() - started, sum(after[:4]) - sum(before[:4])


if __name__ == "__main__":
    main()
