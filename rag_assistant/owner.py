"""One process owns the indexes of a data folder; all others ask it, or search by words alone.

The owner holds a file lock and tells in ``owner.json`` (mode 0600) what it is: a server with an
address and a token, an `index` run, or a short command. A process that wants to own while `index`
runs leaves a request; `index` hands over after its next batch.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from rag_assistant.errors import BusyError, DocstoreError

Purpose = Literal["serve", "index", "command"]
_LOCK, _CARD, _WANTED = "owner.lock", "owner.json", "owner.wanted"
_PRIVATE = 0o600
_POLL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerCard:
    """What the owner says of itself. ``address`` and ``token`` are "" unless it serves."""

    pid: int
    purpose: Purpose
    address: str = ""
    token: str = ""


class OwnerLock:
    """The lock on a data folder's indexes; safe to share between threads.

    Attributes:
        card: What this process says of itself once it owns; None says no more than its purpose.
    """

    def __init__(self, data: Path) -> None:
        self.card: OwnerCard | None = None
        self._data = data
        self._lock = FileLock(data / _LOCK, thread_local=False)
        self._guard = threading.RLock()  # a file lock is reentrant: it keeps no threads apart

    @property
    def held(self) -> bool:
        """Whether this process is the owner."""
        return bool(self._lock.is_locked)

    def take(self, purpose: Purpose, *, patience: float = 0.0) -> bool:
        """Try to become the owner, waiting up to ``patience`` seconds for a short command to end.

        A server or an `index` run is not waited for: `take` answers False at once.

        Raises:
            BusyError: It belongs to another user.
            DocstoreError: The data folder cannot be written.
        """
        deadline = time.monotonic() + patience
        while not self._own(purpose):
            card = self.read_card()
            busy_for_long = card is not None and card.purpose != "command"
            if busy_for_long or time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)  # the lock gives no notice
        return True

    def read_card(self) -> OwnerCard | None:
        """What the present owner says; None where nobody owns, or has not said yet.

        Raises:
            BusyError: The owner is another user.
            DocstoreError: The lock cannot be used.
        """
        path = self._data / _CARD
        try:
            card = OwnerCard(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        except PermissionError as error:
            raise BusyError(
                f"The data folder {self._data} is in use by another user.",
                f"Work as that user; if nothing runs there any more, delete {path}.",
            ) from error
        with self._guard:
            if not self.held and self._acquire():  # left behind by a process that was killed
                self.release()
                return None
        return card

    def want(self) -> None:
        """Ask an `index` run to hand over.

        Raises:
            DocstoreError: The data folder cannot be written.
        """
        with self._usable():
            (self._data / _WANTED).touch()

    @property
    def wanted(self) -> bool:
        """Whether another process waits to own."""
        return (self._data / _WANTED).exists()

    def release(self) -> None:
        """Cease to own."""
        with self._guard:
            if not self.held:
                return
            with contextlib.suppress(OSError):  # a card without a lock is taken for left behind
                (self._data / _CARD).unlink()
            self._lock.release(force=True)

    def _own(self, purpose: Purpose) -> bool:
        with self._guard:
            if self.held:
                return True
            with self._usable():
                self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._acquire():
                return False
            try:
                self._publish(self.card or OwnerCard(pid=os.getpid(), purpose=purpose))
            except DocstoreError:
                self.release()
                raise
            return True

    def _publish(self, card: OwnerCard) -> None:
        path = self._data / _CARD
        new = path.with_suffix(".new")
        with self._usable():
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(card), file)
            new.replace(path)
            (self._data / _WANTED).unlink(missing_ok=True)

    def _acquire(self) -> bool:
        with self._usable():
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
        return True

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DocstoreError(
                f"The data folder {self._data} cannot be used: {error.strerror}.",
                "Choose another one: rag-assistant --data DIR …",
            ) from error
