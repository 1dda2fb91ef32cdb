"""Oral-history transcripts: turns with speaker and time, described by their collection's table."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from rag_assistant import readers
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.schema import Agent, Document, Rights

FOLDER = "formats/oral-history"
TRANSCRIPTS = ("armantrout", "gluck", "mcmichael", "mohammad", "wrigley")


def transcript(data: Path, name: str) -> Document:
    path = f"transcripts/{name}.csv"
    (leaf,) = read_file(data / FOLDER / path, path)
    assert leaf.record == "transcript"
    assert leaf.document is not None
    return leaf.document


def test_the_shared_transcripts_agree_with_the_census(data: Path) -> None:
    census = json.loads((data / "formats/CENSUS.json").read_text(encoding="utf-8"))["files"]
    rows = words = 0
    for name in TRANSCRIPTS:
        fact = census[f"oral-history/transcripts/{name}.csv"]
        (section,) = transcript(data, name).sections
        assert len(section.places) == fact["rows"]
        assert len(section.text.split()) == fact["words"]
        marks = {place.begin for place in section.places if place.begin is not None}
        assert len(marks) == fact["rows_with_timestamp"]
        speakers = {said.rstrip(":") for said in fact["speakers"]}
        assert {place.speaker for place in section.places} - {""} == speakers
        rows += len(section.places)
        words += len(section.text.split())
    assert (rows, words) == (1801, 54998)


def test_the_words_of_a_turn_stand_where_its_place_says(data: Path) -> None:
    (section,) = transcript(data, "gluck").sections
    place = section.places[1]
    assert (place.speaker, place.begin, place.finish) == ("DB", 0.0, 45.0)
    spoken = section.text[place.start : place.end]
    assert (len(spoken), len(spoken.split())) == (74, 14)
    assert hashlib.sha256(spoken.encode()).hexdigest()[:16] == "0c7f2354cfcc3074"
    assert (section.places[0].speaker, section.places[0].begin) == ("", None)
    assert Counter(place.speaker for place in section.places)["KRISTIN"] == 6
    assert "&#8212;" not in section.text
    assert "<em>" not in section.text
    last = section.places[-1]
    assert (last.speaker, last.begin, last.finish) == ("LG", 6322.0, None)


def test_the_table_of_the_collection_describes_a_transcript(data: Path) -> None:
    document = transcript(data, "gluck")
    said = document.description
    assert (said.title, said.creator) == ("Interview with Louise Glück", "Louise Glück")
    assert said.date is not None
    assert (said.date.text, said.language, said.kind) == ("2014-05-14", "en", "transcript")
    assert (said.described_by, said.text_origin) == ("source", "transcript")
    assert said.identifiers == {"local": "gluck"}
    assert said.uri == "https://www.devinbecker.org/mp3/gluck.mp3"
    assert isinstance(said.rights, Rights)
    assert said.rights.uri == "http://rightsstatements.org/vocab/InC-EDU/1.0/"
    assert said.rights.label.startswith("In Copyright - Educational Use Permitted.")
    assert said.record is not None
    assert said.record.type == "interview"
    assert said.record.agents == (
        Agent(literal="Louise Glück"),
        Agent(literal="Devin Becker", role="interviewer"),
    )
    assert said.record.subjects[:3] == ("poetry", "career", "yaleyounger")
    assert len(said.record.subjects) == len(set(said.record.subjects)) == 14


def test_every_file_of_the_folder_has_its_outcome(data: Path) -> None:
    (tags,) = read_file(data / FOLDER / "filters.csv", "filters.csv")
    assert (tags.outcome, tags.reason) == ("skipped", "list of tags")
    rows = list(read_file(data / FOLDER / "demo-ohd-metadata.csv", "demo-ohd-metadata.csv"))
    assert len(rows) == 17
    assert all(leaf.outcome == "read" for leaf in rows)


ROWS = (
    b"speaker,words,tags,timestamp\nJO:,One.,,[0:05]\n,Two.,a;b,\n"
    b"ADA,Three.,b,soon\nJO,Four.,,1:00:00.5\n"
)


def test_whoever_spoke_goes_on_and_times_lie_between_marks(
    saved: Callable[[str, bytes], Path], leaves: Callable[[Path], list[Leaf]]
) -> None:
    (leaf,) = leaves(saved("talk.csv", ROWS))
    assert leaf.document is not None
    (section,) = leaf.document.sections
    assert section.text == "One.\n\nTwo.\n\nThree.\n\nFour."
    assert [(place.speaker, place.begin, place.finish) for place in section.places] == [
        ("JO", 5.0, 3600.5),
        ("JO", 5.0, 3600.5),
        ("ADA", 5.0, 3600.5),
        ("JO", 3600.5, None),
    ]
    assert leaf.document.notes == ("time marks not understood: 1",)
    assert leaf.document.description.record is not None
    assert leaf.document.description.record.subjects == ("a", "b")


def test_another_row_about_a_transcript_is_another_state_of_it(tmp_path: Path) -> None:
    town = tmp_path / "town"
    (town / "transcripts").mkdir(parents=True)
    talk = town / "transcripts" / "talk.csv"
    talk.write_bytes(ROWS)
    assert readers.said_elsewhere(talk, "transcripts/talk.csv") == ""
    table = town / "items.csv"
    table.write_text("objectid,title\ntalk,A talk\nother,B\n", encoding="utf-8")
    first = readers.said_elsewhere(talk, "transcripts/talk.csv")
    assert "A talk" in first
    table.write_text("objectid,title\ntalk,Another talk\nother,B\n", encoding="utf-8")
    assert readers.said_elsewhere(talk, "transcripts/talk.csv") != first
    assert readers.said_elsewhere(talk, "talk.csv") == "", "the table is outside the collection"


def test_a_table_may_name_the_transcript_file(tmp_path: Path) -> None:
    talk = tmp_path / "interview-7.csv"
    talk.write_bytes(ROWS)
    (tmp_path / "items.csv").write_text(
        "objectid;title;interviewee;object_transcript\n"
        "x1;Talk of the wall;Bell, Jo;/t/interview-7.csv\n",
        encoding="utf-8",
    )
    (leaf,) = read_file(talk, "interview-7.csv")
    assert leaf.document is not None
    assert leaf.document.description.title == "Talk of the wall"
    assert leaf.document.description.record is not None
    assert leaf.document.description.record.agents == (Agent(family="Bell", given="Jo"),)


def test_prose_that_speaks_of_speakers_and_words_is_no_transcript(
    saved: Callable[[str, bytes], Path], leaves: Callable[[Path], list[Leaf]]
) -> None:
    (leaf,) = leaves(saved("a.txt", b"The speaker, in other words, was late, and said so.\nMore."))
    assert leaf.document is not None
    assert leaf.document.format == "text"


def test_a_table_that_cannot_be_taken_in_fails_the_transcript(tmp_path: Path) -> None:
    talk = tmp_path / "talk.csv"
    talk.write_text("speaker,words,timestamp\nAB,Good morning.,\n", encoding="utf-8")
    table = tmp_path / "items.csv"
    rows = "".join(f"i{number},Item\n" for number in range(50_001))
    table.write_text(f"objectid,title\n{rows}talk,The Talk\n", encoding="utf-8")
    (leaf,) = read_file(talk, "talk.csv")
    assert (leaf.outcome, leaf.reason) == ("failed", "item table too large")
    assert leaf.detail == "items.csv: over 50000 rows"
    assert readers.said_elsewhere(talk, "talk.csv") != ""
    table.write_bytes(b"objectid,title\ntalk,The Talk\n" + b"x,y\n" * (1 << 22))
    (leaf,) = read_file(talk, "talk.csv")
    assert (leaf.reason, leaf.detail) == ("item table too large", "items.csv: over 16777216 bytes")
