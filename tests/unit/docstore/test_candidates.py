"""What ranking reads of passages agrees with what is shown of them."""

from __future__ import annotations

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.candidates import Candidate, Wording
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.sqlite import VARIABLES
from rag_assistant.schema import Entry

from .conftest import Put, captured

PUBLIC = Bounds(access=("public",))
ADDRESS = "example,town)/"


def everything(docstore: Docstore) -> list[str]:
    return [one.passage_id for one in docstore.library.passages()]


def candidates(docstore: Docstore, bounds: Bounds) -> dict[str, Candidate]:
    library = docstore.library
    return library.candidates(everything(docstore), library.chosen(bounds), bounds)


def told(entry: Entry) -> tuple[str, ...]:
    return (entry.document_id, entry.use, entry.language, entry.text_hash)


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(),
        PUBLIC,
        Bounds(uses=("answer",)),
        Bounds(collections=("papers",)),
        Bounds(language="de"),
        Bounds(as_of="20140101000000"),
    ],
)
def test_they_are_what_the_bounds_allow(docstore: Docstore, put: Put, bounds: Bounds) -> None:
    put("a.txt", "For all.")
    put("b.txt", "Nur zum Nachsehen.", language="de", use="list")
    put("c.txt", "For the staff.", access="staff")
    put("d.txt", "Elsewhere.", collection=CollectionConfig(id="papers"))
    put("w.gz", "Once.", capture=captured("1", "20120101000000"))
    put("w.gz", "Later.", capture=captured("2", "20150101000000"))
    hidden, _ = put("e.txt", "Gone.")
    docstore.takedown.hide(hidden, "")
    found = candidates(docstore, bounds)
    entries = docstore.library.entries(everything(docstore), bounds)
    assert entries
    assert {one: told(entry) for one, entry in entries.items()} == {
        one: (each.document_id, each.use, each.language, each.text_hash)
        for one, each in found.items()
    }
    assert docstore.library.wordings(list(found.values())) == {
        one: Wording(title=entry.title, headings=entry.headings, text=entry.text)
        for one, entry in entries.items()
    }


def test_a_documents_captures_are_those_by_then(docstore: Docstore, put: Put) -> None:
    put("w.gz", "Words.", capture=captured("1", "20120101000000"))
    put("w.gz", "Words.", capture=captured("2", "20150101000000"))
    put("w.gz", "Words.", capture=captured("3", "20130101000000", "https://other.example/"))
    (ever,) = candidates(docstore, Bounds()).values()
    (by_then,) = candidates(docstore, Bounds(as_of="20140101000000")).values()
    elsewhere = {"example,other)/": ("20130101000000", "20130101000000")}
    assert ever.seen == {ADDRESS: ("20120101000000", "20150101000000"), **elsewhere}
    assert by_then.seen == {ADDRESS: ("20120101000000", "20120101000000"), **elsewhere}


def test_more_than_one_statement_used_to_hold(docstore: Docstore, put: Put) -> None:
    put("a.txt", "Words.")
    asked = [*everything(docstore), *(f"none-{number}" for number in range(3 * VARIABLES))]
    library = docstore.library
    assert len(library.candidates(asked, library.chosen(Bounds()), Bounds())) == 1
    assert len(library.entries(asked, Bounds())) == 1
