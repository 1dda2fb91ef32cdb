"""What is stored of a section's layout and of a record comes back as it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from rag_assistant.docstore.layout import page_values, place_values, to_page, to_place, to_record
from rag_assistant.schema import Agent, Page, Place, Record


def _stored(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("page", "length"),
    [
        (Page(start=0, end=9, index=0, label=""), 4),
        (Page(start=0, end=9, index=1, label="iv", canvas="https://a.example/c/1"), 5),
        (Page(start=0, end=9, index=1, label="iv", size=(2000, 3000)), 7),
    ],
)
def test_pages(page: Page, length: int) -> None:
    assert to_page(_stored(page_values(page))) == page
    assert len(page_values(page)) == length


@pytest.mark.parametrize(
    ("place", "length"),
    [
        (Place(start=3, end=5), 2),
        (Place(start=3, end=5, box=(1, 2, 3, 4)), 3),
        (Place(start=3, end=5, box=(1, 2, 3, 4), confidence=0.0), 4),
        (Place(start=3, end=5, begin=0.0, finish=1.5, speaker="Ana"), 7),
        (Place(start=3, end=5, path="text/body/div[2]"), 8),
    ],
)
def test_places(place: Place, length: int) -> None:
    assert to_place(_stored(place_values(place))) == place
    assert len(place_values(place)) == length


def test_records() -> None:
    record = Record(
        title="The mill",
        agents=(Agent(family="Lo", given="Ana"), Agent(literal="The Board", role="editor")),
        series=("Letters", "1890s"),
        identifiers=(("isbn", "1"), ("isbn", "2")),
    )
    assert to_record(_stored(asdict(record))) == record
    assert to_record(None) is None
