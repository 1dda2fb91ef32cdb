"""The lexical index: words, languages, bounds, and its folder."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag_assistant.dates import parse_date
from rag_assistant.errors import BusyError, DocstoreError, IndexDamagedError
from rag_assistant.indexes.lexical import LexicalIndex
from tests.unit.indexes.samples import entry, question


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    index = LexicalIndex(tmp_path / "index")
    yield index
    index.close()


def found(index: LexicalIndex, text: str, **bounds: object) -> list[str]:
    return [passage_id for passage_id, _ in index.search(question(text, **bounds), 20)]


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("en", "They were building bridges.", "bridge built or builds"),
        ("en-GB", "They were building bridges.", "bridge"),
        ("de", "Die alten Brücken der Stadt", "Brücke"),
        ("de", "Die alten Brücken der Stadt", "brucke"),
        ("de", "In der Hauptstrasse", "Hauptstraße"),
        ("fr", "Les églises élevées", "eglise"),
        ("fr", "Les eglises elevees", "église"),
        ("ru", "новые мосты", "новый мост"),
        ("el", "οι γέφυρες", "γεφυρα"),
        ("und", "Café Zoë", "cafe"),
        ("und", "Cafe Zoe", "zoë"),
        ("xx", "Quidquid latine dictum", "LATINE"),
        ("en", "the ﬁrst exam-\nple of ſtone", "first example stone"),
        ("en", "re\u0301sume\u0301 set with loose accents", "résumé"),
        ("en", "O'Brien (1893)", "o'brien: (1893"),
    ],
)
def test_words_meet_across_forms(index: LexicalIndex, language: str, text: str, asked: str) -> None:
    index.apply([], [entry("it", text, language=language), entry("not", "nothing of that")])
    assert found(index, asked) == ["it"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("東京都の図書館", "都"),
        ("東京都の図書館", "東京"),
        ("東京都の図書館", "図書館はどこ"),
        ("図書館Tokyoにて", "tokyo"),
        ("서울 도서관", "도서"),
        ("ห้องสมุดแห่งชาติ", "สมุด"),
    ],
)
def test_scripts_without_spaces(index: LexicalIndex, text: str, asked: str) -> None:
    index.apply([], [entry("it", text, language="und"), entry("not", "京 大阪 plain words")])
    assert found(index, asked) == ["it"]


def test_titles_and_headings_are_found(index: LexicalIndex) -> None:
    index.apply(
        [],
        [
            entry("body", "A word on the viaducts here."),
            entry("title", "A word on the others here.", title="The viaduct"),
            entry("heading", "Something else.", headings=("Works", "Of viaducts")),
            entry("listed", title="Plans of viaducts", use="list"),
        ],
    )
    assert sorted(found(index, "viaducts")) == ["body", "heading", "listed", "title"]


def test_a_title_adds_weight(index: LexicalIndex) -> None:
    text = "A word on viaducts."
    index.apply([], [entry("plain", text), entry("titled", text, title="The viaduct")])
    assert found(index, "viaduct") == ["titled", "plain"]


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("de", "Der Brückenzoll war am Ufer zu zahlen.", "Zollbrücken"),
        ("en", "The parliarnent sat in the abbey.", "parliament"),
        ("en", "The constitution of the republic", "la constitución de la república"),
        ("pl", "W bibliotece miejskiej", "biblioteka"),
    ],
)
def test_words_meet_by_a_part(index: LexicalIndex, language: str, text: str, asked: str) -> None:
    """Compounds, misread print, cousins in another language, and forms that no stemmer joins."""
    index.apply([], [entry("it", text, language=language), entry("not", "nothing of that")])
    assert found(index, asked) == ["it"]


def test_a_whole_word_counts_more_than_parts(index: LexicalIndex) -> None:
    parts = "They bridged abridged bridgeheads at Bridgend."
    index.apply([], [entry("parts", parts), entry("whole", "They went over a bridge at night.")])
    assert found(index, "bridge") == ["whole", "parts"]


def test_a_word_that_a_question_repeats_counts_as_often(index: LexicalIndex) -> None:
    index.apply([], [entry("mill", "mill of old"), entry("ferry", "ferry of old")])
    scores = dict(index.search(question("the mill, the old mill, the ferry"), 2))
    assert scores["mill"] > scores["ferry"]
    (_, once), (_, again) = (index.search(question(asked), 1)[0] for asked in ("mill", "mill mill"))
    assert again == pytest.approx(2 * once)


def test_equal_scores_are_cut_in_the_order_of_ids(index: LexicalIndex) -> None:
    alike = [entry(f"p{number:03}", title="Annual report") for number in range(100)]
    for start in range(90, -10, -10):  # the last of them stands in the first segment
        index.apply([], alike[start : start + 10])
    index.apply([], [entry("best", "An annual report it is.", title="Annual report")])
    asked = question("annual report")
    assert [one for one, _ in index.search(asked, 4)] == ["best", "p000", "p001", "p002"]
    assert [one for one, _ in index.search(asked, 1)] == ["best"]
    assert len(index.search(asked, 1_000)) == 101


def test_stop_words_count_only_where_nothing_else_is(index: LexicalIndex) -> None:
    index.apply([], [entry("the", "the and of"), entry("mill", "mill")])
    assert found(index, "where is the mill") == ["mill"]
    assert found(index, "the and") == ["the"]


def test_stop_words_of_the_question_hold_in_other_languages_too(index: LexicalIndex) -> None:
    index.apply(
        [],
        [
            entry("en", "A mill by the river", language="en"),
            entry("de", "what was the where of this", language="de"),
            *(entry(f"other-{n}", "etwas ganz anderes", language="de") for n in range(20)),
        ],
    )
    assert found(index, "what was the mill") == ["en"]


def test_quoted_words_must_stand_together(index: LexicalIndex) -> None:
    index.apply(
        [],
        [
            entry("together", "the great northern railway came"),
            entry("apart", "the railway in the northern, great county"),
            entry("title", "of it", title="Great Northern Railways"),
            entry("cjk", "国立図書館 opened"),
            entry("cjk-apart", "国立の図書 館 opened"),
        ],
    )
    assert sorted(found(index, "great northern railway")) == ["apart", "title", "together"]
    assert sorted(found(index, '"great northern railway"')) == ["title", "together"]
    assert sorted(found(index, "the “great northern railway” opened")) == ["title", "together"]
    assert found(index, "„国立図書館“ opened") == ["cjk"]
    assert found(index, '"opened"') == found(index, "opened")
    assert sorted(found(index, 'a 12" great and a 7" northern')) == ["apart", "title", "together"]
    assert sorted(found(index, '"?!" northern')) == ["apart", "title", "together"]


def test_dates_overlap_and_undated_fall_out(index: LexicalIndex) -> None:
    dated = {"war": "1914/1918", "opening": "1916-05-01", "later": "1950", "forum": "-0043-03-15"}
    entries = [entry("undated", "a record")]
    for name, words in dated.items():
        date = parse_date(words)
        assert date is not None
        entries.append(entry(name, "a record", date_from=date.first, date_to=date.last))
    index.apply([], entries)

    def within(first: str | None, last: str | None) -> list[str]:
        lowest = parse_date(first) if first else None
        highest = parse_date(last) if last else None
        return sorted(
            found(
                index,
                "record",
                date_from=lowest.first if lowest else None,
                date_to=highest.last if highest else None,
            )
        )

    assert within(None, None) == ["forum", "later", "opening", "undated", "war"]
    assert within("1918", "1920") == ["war"]
    assert within("1916-05-01", "1916-05-01") == ["opening", "war"]
    assert within(None, "-0040") == ["forum"]
    assert within("1919", None) == ["later"]
    assert within("1919", "1940") == []


def test_language_kind_use_and_documents_bound(index: LexicalIndex) -> None:
    index.apply(
        [],
        [
            entry("a", "record", language="de", kind="text"),
            entry("b", "record", language="en", kind="web"),
            entry("c", "record", language="en", kind="web", use="quote"),
        ],
    )
    assert found(index, "record", language="de") == ["a"]
    assert sorted(found(index, "record", kind="web")) == ["b", "c"]
    assert found(index, "record", uses=("quote",)) == ["c"]
    assert found(index, "record", documents=frozenset({"document-of-b", "none"})) == ["b"]
    assert found(index, "record", documents=frozenset()) == []


def test_bounds_do_not_score(index: LexicalIndex) -> None:
    index.apply([], [entry("a", "record one"), entry("b", "something")])
    assert found(index, "absent") == []
    free = index.search(question("record"), 5)
    narrow = question("record", kind="text", documents=frozenset({"document-of-a"}))
    assert index.search(narrow, 5) == free


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LexicalIndex]:
    index = LexicalIndex(tmp_path_factory.mktemp("filled"))
    index.apply([], [entry("en", "A mill, 橋"), entry("de", "Die Mühle", language="de")])
    yield index
    index.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(st.characters(), max_size=60)
    | st.text('"“”«»()[]{}:^~*?\\/+-&|!\x00 ab橋', max_size=40)
)
def test_no_text_is_an_error(filled: LexicalIndex, text: str) -> None:
    assert set(found(filled, text)) <= {"en", "de"}


@pytest.mark.parametrize(
    "text",
    [
        *("", "\0", "\ud800 mill", "😀", '"', '""'),
        *("mill " * 10_000, "x" * 100_000, "橋" * 50_000, '"' + "a b " * 5_000 + '"'),
        " ".join(f"word{number}" for number in range(10_000)),
    ],
)
def test_no_extreme_text_is_an_error_or_slow(filled: LexicalIndex, text: str) -> None:
    begun = time.process_time()  # not what other processes take
    found(filled, text)
    assert time.process_time() - begun < 1


# ---------------------------------------------------------------- the folder


def test_a_missing_folder_is_made_for_writing_and_damage_for_reading(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError):
        LexicalIndex(tmp_path / "none", readonly=True)
    assert not (tmp_path / "none").exists()
    LexicalIndex(tmp_path / "none").close()
    LexicalIndex(tmp_path / "none", readonly=True).close()


@pytest.mark.parametrize("lost", ["meta.json", "term", "idx"])
def test_damage_is_named(tmp_path: Path, lost: str) -> None:
    index = LexicalIndex(tmp_path)
    index.apply([], [entry("a", "record")])
    index.close()
    for path in tmp_path.glob(f"*{lost}"):
        path.write_bytes(b"not this")
    with pytest.raises(IndexDamagedError):
        LexicalIndex(tmp_path)


def test_a_full_disk_is_told_and_borne(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.apply([], [entry("a", "record")])
    many = [entry(f"b{n}", " ".join(f"w{n}x{m}" for m in range(400))) for n in range(50)]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(DocstoreError, match="full"):
            index.apply([], many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert index.count() == 1
    index.apply([], many)
    assert index.count() == 51
    index.close()


def test_damage_met_while_writing_is_named(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.apply([], [entry("a", "record")])
    (tmp_path / "meta.json").write_bytes(b"not this")
    with pytest.raises(IndexDamagedError):
        index.apply([], [entry("b", "record")])
    index.close()


def test_a_reader_cannot_write_and_a_second_writer_is_told(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.apply([], [entry("a", "record")])
    with pytest.raises(ValueError, match="reading"):
        LexicalIndex(tmp_path, readonly=True).apply([], [])
    second = LexicalIndex(tmp_path)
    with pytest.raises(BusyError):
        second.apply([], [])
    index.close()
    second.apply([], [entry("b", "record")])
    assert index.count() == 2
    second.close()


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.integration
def test_a_second_process_sees_each_commit(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.apply([], [entry("first", "record")])
    reader = run(
        """
        import sys
        from pathlib import Path
        from rag_assistant.indexes.lexical import LexicalIndex
        from tests.unit.indexes.samples import question
        index = LexicalIndex(Path(sys.argv[1]), readonly=True)
        for _ in sys.stdin:
            hits = index.search(question("record"), 100)
            print(index.count(), len(hits), flush=True)
        """,
        str(tmp_path),
    )
    assert reader.stdin is not None and reader.stdout is not None
    with reader:
        for committed in range(1, 25):
            print(file=reader.stdin, flush=True)
            assert reader.stdout.readline() == f"{committed} {committed}\n"
            index.apply([], [entry(f"later-{committed}", "another record")])
        reader.stdin.close()
    assert reader.returncode == 0
    index.close()


@pytest.mark.integration
def test_killed_while_committing_it_opens_with_whole_commits(tmp_path: Path) -> None:
    for round_ in range(3):
        writer = run(
            """
            import sys
            from pathlib import Path
            from rag_assistant.indexes.lexical import LexicalIndex
            from tests.unit.indexes.samples import entry
            index = LexicalIndex(Path(sys.argv[1]))
            for batch in range(1000):
                names = [f"{sys.argv[2]}-{batch}-{number}" for number in range(10)]
                index.apply([], [entry(name, "a record of something") for name in names])
                print(batch, flush=True)
            """,
            str(tmp_path),
            str(round_),
        )
        assert writer.stdout is not None
        with writer:
            for _ in range(10 + 7 * round_):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
        index = LexicalIndex(tmp_path)
        assert index.count() % 10 == 0
        kept = [
            entry(f"{round_}-{batch}-3", "a record of something")
            for batch in range(acknowledged + 1)
        ]
        assert index.probe(kept)
        index.apply([], [entry(f"after-{round_}-{n}", "x") for n in range(10)])
        index.close()
