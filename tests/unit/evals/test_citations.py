"""Corrupted and misattributed statements, over small sets of the real forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.evaluators.citations import evaluate, refusal, statements
from evals.evaluators.misattribution import attributed, source_of
from evals.workbench import Workbench
from tests.fakes import FakeEmbedder

CLOCK = "The clock of Margaret Holt was bought in 1893. It was wound by hand."
BELL = "The bell of Karl Weiss was cast in 1870. It was heard for miles."
ANSWER = "In 1893 the clock of Margaret Holt was bought."


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    _write_xquad(tmp_path)
    _lines(
        tmp_path / "answers" / "clapnq-dev.jsonl",
        {
            "id": "c1",
            "input": "When was the clock bought?",
            "passages": [{"title": "Clock", "sentences": CLOCK.split(" It ")}],
            "output": [{"selected_sentences": [CLOCK], "answer": ANSWER}],
            "answerable": True,
        },
    )
    _lines(
        tmp_path / "citations" / "attributionbench-dev.jsonl",
        *(
            {"id": key, "source": "A", "claim": claim, "references": [CLOCK], "label": label}
            for key, claim, label in (
                ("a1", f"{ANSWER} [1]", "attributable"),
                ("a2", "The clock was bought in 1712 [1].", "attributable"),
                ("a3", "Rain fell.", "not attributable"),
            )
        ),
    )
    _lines(
        tmp_path / "answers" / "quotesum-dev.jsonl",
        {
            "qid": "s1",
            "question": "When?",
            "summary": "[ 1 The clock ] was [ 1 bought in 1893 ] . [ 2 The bell was cast in 1870. ]"
            " Then [ 1 the clock ] and [ 2 the bell ] rang. Nobody is quoted.",
            **{"title1": "Clock", "source1": CLOCK, "short_ans_1": "1893"},
            **{"title2": "Bell", "source2": BELL, "short_ans_2": "1870"},
            **{"title3": "Both", "source3": "The clock of 1893.", "short_ans_3": "1893"},
        },
    )
    bench = Workbench(data=tmp_path, cache=tmp_path, embedder=FakeEmbedder(), everything=True)
    yield bench
    bench.close()


def _write_xquad(folder: Path) -> None:
    asked = [("q1", "0-0", "When was the clock bought?", "1893", CLOCK)]
    asked.append(("q2", "0-1", "When was the bell cast?", "1870", BELL))
    retrieval = folder / "retrieval" / "xquad-en"
    _lines(
        retrieval / "corpus.jsonl",
        *({"_id": paragraph, "title": "Town", "text": text} for _, paragraph, _, _, text in asked),
    )
    _lines(
        retrieval / "queries.jsonl",
        *({"_id": key, "text": question} for key, _, question, _, _ in asked),
    )
    (retrieval / "qrels").mkdir()
    judged = "".join(f"{key}\t{paragraph}\t1\n" for key, paragraph, _, _, _ in asked)
    (retrieval / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    paragraphs = [
        {"context": text, "qas": [{"id": key, "question": question, "answers": [{"text": answer}]}]}
        for key, _, question, answer, text in asked
    ]
    (folder / "answers").mkdir()
    article = {"data": [{"title": "Town", "paragraphs": paragraphs}]}
    (folder / "answers" / "xquad.en.json").write_text(json.dumps(article))


def _lines(path: Path, *rows: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def test_true_statements_come_of_three_sets_and_cite_their_own_source(bench: Workbench) -> None:
    told = list(statements(bench))
    assert [(one.set, one.text) for one in told[4:]] == [
        ("clapnq", ANSWER),
        ("attributionbench-dev", ANSWER),
        ("attributionbench-dev", "The clock was bought in 1712."),
    ]
    assert {one.set for one in told[:4]} == {"xquad-en"}
    assert all(refusal(bench, one.text, one.sources) is None for one in told[:-1])
    assert refusal(bench, told[-1].text, told[-1].sources) is not None


def test_misattributed_sentences_keep_their_source_and_get_the_nearest_wrong_one(
    bench: Workbench,
) -> None:
    clapnq, one, other = attributed(bench)
    assert (clapnq.text, clapnq.right.title, clapnq.wrong) == (ANSWER, "Clock", None)
    assert one.text == "The clock was bought in 1893."
    assert one.right.text == CLOCK
    assert one.wrong is not None
    assert one.wrong.text == BELL  # not the third source, which holds the answer
    assert other.text == "The bell was cast in 1870."
    assert other.right.text == BELL
    assert source_of(one.right).text == f"Clock\n{CLOCK}"


@pytest.mark.integration
def test_what_was_changed_is_caught(bench: Workbench) -> None:
    found = evaluate(bench)
    figures = {key.removeprefix("citations."): measure for key, measure in found.items()}
    for kind in ("digits", "names", "negations"):
        assert figures[f"{kind}.caught"].value == 1.0
    assert figures["xquad-en.digits.caught"].n == 2
    assert figures["xquad-en.negations.caught"].n == 4
    assert figures["digits.false_alarms"].value == pytest.approx(1 / 3)
    assert figures["clapnq.digits.false_alarms"].value == 0.0
    assert figures["attributionbench-dev.digits.false_alarms"].value == 0.5
    assert figures["names.false_alarms"].value == 0.0
    assert figures["misattribution.caught"].value == 1.0
    assert figures["misattribution.caught"].n == figures["quotesum.misattribution.caught"].n == 2
    assert figures["misattribution.false_alarms"].value == 0.0
    assert figures["misattribution.false_alarms"].n == 3
    assert figures["clapnq.misattribution.false_alarms"].n == 1
