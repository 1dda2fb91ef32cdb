"""The support check: does a sentence stand in the texts that it cites?

Rules look for what speaks against it: a figure that the texts lack, or a place that says nearly the
same with another figure, another name, or "not". What they let pass is weighed by a small logistic
function of words, names and the cosine to each text, whose coefficients come from
``python -m evals.fitting.support`` (see there for the data); nothing is learned at run time.

It can be wrong both ways: what it finds is shown as "words and figures found in the source", never
as "verified".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag_assistant.answer import Support
from rag_assistant.answering import words
from rag_assistant.answering.abstention import Logistic
from rag_assistant.answering.comparing import WINDOW, Comparison, Source, share
from rag_assistant.answering.crosslingual import OTHER_LANGUAGE, foreign, missing_figure, spoken
from rag_assistant.ports import Embedder
from rag_assistant.schema import Entry, Span

WITH_VECTORS = Logistic(intercept=-5.92, weights=(4.08, 1.86, 0.49, 2.07), threshold=0.565)
WITHOUT_VECTORS = Logistic(intercept=-4.0, weights=(3.07, 0.51, 2.03), threshold=0.595)
"""Of `Features.vector`. The vectors are those of all-MiniLM-L6-v2."""
NEIGHBOUR_GAIN = 0.15
"""What a neighbouring sentence must add in coverage to be quoted as well."""
MIN_VERBATIM_WORDS = 3
TOO_LITTLE = "the cited source says too little of this"
ASKS = "a question states nothing"
_ASKED = re.compile(r"[?？][\"'”’»)\]\s]*$")
_EMBEDDED = ("", "en")
"""Languages that are compared by vectors: the coefficients were fitted on English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """How much of a sentence its sources hold, each 0..1 (``similarity`` may be below 0).

    ``place`` is the share of its content words, each as often as it stands, in the best three
    sentences of a source; ``names`` is the share of its names that a source holds, and ``figures``
    is 0 where one is missing. ``similarity`` is the best cosine to a source.
    """

    place: float
    names: float
    figures: float
    similarity: float | None

    def vector(self) -> list[float]:
        """The features in the order of the coefficients."""
        known = [] if self.similarity is None else [self.similarity]
        return [*known, self.place, self.names, self.figures]


def check(
    sentence: str,
    sources: Sequence[Source],
    embedder: Embedder | None = None,
    *,
    asked: str | None = None,
) -> tuple[Support, str | None]:
    """What the cited texts say to a sentence, and what speaks against it.

    Args:
        sentence: Its words without markers.
        sources: The cited texts; titles may stand in them.
        embedder: Compares English by meaning as well; without one, words alone decide.
        asked: The language that was asked in, "und" where it is not known. A sentence in it is
            "unchecked" where words cannot compare it with its sources; None compares them all.

    Returns:
        The finding, with a reason where it is "unsupported" or "unchecked".
    """
    plain = _plain(sentence, sources)
    if plain is not None:
        return plain
    language = "" if asked is None else spoken(sentence, asked)
    others = foreign(language, sources)
    if len(others) == len(sources):
        reason = missing_figure(sentence, language, sources)
        return ("unsupported", reason) if reason else ("unchecked", OTHER_LANGUAGE)
    compared = Comparison(sentence, sorted(sources, key=others.__contains__))
    reason = _against(compared)
    if reason:
        return "unsupported", reason
    if compared.said() or _holds(_features(compared, _similarity(sentence, sources, embedder))):
        return "supported", None
    if others:
        return "unchecked", OTHER_LANGUAGE
    return "unsupported", compared.missing_name() or TOO_LITTLE


def ruled(sentence: str, sources: Sequence[Source]) -> tuple[Support, str | None] | None:
    """What is settled without weighing: word for word, or something that speaks against it."""
    plain = _plain(sentence, sources)
    if plain is not None:
        return plain
    reason = _against(Comparison(sentence, sources))
    return ("unsupported", reason) if reason else None


def _plain(sentence: str, sources: Sequence[Source]) -> tuple[Support, str | None] | None:
    """What is settled without a comparison."""
    if not sources:
        return "unsupported", "no source is cited"
    if any(find_verbatim(sentence, source.text) for source in sources):
        return "verbatim", None
    if _ASKED.search(sentence):
        return "unsupported", ASKS
    return None


def _holds(found: Features) -> bool:
    """Whether so much is held that a sentence counts as supported."""
    model = _model(found)
    return model(found.vector()) >= model.threshold


def _against(compared: Comparison) -> str | None:
    return compared.missing_figure() or compared.contradiction()


def score(sentence: str, sources: Sequence[Source], embedder: Embedder | None = None) -> float:
    """How well sources support a sentence, 0..1; orders sentences, and people see it nowhere."""
    if not sources:
        return 0.0
    found = features(sentence, sources, embedder)
    return _model(found)(found.vector())


def features(
    sentence: str, sources: Sequence[Source], embedder: Embedder | None = None
) -> Features:
    """Measure a sentence against its sources, of which there must be one."""
    return _features(Comparison(sentence, sources), _similarity(sentence, sources, embedder))


def _features(compared: Comparison, similarity: float | None) -> Features:
    return Features(
        place=compared.place(),
        names=compared.names(),
        figures=compared.figures(),
        similarity=similarity,
    )


def find_verbatim(sentence: str, text: str) -> Span | None:
    """Where a sentence stands word for word in a text, white space and its last stop apart."""
    parts = sentence.strip().rstrip(".!?…。！？").split()
    if not parts or sum(1 for _ in words.words(sentence)) < MIN_VERBATIM_WORDS:
        return None
    run = r"\s+".join(re.escape(part) for part in parts)
    match = re.search(rf"(?<!\w){run}(?!\w)", text)
    return match.span() if match else None


def best_span(sentence: str, entry: Entry) -> Span:
    """The whole sentences of a passage that best hold a sentence, as offsets into its section."""
    spans = entry.sentences or ((entry.start, entry.end),)
    found = find_verbatim(sentence, entry.text)
    if found:
        start, end = entry.start + found[0], entry.start + found[1]
        touched = [span for span in spans if span[0] < end and span[1] > start]
        if touched:
            return touched[0][0], touched[-1][1]
    return _grown(sentence, entry, spans)


def _grown(sentence: str, entry: Entry, spans: Sequence[Span]) -> Span:
    wanted = _terms(sentence, entry.language)

    def coverage(first: int, last: int) -> float:
        start, end = spans[first][0] - entry.start, spans[last][1] - entry.start
        return share(wanted, _terms(entry.text[start:end], entry.language))

    first = last = max(range(len(spans)), key=lambda position: coverage(position, position))
    current = coverage(first, last)
    while last - first + 1 < WINDOW:
        wider = [
            (coverage(*bounds), bounds)
            for bounds in ((first, last + 1), (first - 1, last))
            if bounds[0] >= 0 and bounds[1] < len(spans)
        ]
        if not wider or max(wider)[0] < current + NEIGHBOUR_GAIN:
            break
        current, (first, last) = max(wider)
    return spans[first][0], spans[last][1]


def embedded(source: Source, embedder: Embedder | None) -> Source:
    """The source with its vector, so that many sentences can be compared with it."""
    if embedder is None or source.vector is not None or not _is_embedded(source):
        return source
    return replace(source, vector=embedder.embed_passages([source.text])[0])


def _similarity(
    sentence: str, sources: Sequence[Source], embedder: Embedder | None
) -> float | None:
    """The best cosine; None unless all is English."""
    if embedder is None or not all(map(_is_embedded, sources)):
        return None
    said = embedder.embed_passages([sentence])[0]
    vectors = (embedded(source, embedder).vector for source in sources)
    return max(float(vector @ said) for vector in vectors if vector is not None)


def _is_embedded(source: Source) -> bool:
    return source.language[:2].lower() in _EMBEDDED


def _model(found: Features) -> Logistic:
    return WITHOUT_VECTORS if found.similarity is None else WITH_VECTORS


def _terms(text: str, language: str) -> Counter[str]:
    """Content words and figures."""
    found = Counter(words.content_words(text, language))
    found.update(words.figures(text, language).keys())
    return found
