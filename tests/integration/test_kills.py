"""`index`, killed again and again, leaves what a run without kills leaves."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.docstore.queries import Bounds
from rag_assistant.ports import IndexQuery, Vectors
from tests.archives import ArchiveBuilder, page

from .conftest import CommandLine, write_collection

KILLS = 5
DOCUMENTS = 60
CAPTURES = 40
NOTICE = "This notice stands on every page of the site, and in the passages of one."
_STORED = (
    "SELECT id, collection, path, title, access, date_from, date_to FROM documents ORDER BY id",
    "SELECT id, sha256, text FROM sections ORDER BY id",
    "SELECT collection, path, record, document_id, timestamp FROM captures ORDER BY 1, 2, 3",
    'SELECT id, document_id, start, "end", sentences, text_hash FROM passages ORDER BY id',
    "SELECT collection, path, record, reason FROM failures ORDER BY 1, 2, 3",
)
_WORDS = (
    "bridge",
    "river",
    "flood",
    "school",
    "chapel",
    "weir",
    "mill",
    "canal",
    "strike",
    "council",
    "reading",
    "room",
    "tannery",
    "ferry",
    "market",
    "census",
    "harvest",
    "winter",
    "fever",
    "parish",
    "railway",
    "quarry",
    "orchard",
    "lantern",
)


def sentence(seed: int) -> str:
    """A sentence that is the same for the same seed."""
    chosen = random.Random(seed).choices(_WORDS, k=9)  # noqa: S311 - nothing is at stake
    return f"In {1800 + seed % 150} the {' '.join(chosen)} was noted by clerk {seed}."


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    files = {
        f"note-{number:03}.txt": " ".join(sentence(number * 7 + part) for part in range(6))
        for number in range(DOCUMENTS)
    }
    folder = write_collection(tmp_path / "town", files, access="public")
    crawl = ArchiveBuilder()
    for number in range(CAPTURES):
        crawl.response(
            page(sentence(number // 2), NOTICE),
            uri=f"https://town.example/{number // 4}",
            WARC_Date=f"2020-01-{number % 28 + 1:02}T00:00:00Z",
            WARC_Record_ID=f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        )
    crawl.save(folder / "crawl.warc.gz")
    return folder


def stored(data: Path) -> list[list[tuple[object, ...]]]:
    """All that must be the same."""
    engine = create_engine(f"sqlite:///{data / 'docstore.sqlite'}")
    with engine.connect() as connection:
        found = [[tuple(row) for row in connection.execute(text(sql))] for sql in _STORED]
    engine.dispose()
    return found


def lexical_results(assistant: Assistant) -> list[list[str]]:
    lexical = assistant.engine.lexical
    assert lexical is not None
    return [
        [passage_id for passage_id, _ in lexical.search(everywhere(word), 10)] for word in _WORDS
    ]


def everywhere(word: str, vector: Vectors | None = None) -> IndexQuery:
    return IndexQuery(text=word, vector=vector, collections=("town",), access=("staff", "public"))


@pytest.mark.integration
@pytest.mark.slow
def test_five_kills_leave_what_a_clean_run_leaves(
    command_line: CommandLine, collection: Path, tmp_path: Path
) -> None:
    clean = CommandLine(tmp_path / "clean", tmp_path)
    assert clean.run("index", collection).returncode == 0
    chance = random.Random(2026)  # noqa: S311 - repeatable moments, not secrets
    killed = 0
    while killed < KILLS:
        process = command_line.start("index", collection, "--json")
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        time.sleep(chance.uniform(0.05, 4.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
        killed += 1
    resumed = command_line.json("index", collection)
    assert resumed["indexes"] == {"lexical": {"lag": 0}, "vectors": {"lag": 0}}
    assert stored(command_line.data) == stored(clean.data)

    with (
        Assistant(load_settings(data=clean.data)) as one,
        Assistant(load_settings(data=command_line.data)) as other,
    ):
        assert one.engine.own("command")
        assert other.engine.own("command")
        assert lexical_results(one) == lexical_results(other)
        assert vector_recall(other) >= 0.98
        assert other.status()["healthy"]


def vector_recall(assistant: Assistant) -> float:
    """recall@10 of the vector index against an exact scan."""
    engine = assistant.engine
    vectors = engine.passage_vectors(assistant.docstore.library.text_hashes(Bounds()))
    ids = list(vectors)
    matrix = np.stack([vectors[one] for one in ids])
    found = wanted = 0
    for word in _WORDS:
        vector = engine.embed_question(word)
        exact = np.sort(matrix @ vector)[::-1][:10]
        query = everywhere(word, vector)
        assert engine.vectors is not None
        near = engine.vectors.search(query, 10)
        # Equal texts have equal cosines, so cosines are counted and not ids.
        found += sum(score >= exact[-1] - 1e-3 for _, score in near)
        wanted += len(exact)
    return found / wanted
