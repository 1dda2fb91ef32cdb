"""Questions and answers that a library chooses to keep for some days. By default there are none.

They lie in the data folder, one file a day, which none but the operator can read: the question, the
answer, what it cites, when, in which language, and whether the staff asked. Neither an address nor
a session stands there, nor what was asked before.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rag_assistant.answer import Answer
from rag_assistant.asking import Question
from rag_assistant.config import RetentionSettings
from rag_assistant.wording import say_n

_FOLDER = "retained"
_HOUR = 3600.0
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


def notice(settings: RetentionSettings) -> str | None:
    """What everybody is told who may ask; None where nothing is kept."""
    if not settings.days:
        return None
    return say_n(
        "Questions and answers are kept here for {n} day, then deleted.",
        "Questions and answers are kept here for {n} days, then deleted.",
        settings.days,
    )


class Retained:
    """The exchanges that are kept in one data folder.

    Args:
        data: The data folder.
        days: How long; 0 keeps nothing.
        now: The time, in UTC.
    """

    def __init__(
        self, data: Path, days: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = data / _FOLDER
        self._days = days
        self._now = now
        self._guard = threading.Lock()

    def keep(self, question: Question, answer: Answer) -> None:
        """Keep an exchange, where exchanges are kept.

        Raises:
            OSError: It cannot be written.
        """
        if not self._days:
            return
        now = self._now()
        line = {
            "time": now.isoformat(timespec="seconds"),
            "audience": question.audience,
            "language": question.told_in,
            "question": question.text,
            "status": answer.status,
            "text": answer.text,
            "citations": [one.passage_id for one in answer.citations],
        }
        with self._guard:
            self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            path = self._folder / f"{now.date().isoformat()}.jsonl"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            with os.fdopen(os.open(path, flags, _PRIVATE_FILE), "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def sweep(self) -> int:
        """Delete what is older than it may be; how many days' files have gone.

        Raises:
            OSError: It cannot be deleted.
        """
        if not self._days:
            return self.delete()
        last = self._now().date() - timedelta(days=self._days)
        with self._guard:
            old = [path for path in self._files() if _day(path) < last]
            for path in old:
                path.unlink(missing_ok=True)
        return len(old)

    def delete(self) -> int:
        """Delete all of it; how many days' files have gone."""
        with self._guard:
            files = self._files()
            if self._folder.is_dir():
                shutil.rmtree(self._folder)
        return len(files)

    def lines(self) -> Iterator[str]:
        """Each exchange, as JSON, oldest first."""
        for path in self._files():
            yield from path.read_text(encoding="utf-8").splitlines()

    @contextmanager
    def swept(self, failed: Callable[[OSError], None]) -> Iterator[None]:
        """Sweep now, and every hour until the block ends; what cannot be deleted is told."""
        stop = threading.Event()

        def sweeping() -> None:
            while True:
                try:
                    self.sweep()
                except OSError as error:
                    failed(error)
                if stop.wait(_HOUR):
                    return

        thread = threading.Thread(target=sweeping, name="retention", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.jsonl") if _day(path) != date.max)


def _day(path: Path) -> date:
    """The day whose exchanges a file holds; the last of all days where it is none of ours."""
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        return date.max
