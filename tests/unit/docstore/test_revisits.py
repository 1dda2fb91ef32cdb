"""Revisits find the document of what they repeat, or say why they have none."""

from __future__ import annotations

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.revisits import LONE
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import Capture

from .conftest import Put, captured

PLACE = ("https://town.example/", "20180101000000")
ELSEWHERE = "https://town.example/style.css"


@pytest.fixture
def original(put: Put) -> str:
    capture = captured("r1", "20180101000000", payload_digest="sha1:A")
    return put("a.warc", "Here.", capture=capture)[0]


def origin_of(capture: Capture, collection: str = "town", path: str = "b.warc") -> Origin:
    config = CollectionConfig(id=collection, access="public")
    return Origin(collection=config, path=path, record=capture.record_id, capture=capture)


def settled(docstore: Docstore, collection: str = "town") -> dict[str, str]:
    config = CollectionConfig(id=collection, access="public")
    return {one.record: one.reason for one in docstore.revisits.settle(config)}


def test_by_place_or_by_payload(docstore: Docstore, original: str) -> None:
    revisits = {
        "digest": captured("digest", "20190101000000", payload_digest="sha1:A"),
        "place": captured(
            "place", "20200101000000", refers_to=("http://www.town.example", PLACE[1])
        ),
        "stranger": captured("stranger", "20200101000000", payload_digest="sha1:B"),
    }
    for capture in revisits.values():
        assert docstore.revisits.put(origin_of(capture))
    docstore.revisits.put(origin_of(revisits["digest"], "other"))
    assert settled(docstore) == {"digest": "", "place": "", "stranger": LONE}
    assert [seen.record for seen in docstore.captures.of(original)] == ["r1", "digest", "place"]
    assert settled(docstore, "other") == {"digest": LONE}
    assert settled(docstore) == {}  # all stand where they should
    assert docstore.revisits.outcomes("town") == {"b.warc": {"": 2, LONE: 1}}


def test_one_for_the_staff_repeats_no_open_page(docstore: Docstore, original: str) -> None:
    revisit = captured("r2", "20190101000000", payload_digest="sha1:A")
    docstore.revisits.put(origin_of(revisit), staff_only=True)
    assert settled(docstore) == {"r2": LONE}
    assert len(docstore.captures.of(original)) == 1


def test_a_place_goes_before_a_payload(docstore: Docstore, original: str) -> None:
    aside = captured("css", "20170101000000", ELSEWHERE, payload_digest="sha1:A")
    docstore.revisits.set_aside(origin_of(aside), "style sheet")
    page = captured("r2", "20190101000000", payload_digest="sha1:A", refers_to=PLACE)
    sheet = captured(
        "r3", "20190101000000", payload_digest="sha1:A", refers_to=(ELSEWHERE, "20170101000000")
    )
    for revisit in (page, sheet):
        docstore.revisits.put(origin_of(revisit))
    assert settled(docstore) == {"r2": "", "r3": "style sheet"}


def test_what_was_set_aside_goes_by_its_payload_where_no_place_is_named(docstore: Docstore) -> None:
    aside = captured("css", "20170101000000", ELSEWHERE, payload_digest="sha1:C")
    docstore.revisits.set_aside(origin_of(aside), "style sheet")
    unplaced = captured("r2", "20190101000000", payload_digest="sha1:C")
    placed = captured("r3", "20190101000000", payload_digest="sha1:C", refers_to=PLACE)
    for revisit in (unplaced, placed):
        docstore.revisits.put(origin_of(revisit, path="c.warc"))
    assert settled(docstore) == {"r2": "style sheet", "r3": LONE}
    docstore.files.remove("town", "b.warc")
    assert settled(docstore) == {"r2": LONE}


def test_no_revisit_is_an_original(docstore: Docstore, original: str) -> None:
    revisit = captured("r2", "20190101000000", payload_digest="sha1:A", refers_to=PLACE)
    docstore.revisits.put(origin_of(revisit))
    assert settled(docstore) == {"r2": ""}
    docstore.files.remove("town", "a.warc")
    assert settled(docstore) == {"r2": LONE}
    assert docstore.captures.of(original) == []


def test_none_is_remembered_of_what_was_removed(docstore: Docstore, original: str) -> None:
    docstore.takedown.remove("https://town.example/")
    revisit = captured("r2", "20190101000000", payload_digest="sha1:A")
    assert not docstore.revisits.put(origin_of(revisit))
