"""What stood at a time: the same as by its definition, at a cost that follows the captures."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore, sqlite
from rag_assistant.docstore.library import Library
from rag_assistant.docstore.queries import GONE, Bounds, within
from rag_assistant.docstore.rows import Origin
from rag_assistant.docstore.tables import captures, documents, misses
from rag_assistant.schema import Capture

from .conftest import Put, captured

HOST = "https://town.example"
CROWN = CollectionConfig(id="crown", access="public")
THEN = "20230101000000"


def then(timestamp: str) -> Bounds:
    return Bounds(access=("public",), as_of=timestamp)


def miss(docstore: Docstore, collection: CollectionConfig, capture: Capture) -> None:
    docstore.documents.miss(
        Origin(collection=collection, path="c.warc", record=capture.record_id, capture=capture)
    )


@pytest.fixture
def database(tmp_path: Path, docstore: Docstore) -> Engine:
    """The docstore's own file, opened beside it."""
    return sqlite.connect(tmp_path / "data" / "docstore.sqlite")


def by_definition(database: Engine, timestamp: str) -> set[str]:
    """Documents one of whose visible captures nothing followed: no other words, no "not found"."""
    with sqlite.reading(database) as connection:
        seen = connection.execute(select(captures)).all()
        lost = connection.execute(select(misses).where(misses.c.status.in_(GONE))).all()
        hidden = set(connection.scalars(select(documents.c.id).where(documents.c.hidden == 1)))

    def followed(one: object, place: tuple[str, str], since: str) -> bool:
        after = [
            *(each for each in seen if each.document_id != one),
            *lost,
        ]
        return any(
            (each.collection, each.address) == place and since < each.timestamp <= timestamp
            for each in after
        )

    return {
        one.document_id
        for one in seen
        if not one.hidden
        and one.timestamp <= timestamp
        and not followed(one.document_id, (one.collection, one.address), one.timestamp)
    } - hidden


@pytest.mark.parametrize("seed", range(4))
def test_as_of_is_what_its_definition_says(
    docstore: Docstore, database: Engine, public: CollectionConfig, put: Put, seed: int
) -> None:
    """Words that come back, move between addresses and collections, are hidden, or go missing.

    In SQL; in memory, kept up to date; and in memory, read anew.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    library, during = docstore.library, then("20150601000000")
    for number in range(60):
        config = chance.choice([public, CROWN])
        uri = f"{HOST}/{chance.choice('ab')}"
        stamp = f"20{chance.randrange(10, 22)}0101000000"
        capture = captured(f"r{number}", stamp, uri, status=chance.choice([404, 410, 301]))
        if chance.random() < 0.25:
            docstore.put_collection(config)
            miss(docstore, config, capture)
        else:
            put("c.warc", f"Words {chance.choice('xyz')}.", collection=config, capture=capture)
        if number % 5 == 0:
            assert library.chosen(during).ids() == library.document_ids(during), number
    docstore.takedown.hide(f"{HOST}/a@2014..2015")
    answers = set()
    for year in range(9, 24):
        bounds = then(f"20{year:02d}0601000000")
        expected = by_definition(database, f"20{year:02d}0601000000")
        assert library.document_ids(bounds) == expected, year
        assert library.chosen(bounds).ids() == expected, year
        assert Library(database).chosen(bounds).ids() == expected, year
        answers.add(frozenset(expected))
    assert len(answers) > 3, "the times must differ, or nothing was tested"


def steps(database: Engine, bounds: Bounds) -> int:
    """Hundreds of instructions of SQLite's machine that one look-up takes."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    with sqlite.reading(database) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(step, 100)
        assert len(connection.scalars(select(documents.c.id).where(within(bounds))).all()) == 1
        driver.set_progress_handler(None, 0)
    return taken


def test_the_cost_follows_the_number_of_captures(
    docstore: Docstore, database: Engine, public: CollectionConfig, put: Put
) -> None:
    """A page unchanged for long, then changed: each capture once, not each with each."""

    def unchanged(numbers: range) -> None:
        for number in numbers:
            put("c.warc", "Old.", capture=captured(f"r{number}", str(20100101000000 + number)))
            moved = captured(f"m{number}", str(20100101000000 + number), status=301)
            miss(docstore, public, moved)

    put("c.warc", "New.", capture=captured("new", "20220101000000"))
    unchanged(range(100))
    few = steps(database, then(THEN))
    unchanged(range(100, 400))
    assert few > 0
    assert steps(database, then(THEN)) < 6 * few, "four times as many captures"


def test_scope_and_coverage_look_once_for_what_stood_then(docstore: Docstore, put: Put) -> None:
    put("a.txt", "Always here.", language="de")
    put("c.warc", "Old.", capture=captured("1", "20100101000000"), language="en")
    put("c.warc", "New.", capture=captured("2", "20200101000000"), language="fr")
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        scope = docstore.library.scope(then(THEN))
        coverage = docstore.library.coverage(then(THEN), {"lexical": 0, "vectors": 99})
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert (scope.documents, scope.languages, scope.collections) == (2, ("de", "fr"), ("town",))
    assert scope.dates == ("2020-01-01", "2020-01-01")
    assert coverage == {"lexical": 0.0, "vectors": 1.0}
    assert sum("misses" in statement for statement in asked) == 1, "then they are held in memory"


def test_an_empty_scope(docstore: Docstore) -> None:
    scope = docstore.library.scope(then(THEN))
    assert (scope.documents, scope.dates, scope.collections, scope.updated) == (0, None, (), None)
    assert docstore.library.coverage(then(THEN), {"lexical": 0}) == {"lexical": 1.0, "vectors": 0.0}
