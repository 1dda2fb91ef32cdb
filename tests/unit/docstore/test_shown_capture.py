"""The capture that is cited: of an address that had the words then, between that one's versions."""

from __future__ import annotations

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
A, B = "https://town.example/a", "https://town.example/b"
WORDS, OTHER = "The tables lie in drawers.", "Other words stood here."


def put_at(put: Put, text: str, uri: str, year: int) -> str:
    record = f"{uri}{year}"
    return put("a.warc", text, capture=captured(record, f"{year}0101000000", uri))[0]


def cited(
    docstore: Docstore, page: str, as_of: str | None
) -> tuple[str, str, str | None, str | None]:
    """Address and year of the shown capture, and the years of its neighbours."""
    shown = docstore.captures.shown(page, as_of)
    assert shown is not None
    around = docstore.captures.neighbours("town", shown, PUBLIC)
    before, after = (stamp[:4] if stamp else None for stamp in around)
    return shown.capture.uri, shown.capture.timestamp[:4], before, after


def test_an_address_that_has_other_words_by_then_is_not_cited(docstore: Docstore, put: Put) -> None:
    page = put_at(put, WORDS, A, 2015)
    put_at(put, OTHER, B, 2014)
    put_at(put, WORDS, B, 2016)
    put_at(put, "Something quite different.", B, 2017)
    assert cited(docstore, page, "20161231235959") == (B, "2016", "2014", "2017")
    assert cited(docstore, page, "20181231235959") == (A, "2015", None, None)
    assert cited(docstore, page, None) == (B, "2016", "2014", "2017")


def test_an_address_that_was_gone_by_then_is_not_cited(
    docstore: Docstore, put: Put, public: CollectionConfig
) -> None:
    page = put_at(put, WORDS, A, 2015)
    put_at(put, WORDS, B, 2016)
    gone = captured("m", "20170101000000", B, status=404)
    docstore.documents.miss(Origin(collection=public, path="a.warc", record="m", capture=gone))
    assert cited(docstore, page, "20161231235959")[:2] == (B, "2016")
    assert cited(docstore, page, "20181231235959")[:2] == (A, "2015")


def test_words_that_stand_nowhere_by_then_are_cited_by_their_newest_capture(
    docstore: Docstore, put: Put
) -> None:
    page = put_at(put, WORDS, A, 2014)
    put_at(put, WORDS, A, 2015)
    put_at(put, OTHER, A, 2016)
    assert cited(docstore, page, "20181231235959")[:2] == (A, "2015")
    assert docstore.captures.shown(page, "20131231235959") is None


def test_the_neighbours_are_those_of_the_cited_address(docstore: Docstore, put: Put) -> None:
    page = put_at(put, WORDS, A, 2014)
    put_at(put, OTHER, B, 2015)
    put_at(put, WORDS, B, 2016)
    assert cited(docstore, page, None) == (B, "2016", "2015", None)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("20141231235959", (A, "2014", None, "2015")),
        ("20161231235959", (A, "2016", "2015", None)),
    ],
)
def test_words_that_come_back_have_neighbours(
    docstore: Docstore, put: Put, as_of: str, expected: tuple[str, str, str | None, str | None]
) -> None:
    page = put_at(put, WORDS, A, 2014)
    put_at(put, OTHER, A, 2015)
    put_at(put, WORDS, A, 2016)
    assert cited(docstore, page, as_of) == expected


def test_a_hidden_capture_is_never_cited(docstore: Docstore, put: Put) -> None:
    page = put_at(put, WORDS, A, 2014)
    put_at(put, WORDS, A, 2016)
    docstore.takedown.hide(f"{A}@2016..2016")
    assert cited(docstore, page, "20181231235959")[:2] == (A, "2014")
    assert cited(docstore, page, None)[:2] == (A, "2014")
