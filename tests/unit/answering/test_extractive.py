"""R6: what is quoted stands word for word at its offset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag_assistant.answering.extractive import MARGIN, ExtractiveAnswerer, choose
from rag_assistant.answering.relevance import CANDIDATES, Candidate, Features, candidates
from rag_assistant.ports import Draft, Task, Vectors
from rag_assistant.schema import Hit
from tests.fakes import make_hit


class KeywordEmbedder:
    """Two dimensions: about money, or not; a stand-in for meaning that shares no words."""

    fingerprint = "keywords"
    dimension = 2

    def __init__(self) -> None:
        self.batches: list[int] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(len(texts))
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        money = [any(word in text.lower() for word in ("cost", "pounds")) for text in texts]
        return np.array([[1, 0] if about else [0, 1] for about in money], dtype=np.float32)


def quote(
    question: str, *hits: Hit, most: int = 3, embedder: KeywordEmbedder | None = None
) -> Draft:
    *_, draft = ExtractiveAnswerer(embedder, most).answer(Task(question=question, hits=hits))
    assert isinstance(draft, Draft)
    return draft


def quoted(draft: Draft) -> list[str]:
    return [
        q.hit.entry.text[q.start - q.hit.entry.start : q.end - q.hit.entry.start]
        for q in draft.quotes
    ]


def test_one_good_sentence_stands_alone() -> None:
    text = "Rain fell all week. The reading room opened in 1893. Horses were sold."
    draft = quote("When did the reading room open?", make_hit(text, start=77))
    assert [(s.text, s.citations, s.support) for s in draft.sentences] == [
        ("The reading room opened in 1893.", (1,), "verbatim")
    ]
    assert quoted(draft) == ["The reading room opened in 1893."]
    assert not draft.written
    assert draft.reason is None


def test_sentences_of_one_passage_share_a_marker_and_keep_their_order() -> None:
    text = "The reading room opened to men in 1893. The reading room opened to women in 1901."
    draft = quote("When did the reading room open to women?", make_hit(text))
    assert [(s.text, s.citations) for s in draft.sentences] == [
        ("The reading room opened to men in 1893.", (1,)),
        ("The reading room opened to women in 1901.", (1,)),
    ]
    assert quoted(draft) == [text]


def test_the_best_passage_comes_first() -> None:
    weak = make_hit("A reading room was there in some year.", rank=1, score=0.5)
    best = make_hit("The reading room opened in May 1893.", rank=2, score=1.0)
    draft = quote("When did the reading room open, in May?", weak, best)
    assert draft.quotes[0].hit.rank == 2
    assert draft.quotes[0].marker == 1


def test_the_same_sentence_of_several_captures_is_quoted_once() -> None:
    text = "The reading room opened in 1893."
    draft = quote("When did the reading room open?", make_hit(text), make_hit(text, rank=2))
    assert len(draft.sentences) == 1
    assert len(draft.quotes) == 1


def test_a_sentence_that_points_back_is_quoted_with_the_one_before() -> None:
    text = "Margaret Holt came in 1890. She founded the reading room on Mill Street."
    draft = quote("Who founded the reading room on Mill Street?", make_hit(text), most=1)
    assert [s.text for s in draft.sentences] == ["She founded the reading room on Mill Street."]
    assert quoted(draft) == [text]


@pytest.mark.parametrize(
    "fragment", ["Reading room opening", "When did the reading room open?", "Reading room opened:"]
)
def test_whole_statements_go_before_fragments(fragment: str) -> None:
    hits = make_hit(fragment, rank=1), make_hit("The reading room opened in 1893.", rank=2)
    draft = quote("When did the reading room open?", *hits, most=1)
    assert [s.text for s in draft.sentences] == ["The reading room opened in 1893."]


@pytest.mark.parametrize("use", ["list", "none"])
def test_what_may_not_be_quoted_is_not(use: str) -> None:
    held = make_hit("The reading room opened in 1893.", use=use)  # type: ignore[arg-type]
    draft = quote("When did the reading room open?", held)
    assert (draft.sentences, draft.quotes) == ((), ())
    assert draft.reason == "no sentence could be quoted"


def test_what_may_only_be_quoted_is_quoted() -> None:
    held = make_hit("The reading room opened in 1893.", use="quote")
    assert quote("When did the reading room open?", held).sentences


def test_line_breaks_are_folded_in_the_sentence_and_kept_in_the_quote() -> None:
    draft = quote("When did the reading room open?", make_hit("The reading\nroom opened  in 1893."))
    assert draft.sentences[0].text == "The reading room opened in 1893."
    assert quoted(draft) == ["The reading\nroom opened  in 1893."]


def test_meaning_finds_what_words_do_not() -> None:
    text = "The builders were paid four hundred pounds. The reading room is on Mill Street."
    question = "What did the place cost?"
    draft = quote(question, make_hit(text), most=1, embedder=KeywordEmbedder())
    assert draft.sentences[0].text == "The builders were paid four hundred pounds."


def test_only_so_many_sentences_are_embedded_in_one_call() -> None:
    text = " ".join(f"Sentence number {n} tells of horses." for n in range(40))
    embedder = KeywordEmbedder()
    hits = [make_hit(text, rank=n, similarity=0.5) for n in range(1, 5)]
    quote("Which horses?", *hits, embedder=embedder)
    assert embedder.batches == [CANDIDATES]


def candidate(
    text: str, score: float, *, rank: int = 1, position: int = 0, angle: float | None = None
) -> Candidate:
    """With the words of its text as terms, and a vector at that angle in degrees."""
    turned = None if angle is None else np.radians(angle)
    return Candidate(
        hit=make_hit(text, rank=rank),
        position=position,
        text=text,
        terms=frozenset(text.split()),
        features=Features(
            passage_cosine=0,
            words=0,
            passage_words=0,
            figure=False,
            name=False,
            year=False,
            fragment=False,
            length=0,
            hit=0,
        ),
        score=score,
        vector=None if turned is None else np.array([np.cos(turned), np.sin(turned)]),
    )


def chosen(*ranked: Candidate, most: int = 3) -> list[str]:
    return [one.text for one in choose(ranked, most)]


def test_what_is_far_below_the_best_is_not_quoted() -> None:
    near, far = 5 - MARGIN, 5 - MARGIN - 0.01
    assert chosen(candidate("best", 5), candidate("near", near), candidate("far", far)) == [
        "best",
        "near",
    ]
    assert choose([], 3) == []


def test_no_more_than_so_many_are_quoted() -> None:
    ranked = [candidate(f"sentence {n}", 5 - n / 10, rank=n) for n in range(1, 6)]
    assert chosen(*ranked, most=2) == ["sentence 1", "sentence 2"]


def test_what_is_near_in_meaning_to_a_quoted_one_goes_before_what_is_not() -> None:
    best = candidate("best", 5, angle=0)
    apart = candidate("apart", 4.2, position=2, angle=90)
    kindred = candidate("kindred", 4, position=4, angle=30)
    assert chosen(best, apart, kindred, most=2) == ["best", "kindred"]


def test_meaning_counts_within_a_passage_alone() -> None:
    best = candidate("best", 5, angle=0)
    apart = candidate("apart", 4.2, position=2, angle=90)
    elsewhere = candidate("elsewhere", 4, rank=2, angle=30)
    assert chosen(best, apart, elsewhere, most=2) == ["best", "apart"]


def test_a_neighbour_goes_after_one_that_stands_apart() -> None:
    best = candidate("best", 5)
    neighbour, apart = candidate("neighbour", 4.2, position=1), candidate("apart", 4, position=2)
    assert chosen(best, neighbour, apart, most=2) == ["best", "apart"]


def test_a_passage_without_a_vector_yet_is_as_near_as_the_others() -> None:
    text = "The horses were stabled behind the Crown Inn."
    known = make_hit("Oats were sold at the market.", rank=2, similarity=0.6)
    new = make_hit(text, rank=1)
    found = candidates("Where were the horses stabled?", [new, known], KeywordEmbedder())
    assert (found[0].text, found[0].features.passage_cosine) == (text, 0.6)


def test_words_decide_while_no_passage_has_a_vector() -> None:
    embedder = KeywordEmbedder()
    (found,) = candidates("Where were the horses?", [make_hit("The horses fled.")], embedder)
    assert embedder.batches == []
    assert found.vector is None
