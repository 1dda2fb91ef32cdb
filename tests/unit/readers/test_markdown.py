"""Markdown: front matter, headings, and the source's own text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.errors import FailedError, LeafError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob
from rag_assistant.schema import Document


def read(text: str) -> Document:
    return read_blob(Blob(data=text.encode(), name="a.md"))


def outline(document: Document) -> list[tuple[tuple[str, ...], str]]:
    return [(section.headings, section.text) for section in document.sections]


def test_headings_make_sections_and_the_first_becomes_the_title() -> None:
    document = read(
        "Before.\n\n# The *Mill*\n\nOpening  words.\n\n## Strike ##\n  indented\nlast\n\n"
        "### Terms\n- one\n- **two**\n\nAftermath\n---------\nIt ended.\n"
    )
    assert document.description.title == "The Mill"
    assert outline(document) == [
        ((), "Before."),
        ((), "Opening  words."),
        (("Strike",), "  indented\nlast"),
        (("Strike", "Terms"), "- one\n- **two**"),
        (("Aftermath",), "It ended."),
    ]


def test_a_title_in_the_front_matter_leaves_the_first_heading_in_the_trail() -> None:
    document = read("---\ntitle: Report\n---\n# Part one\nText.\n")
    assert document.description.title == "Report"
    assert outline(document) == [(("Part one",), "Text.")]


def test_a_title_that_is_said_twice_is_not_repeated() -> None:
    document = read("---\ntitle: Report\n---\n# Report\nText.\n\n## More\nWords.\n")
    assert [headings for headings, _ in outline(document)] == [(), ("More",)]


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_code_is_no_heading(fence: str) -> None:
    text = f"# T\nWords.\n\n{fence}sh\n# a comment\n\nnot a\n---\n{fence}\n\nMore."
    assert [headings for headings, _ in outline(read(text))] == [()]
    assert "# a comment" in read(text).sections[0].text


def test_a_heading_in_a_quotation_or_a_list_is_text() -> None:
    assert len(read("# T\n> # quoted\n\n- # listed\n\nWords").sections) == 1


def test_access_in_the_front_matter_narrows() -> None:
    document = read("---\naccess: staff\nuse: quote\nclosed_until: 2040-01-01\n---\nText.")
    assert (document.description.access, document.description.use) == ("staff", "quote")
    assert document.description.closed_until is not None


@pytest.mark.parametrize(
    "front",
    [
        "acces: staff",
        "access: stafff",
        "access: no",
        "access: staff\naccess: public",
        "just words",
        "- a list",
        "a: [unclosed",
        "date: 2020-13-45",
        "title: &a [*a, *a]",
        "? [complex]\n: x",
    ],
)
def test_a_wrong_front_matter_fails_the_document(front: str) -> None:
    with pytest.raises(FailedError, match="metadata is wrong"):
        read(f"---\n{front}\n---\nText.")


def test_a_date_that_is_none_is_noted() -> None:
    assert read("---\ndate: in the wet summer\n---\nText.").notes == (
        "date not understood: in the wet summer",
    )


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert outline(read("---\n\nWords that never close it.")) == [
        ((), "---\n\nWords that never close it.")
    ]


def test_windows_line_ends() -> None:
    document = read("---\r\ntitle: T\r\n---\r\n## H\r\none\r\ntwo\r\n")
    assert outline(document) == [(("H",), "one\ntwo")]


def test_headings_alone_are_still_a_text() -> None:
    assert read("# Only\n\n## Headings\n").sections[0].text == "# Only\n\n## Headings"


@given(st.text(alphabet="#-=`~> *\n\tab\u2028\x0b[]()", max_size=200))
def test_every_section_is_a_run_of_the_source(text: str) -> None:
    try:
        document = read(f"words\n{text}")
    except LeafError:
        return
    source = f"words\n{text}"
    position = 0
    for section in document.sections:
        position = source.index(section.text, position) + len(section.text)
