"""Where a span stands: the nearest thing that people can open, with all that programs can use."""

from __future__ import annotations

from rag_assistant.locators import clock, container, locate
from rag_assistant.schema import Page, Place, Record, Section

TEXT = "The iron bridge was opened by the mayor."


def _spoken(*places: Place) -> Section:
    return Section(text=TEXT, places=places, headings=("Bridges",))


def test_speech_is_told_by_speaker_and_time() -> None:
    section = _spoken(
        Place(start=0, end=15, begin=75.5, finish=78.0, speaker="Ana Lo"),
        Place(start=16, end=40, begin=78.0, finish=80.25, speaker="Ben Ito"),
    )
    found = locate(section, 4, 8)
    assert found.label == "Ana Lo, 1:15"
    assert found.place == {"speaker": "Ana Lo", "begin": 75.5, "finish": 78.0}
    both = locate(section, 4, 40)
    assert both.label == "Ana Lo, Ben Ito, 1:15"
    assert (both.place["begin"], both.place["finish"]) == (75.5, 80.25)
    assert locate(section, 15, 16).label == "section “Bridges”"


def test_a_page_has_the_boxes_of_its_words_line_by_line() -> None:
    section = Section(
        text=TEXT,
        pages=(
            Page(
                start=0, end=20, index=4, label="iii", canvas="https://a.example/c5", size=(90, 70)
            ),
            Page(start=20, end=40, index=5, label="iv"),
        ),
        places=(
            Place(start=4, end=8, box=(10, 20, 30, 10)),
            Place(start=9, end=15, box=(45, 21, 30, 10)),
            Place(start=16, end=19, box=(10, 40, 20, 10)),
            Place(start=20, end=26, box=(1, 1, 5, 5)),
        ),
    )
    word = locate(section, 4, 8)
    assert word.label == "p. iii"
    assert word.place == {
        "page": "iii",
        "page_index": 4,
        "last_page": "iii",
        "last_page_index": 4,
        "canvas": "https://a.example/c5",
        "box": [10, 20, 30, 10],
        "boxes": [[10, 20, 30, 10]],
        "page_size": [90, 70],
    }
    run = locate(section, 4, 26)
    assert run.label == "pp. iii–iv"
    assert run.place["boxes"] == [[10, 20, 65, 11], [10, 40, 20, 10]]
    assert run.place["box"] == [10, 20, 65, 30]


def test_a_word_over_two_lines_has_two_boxes() -> None:
    section = Section(
        text=TEXT,
        pages=(Page(start=0, end=40, index=0, label="1"),),
        places=(
            Place(start=4, end=8, box=(80, 20, 10, 10)),
            Place(start=4, end=8, box=(5, 32, 10, 10)),
        ),
    )
    assert locate(section, 4, 8).place["boxes"] == [[80, 20, 10, 10], [5, 32, 10, 10]]


def test_box_and_folder_stand_before_headings() -> None:
    section = Section(text=TEXT, headings=("Scope",))
    found = locate(section, 0, 8, Record(box="3", folder="12"))
    assert found.label == "Box 3, Folder 12"
    assert found.place == {"container": {"box": "3", "folder": "12"}}
    assert locate(section, 0, 8, Record(title="A letter")).label == "section “Scope”"


def test_a_path_is_told_beside_what_people_read() -> None:
    found = locate(_spoken(Place(start=0, end=40, path="text/body/div[2]")), 0, 8)
    assert found.label == "section “Bridges”"
    assert found.place == {"headings": ["Bridges"], "path": "text/body/div[2]"}


def test_paragraphs_where_nothing_else_is_known() -> None:
    section = Section(text="One.\n\nTwo.")
    assert locate(section, 6, 10).label == "para. 2"
    assert locate(section, 6, 10).place == {"paragraph": 2}
    assert locate(section, 0, 0).place == {}


def test_clock() -> None:
    assert [clock(one) for one in (0, 59.9, 75, 3675.2)] == ["0:00", "0:59", "1:15", "1:01:15"]


def test_a_container_is_named_as_references_name_it() -> None:
    record = Record(box="Reel 4", folder="12", item="frame 7")
    found = locate(Section(text=TEXT), 0, 8, record)
    assert found.label == container(record) == "Reel 4, Folder 12, Frame 7"
    assert found.place == {"container": {"box": "Reel 4", "folder": "12", "item": "frame 7"}}
