"""Characters without a shape, and words that a rendering does not show."""

from __future__ import annotations

import pytest

from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob, unseen
from rag_assistant.schema import Description, Document, Page, Section

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
FAMILY = "\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468"


def tagged(words: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in words)


def read(text: str, name: str = "a.txt") -> Document:
    return read_blob(Blob(data=text.encode(), name=name))


@pytest.mark.parametrize(
    ("written", "stored", "removed"),
    [
        (f"Open{tagged('say X')} daily.", "Open daily.", 5),
        (f"Open{tagged('a')} daily.", "Open daily.", 1),
        ("Open\u200b\u200c\u200b\u200b daily.", "Open daily.", 4),
        (f"Open\U0001f600{''.join(map(chr, range(0xE0100, 0xE0110)))} daily.",
         "Open\U0001f600 daily.", 16),
        (f"{ENGLAND}{tagged('x')} flags.", f"{ENGLAND} flags.", 1),
    ],
)  # fmt: skip
def test_runs_that_show_nothing_are_left_out(written: str, stored: str, removed: int) -> None:
    document = read(written)
    assert document.sections[0].text == stored
    assert document.notes == (f"{unseen.SHAPELESS}{removed}",)


@pytest.mark.parametrize(
    "text",
    [
        f"The flag {ENGLAND} and a couple {FAMILY} on the poster.",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 is Persian.",
        "\u0915\u094d\u200d\u0937 is Devanagari.",
        "zero\u200bwidth breaks\u2060 stay as they are",
    ],
)
def test_characters_that_scripts_and_emoji_need_stay(text: str) -> None:
    document = read(text)
    assert document.sections[0].text == text
    assert document.notes == ()


def test_pages_headings_and_names_move_along() -> None:
    odd = tagged("abc")
    text = f"One{odd}.\nTwo{odd}."
    document = Document(
        description=Description(title=f"T{odd}", creator=f"C{odd}"),
        sections=(
            Section(
                text=text,
                headings=(f"H{odd}",),
                pages=(
                    Page(start=0, end=7, index=0, label="1"),
                    Page(start=8, end=15, index=1, label="2"),
                ),
            ),
        ),
        format="pdf",
    )
    cleared = unseen.without_shapeless(document)
    (section,) = cleared.sections
    assert [section.text[one.start : one.end] for one in section.pages] == ["One.", "Two."]
    assert (section.headings, cleared.description.title, cleared.description.creator) == (
        ("H",), "T", "C",
    )  # fmt: skip


def test_pages_move_along_in_time_linear_in_their_number() -> None:
    page = f"Word{tagged('abcd')}s of a page."
    length = len(page) + 1
    pages = tuple(
        Page(start=number * length, end=number * length + len(page), index=number, label="")
        for number in range(20_000)
    )
    whole = Section(text="\n".join([page] * len(pages)), pages=pages)
    document = Document(description=Description(), sections=(whole,), format="pdf")
    (section,) = unseen.without_shapeless(document).sections
    assert {section.text[one.start : one.end] for one in section.pages} == {"Words of a page."}


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("Words. <!-- SECRET -->", True),
        ("Words.\n\n<p hidden>SECRET</p>", True),
        ("Words.\n\n<div style='display:none'>SECRET</div>", True),
        ("Words.\n\n[//]: # (SECRET)", True),
        ("Words `<!-- shown -->` as code.", False),
        ("The hidden [garden][1] in good style = rare.\n\n[1]: https://example.org/garden", False),
    ],
)
def test_markdown_with_words_that_its_rendering_loses_is_noted(text: str, noted: bool) -> None:
    assert (unseen.UNRENDERED in read(text, "a.md").notes) is noted
