"""At most one short question back, where a question can be read in several ways.

Only what the hits themselves tell apart is asked: people of one surname, bridges of several names,
floods of several years, where the evidence for each stands up to that for the best. Each choice is
the question again, as it can be asked. Needs no language model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag_assistant import dates
from rag_assistant.answer import Clarification
from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.mentions import is_settled, language_of, mentions
from rag_assistant.answering.readings import Found, Mention, Reading, found, gathered, in_year
from rag_assistant.answering.relevance import HITS, candidates
from rag_assistant.ports import Embedder, Turn
from rag_assistant.schema import Entry, Filters, Hit

CHOICES = 4
"""The most that are offered."""
MARGIN = {"person": 1.0, "thing": 1.0, "place": 1.0, "event": 1.5}
"""How far below the best reading's evidence another's may stand, in the units of a score."""
BARE_MARGIN = 4.0
"""The same where a question asks for a name and nothing else, so that nothing else decides."""
LEAD = {"person": 2.0, "thing": 0.25, "place": 0.25, "event": 0.25}
"""How far below the best sentence of all the readings may stand: a better one that names none of
them would answer, but for people, who are seldom named in full twice."""
_DATED_TO = 31  # days: a newspaper or minutes tell of what has just happened

_WORDING = {
    "en": dict.fromkeys(("person", "thing", "place", "event"), "Which {} do you mean?"),
    "de": {"person": "{}: Wer ist gemeint?", "event": "{}: Welches Jahr ist gemeint?"},
    "fr": {
        "person": "{} : de qui s’agit-il ?",
        "thing": "{} : de quoi s’agit-il ?",
        "event": "{} : de quelle année s’agit-il ?",
    },
    "es": {
        "person": "{}: ¿a quién se refiere?",
        "thing": "{}: ¿a qué se refiere?",
        "event": "{}: ¿a qué año se refiere?",
    },
}


def ambiguity(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder | None = None,
    *,
    filters: Filters | None = None,
    history: Sequence[Turn] = (),
) -> Clarification | None:
    """The one question back; None where the question, the bounds or the collection decide.

    Args:
        question: What was asked, as it was searched.
        hits: The result, best first.
        embedder: Weighs the evidence by meaning, where vectors were asked.
        filters: The bounds of the search; dates decide between times.
        history: The conversation so far. What it names decides, and one question back is enough.
    """
    if is_settled(question) or _has_asked(history):
        return None
    sources = _sources(hits)
    texts = [one.text for source in sources for one in source.sentences]
    timed = filters is not None and any((filters.date_from, filters.date_to, filters.as_of))
    for mention in mentions(question, texts, timed=timed):
        readings = _readings(question, mention, sources, embedder)
        if len(readings) > 1 and not _is_told(readings, history):
            wording = _WORDING[mention.language][mention.kind]
            said = mention.said[:1].upper() + mention.said[1:]
            start, end = question[: mention.start], question[mention.end :]
            return Clarification(
                question=wording.format(mention.said if wording[:1] != "{" else said),
                choices=tuple(f"{start}{one.text}{end}" for one in readings[:CHOICES]),
            )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A sentence of a hit as it stands."""

    position: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    hit: Hit
    sentences: tuple[_Said, ...]


def _sources(hits: Sequence[Hit]) -> list[_Source]:
    usable = [hit for hit in hits if hit.entry.use in ("answer", "quote") and hit.entry.text]
    return [_Source(hit=hit, sentences=tuple(_sentences(hit.entry))) for hit in usable[:HITS]]


def _sentences(entry: Entry) -> Iterator[_Said]:
    for position, (start, end) in enumerate(entry.sentences):
        yield _Said(position=position, text=entry.text[start - entry.start : end - entry.start])


def _has_asked(history: Sequence[Turn]) -> bool:
    """Whether we asked back before: no answer ends like that."""
    return any(turn.role == "assistant" and turn.text.rstrip().endswith("?") for turn in history)


def _is_told(readings: Sequence[Reading], history: Sequence[Turn]) -> bool:
    """Whether the conversation has named one of them."""
    told = " ".join(words.fold(turn.text) for turn in history)
    return any(words.fold(one.text) in told for one in readings)


# ------------------------------------------------------------ what it can mean


def _readings(
    question: str, mention: Mention, sources: Sequence[_Source], embedder: Embedder | None
) -> list[Reading]:
    """Those whose evidence stands up to that for the best one, best first."""
    named = [_named(source, mention) for source in sources]
    known = gathered([one for source in named for each in source for one in each], mention)
    if len(set(known.values())) <= 1:
        return []
    scored = candidates(question, [source.hit for source in sources], embedder)
    scores = {(one.hit.entry.passage_id, one.position): one.score for one in scored}
    best: dict[Reading, float] = {}
    for source, each in zip(sources, named, strict=True):
        for sentence, naming in zip(source.sentences, each, strict=True):
            score = scores.get((source.hit.entry.passage_id, sentence.position))
            for reading in {known[one.key] for one in naming if one.key in known}:
                if score is not None:
                    best[reading] = max(best.get(reading, score), score)
    if TRACE is not None:
        TRACE.append((mention.kind, mention.word, sorted(((round(v-max(scores.values()),2), k.text) for k, v in best.items()), reverse=True)))
    top = max(best.values(), default=-1e9)
    if top < max(scores.values()) - LEAD[mention.kind]:
        return []
    margin = BARE_MARGIN if _is_bare(question, mention) else MARGIN[mention.kind]
    ranked = sorted(best, key=lambda reading: -best[reading])
    return [one for one in ranked if best[one] >= top - margin]


TRACE = None


def _is_bare(question: str, mention: Mention) -> bool:
    rest = question[: mention.start] + question[mention.end :]
    return not set(words.content_words(rest, mention.language)) - {mention.honorific}


def _named(source: _Source, mention: Mention) -> list[list[Found]]:
    """What each sentence names in full, or else the one before it, its headings or its title."""
    entry = source.hit.entry
    above: list[Found] = []
    for heading in (*reversed(entry.headings), entry.title):
        above = above or list(found(heading, mention))
    if mention.kind == "event" and words.fold(mention.word) in vocabulary.EVENTS:
        above = above or _event_of(source.hit, mention)
    named: list[list[Found]] = []
    before: list[Found] = []
    for sentence in source.sentences:
        here = list(found(sentence.text, mention))
        named.append(here or before or above)
        before = here
    return named


def _event_of(hit: Hit, mention: Mention) -> list[Found]:
    """The event that a newspaper or minutes of its time give a headline."""
    entry = hit.entry
    if hit.captured_at or entry.date_from is None or entry.date_to is None:
        return []
    if entry.date_to - entry.date_from > _DATED_TO or mention.word.upper() not in entry.text:
        return []
    return [in_year(mention, int(dates.iso_date(entry.date_from)[:4]))]
