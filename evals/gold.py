"""The project's own questions, with the words that answer them.

Each line of ``evals/questions/*.jsonl`` is one question. Evidence names a document by its file
and, in a web archive, by its record; ``section``, ``start`` and ``end`` point into the stored
text: ``section_text[start:end] == quote``. ``python -m evals.gold DATA`` writes them anew for a
data folder in which both sample collections are indexed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.library import StoredSection
from rag_assistant.docstore.queries import Bounds

QUESTIONS = Path(__file__).parent / "questions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words that answer a question, and where they stand."""

    path: str
    record: str | None
    section: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; no evidence means that nothing in its collection answers it.

    ``as_of`` is the date as of which it is meant to be asked, None where it is asked of all.
    """

    id: str
    collection: str
    question: str
    answer: str | None
    evidence: tuple[Evidence, ...]
    as_of: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether the collection answers it."""
        return bool(self.evidence)


def load(folder: Path = QUESTIONS) -> list[Question]:
    """All questions, in the order of the files."""
    return [_question(row) for path in sorted(folder.glob("*.jsonl")) for row in _rows(path)]


class Documents:
    """Which document holds a piece of evidence: a file, or a record of a web archive."""

    def __init__(self, docstore: Docstore) -> None:
        self._by_place: dict[tuple[str, str, str | None], str] = {}
        everything = Bounds()
        ids = sorted(docstore.library.document_ids(everything))
        for one, row in docstore.library.documents(ids, everything).items():
            self._by_place[row["collection"], row["path"], None] = one
            for capture in docstore.captures.of(one):
                self._by_place[row["collection"], capture.path, capture.record] = one

    def of(self, collection: str, path: str, record: str | None) -> str | None:
        """The document's id; None where it is not indexed."""
        return self._by_place.get((collection, path, record and record.strip("<>")))


def locate(data: Path, folder: Path = QUESTIONS) -> list[str]:
    """Write section and offsets of all evidence; the ids of questions whose quote is not found."""
    docstore = Docstore(data)
    documents = Documents(docstore)
    lost = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = list(_rows(path))
        for row in rows:
            for evidence in row["evidence"]:
                document = documents.of(row["collection"], evidence["path"], evidence["record"])
                place = _place(docstore, document, evidence["quote"])
                if place is None:
                    lost.append(row["id"])
                else:
                    evidence.update(place)
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, encoding="utf-8")
    docstore.close()
    return lost


def _question(row: dict[str, Any]) -> Question:
    return Question(
        id=row["id"],
        collection=row["collection"],
        question=row["question"],
        answer=row["answer"],
        as_of=row.get("as_of"),
        evidence=tuple(
            Evidence(**{name: one[name] for name in Evidence.__dataclass_fields__})
            for one in row["evidence"]
        ),
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _place(docstore: Docstore, document: str | None, quote: str) -> dict[str, Any] | None:
    """Where the quote stands; its line breaks may differ from the stored ones."""
    if document is None:
        return None
    for ordinal, stored in enumerate(docstore.library.sections(document)):
        found = _find(stored, quote)
        if found:
            start, end = found
            words = stored.section.text[start:end]
            return {"section": ordinal, "start": start, "end": end, "quote": words}
    return None


def _find(stored: StoredSection, quote: str) -> tuple[int, int] | None:
    import re

    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    match = re.search(pattern, stored.section.text)
    return match.span() if match else None


if __name__ == "__main__":
    missing = locate(Path(sys.argv[1]))
    sys.exit(f"not found: {', '.join(missing)}" if missing else 0)
