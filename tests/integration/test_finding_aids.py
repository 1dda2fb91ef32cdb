"""All finding aids of the shared data: as many documents as they have components."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from rag_assistant.readers import read_file, xml
from rag_assistant.readers.archival import access_words
from rag_assistant.readers.conditions import conditions
from rag_assistant.schema import Description

pytestmark = pytest.mark.integration

HARVESTED = "ead/archivesspace/getrecord_oai_ead.xml"
"""Its root is that of a harvest, which has a reader of its own."""


@pytest.fixture(scope="module")
def data() -> Path:
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("RAG_TEST_DATA", root / "shared" / "data"))
    assert (folder / "README.md").is_file(), f"The test data is not in {folder}: set RAG_TEST_DATA."
    return folder


@pytest.fixture(scope="module")
def census(data: Path) -> dict[str, int]:
    files = json.loads((data / "formats" / "CENSUS.json").read_text(encoding="utf-8"))["files"]
    return {
        name: facts["components"]
        for name, facts in files.items()
        if name.startswith("ead/") and name != HARVESTED
    }


def outcome(said: Description) -> str:
    if said.closed_until is not None:
        return "closed until"
    return said.access or ("unmapped" if said.access_note else "not said")


def test_a_document_for_each_component(data: Path, census: dict[str, int]) -> None:
    assert (len(census), sum(census.values())) == (39, 4929)
    access: Counter[str] = Counter()
    for name, expected in census.items():
        leaves = list(read_file(data / "formats" / name, name))
        assert all(leaf.outcome == "read" for leaf in leaves), name
        assert len({leaf.record for leaf in leaves}) == len(leaves), name
        said = [leaf.document.description for leaf in leaves if leaf.document]
        kinds = Counter(one.kind for one in said)
        assert (kinds["component"], kinds["collection"]) == (expected, 1), name
        access.update(map(outcome, said))
    assert access == {
        "public": 3832, "not said": 567, "unmapped": 551, "staff": 15, "closed until": 3,
    }  # fmt: skip


def test_every_access_condition_of_them(data: Path) -> None:
    texts: Counter[str] = Counter()
    for path in sorted((data / "formats" / "ead").glob("*/*.xml")):
        for one in xml.parse(path.read_bytes()).iter("{*}accessrestrict"):
            parent = one.getparent()
            if parent is not None and xml.local(parent) != "accessrestrict":
                texts["\n".join(access_words(one))] += 1
    found: dict[str, Counter[str]] = {}
    for text, times in texts.items():
        found.setdefault(outcome(conditions([text])), Counter())[text] = times
    assert {name: (len(of), of.total()) for name, of in found.items()} == {
        "public": (7, 2972), "closed until": (2, 2), "unmapped": (30, 94),
    }  # fmt: skip
    assert set(found["public"]) == {
        "Open for research.",
        "Collection is open for research use.",
        "The collection is open for research.",
        "The collection is open for research use.",
        "This collection is open for research.",
        "No restrictions on access.",
        "None.",
    }
    assert set(found["closed until"]) == {
        "Restricted until 2018.",
        "Per the seller's stipulation, these letters are restricted for 10 years (through 2035).",
    }
