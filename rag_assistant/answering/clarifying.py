"""At most one short question back, where a question can be read in several ways.

Only what the hits themselves tell apart is asked: people of one surname, bridges of several names,
floods of several years, where the evidence for each stands up to that for the best. Each choice is
the question again, as it can be asked. Needs no language model; one may put the question (`put`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag_assistant import dates
from rag_assistant.answer import Clarification
from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.mentions import asked_in, is_settled, mentions
from rag_assistant.answering.one_line import one_line
from rag_assistant.answering.prompting import load, neutral, render
from rag_assistant.answering.readings import (
    Found,
    Key,
    Mention,
    Reading,
    found,
    gathered,
    in_year,
)
from rag_assistant.answering.relevance import HITS, candidates
from rag_assistant.ports import Embedder, LanguageModel, Message, Turn, Waiting
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

PLACEHOLDERS = frozenset({"question", "choices", "wording"})
_MAX_TOKENS = 80
_PATIENCE = 2.0  # seconds: our own wording does as well
_LONGEST = 200  # characters
_ODD = re.compile(r"[\n\r<>\[\]{}*_`#|]|://|www\.")
_COURTESY = frozenset(map(words.name_key, ("I", "Sie", "Ihnen", "Ihre", "Usted", "Person", "Jahr")))

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


def worded(
    clarification: Clarification, question: str, model: LanguageModel | None
) -> Generator[Waiting, None, Clarification]:
    """The same as a model would ask it, where there is one; our own words where it takes long."""
    if model is None:
        return clarification
    wording = yield from put(model, question, clarification)
    return replace(clarification, question=wording)


def put(
    model: LanguageModel,
    question: str,
    clarification: Clarification,
    *,
    folder: Path | None = None,
) -> Generator[Waiting, None, str]:
    """The question back in a model's words; our own where it fails or says more than it may.

    Args:
        model: What words it.
        question: What was asked.
        clarification: Our question and its choices.
        folder: Where ``clarify.md`` lies; None takes the one that ships with the product.

    Raises:
        ConfigError: The prompt file is missing, or its placeholders are wrong.
    """
    template = load("clarify", PLACEHOLDERS, folder)
    values = {
        "question": neutral(" ".join(question.split())),
        "choices": "\n".join(neutral(" ".join(one.split())) for one in clarification.choices),
        "wording": clarification.question,
    }
    prompt = Message(role="user", text=render(template, values))
    text = yield from one_line(model, [prompt], max_tokens=_MAX_TOKENS, patience=_PATIENCE)
    fits = text is not None and _may_be_put(text, question, clarification)
    return text if text and fits else clarification.question


def _may_be_put(text: str, question: str, clarification: Clarification) -> bool:
    """Whether it is one plain question that names nothing of its own."""
    if not text.endswith("?") or text.count("?") > 1 or len(text) > _LONGEST or _ODD.search(text):
        return False
    given = "\n".join((question, clarification.question, *clarification.choices))
    language = asked_in(question)
    known = {words.name_key(word) for word in words.words(given)} | _COURTESY
    capitals = [word for word in list(words.words(text))[1:] if word[0].isupper()]
    return words.figures(text, language).keys() <= words.figures(given, language).keys() and all(
        words.name_key(word) in known for word in capitals
    )


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
    known = _apart(known, sources, mention)
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
    top = max(best.values(), default=-1e9)
    if top < max(scores.values()) - LEAD[mention.kind]:
        return []
    margin = BARE_MARGIN if _is_bare(question, mention) else MARGIN[mention.kind]
    ranked = sorted(best, key=lambda reading: -best[reading])
    return [one for one in ranked if best[one] >= top - margin]


def _apart(
    known: dict[Key, Reading], sources: Sequence[_Source], mention: Mention
) -> dict[Key, Reading]:
    """Without things that no sentence names in a document which lacks the others' names.

    There they are two names of one thing, or of a thing and the site that tells of it.
    """
    if mention.kind in ("person", "event"):
        return known
    told: dict[Reading, set[str]] = {reading: set() for reading in known.values()}
    held: dict[Reading, set[str]] = {reading: set() for reading in known.values()}
    for source in sources:
        document = source.hit.entry.document_id
        for documents, texts in (
            (told, [one.text for one in source.sentences]),
            (held, [*_above(source.hit), *(one.text for one in source.sentences)]),
        ):
            for one in (one for text in texts for one in found(text, mention)):
                if one.key in known:
                    documents[known[one.key]].add(document)
    apart = {one for one in told if all(told[one] - held[other] for other in held if other != one)}
    return {key: reading for key, reading in known.items() if reading in apart}


def _is_bare(question: str, mention: Mention) -> bool:
    rest = question[: mention.start] + question[mention.end :]
    return not set(words.content_words(rest, mention.language)) - {mention.honorific}


def _named(source: _Source, mention: Mention) -> list[list[Found]]:
    """What each sentence names in full, or else the one before it, its headings or its title."""
    above: list[Found] = []
    for heading in _above(source.hit):
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


def _above(hit: Hit) -> tuple[str, ...]:
    """The headings, the nearest first, and the title."""
    return (*reversed(hit.entry.headings), hit.entry.title)


def _event_of(hit: Hit, mention: Mention) -> list[Found]:
    """The event that a newspaper or minutes of its time give a headline."""
    entry = hit.entry
    if hit.captured_at or entry.date_from is None or entry.date_to is None:
        return []
    if entry.date_to - entry.date_from > _DATED_TO or mention.word.upper() not in entry.text:
        return []
    return [in_year(mention, int(dates.iso_date(entry.date_from)[:4]))]
