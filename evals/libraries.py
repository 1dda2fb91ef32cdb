"""Evaluation sets as real libraries: files, read, split and indexed by the product itself.

Each set becomes a folder of plain texts with sidecars in a cache that outlives the run; indexing it
again costs little, and whatever the product changes in reading, splitting or indexing shows.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from evals.sets import Text
from rag_assistant import Assistant
from rag_assistant.config import OllamaSettings, RetrievalSettings, load_settings
from rag_assistant.ports import Embedder
from rag_assistant.schema import Filters, Hit

_STAMP = "stamp"


class Library:
    """One indexed set.

    Args:
        name: Its name; the collection's id.
        folder: Where its files and its data folder are kept from run to run.
        texts: Its documents.
        embedder: The embedding model.
        retrieval: Settings of the search, where others than the defaults are tried.
        ollama: The model server, where another than the configured one is asked.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        texts: Sequence[Text],
        embedder: Embedder,
        *,
        retrieval: RetrievalSettings | None = None,
        ollama: OllamaSettings | None = None,
    ) -> None:
        self.name = name
        files, data = folder / name / "files", folder / name / "data"
        _write(name, files, texts)
        settings = load_settings(data=data)
        others = {"retrieval": retrieval, "ollama": ollama}
        told = {key: value for key, value in others.items() if value is not None}
        settings = settings.model_copy(update=told)
        self.assistant = Assistant(settings, embedder=embedder)
        self.report = self.assistant.index([files])
        self.ids = self._document_ids({_file_name(text.id): text.id for text in texts})

    def search(self, question: str, k: int) -> tuple[Hit, ...]:
        """The ``k`` best passages."""
        return self.assistant.search(question, k=k, filters=Filters()).hits

    def ranked(self, hits: Sequence[Hit]) -> list[str]:
        """The set's own document ids, each at its best passage, best first."""
        return list(dict.fromkeys(self.ids[hit.entry.document_id] for hit in hits))

    def close(self) -> None:
        """Release the indexes."""
        self.assistant.close()

    def _document_ids(self, names: dict[str, str]) -> dict[str, str]:
        """Docstore id to the set's id."""
        from rag_assistant.docstore.queries import Bounds

        library = self.assistant.docstore.library
        everything = Bounds()
        found = library.documents(sorted(library.document_ids(everything)), everything)
        return {one: names[Path(row["path"]).name] for one, row in found.items()}


def _write(name: str, files: Path, texts: Sequence[Text]) -> None:
    """The set as a collection; begun anew where the set or the cache's place is another."""
    stamp = hashlib.sha256(repr((str(files), *texts)).encode()).hexdigest()
    seal = files.parent / _STAMP
    if seal.is_file() and seal.read_text() == stamp:
        return
    if files.parent.exists():
        shutil.rmtree(files.parent)
    files.mkdir(parents=True)
    (files / "collection.toml").write_text(
        f'id = "{name}"\ntitle = "{name}"\naccess = "public"\ninclude = ["*.txt"]\n'
    )
    for text in texts:
        if not text.text.strip():
            continue
        path = files / _file_name(text.id)
        path.write_text(text.text, encoding="utf-8", newline="")
        described = {"title": text.title, "language": text.language}
        path.with_name(f"{path.name}.toml").write_text(
            "".join(f"{key} = {json.dumps(value)}\n" for key, value in described.items() if value),
            encoding="utf-8",
        )
    seal.write_text(stamp)


def _file_name(key: str) -> str:
    return f"{quote(key, safe='')}.txt"
