"""Languages: tags and detection."""

from __future__ import annotations

import pytest

from rag_assistant.readers.language import detect_language, normalise_language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"), ("EN", "en"), ("de_AT", "de"), ("ger", "de"), ("fra", "fr"),
        ("zh-Hant-TW", "zh"), ("gsw", "gsw"), ("und", ""), ("x-klingon", ""), ("", ""),
        ("English", ""), ("mao", "mi"),
    ],
)  # fmt: skip
def test_tags_become_primary_languages(tag: str, language: str) -> None:
    assert normalise_language(tag) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The library is open on Tuesdays and Thursdays from ten in the morning.", "en"),
        ("Die Bücherei hat dienstags und donnerstags ab zehn Uhr geöffnet.", "de"),
        ("La bibliothèque est ouverte le mardi et le jeudi dès dix heures.", "fr"),
        ("Open", "und"),
        ("12 34 56 " * 100, "und"),
    ],
)
def test_detection(text: str, language: str) -> None:
    assert detect_language([text]) == language


def test_a_foreign_title_page_does_not_decide_for_a_long_document() -> None:
    latin = "Liber primus de rebus gestis et de moribus civium nostrorum. " * 15
    english = "The minutes of the meeting were read and signed by the chairman. " * 900
    assert detect_language([latin, english]) == "en"
