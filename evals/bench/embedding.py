"""How fast each backend embeds passages of some 200 tokens, in one process, round by round."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

from evals.bench import measuring, prose
from evals.bench.bench import Bench
from evals.measures import Measure

if TYPE_CHECKING:
    from rag_assistant.embedding.backends import Backend
    from rag_assistant.ports import Embedder

_PASSAGES = 48
_CHARACTERS = 800  # some 200 tokens
_ROUNDS = 5
_BESIDE: tuple[Backend, ...] = ("torch", "torch-bf16")
Speeds = dict["Backend", list[float]]
"""Passages/s of each backend, round by round."""


def measure(bench: Bench) -> dict[str, Measure]:
    """``bench.embedding.…``: passages/s of torch, of torch with bf16, and of what is chosen.

    Ratios are taken round by round, so that whatever else the machine does falls on all alike.
    """
    chosen = bench.backend()
    texts = passages()
    embedders = {name: _warm(name, texts) for name in dict.fromkeys((*_BESIDE, chosen))}
    speeds: Speeds = {name: [] for name in embedders}
    for _ in range(_ROUNDS):
        for name, embedder in embedders.items():
            taken = measuring.seconds(partial(embedder.embed_passages, texts))
            speeds[name].append(len(texts) / taken)
    return measures(speeds, chosen)


def measures(speeds: Speeds, chosen: Backend) -> dict[str, Measure]:
    """Figures of the speeds by round: means, and means of the rounds' ratios."""
    found = {
        f"bench.embedding.{name}.passages_per_s": measuring.mean_of(rates)
        for name, rates in speeds.items()
    }
    for name in _BESIDE:
        ratios = [ours / theirs for ours, theirs in zip(speeds[chosen], speeds[name], strict=True)]
        figure = f"bench.embedding.speedup_over_{name.replace('-', '_')}"
        found[figure] = measuring.mean_of(ratios)
    return found


def passages() -> list[str]:
    """Passages of some 200 tokens each."""
    draw = Random(7)  # noqa: S311 - the same each time
    topics = list(prose.ENGLISH.topics)
    return [
        " ".join(prose.paragraphs(draw, prose.ENGLISH, draw.choice(topics), _CHARACTERS))[
            :_CHARACTERS
        ]
        for _ in range(_PASSAGES)
    ]


def _warm(name: Backend, texts: list[str]) -> Embedder:
    """The embedder of this name, loaded."""
    from rag_assistant.config import EmbeddingSettings
    from rag_assistant.embedding import backends, find_model

    settings = EmbeddingSettings()
    files = find_model(settings)
    backends.prepare(name, files)
    embedder = backends.make(name, files, settings)
    embedder.embed_passages(texts)
    return embedder
