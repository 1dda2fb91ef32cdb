"""The cache of vectors."""

from __future__ import annotations

import numpy as np
import pytest

from rag_assistant.docstore import Docstore


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_vector_that_is_not_finite_counts_as_missing_and_is_replaced(
    docstore: Docstore, bad: float
) -> None:
    sound, unsound = np.full(3, 0.5, np.float32), np.array([0.5, bad, 0.5], np.float32)
    docstore.vectors.put("model", {"a": sound, "b": unsound, "c": sound})
    assert set(docstore.vectors.get("model", ["a", "b", "c"])) == {"a", "c"}
    ((hashes, rows),) = docstore.vectors.all("model")
    assert (sorted(hashes), rows.shape) == (["a", "c"], (2, 3))
    assert np.isfinite(rows).all()
    docstore.vectors.put("model", {"b": sound})
    assert np.array_equal(docstore.vectors.get("model", ["b"])["b"], sound)
