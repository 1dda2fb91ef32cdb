"""What the cost figures are made of."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from evals.bench.measuring import peak_memory
from evals.evaluators.cost import Cost, measures

MEGABYTE = 1_000_000


def test_figures_of_a_worked_example() -> None:
    found = measures(
        Cost(
            passages=300,
            indexing=10.0,
            embedding=8.0,
            queries=tuple(float(number) for number in range(101)),
            peak_memory=500 * MEGABYTE,
            index_size=600_000,
        )
    )
    assert found["bench.pipeline.speed_over_embedder"].value == pytest.approx(0.8)
    assert found["bench.pipeline.speed_over_embedder"].n == 300
    assert found["bench.query.p50_ms"].value == 50
    assert found["bench.query.p95_ms"].value == 95
    assert found["bench.query.p95_ms"].n == 101
    assert found["bench.query.p95_ms"].low < 95 < found["bench.query.p95_ms"].high
    assert found["bench.memory.peak_mb"].value == 500
    assert found["bench.index.bytes_per_passage"].value == 2000


def _peaks(size: int) -> tuple[int, int]:
    """The peak before and after that many bytes are touched."""
    before = peak_memory()
    held = bytearray(os.urandom(MEGABYTE)) * (size // MEGABYTE)
    return before, peak_memory() + 0 * len(held)


def test_peak_memory_is_a_process_s_own_and_not_its_parent_s() -> None:
    held = bytearray(os.urandom(MEGABYTE)) * 300
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        before, after = process.submit(_peaks, 200 * MEGABYTE).result()
    assert before < len(held)
    assert after - before > 150 * MEGABYTE
