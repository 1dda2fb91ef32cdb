"""What several unit tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag_assistant.duplicates import signature

_NOBODY = 65534


@pytest.fixture
def plain_user() -> Iterator[Path]:
    """A folder of a user whom permissions bind; root may read everything.

    What is imported when it is first needed is imported before: the user may not read it.
    """
    signature("words")
    folder = Path(tempfile.mkdtemp())
    me = os.geteuid()
    if me == 0:
        os.chown(folder, _NOBODY, -1)
        os.seteuid(_NOBODY)
    yield folder
    os.seteuid(me)
    shutil.rmtree(folder)
