"""The folder of a harvest: a file a record, and one that says how far the harvest is.

Every file is put in its place whole, and the state only after the records that it counts: killed
at any moment, a harvest repeats one response at most.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag_assistant.dates import parse_date
from rag_assistant.errors import BusyError, HarvestError, UsageError
from rag_assistant.harvesting.responses import OaiRecord, Page

STATE = ".harvest.json"
RECORDS = "records"

_LOCK = ".harvest.lock"
_UNFINISHED = ".harvest.part"
_NAME = 32  # hexadecimal digits: 128 bits of the identifier's hash
_SHELF = 2
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_DAY = 10  # characters of YYYY-MM-DD


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a repository.

    ``since`` and ``until`` are dates of change, "2024-05-01" or with a time in UTC, "" for none.
    """

    url: str
    prefix: str = "oai_dc"
    set: str = ""
    since: str = ""
    until: str = ""


class Store:
    """A folder that holds one harvest.

    Args:
        folder: Where it is, or is to be.
        wanted: What is asked for; a folder that holds something else is refused.

    Raises:
        UsageError: A date is none, or the folder holds another harvest.
        HarvestError: What the folder says of its harvest cannot be read.
    """

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        for date in filter(None, (wanted.since, wanted.until)):
            if not parse_date(date[:_DAY]) or len(date) < _DAY:
                raise UsageError(f"'{date}' is no date.", "Write it as 2024-05-01.")
        self._folder, self._wanted = folder, wanted
        self._state = self._read()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other harvests out of the folder, which is made if it is missing.

        Raises:
            BusyError: There is one already.
            HarvestError: The folder cannot be written.
        """
        from filelock import FileLock, Timeout

        try:
            (self._folder / RECORDS).mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._folder / _LOCK, timeout=0)
            lock.acquire()
        except Timeout as error:
            raise BusyError(f"Another harvest is writing to {self._folder}.") from error
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        try:
            self._state = self._read()
            yield
        finally:
            lock.release()

    @property
    def token(self) -> str:
        """Leads to the next response of a harvest that was stopped, "" where none was."""
        return str(self._state.get("token", ""))

    @property
    def since(self) -> str:
        """From when on changes are asked for: the beginning of the last whole harvest."""
        return str(self._state.get("complete", "")) or self._wanted.since

    def selection(self, *, day_only: bool) -> dict[str, str]:
        """The arguments of the first request.

        Args:
            day_only: Whether the repository's dates have no time of day.
        """
        asked = {
            "metadataPrefix": self._wanted.prefix,
            "set": self._wanted.set,
            "from": self.since,
            "until": self._wanted.until,
        }
        dates = [date for date in (asked["from"], asked["until"]) if date]
        if day_only or any(not _INSTANT.fullmatch(date) for date in dates):  # both alike
            asked |= {name: asked[name][:_DAY] for name in ("from", "until")}
        return {name: value for name, value in asked.items() if value}

    def keep(self, page: Page) -> None:
        """Write the records of a response, then how far that is.

        Raises:
            HarvestError: The folder cannot be written.
        """
        try:
            for record in page.records:
                self._keep_record(record)
            begun = self._state.get("begun") or page.date
            if page.token:
                self._write_state(token=page.token, begun=begun)
            else:
                self._write_state(complete="" if self._wanted.until else begun)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def forget_token(self) -> None:
        """Begin again: the repository does not know any more where the harvest stood."""
        self._state.pop("token", None)
        self._state.pop("begun", None)

    def path_of(self, identifier: str) -> Path:
        """Where a record stands, the same in every harvest."""
        name = hashlib.sha256(identifier.encode()).hexdigest()[:_NAME]
        return self._folder / RECORDS / name[:_SHELF] / f"{name}.xml"

    def _keep_record(self, record: OaiRecord) -> None:
        path = self.path_of(record.identifier)
        if record.deleted and not path.exists():
            return  # it was never here
        path.parent.mkdir(exist_ok=True)
        self._put(path, record.xml)

    def _write_state(self, **reached: str) -> None:
        """``complete`` stays what it was until another harvest is complete."""
        state = {**asdict(self._wanted), "complete": self._state.get("complete", ""), **reached}
        self._put(self._folder / STATE, json.dumps(state, indent=1).encode())
        self._state = state

    def _put(self, path: Path, data: bytes) -> None:
        unfinished = self._folder / _UNFINISHED
        unfinished.write_bytes(data)
        os.replace(unfinished, path)

    def _read(self) -> dict[str, Any]:
        path = self._folder / STATE
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            known = {name: state[name] for name in asdict(self._wanted)}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HarvestError(
                f"{path} cannot be read: {error}.", "Delete it to harvest from the beginning."
            ) from error
        if known != asdict(self._wanted):
            asked = " ".join(filter(None, map(str, known.values())))
            raise UsageError(
                f"{self._folder} holds another harvest ({asked}).",
                "Name another folder for this one.",
            )
        return dict(state)


def _unwritable(folder: Path, error: OSError) -> HarvestError:
    return HarvestError(f"{folder} cannot be written: {error.strerror or error}.")
