"""Another embedding model with another limit: no passage is ever embedded cut off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant import Assistant
from rag_assistant.config import EmbeddingSettings, Settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.embedding import ModelTokenizer, find_model
from tests.fakes import FakeEmbedder

from .conftest import write_collection

FORMER, LIMIT = 128, 32  # tokens
LONG = " ".join(f"The ferry of ward {n} was late again on that day." for n in range(60))
FILES = {f"{number}.txt": f"{LONG} The lantern of house {number} was lit." for number in range(20)}


def opened(data: Path, limit: int) -> tuple[Assistant, FakeEmbedder]:
    embedder = FakeEmbedder(max_tokens=limit)
    settings = Settings(data=data)
    limited = settings.embedding.model_copy(update={"max_tokens": limit})
    settings = settings.model_copy(update={"embedding": limited})
    return Assistant(settings, embedder=embedder), embedder


def serve(assistant: Assistant) -> None:
    stop = threading.Event()
    serving = threading.Thread(target=assistant.keep_following, args=(stop,))
    serving.start()
    deadline = time.monotonic() + 60
    while assistant.engine.vectors is None or any(assistant.engine.left().values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stop.set()
    serving.join()


def remove_one(assistant: Assistant) -> None:
    receipts = [assistant.remove(assistant.docstore.documents.ids()[0])]
    assert all(receipt.done for receipt in assistant.settle(receipts))


@pytest.mark.parametrize(
    "work",
    [
        lambda assistant: assistant.index([assistant.settings.data.parent / "town"]),
        lambda assistant: assistant.repair(),
        serve,
        remove_one,
    ],
    ids=["index", "repair", "serve", "remove"],
)
def test_passages_are_made_for_the_new_limit_first(
    tmp_path: Path, work: Callable[[Assistant], object]
) -> None:
    town, data = write_collection(tmp_path / "town", FILES), tmp_path / "data"
    assistant, former = opened(data, FORMER)
    with assistant:
        assistant.index([town])
    tokens = ModelTokenizer(find_model(EmbeddingSettings()).tokenizer).offsets
    assert max(map(len, tokens(former.embedded))) > LIMIT

    with opened(data, LIMIT)[0] as assistant:
        assert assistant.search("lantern").coverage == {"lexical": 1.0, "vectors": 0.0}
    assistant, embedder = opened(data, LIMIT)
    with assistant:
        work(assistant)
        assistant.following.to_the_end(lambda event: None)  # a removal waits for itself alone
        assert max(map(len, tokens(embedder.embedded))) <= LIMIT
        hashes = assistant.docstore.library.text_hashes(Bounds())
        assert len(embedder.embedded) == len(set(hashes.values()))
        assert assistant.search("lantern").coverage == {"lexical": 1.0, "vectors": 1.0}
        assert assistant.status()["problems"] == []
