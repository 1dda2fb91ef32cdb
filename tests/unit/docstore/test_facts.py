"""Facts held in memory say what SQL says, whatever happened to the documents since."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.library import Library
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.schema import DateRange

from .conftest import Put, captured

STAFF = CollectionConfig(id="papers", access="staff")
CLOSED = CollectionConfig(id="town", access="staff")
YEARS = DateRange(first=-100, last=300, text="")


def every_bounds() -> list[Bounds]:
    """Combinations of all that can be asked."""
    return [
        Bounds(
            access=access,
            collections=collections,
            language=language,
            kind=kind,
            date_from=first,
            date_to=last,
            as_of=as_of,
            persons=persons,
        )
        for access, collections, language, kind, (first, last), as_of, persons in product(
            (("public",), ("staff", "public")),
            (None, ("town",), ("papers", "none")),
            (None, "de", "xx"),
            (None, "letter"),
            ((None, None), (0, None), (None, -1), (250, 260)),
            (None, "20130101000000"),
            ((), ("Venn, Ada",)),
        )
    ]


_SHARE = 11
"""After each of many changes one combination in so many is asked, from another one onwards."""


def agree(docstore: Docstore, *, after: int | None = None) -> None:
    """In memory, kept up to date; in memory, read anew; and in SQL.

    All combinations, or a share of them, which is another one after each change: `_SHARE` has no
    factor in common with their number, so that each share has every value of all that can be asked.
    """
    fresh = Library(docstore.library._engine)
    asked = every_bounds() if after is None else every_bounds()[after % _SHARE :: _SHARE]
    for bounds in asked:
        expected = docstore.library.document_ids(bounds)
        assert docstore.library.chosen(bounds).ids() == expected, bounds
        assert fresh.chosen(bounds).ids() == expected, bounds
        assert docstore.library.scope(bounds) == fresh.scope(bounds)
        passages = len(docstore.library.text_hashes(bounds))
        assert docstore.library.chosen(bounds).column("passages").sum() == passages


def test_they_follow_every_change(docstore: Docstore, put: Put) -> None:
    agree(docstore, after=0)
    letter, _ = put("a.txt", "A letter.", language="de", kind="letter", date=YEARS)
    agree(docstore, after=1)
    put("b.txt", "A note.", language="en", collection=STAFF, creator="Venn, Ada")
    page, _ = put("c.warc", "A page.", language="de", capture=captured("1", "20120101000000"))
    agree(docstore, after=2)
    put("c.warc", "Another page.", capture=captured("2", "20121201000000"))
    agree(docstore, after=3)
    put(
        "a.txt", "A letter.", language="en", kind="letter", creator="Venn, Ada"
    )  # its facts changed, not its words
    agree(docstore, after=4)
    docstore.takedown.hide(letter, "")
    agree(docstore, after=5)
    docstore.takedown.restore(letter)
    agree(docstore, after=6)
    docstore.put_collection(CLOSED)
    agree(docstore, after=7)
    docstore.takedown.remove(page, "")
    agree(docstore, after=8)
    docstore.files.remove("town", "a.txt")
    agree(docstore)
    assert docstore.library.chosen(Bounds()).values("language")


def test_a_revisit_that_changes_no_document_changes_what_stood_then(
    docstore: Docstore, put: Put
) -> None:
    first, _ = put("c.warc", "The one.", capture=captured("1", "20110101000000"))
    put("c.warc", "The other.", capture=captured("2", "20120101000000"))
    put("c.warc", "The one.", capture=captured("9", "20200101000000"))
    then = Bounds(as_of="20130101000000")
    assert first not in docstore.library.chosen(then).ids()
    put("c.warc", "The one.", capture=captured("3", "20121201000000"))
    assert first in docstore.library.chosen(then).ids()
    agree(docstore, after=0)


def test_captures_that_change_without_their_documents_change_what_stood_then(
    docstore: Docstore, put: Put, public: CollectionConfig
) -> None:
    """Hidden and shown again, read anew as an error, gone from their file, and after a VACUUM."""
    front, _ = put("c.warc", "The one.", capture=captured("1", "20110101000000"))
    put("d.warc", "The one.", capture=captured("2", "20121201000000", "https://town.example/b"))
    put("e.warc", "The other.", capture=captured("3", "20120101000000"))
    then = Bounds(as_of="20130101000000")
    stood = [front in docstore.library.chosen(then).ids()]

    def note() -> None:
        found = docstore.library.chosen(then).ids()
        assert found == docstore.library.document_ids(then)
        assert found == Library(docstore.library._engine).chosen(then).ids()
        stood.append(front in found)

    docstore.takedown.hide("https://town.example/b@2012..2012", "")
    note()
    docstore.takedown.restore("https://town.example/b@2012..2012")
    note()
    lost = captured("4", "20121224000000", "https://town.example/b", status=404)
    origin = Origin(collection=public, path="f.warc", record="4", capture=lost)
    docstore.documents.miss(origin)
    note()
    docstore.documents.miss(replace(origin, capture=replace(lost, status=301)))
    note()
    docstore.documents.miss(origin)
    docstore.files.remove("town", "f.warc")
    note()
    docstore.files.remove("town", "d.warc")
    docstore.erase()
    note()
    put("c.warc", "The one.", capture=captured("9", "20121231000000"))
    note()
    assert stood == [True, False, True, False, True, True, False, True]


def test_many_changes_at_once_are_read_anew(docstore: Docstore, put: Put) -> None:
    put("0.txt", "The first.")
    before = docstore.library.chosen(Bounds())
    library = docstore.library
    for number in range(1, 5):
        put(f"{number}.txt", f"Number {number}.")
    assert library.changed_since(before.facts.seq, 3) is None
    assert len(library.changed_since(before.facts.seq, 4) or ()) == 4
    agree(docstore, after=1)
    assert before.mask.sum() == 1, "what was handed out stays as it was"
