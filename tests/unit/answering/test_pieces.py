"""A reply is the same however it arrives, and nothing foreign gets through in any mixture."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag_assistant.answering.citations import Marked, MarkerStream
from rag_assistant.answering.foreign import Foreign
from rag_assistant.answering.pieces import next_piece

SHOWN = ("The hall [1934] was closed. See https://archive.example/a for it.", "Second.", "Third.")
PIECES = (
    "The hall was closed", " in 1893", ".", ". ", " ", "\n", "\n\n", "[1]", "[2, 3]", "[99]",
    "[1934]", "[sic]", "(1)", "(99)", "(1", "【2】", "【2†source】", "[^3]", "[^3]: ", "[[1]]",
    "[Source 1]", "\\[1\\]", "[1](https://evil.example/x)", "[words](https://evil.example/x)",
    "![x](https://evil.example/x)", "[words](javascript:alert(1))", "<https://evil.example/x>",
    "https://evil.example/x", "https://archive.example/a", "www.evil.example", "evil.example ",
    "doi: 10.1234/made.up", "ISBN 978-3-16-148410-0", "<a href='https://evil.example'>", "</a>",
    "<br>", "<p>", "<think>", "</think>", "<|im_end|>", "[INST]", "**", "`", "# ", "- ", "| ",
    "\u200b",
    "\u202e", "\u200d", "¹", "⁹", "館は開いた。", "Мэр. ", "\U0001f44d", "[", "]", "(", ")",
    "<", ">", "NO_ANSWER", "!", "?", "«", "\t", "\r\n",
)  # fmt: skip
FOREIGN = re.compile(r"evil|10\.1234|978-3|\[99\]|[\u200b\u202e]", re.IGNORECASE)


def read(text: str, cuts: list[int]) -> tuple[list[Marked], int, str]:
    stream = MarkerStream(SHOWN)
    places = [0, *sorted({cut for cut in cuts if cut < len(text)}), len(text)]
    items: list[str | Marked] = []
    for start, end in pairwise(places):
        items += stream.feed(text[start:end])
    items += stream.finish()
    sentences = [item for item in items if isinstance(item, Marked)]
    return sentences, stream.invalid, "".join(item for item in items if isinstance(item, str))


MIXTURES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(MIXTURES, st.lists(st.integers(1, 120), max_size=12))
def test_where_a_reply_is_cut_does_not_matter(text: str, cuts: list[int]) -> None:
    whole = read(text, [])
    assert read(text, cuts) == whole
    assert read(text, list(range(len(text)))) == whole


@given(MIXTURES)
@example("The hall was closedISBN 978-3-16-148410-0evil.example ")
def test_nothing_foreign_gets_through_in_any_mixture(text: str) -> None:
    sentences, _, shown = read(text, [])
    assert not FOREIGN.search(shown)
    for one in sentences:
        assert set(one.passages) <= {1, 2, 3}
        assert not FOREIGN.search(one.text)


@pytest.mark.parametrize(
    ("raw", "kind", "size"),
    [
        ("[1] It", "bracket", 3),
        ("(1). It", "bracket", 3),
        ("(in 1893) It", "word", 3),
        ("[a](b) c", "link", 6),
        ("![a](b(c)) d", "link", 10),
        ("<br> c", "tag", 4),
        ("< 5", "word", 1),
        ("[[1]]", "unclosed", 1),
        (" \n x", "space", 3),
        ("doi: 10.1/x y", "word", 11),
    ],
)
def test_pieces(raw: str, kind: str, size: int) -> None:
    assert next_piece(raw, final=False) == (kind, size)


@pytest.mark.parametrize("raw", ["[1", "[1]", "(1", "<a", "[a](b", "opened", "doi: 1", " "])
def test_what_may_go_on_is_held_back(raw: str) -> None:
    assert next_piece(raw, final=False) is None
    assert next_piece(raw, final=True) is not None


@pytest.mark.parametrize(
    "kept",
    ["1893.The", "e.g.", "Ph.D.", "U.S.", "3.14", "12.5.1901", "z.B.", "and/or", "9.30pm", "no.5"],
)
def test_abbreviations_and_numbers_are_no_addresses(kept: str) -> None:
    assert Foreign(SHOWN).without_addresses(kept, pytest.fail) == kept


def test_hidden_characters_of_a_passage_stay() -> None:
    assert Foreign(["biblio\u00adthek"]).visible("biblio\u00adthek\u200b") == "biblio\u00adthek"
    assert Foreign(["x"]).visible("کتاب\u200cخانه") == "کتاب\u200cخانه"


@pytest.mark.parametrize("text", ["[" * 5000, "<" * 5000, "(1, " * 2000, "a." * 3000, "[1]" * 2000])
def test_long_nonsense_takes_no_long_time(text: str) -> None:
    started = time.perf_counter()
    read(text, list(range(0, len(text), 5)))
    assert time.perf_counter() - started < 20
