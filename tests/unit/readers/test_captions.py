"""Captions: what was said once, with its second and its speaker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import read_blob, read_file
from rag_assistant.schema import Document, Place, Section
from rag_assistant.splitting import sentences

# Cues of a readable file that give no place: without words, or shown before.
WITHOUT_WORDS = {"invalid_timeframe_in_cue_text.vtt": 1, "missing_caption_text.vtt": 1}
SHOWN_BEFORE = {"youtube_dl.vtt": 1}


def read(text: str, name: str = "talk.vtt") -> Document:
    return read_blob(Blob(data=text.encode(), name=name))


def only(document: Document) -> Section:
    (section,) = document.sections
    return section


def said(section: Section) -> list[tuple[str, float | None, float | None, str]]:
    return [
        (place.speaker, place.begin, place.finish, section.text[place.start : place.end])
        for place in section.places
    ]


def test_the_shared_files_agree_with_the_census(data: Path) -> None:
    census = json.loads((data / "formats/CENSUS.json").read_text(encoding="utf-8"))["files"]
    facts = {name[4:]: fact for name, fact in census.items() if name.startswith("vtt/")}
    assert len(facts) == 32
    places = 0
    failed, skipped = [], []
    for name, fact in facts.items():
        (leaf,) = read_file(data / "formats/vtt" / name, name)
        if leaf.outcome == "failed":
            failed.append((name, leaf.reason))
        elif leaf.outcome == "skipped":
            skipped.append((name, leaf.reason))
        else:
            assert leaf.document is not None
            assert fact["reads"]
            found = len(only(leaf.document).places)
            assert found == fact["cues"] - WITHOUT_WORDS.get(name, 0) - SHOWN_BEFORE.get(name, 0)
            places += found
    assert places == 101 - 3
    assert sorted(failed) == [
        ("invalid.vtt", "damaged WebVTT"),
        ("invalid_format.sbv", "damaged SBV"),
        ("invalid_format1.srt", "damaged SubRip"),
        ("invalid_format2.srt", "damaged SubRip"),
        ("invalid_format3.srt", "damaged SubRip"),
        ("invalid_format4.srt", "damaged SubRip"),
    ]
    assert sorted(skipped) == [("empty.vtt", "empty"), ("no_captions.vtt", "no text")]
    unreadable = [name for name, fact in facts.items() if not fact["reads"]]
    assert len(unreadable) == len(failed) + 1 == 7


def test_a_shared_file_field_by_field(data: Path) -> None:
    (leaf,) = read_file(data / "formats/vtt/comments.vtt", "comments.vtt")
    assert leaf.document is not None
    said_of_it = leaf.document.description
    assert said_of_it.title == "Translation of that film I like"
    assert (said_of_it.kind, said_of_it.text_origin) == ("transcript", "transcript")
    assert leaf.document.notes == ("comments of its makers were left out: 2",)
    assert only(leaf.document).places == (
        Place(start=0, end=43, begin=135.0, finish=140.0),
        Place(start=44, end=82, begin=140.0, finish=145.0),
        Place(start=83, end=95, begin=145.0, finish=150.0),
    )


def test_rolling_captions_are_said_once_at_their_first_second(data: Path) -> None:
    (leaf,) = read_file(data / "formats/vtt/youtube_dl.vtt", "youtube_dl.vtt")
    assert leaf.document is not None
    assert leaf.document.description.language == "en"
    assert said(only(leaf.document)) == [
        ("", 286.07, 286.47, "yeah"),
        ("", 286.47, 304.08, "what"),
        ("", 304.08, 305.069, "this will happen is I'm telling"),
    ]


def test_people_who_repeat_themselves_are_heard_twice() -> None:
    section = only(read("WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n"))
    assert section.text == "No. No."
    assert [place.begin for place in section.places] == [1.0, 2.0]


def test_voices_are_speakers_and_begin_paragraphs() -> None:
    section = only(
        read(
            "WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\n<v.loud Ada Bell>The wall was\n\n"
            "2\n00:00:04.000 --> 00:00:06.500 line:0\n"
            "<v Ada Bell>mended &amp; <i>painted</i>.</v>\n\n"
            "3\n01:00:00.000 --> 01:00:02.000\n<v Jo>When?</v>\n<v Ada Bell>In 1902.</v>\n"
        )
    )
    assert section.text == "The wall was mended & painted.\n\nWhen?\n\nIn 1902."
    assert said(section) == [
        ("Ada Bell", 1.0, 4.0, "The wall was"),
        ("Ada Bell", 4.0, 6.5, "mended & painted."),
        ("Jo", 3600.0, 3602.0, "When?"),
        ("Ada Bell", 3600.0, 3602.0, "In 1902."),
    ]
    assert [section.text[a:b] for a, b in sentences(section.text)] == [
        "The wall was mended & painted.",
        "When?",
        "In 1902.",
    ]


def test_a_long_pause_begins_a_paragraph() -> None:
    section = only(
        read(
            "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:07,500 --> 00:00:08,000\nTwo\n", "a"
        )
    )
    assert section.text == "One\n\nTwo"


def test_subrip_is_told_by_its_content_and_loses_its_tags() -> None:
    document = read("1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>A < B</i>\n\n", "notes.txt")
    assert document.format == "srt"
    assert only(document).text == "A < B"


def test_styles_regions_comments_and_lost_blocks() -> None:
    document = read(
        "WEBVTT\nLanguage: cy\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\nNOTE\nhidden\n\n"
        "00:01.000 --> 00:02.000\nSpoken.\n\nNo time here\n\n00:0x.000 --> 00:02.000\nLost.\n"
    )
    assert only(document).text == "Spoken."
    assert document.description.language == "cy"
    assert document.notes == (
        "blocks without a readable time were left out: 2",
        "comments of its makers were left out: 1",
    )


def test_a_finish_before_its_begin_is_not_believed(data: Path) -> None:
    (leaf,) = read_file(data / "formats/vtt/sample.sbv", "sample.sbv")
    assert leaf.document is not None
    assert only(leaf.document).places[-1].begin == 17.484
    assert only(leaf.document).places[-1].finish is None


def test_words_of_none_of_these_formats_stay_text() -> None:
    assert read("Webvtt is a format.", "a.txt").format == "text"
    with pytest.raises(FailedError, match="damaged SubRip"):
        read("Just a note.", "a.srt")
    with pytest.raises(SkippedError, match="no text"):
        read("WEBVTT\n\n00:01.000 --> 00:02.000\n \n", "a.vtt")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "\n", "\n\n", "00:01.000 --> 00:02.000\n", "1\n", "<v A>", "</v>", "word ", "-->",
                "00:00:01,000 --> 00:00:02,000\n", "NOTE ", "<", ">", "{\\an8}", "0:00:01.000,",
            ]
        ),
        max_size=30,
    ),
    st.sampled_from(["a.vtt", "a.srt", "a.sbv"]),
)  # fmt: skip
def test_whatever_the_cues_are_places_hold_their_words(pieces: list[str], name: str) -> None:
    opening = "WEBVTT\n\n" if name == "a.vtt" else ""
    try:
        document = read(opening + "".join(pieces), name)
    except LeafError as error:
        assert error.reason != "reader failed"
        return
    for section in document.sections:
        for place in section.places:
            assert section.text[place.start : place.end].strip()
