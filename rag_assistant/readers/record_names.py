"""Names of the records in a file: no two are the same, and the same file gives the same names."""

from __future__ import annotations

from rag_assistant.readers.charset import clean_text

_LONGEST = 200


class RecordNames:
    """Gives each record its own number where that is its alone, else its place in the file."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._place = 0

    def next(self, number: str = "") -> str:
        """The name of the next record, "record:3" for one without a number of its own."""
        self._place += 1
        name = clean_text(" ".join(number.split()))[:_LONGEST]
        if not name or name in self._taken:
            name = f"record:{self._place}"
        self._taken.add(name)
        return name
