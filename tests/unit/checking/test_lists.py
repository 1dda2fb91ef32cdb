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


def test_what_speaks_to_the_reader_is_no_reference() -> None:
    talk = ["Here you go!", "I hope this helps.", "Please check these on Google Scholar!"]
    found, aside = split_references(f"{talk[0]}\n\n{VENN}\n\n{MARSH}\n\n{talk[1]}\n\n{talk[2]}")
    assert (found, aside) == ([VENN, MARSH], talk)
    found, aside = split_references(f"1. {VENN}\n2. {MARSH}\n\n{talk[1]}")
    assert (len(found), aside) == (2, [talk[1]])
    bare = "The iron bridge.\n\nThe paper mill."
    assert split_references(bare) == (bare.split("\n\n"), [])


def test_what_stands_around_entries_is_split_as_ever() -> None:
    bibtex = "@book{a, title={The {Iron} Bridge}}"
    ris = "TY  - BOOK\nTI  - Mills\nER  -"
    found, aside = split_references(f"```bibtex\n{bibtex}\n```\n{VENN}\n\n{MARSH}\n\n{ris}\n{LONG}")
    assert found == [bibtex, VENN, MARSH, ris, LONG]
    assert aside == ["```bibtex", "```"]
    assert split_references(f"ada@venn{{1}} {VENN}")[0] == [f"ada@venn{{1}} {VENN}"]
    comment = "@comment{\n@book{old, title={Old}}\n}"
    assert split_references(f"{comment}\n{bibtex}") == ([bibtex], [comment])


def test_labelled_lines_are_one_reference_each() -> None:
    first = "Title: The Iron Bridge\nAuthor: Ada Venn\nISBN: 020161622X"
    second = "**Title:** Mills\n\n**Author:** Bo Marsh\n\n**Year:** 1902"
    found, aside = split_references(f"Two books:\n\n{first}\n\n{second}\n\n{VENN}")
    assert (found, aside) == ([first, second, VENN], ["Two books:"])
    listed = "1. **Bridges**\n   - Author: Ada Venn\n2. **Mills**\n   - Author: Bo Marsh"
    assert len(split_references(listed)[0]) == 2
