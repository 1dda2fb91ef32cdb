"""Pasted lists: each reference whole, none cut, nothing lost."""

from __future__ import annotations

import pytest

from rag_assistant.checking.lists import split_references

VENN = "Venn, Ada. The Iron Bridge: Its Building and Its Builders. Weir: Town Press, 1868."
MARSH = "Marsh, B. (1902). The paper mill by the weir. Senn University Press."
LONG = "Lindner, Karl, and Ruth Delvaux. Letters from the Front. London: Verso, 1999."


def test_blank_lines_part_wrapped_references() -> None:
    text = "Venn, Ada. The Iron Bridge:\nIts Building. Weir: Town Press,\n1868.\n\n" + MARSH
    found, aside = split_references(text)
    assert found == [
        "Venn, Ada. The Iron Bridge: Its Building. Weir: Town Press, 1868.",
        MARSH,
    ]
    assert aside == []


@pytest.mark.parametrize("mark", ["{}. ", "[{}] ", "({}) ", "{}) ", "- ", "• ", "1. "])
def test_numbers_and_bullets_begin_references_and_lines_go_on(mark: str) -> None:
    lines = []
    for number, one in enumerate((VENN, MARSH, LONG), start=1):
        cut = one.index(" ", 30)
        lines += [mark.format(number) + one[:cut], one[cut + 1 :]]
    found, _ = split_references("\n".join(lines))
    assert len(found) == 3
    assert [one.endswith(whole) for one, whole in zip(found, (VENN, MARSH, LONG), strict=True)] == [
        True,
        True,
        True,
    ]


def test_a_wrapped_line_may_begin_with_a_number() -> None:
    text = "1. Venn, A. Bridges. Journal\n12. 3 (1999): 4.\n2. Marsh, B. Mills. Weir, 1902."
    found, _ = split_references(text)
    assert len(found) == 2
    assert "12. 3 (1999)" in found[0]


def test_one_to_a_line_and_hanging_indents() -> None:
    assert split_references("\n".join((VENN, MARSH, LONG)))[0] == [VENN, MARSH, LONG]
    hanging = VENN.replace(" Weir:", "\n    Weir:") + "\n" + MARSH.replace(" Senn", "\n    Senn")
    assert split_references(hanging)[0] == [VENN, MARSH]


def test_a_reference_wrapped_behind_a_full_stop_stays_whole() -> None:
    text = "Marsh, B. (1902). The paper mill by the weir.\nSenn University Press."
    assert split_references(text)[0] == [text.replace("\n", " ")]
    text = "Martelli, Alex. Python cookbook. Sebastopol, CA:\nO'Reilly, 2003."
    assert split_references(text) == ([text.replace("\n", " ")], [])


def test_a_list_that_lost_its_line_ends() -> None:
    found, _ = split_references(f"1. {VENN} 2. {MARSH} 3. {LONG}")
    assert [one.partition(" ")[2] for one in found] == [VENN, MARSH, LONG]
    assert len(split_references("Venn, A. Bridges, vol. 1. 2. ed. Weir, 1868.")[0]) == 1


def test_titles_with_names_alone_stand_one_to_a_line() -> None:
    text = "The Iron Bridge by Ada Venn\nThe Paper Mill by Bo Marsh"
    assert split_references(text)[0] == text.split("\n")
    wrapped = "Bridges and Mills of the Upper River by Ada\nVenn and Bo Marsh (1902)"
    assert split_references(wrapped)[0] == [wrapped.replace("\n", " ")]


def test_words_around_a_list_are_told_apart() -> None:
    found, aside = split_references(f"Here are some sources:\n\n1. {VENN}\n2. {MARSH}")
    assert aside == ["Here are some sources:"]
    assert len(found) == 2


def test_bibtex_and_ris_are_cut_at_their_entries() -> None:
    bibtex = "Two:\n@book{a, title={The {Iron} Bridge}}\n\n@article{b,\n title={Mills}}"
    found, aside = split_references(bibtex)
    assert [one.partition("{")[0] for one in found] == ["@book", "@article"]
    assert aside == ["Two:"]
    ris = "TY  - BOOK\nTI  - Bridges\nER  - \n\nTY  - BOOK\nTI  - Mills\nER  - "
    assert len(split_references(ris)[0]) == 2


@pytest.mark.parametrize("text", ["", " \n\n ", "\n"])
def test_nothing_is_no_reference(text: str) -> None:
    assert split_references(text) == ([], [])
