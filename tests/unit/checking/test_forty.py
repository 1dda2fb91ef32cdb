"""Forty references as people paste them, of which twenty are invented from plausible parts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evals.pasted import INVENTIONS, STYLES, invented, real
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.layout import to_record
from rag_assistant.docstore.queries import Bounds
from rag_assistant.identifiers import isbn10, isbn13
from rag_assistant.schema import Record

from .conftest import Add, Check

BOOKS: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("The iron bridges of Weir: their builders and their debts", ("Venn, Ada",), "1868"),
    ("Paper, rags and water: a history of the mill", ("Marsh, Bo", "Quill, Thomas"), "1902"),
    ("Letters from the western front", ("Lindner, Karl",), "1915"),
    ("A directory of the trades of Senn", ("Garland, Rose", "Venn, Peter"), "1895"),
    ("Floods and their remedies in river towns", ("Delvaux, Ruth Maria",), "1923"),
    ("Reading rooms: women, newspapers and the public library", ("Bowker, Jean",), "1978"),
    ("Learning to survey", ("O'Neil, Patrick",), "1931"),
    ("Programming the flood gauge", ("van der Berg, Anna",), "2004"),
    ("The surveyor's handbook for small rivers", ("O'Neil, Patrick", "Garland, Rose"), "1933"),
    ("Oral history in the workshop: theory and method", ("Marrable, Joan", "Bowker, Jean"), "1985"),
    ("Chapel and market", ("García Márquez, Luis",), "1957"),
    ("Bridges for children", ("Venn, Ada",), "1871"),
    ("Twinning towns after the war: friendship as policy", ("Müller, Jörg",), "1964"),
    ("Allotments and the right to dig", ("Foster-Johnson, Eric",), "1911"),
    ("Ferry timetables and the tide", ("Marsh, Bo",), "1899"),
    ("Catalogue of the museum's costumes", ("Tournier, Paul",), "1962"),
    ("Minutes and memory: councils on paper", ("Lowe, Vincent",), "2005"),
    ("Cholera, coal and the canal", ("Zelle, John", "Lowe, Vincent"), "1849"),
    ("The wharf families", ("Hunter, Daniel",), "1996"),
    ("A town trail in twelve stages", ("Wise, Arthur",), "1998"),
    ("Newspapers before the telegraph: speed and rumour", ("Gatewood, Willard",), "1990"),
    ("Steam on the upper river", ("Charles, Raymond",), "1957"),
)
SEEDS = range(5)


@pytest.fixture
def records(add: Add, docstore: Docstore) -> list[tuple[str, Record]]:
    for at, (title, people, year) in enumerate(BOOKS):
        thirteen = isbn13(f"{201_000_000 + 7919 * at:09d}")
        number = isbn10(thirteen) if at % 2 else thirteen
        numbers = [("isbn", number)] if at % 4 else []
        add(title, *people, issued=year, publisher="Town Press", numbers=numbers)
    rows = docstore.works.rows(docstore.documents.ids(), Bounds())
    told = sorted((str(row["path"]), int(row["record"]), one) for one, row in rows.items())
    found = [(one, to_record(rows[one]["details"])) for _, _, one in told]
    return [(one, record) for one, record in found if record]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_invented_one_is_matched_and_the_real_ones_are(
    check: Check, records: list[tuple[str, Record]], seed: int
) -> None:
    titles = {one: record.title for one, record in records}
    right = 0
    for one in real(records, 20, seed):
        (found,) = check(one.text).references
        ids = [each.comparison.work.id for each in found.found]
        right += found.verdict == "matched" and titles[one.of] in map(titles.get, ids)
        assert found.verdict != "conflict", one.text
    taken_in = [
        one.text
        for one in invented(records, 20, seed)
        if any(each.verdict == "matched" for each in check(one.text).references)
    ]
    assert taken_in == []
    assert right >= 18


def test_a_number_of_another_work_is_always_seen(
    check: Check, records: list[tuple[str, Record]]
) -> None:
    made = [one for one in invented(records, 60, 1) if one.kind.startswith("real_number")]
    assert len(made) == 10
    for one in made:
        assert check(one.text).references[0].verdict == "conflict", one.text


def test_they_are_drawn_from_a_seed_in_every_style_and_way(
    records: list[tuple[str, Record]],
) -> None:
    assert real(records, 20, 3) == real(records, 20, 3)
    assert invented(records, 20, 3) == invented(records, 20, 3) != invented(records, 20, 4)
    kinds = {one.kind.partition(", ")[0] for one in invented(records, 20, 3)}
    assert len(kinds) == len(INVENTIONS)
    styles = {one.kind.partition(", ")[0] for one in real(records, 20, 3)}
    assert len(styles) == len(STYLES)
