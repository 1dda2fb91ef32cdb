"""At most one short question back, where a question can be read in several ways.

Only what the hits themselves tell apart is asked: people of one surname, bridges of several names,
floods of several years, where each reading has evidence that stands up to the best one's. Each
choice is the question again, as it can be asked. Needs no language model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag_assistant.answer import Clarification
from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.readings import (
    NO_NAMES,
    Mention,
    Reading,
    found,
    gathered,
    is_person,
)
from rag_assistant.answering.relevance import HITS, candidates
from rag_assistant.ports import Embedder, Turn
from rag_assistant.schema import Filters, Hit

CHOICES = 4
"""The most that are offered."""
MARGIN = 1.0
"""How far below the best reading's evidence another may stand, in the units of a sentence's score."""
DEEP = 2.5
"""How far below the best sentence of all the readings may stand."""

_WORDING = {
    "en": dict.fromkeys(("person", "thing", "place", "event"), "Which {} do you mean?"),
    "de": {
        "person": "{}: Wer ist gemeint?",
        "thing": "{}: Was ist gemeint?",
        "event": "{}: Welches Jahr ist gemeint?",
    },
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
_LISTS = re.compile(
    r"\b(?:all|each|every|both|(?:which|what) \w+s\b|which of|"
    r"alle[rn]?|jede[rnms]?|beide|tou(?:s|tes)|chaque|tod[oa]s|cada)\b"
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_LIFE = re.compile(r"\b(?:who (?:is|was)|wer (?:ist|war)|qui (?:est|etait)|quien (?:es|era|fue))\b")
_THING = {
    "en": re.compile(
        r"\bthe (?P<noun>[a-z]{3,})\b(?! (?:of|at|in|on|near|for|by|over|where|who|which|that|"
        r"called|named|between|outside|behind|beside)\b)(?P<next>(?: [\w-]+)?)",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:der|die|das|dem|den|des|beim|vom|zum) (?P<noun>[A-ZÄÖÜ]\w{2,})\b"
        r"(?! (?:von|in|an|am|im|bei|der|des)\b)(?P<next>(?: [\w-]+)?)"
    ),
    "fr": re.compile(
        r"\b(?:l[ea] |l['’]|du |au )(?P<noun>\w{3,})\b(?! (?:de|du|des|d['’]|à|au|en|dans|sur|que|qui)\b)"
        r"(?P<next>(?: [\w-]+)?)",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\b(?:el|la|del|al) (?P<noun>\w{3,})\b(?! (?:de|del|en|sobre|que)\b)(?P<next>(?: [\w-]+)?)",
        re.IGNORECASE,
    ),
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
    if _decided(question, history):
        return None
    sentences = _sentences(hits)
    asked = language_of(question)
    for mention in _mentions(question, asked, sentences):
        if mention.kind == "event" and filters and (filters.date_from or filters.date_to or filters.as_of):
            continue
        readings = _readings(question, mention, hits, sentences, embedder)
        if len(readings) > 1 and not _named(readings, history):
            return Clarification(
                question=_WORDING[asked][mention.kind].format(mention.said),
                choices=tuple(
                    question[: mention.start] + one.text + question[mention.end :]
                    for one in readings[:CHOICES]
                ),
            )
    return None


def language_of(question: str) -> str:
    """The language, of those we can ask back in, that has most of the question's small words."""
    asked = [words.fold(word) for word in words.words(question)]
    counts = {
        language: sum(word in stops for word in asked)
        for language, stops in vocabulary.STOP_WORDS.items()
    }
    return max(counts, key=lambda language: counts[language])  # English first among equals


def _decided(question: str, history: Sequence[Turn]) -> bool:
    """Whether it names a time or asks for a list, or we have asked back before."""
    folded = words.fold(question)
    return (
        _YEAR.search(question) is not None
        or _LISTS.search(folded) is not None
        or any(turn.role == "assistant" and turn.text.rstrip().endswith("?") for turn in history)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A sentence of a hit."""

    passage_id: str
    position: int
    text: str


def _sentences(hits: Sequence[Hit]) -> list[list[_Said]]:
    usable = [hit for hit in hits if hit.entry.use in ("answer", "quote") and hit.entry.text][:HITS]
    return [
        [
            _Said(
                passage_id=hit.entry.passage_id,
                position=position,
                text=" ".join(hit.entry.text[a - hit.entry.start : b - hit.entry.start].split()),
            )
            for position, (a, b) in enumerate(hit.entry.sentences)
        ]
        for hit in usable
    ]


# ------------------------------------------------------------ what is named in part


def _mentions(question: str, language: str, sentences: Sequence[Sequence[_Said]]) -> Iterator[Mention]:
    texts = [one.text for hit in sentences for one in hit]
    yield from _people(question, language, texts)
    for match in _THING[language].finditer(question):
        noun = match["noun"]
        if match["next"] and _compound(noun, match["next"].strip(), texts):
            continue
        facts = {"word": noun, "said": noun, "language": language}
        span = {"start": match.start("noun"), "end": match.end("noun")}
        yield Mention(kind="event", **facts, **span)
        if language == "en":
            yield Mention(kind="thing", **facts, start=match.start(), end=match.end("noun"))
            yield Mention(kind="place", **facts, **span)
        elif language in vocabulary.NOUN_FIRST:
            yield Mention(kind="thing", **facts, **span)


def _compound(noun: str, following: str, texts: Sequence[str]) -> bool:
    """Whether the sources know the two words as one thing: "flood siren"."""
    pair = re.compile(rf"\b{re.escape(noun)}\s+{re.escape(following)}\b", re.IGNORECASE)
    plain = words.fold(following) not in vocabulary.STOP_WORDS["en"]
    return plain and any(pair.search(text) for text in texts)


def _people(question: str, language: str, texts: Sequence[str]) -> Iterator[Mention]:
    for run in _runs(question):
        while run and words.fold(run[0][0]) in NO_NAMES:
            run.pop(0)
        honorific = ""
        start = run[0].start() if run else 0
        while run and words.fold(run[0][0]) in vocabulary.HONORIFICS:
            honorific = words.fold(run.pop(0)[0])
        if not run:
            continue
        *given, surname = run
        word = re.sub(r"['’]s?$", "", surname[0])
        before = words.fold(question[:start]).split()[-1:]
        if before and before[0] in _ARTICLES:
            continue
        end = surname.start() + len(word)
        if honorific or (before and before[0] in vocabulary.HONORIFICS) or _LIFE.search(words.fold(question)) or any(is_person(text, word) for text in texts):
            yield Mention(
                kind="person",
                word=word,
                said=question[start:end],
                start=start,
                end=end,
                given=tuple(one[0] for one in given),
                honorific=honorific or (before[0] if before and before[0] in vocabulary.HONORIFICS else ""),
                language=language,
            )


def _runs(question: str) -> Iterator[list[re.Match[str]]]:
    """Capitalised words that stand together; of a question without any, each that may be one."""
    run: list[re.Match[str]] = []
    for token in words.WORD.finditer(question):
        joined = run and re.fullmatch(r"\.?\s+", question[run[-1].end() : token.start()])
        if run and not (joined and token[0][0].isupper()):
            yield run
            run = []
        if token[0][0].isupper():
            run.append(token)
    if run:
        yield run


# ------------------------------------------------------------ what it can mean


def _readings(
    question: str,
    mention: Mention,
    hits: Sequence[Hit],
    sentences: Sequence[Sequence[_Said]],
    embedder: Embedder | None,
) -> list[Reading]:
    """Those with evidence that stands up to the best one's, best first."""
    said = {one: list(found(one.text, mention)) for hit in sentences for one in hit}
    sightings = [one for each in said.values() for one in each]
    known = gathered(sightings, mention)
    if len(set(known.values())) < 2:
        return []
    scores = {
        (one.hit.entry.passage_id, one.position): one.score
        for one in candidates(question, hits, embedder)
    }
    best: dict[Reading, float] = {}
    for hit in sentences:
        last: set[Reading] = set()
        for one in hit:
            named = {known[each.key] for each in said[one] if each.key in known}
            score = scores.get((one.passage_id, one.position))
            for reading in named or last if score is not None else ():
                best[reading] = max(best.get(reading, score), score)
            last = named
    if TRACE is not None:
        TRACE.append((mention.kind, mention.word, sorted(((round(v-max(scores.values()),2), k.text) for k, v in best.items()), reverse=True)))
    if not best:
        return []
    top = max(best.values())
    if top < max(scores.values()) - DEEP:
        return []
    ranked = sorted(best, key=lambda reading: -best[reading])
    return [one for one in ranked if best[one] >= top - MARGIN]

TRACE = None

def _named(readings: Sequence[Reading], history: Sequence[Turn]) -> bool:
    """Whether the conversation has named one of them."""
    told = " ".join(words.fold(turn.text) for turn in history)
    return any(words.fold(one.text) in told for one in readings)


_ARTICLES = frozenset(("the", "der", "die", "das", "dem", "den", "le", "la", "el"))
