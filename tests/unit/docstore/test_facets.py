"""Documents are counted by what filters can ask for, and only within the bounds of who asks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag_assistant import dates
from rag_assistant.collection import CollectionConfig
from rag_assistant.dates import OPEN_LAST, day_number
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.facets import Facets
from rag_assistant.docstore.queries import Bounds
from rag_assistant.schema import Agent, DateRange, Record

from .conftest import Put

PUBLIC = Bounds(access=("public",))
PAPERS = CollectionConfig(id="papers", access="staff")


def counted(docstore: Docstore, bounds: Bounds) -> Facets:
    chosen = docstore.library.chosen(bounds)
    return docstore.facets.counted(chosen.facts, chosen.mask)


def of_years(first: int, last: int) -> DateRange:
    return DateRange(first=day_number(first, 1, 1), last=day_number(last, 12, 31), text="")


def stock(put: Put) -> None:
    """Five documents, two of which the public must not know of."""
    venn = Record(
        agents=(Agent(family="Venn", given="Ada"), Agent(literal="Bridge committee")),
        places=("Marloford",),
    )
    put("a.md", "One.", kind="letter", language="en", date=of_years(1868, 1868), record=venn)
    put(
        "b.md", "Two.", kind="letter", language="de", creator="Venn, Ada", date=of_years(1869, 1871)
    )
    put("c.md", "Three.", kind="map", language="en", languages=(("en", 0.6), ("fr", 0.4)))
    put("d.md", "Four.", kind="secret", creator="Quill, Eve", access="staff", record=None)
    put("e.md", "Five.", kind="hush", creator="Bramble, Bo", use="none")
    put("f.md", "Six.", kind="vault", collection=PAPERS, date=of_years(1700, 1700))


def test_each_value_says_how_many_documents_it_gives(docstore: Docstore, put: Put) -> None:
    stock(put)
    found = counted(docstore, PUBLIC)
    assert found.documents == 3
    assert found.collections == (("town", 3),)
    assert found.kinds == (("letter", 2), ("map", 1))
    assert found.languages == (("en", 2), ("de", 1), ("fr", 1))
    assert found.decades == ((1860, 2), (1870, 1))
    assert found.undated == 1
    assert found.persons == (("Venn, Ada", 2), ("Bridge committee", 1))
    assert found.places == (("Marloford", 1),)
    for name, field in (("persons", "persons"), ("places", "places")):
        for value, number in getattr(found, name):
            asked = Bounds(access=("public",), **{field: (value,)})
            assert len(docstore.library.document_ids(asked)) == number


def test_the_public_hears_nothing_of_what_it_must_not_see(docstore: Docstore, put: Put) -> None:
    stock(put)
    told = str(counted(docstore, PUBLIC).to_dict())
    for word in ("secret", "Quill", "hush", "Bramble", "vault", "papers", "1700"):
        assert word not in told
    staff = str(counted(docstore, Bounds()).to_dict())
    for word in ("secret", "Quill", "vault", "papers", "1700"):
        assert word in staff
    assert "hush" not in staff  # not even listed


def test_several_names_must_all_be_there(docstore: Docstore, put: Put) -> None:
    stock(put)
    both = Bounds(access=("public",), persons=("Venn, Ada", "Bridge committee"))
    one = docstore.library.document_ids(both)
    assert len(one) == 1
    assert docstore.library.chosen(both).ids() == one
    nobody = Bounds(persons=("Venn, Ada", "Quill, Eve"))
    assert docstore.library.chosen(nobody).ids() == frozenset()


def test_open_ends_and_early_years_fall_into_their_decades(docstore: Docstore, put: Put) -> None:
    put("a.md", "One.", date=DateRange(first=day_number(1934, 5, 1), last=OPEN_LAST, text=""))
    put("b.md", "Two.", date=of_years(-42, -42))
    put("c.md", "Three.", date=dates.parse_date("1899/1900"))
    found = counted(docstore, Bounds())
    assert found.decades == ((-50, 1), (1890, 1), (1900, 1), (1930, 1))
    assert found.undated == 0


def test_names_change_with_their_document_and_go_with_it(docstore: Docstore, put: Put) -> None:
    one, _ = put("a.md", "One.", creator="Venn, Ada")
    put("a.md", "One.", creator="Marsh, Bo")
    assert counted(docstore, Bounds()).persons == (("Marsh, Bo", 1),)
    docstore.takedown.remove(one, "")
    assert counted(docstore, Bounds()).persons == ()


def test_an_earlier_version_gains_the_names(tmp_path: Path, docstore: Docstore, put: Put) -> None:
    put("a.md", "One.", creator="Venn,  Ada")
    docstore.close()
    with sqlite3.connect(tmp_path / "data" / "docstore.sqlite") as connection:
        connection.execute("DROP TABLE names")
        connection.execute("UPDATE meta SET value = '8' WHERE key = 'schema_version'")
    connection.close()
    later = Docstore(tmp_path / "data")
    assert counted(later, Bounds()).persons == (("Venn, Ada", 1),)
    later.close()
