"""Whether the hits can answer a question at all, decided before any model is called.

Two small logistic functions, one for when vectors were asked and one for when words must do, and
two more for questions in another language than the hits (see `crosslingual_features`). A
passage on the very subject of a question need not answer it, and its title, which is embedded with
it, brings it near all the same: so what the title alone explains is held against the passage. Only
a question that names a page ("what did the ferry page say") finds it by its title.

The coefficients come from ``python -m evals.fitting.abstention`` (see there for the data, and
docs/decisions for what they reach on the held-out half); nothing is learned at run time.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.crosslingual_features import crosslingual_features
from rag_assistant.answering.languages import lacks, language_of
from rag_assistant.answering.terms import rarities, share, terms
from rag_assistant.dates import day_number
from rag_assistant.ports import Embedder
from rag_assistant.schema import Entry, Hit, Span

HITS = 10
"""Hits that are looked at."""
TITLE_SIMILARITY = 0.35
"""Taken where the title's cosine is not known: about the mean of all titles."""
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the decision is made of, each 0..1 (cosines may be below 0).

    Shares of the question's words weigh a word by its rarity among the hits.

    Attributes:
        similarity: Cosine of the nearest passage; None where vectors were not asked.
        title_similarity: Cosine of the nearest passage's title.
        lead: How far the best BM25 stands above the others' mean, as a share of itself.
        text_words: Share of the question's words in the first hit, its title left out.
        sentence_words: The largest share in one sentence with its headings.
        title_words: Share in the nearest passage's title, or in the first hit's.
        facts: The largest share of the question's names and figures that one hit holds; 1 where
            it has none.
    """

    similarity: float | None
    title_similarity: float
    lead: float
    text_words: float
    sentence_words: float
    title_words: float
    facts: float

    def vector(self) -> list[float]:
        """The features in the order of the coefficients."""
        shares = [self.text_words, self.sentence_words, self.title_words, self.facts]
        if self.similarity is None:
            return [self.lead, *shares]
        return [self.similarity, self.title_similarity, *shares]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """A fitted logistic function, and the estimate from which an answer is tried.

    The fit leans to answering: a wrong silence hides what the library holds, while a weak answer
    shows its quotes.
    """

    intercept: float
    weights: tuple[float, ...]
    threshold: float

    def __call__(self, vector: Sequence[float]) -> float:
        """The estimate, 0..1."""
        total = sum(w * x for w, x in zip(self.weights, vector, strict=True))
        return 1 / (1 + math.exp(-(self.intercept + total)))


# Fitted on the first halves of XQuAD (article removed), CLAPNQ and the project's own questions.
WITH_VECTORS = Logistic(
    intercept=-5.21, weights=(9.39, -3.33, 1.93, 1.24, -1.28, 1.48), threshold=0.5
)
WITHOUT_VECTORS = Logistic(intercept=-3.79, weights=(3.18, 0.72, 2.96, -1.26, 1.4), threshold=0.5)

# The same for questions in another language than all hits, on the first halves of XQuAD German and
# Spanish to English. Here the threshold leans to silence, as far as in one language.
ACROSS_WITH_VECTORS = Logistic(intercept=-2.79, weights=(8.3, 4.02, 2.02), threshold=0.8)
ACROSS_WITHOUT_VECTORS = Logistic(intercept=-0.6, weights=(5.39, 2.12), threshold=0.82)


def answerable(
    question: str,
    hits: Sequence[Hit],
    seen: Mapping[str, Sequence[Span]] | None = None,
    embedder: Embedder | None = None,
    *,
    of_page: bool = False,
) -> tuple[bool, float]:
    """Whether an answer is worth trying, and the estimate that says so.

    Args:
        question: What was asked, as it was searched.
        hits: The result, best first; what may only be listed does not count.
        seen: By document id, the day numbers between which a captured page was seen unchanged.
        embedder: Compares the question with a title, where vectors were asked.
        of_page: The words name the page that is meant, whatever it says.
    """
    model, vector = _weighed(question, hits, embedder, of_page=of_page)
    if not vector:
        return False, 0.0
    estimate = model(vector)
    return estimate >= model.threshold and _years_known(question, hits, seen or {}), estimate


def _weighed(
    question: str, hits: Sequence[Hit], embedder: Embedder | None, *, of_page: bool
) -> tuple[Logistic, list[float]]:
    """What decides, and on which features: none where nothing was found."""
    usable = _usable(hits)
    language = language_of(question)
    if lacks(language, [hit.entry.language for hit in usable]):
        across = crosslingual_features(question, language, usable)
        model = ACROSS_WITHOUT_VECTORS if across.similarity is None else ACROSS_WITH_VECTORS
        return model, across.vector()
    found = features(question, hits, embedder, of_page=of_page)
    if found is None:
        return WITHOUT_VECTORS, []
    return (WITHOUT_VECTORS if found.similarity is None else WITH_VECTORS), found.vector()


def _usable(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.entry.use in ("answer", "quote") and hit.entry.text][:HITS]


def _years_known(question: str, hits: Sequence[Hit], seen: Mapping[str, Sequence[Span]]) -> bool:
    """Whether each year that is asked about stands in a hit, or within the dates of one.

    Similarity hardly feels a wrong year, and an answer for another year misleads. A captured page
    knows the time in which it was seen, too, whatever date it gives itself.
    """
    return all(
        any(_knows(hit, year, seen.get(hit.entry.document_id, ())) for hit in hits[:HITS])
        for year in map(int, _YEAR.findall(question))
    )


def _knows(hit: Hit, year: int, spans: Sequence[Span]) -> bool:
    first, last = day_number(year, 1, 1), day_number(year, 12, 31)
    entry = hit.entry
    return (
        str(year) in entry.embedded_text
        or ((entry.date_from or last + 1) <= last and (entry.date_to or first) >= first)
        or any(begin <= last and end >= first for begin, end in spans)
    )


def features(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder | None = None,
    *,
    of_page: bool = False,
) -> Features | None:
    """Measure a question against its hits; None where there is nothing to measure."""
    usable = _usable(hits)
    if not usable:
        return None
    if of_page or vocabulary.SAYS_THEN.search(words.fold(question)):
        usable = [_headed_by_title(hit) for hit in usable]
    language = usable[0].entry.language
    sentences = [_sentence_terms(hit.entry) for hit in usable]
    said = [frozenset[str]().union(*each) for each in sentences]
    titles = [terms(hit.entry.title, hit.entry.language) for hit in usable]
    held = [text | title for text, title in zip(said, titles, strict=True)]
    weights = rarities(terms(question, language), held)
    nearest = max(range(len(usable)), key=lambda place: _similarity(usable[place]))
    near = usable[nearest]  # the first of all, where no vectors were asked
    compared = None if near.similarity is None else embedder
    return Features(
        similarity=near.similarity,
        title_similarity=_title_similarity(question, near.entry.title, compared),
        lead=_lead([hit.lexical for hit in usable]),
        text_words=share(weights, said[0]),
        sentence_words=max(share(weights, one) for each in sentences for one in each),
        title_words=share(weights, titles[nearest]),
        facts=_facts(question, language, held),
    )


def _headed_by_title(hit: Hit) -> Hit:
    """The title as one more heading."""
    headings = (hit.entry.title, *hit.entry.headings)
    return replace(hit, entry=replace(hit.entry, title="", headings=headings))


def _sentence_terms(entry: Entry) -> list[frozenset[str]]:
    """Of each sentence, with its headings: they stand over this passage alone."""
    context = terms("\n".join(entry.headings), entry.language)
    spans = entry.sentences or ((entry.start, entry.end),)
    texts = (entry.text[start - entry.start : end - entry.start] for start, end in spans)
    return [context | terms(text, entry.language) for text in texts]


def _similarity(hit: Hit) -> float:
    return -1.0 if hit.similarity is None else hit.similarity


def _title_similarity(question: str, title: str, embedder: Embedder | None) -> float:
    if embedder is None or not title:
        return TITLE_SIMILARITY
    asked, named = embedder.embed_queries([question, title])  # both short: one call
    return float(asked @ named)


def _lead(scores: Sequence[float]) -> float:
    """0 where there is nothing to stand out from."""
    best, others = max(scores), len(scores) - 1
    if not others or best <= 0:
        return 0.0
    return 1 - (sum(scores) - best) / others / best


def _facts(question: str, language: str, held: Sequence[frozenset[str]]) -> float:
    """The names and figures that are asked about belong together: one hit must hold them.

    What peoples are called is no name: a reader's word for them is often not the source's.
    """
    named = words.names(question, language)
    wanted = {words.name_key(name) for name in named if words.fold(name) not in vocabulary.PEOPLES}
    wanted |= words.figures(question, language).keys()
    return max(len(wanted & one) for one in held) / len(wanted) if wanted else 1.0
