"""Indexes a collection with vectors that are made up, for what only their number matters to.

``python -m evals.bench.made_up TOLD.json DATA COLLECTION``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.bench.stocked import mixtures, unit
from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.ports import Embedder, Vectors

_CLUSTERS = 24


class MadeUp:
    """An `Embedder` whose passages lie in clusters, wherever each of them falls.

    Args:
        embedder: The one whose vectors they are to be taken for.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._noise = np.random.default_rng(20_26)
        shape = (_CLUSTERS, embedder.dimension)
        self._seeds = unit(self._noise.standard_normal(shape, dtype=np.float32))

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return mixtures(self._noise, self._seeds, len(texts))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_queries(texts)


def main() -> None:
    """Index, and tell how many passages there are."""
    told, data, collection = map(Path, sys.argv[1:])
    settings = load_settings(data=data)
    with Assistant(settings) as assistant:
        embedder = MadeUp(assistant.engine.embedder)
    with Assistant(settings, embedder=embedder) as assistant:
        report = assistant.index([collection])
    told.write_text(json.dumps({"passages": report.to_dict()["passages"]}), encoding="utf-8")


if __name__ == "__main__":
    main()
