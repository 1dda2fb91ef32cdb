"""What is made once a run, however many workers it has."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder for all workers of a run, filled by the first that needs it; only to be read."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    kept = run / f"made-once-{name}"
    if not kept.exists():
        folder = factory.mktemp(name)
        make(folder)
        with suppress(OSError):  # another was quicker
            folder.rename(kept)
    return kept
