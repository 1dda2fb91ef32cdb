"""What is kept of questions, by whose word, and for how long."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag_assistant.asking import Question
from rag_assistant.config import RetentionSettings
from rag_assistant.web.desk import welcome
from rag_assistant.web.retention import Retained, notice
from rag_assistant.wording import speaking
from tests.answers import make_answer

ASKED = Question(text="Who paid for the bridge?", audience="public", told_in="de")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Clock:
    """A time that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def files(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "retained").glob("*"))


def test_by_default_nothing_is_kept_and_nothing_is_said(tmp_path: Path) -> None:
    settings = RetentionSettings()
    Retained(tmp_path, settings.days).keep(ASKED, make_answer())
    assert list(tmp_path.iterdir()) == []
    assert notice(settings) is None


def test_what_is_kept_names_nobody_and_is_the_operators_alone(tmp_path: Path, clock: Clock) -> None:
    kept = Retained(tmp_path, 3, clock)
    kept.keep(ASKED, make_answer())
    kept.keep(ASKED, make_answer())
    first, second = kept.lines()
    assert first == second
    assert json.loads(first).keys() == {
        *("time", "audience", "language", "question", "status", "text", "citations"),
    }
    assert json.loads(first)["question"] == ASKED.text
    path = tmp_path / "retained" / "2026-11-30.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("days", [1, 3, 30])
def test_a_day_is_kept_as_long_as_is_set_and_then_gone(
    tmp_path: Path, clock: Clock, days: int
) -> None:
    kept = Retained(tmp_path, days, clock)
    kept.keep(ASKED, make_answer())
    clock.now = NOON + timedelta(days=days)
    assert kept.sweep() == 0
    assert files(tmp_path) == ["2026-11-30.jsonl"]
    clock.now = NOON + timedelta(days=days + 1)
    assert kept.sweep() == 1
    assert files(tmp_path) == []


def test_a_sweep_leaves_what_is_not_its_own(tmp_path: Path, clock: Clock) -> None:
    kept = Retained(tmp_path, 1, clock)
    kept.keep(ASKED, make_answer())
    (tmp_path / "retained" / "notes.jsonl").write_text("ours", encoding="utf-8")
    clock.now = NOON + timedelta(days=9)
    kept.sweep()
    assert files(tmp_path) == ["notes.jsonl"]


def test_switched_off_it_keeps_nothing_of_before(tmp_path: Path, clock: Clock) -> None:
    Retained(tmp_path, 30, clock).keep(ASKED, make_answer())
    off = Retained(tmp_path, 0, clock)
    with off.swept(lambda error: pytest.fail(str(error))):
        pass
    assert not (tmp_path / "retained").exists()
    assert list(off.lines()) == []


def test_what_cannot_be_swept_is_told(tmp_path: Path) -> None:
    (tmp_path / "retained" / "2001-01-01.jsonl").mkdir(parents=True)
    failures: list[OSError] = []
    with Retained(tmp_path, 3).swept(failures.append):
        pass
    assert len(failures) == 1


def test_it_is_said_before_anyone_asks() -> None:
    words = notice(RetentionSettings(days=14))
    assert words == "Questions and answers are kept here for 14 days, then deleted."
    assert notice(RetentionSettings(days=1)) == (
        "Questions and answers are kept here for 1 day, then deleted."
    )
    quoting = {"active": "extractive", "model": None}
    told = welcome.notice(quoting, {"lexical": 1.0, "vectors": 1.0}, "public", words)
    assert words in told
    with speaking("de"):
        assert notice(RetentionSettings(days=14))
