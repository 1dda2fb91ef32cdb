"""Broken archives: a tenth of what ``python -m evals.fuzz`` tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals import fuzz

from .test_web_archives import data

pytestmark = pytest.mark.integration


def test_no_crash_no_hang_and_no_record_lost_without_a_reason() -> None:
    found = fuzz.run(data(), records=1000, seed=7)
    assert found.faults == []
    assert found.records >= 1000
    assert min(found.outcomes[one] for one in ("read", "revisit", "skipped", "failed")) > 0


def test_the_check_notices_a_lost_record(tmp_path: Path) -> None:
    path = tmp_path / "empty.warc"
    path.write_bytes(b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n")
    found = fuzz.Finding()
    fuzz.check(path, {"urn:uuid:1"}, found)
    assert len(found.faults) == 1
