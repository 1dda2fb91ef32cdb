"""R5: citations only from what was retrieved, whatever the model writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.answer import Sentence
from rag_assistant.answering.citations import (
    Marked,
    MarkerStream,
    Numbering,
    answer_text,
    markers,
)

SHOWN = ("The hall [1934] was closed. See https://archive.example/a.", "Second.", "Third.")


def read(text: str, *, step: int = 1000) -> tuple[list[Marked], int, str]:
    stream = MarkerStream(SHOWN)
    items: list[str | Marked] = []
    for start in range(0, len(text), step):
        items += stream.feed(text[start : start + step])
    items += stream.finish()
    sentences = [item for item in items if isinstance(item, Marked)]
    return sentences, stream.invalid, "".join(item for item in items if isinstance(item, str))


@pytest.mark.parametrize(
    ("written", "passages"),
    [
        ("It opened [1].", (1,)),
        ("It opened. [1]", (1,)),
        ("It opened.[1]", (1,)),
        ("It [2] opened [1].", (2, 1)),
        ("It opened [1, 3].", (1, 3)),
        ("It opened [1][2].", (1, 2)),
        ("It opened [1-3].", (1, 2, 3)),
        ("It opened [1–3].", (1, 2, 3)),
        ("It opened [^1].", (1,)),
        ("It opened ［１］.", (1,)),
        ("It opened 【1】.", (1,)),
        ("It opened [Source 2].", (2,)),
        ("It opened [1][1].", (1,)),
    ],
)
def test_every_form_of_marker_is_read(written: str, passages: tuple[int, ...]) -> None:
    sentences, invalid, _ = read(written)
    assert [(s.text, s.passages) for s in sentences] == [("It opened.", passages)]
    assert invalid == 0


@pytest.mark.parametrize(
    ("written", "passages", "removed"),
    [
        ("It opened [99].", (), 1),
        ("It opened [0].", (), 1),
        ("It opened [1, 99].", (1,), 1),
        ("It opened [2-5].", (2, 3), 2),
        ("It opened [1-999999].", (1,), 0),
        ("It opened [1912].", (), 1),
    ],
)
def test_unknown_numbers_are_removed_and_counted(
    written: str, passages: tuple[int, ...], removed: int
) -> None:
    sentences, invalid, _ = read(written)
    assert [(s.text, s.passages) for s in sentences] == [("It opened.", passages)]
    assert invalid == removed


@pytest.mark.parametrize("kept", ["He wrote [sic] so.", "The hall [1934] closed.", "A [b c] d."])
def test_brackets_that_are_text_stay(kept: str) -> None:
    sentences, invalid, shown = read(kept, step=1)
    assert [s.text for s in sentences] == [kept]
    assert shown == kept
    assert invalid == 0


@pytest.mark.parametrize(
    "written",
    [
        "See doi: 10.1234/made.up [1].",
        "See 10.1234/made.up [1].",
        "See https://made.example/up [1].",
        "See www.made.example [1].",
        "See https://doi.org/10.1234/made.up [1].",
    ],
)
def test_addresses_that_no_passage_holds_are_removed_and_counted(written: str) -> None:
    for step in (1, 1000):
        sentences, invalid, shown = read(written, step=step)
        assert [(s.text, s.passages) for s in sentences] == [("See.", (1,))]
        assert invalid == 1
        assert "made" not in shown


def test_a_removed_address_leaves_no_empty_brackets() -> None:
    sentences, *_ = read("It opened (https://made.example/up), doi:10.1234/made. [1]")
    assert sentences[0].text == "It opened."


def test_an_address_of_a_passage_stays() -> None:
    sentences, invalid, _ = read("It is at https://archive.example/a [1].")
    assert sentences[0].text == "It is at https://archive.example/a."
    assert invalid == 0


def test_no_piece_of_a_marker_is_ever_shown() -> None:
    *_, shown = read("It opened [1]. Then [99] it closed【2】.", step=1)
    assert shown == "It opened.Then it closed."  # who streams puts the markers between the two


def test_sentences_end_where_people_end_them() -> None:
    text = (
        'Dr. Holt came c. 1890 [1]. It was no. 5. He said no. "Why?" she asked. 館は開いた。次[2]。'
    )
    sentences, *_ = read(text)
    assert [s.text for s in sentences] == [
        "Dr. Holt came c. 1890.",
        "It was no. 5.",
        "He said no.",
        '"Why?" she asked.',
        "館は開いた。",
        "次。",
    ]


def test_list_items_become_sentences() -> None:
    sentences, *_ = read("- First item [1]\n2. Second item [2]\n")
    assert [(s.text, s.passages) for s in sentences] == [
        ("First item", (1,)),
        ("Second item", (2,)),
    ]


def test_an_unclosed_bracket_is_text() -> None:
    text = "A [bracket that goes on " + "and on " * 20 + "to the end."
    sentences, invalid, _ = read(text, step=3)
    assert sentences[0].text == text
    assert invalid == 0


@given(st.text(alphabet="ab .[]12-,^\n【】９doi:/htpsw。A?", max_size=80), st.integers(1, 7))
def test_pieces_do_not_matter(text: str, step: int) -> None:
    assert read(text, step=step) == read(text)


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    sentences, invalid, _ = read(text)
    assert invalid >= 0
    assert all(set(s.passages) <= {1, 2, 3} for s in sentences)


def test_markers_are_numbered_by_first_use() -> None:
    numbering = Numbering()
    assert numbering.of((5, 2)) == (1, 2)
    assert numbering.of((2, 9)) == (2, 3)
    assert numbering.used == {5: 1, 2: 2, 9: 3}


def test_the_answer_text_carries_markers_after_each_sentence() -> None:
    told = Sentence(text="It opened.", citations=(1, 2), support="supported")
    open_ = Sentence(text="Nothing more.", citations=(), support="unchecked")
    assert markers(()) == ""
    assert answer_text((told, open_)) == "It opened. [1][2] Nothing more."
