"""A question within a conversation, made one that can be searched for by itself, without a model.

Most questions need nothing. One that leans on what was said, by a pronoun ("When was it built?"),
by its opening ("What about women?") or by having hardly a word of its own ("Fees?"), is followed by
the subject of the question before it, in brackets: "When was it built? (bridge at Holt)". That is
plain text, which people see and may edit.

Which words tell, and how far back the subject is looked for, was chosen on the first half of
MTRAG-UN (see docs/decisions for what that reaches on the held-out half).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.followup_words import (
    BEFORE_YEARS,
    COURTESIES,
    DEFINING,
    HOW,
    OPENING,
    POINTING,
    RELATIVE,
    TIMES,
    TURNING,
    WHO,
    WHO_IS,
)
from rag_assistant.ports import Turn

FEW = 3
"""Content words; a question with fewer is hardly one by itself ..."""
NAMED = 2
"""... unless it names its subject with an article: "When was the library opened?"."""
ENOUGH = 5
"""Content words; a question with as many is one by itself, even after "What about"."""
QUESTIONS = 3
"""Earlier questions that may give the subject, each leaning on the one before it."""
OWN, SAID = 2.0, 1.0
"""How often a question's own words, and what was said before it, count for the search's once."""
ALONE = 3.0
"""How often a search counts that is the question itself."""
LONGEST = 120
"""Characters of a subject that one question gives."""
NAMES = 4
"""Words of a name that an answer gives to the subject."""
_READ = 1_000  # characters of a turn, from its beginning
_YEAR = re.compile(rf"(?:\b{BEFORE_YEARS}\s+)*\b(?:1\d{{3}}|20\d\d)s?\b", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_EDGES = " \t?!.,;:¿¡\"'“”„«»()[]"


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """What to search for: the question, with its subject where it leans on earlier ones.

    Args:
        question: What was asked last.
        history: The turns before it, oldest first.

    Returns:
        The question itself where it needs nothing or nothing was said; else one line.
    """
    language = leaning_language(question, history)
    if language is None:
        return question
    subject = "; ".join(_subjects(question, history, language))
    if telling(subject, language) <= telling(question, language):
        return question
    return f"{_plain(question, whole=True)} ({subject})"


def said_beside(question: str, search: str, history: Sequence[Turn]) -> dict[str, float]:
    """What else to find passages by: the question's own words, and the question before it.

    The question before comes with its answer, so that passages on which that stood come again.

    Args:
        question: What was asked last.
        search: What `stand_alone` has made of it.
        history: The turns before it, oldest first.

    Returns:
        Texts, and how often each counts for the search's once; none where nothing was said.
    """
    language = _language(question, ())
    before = next(iter(_exchanges(history, language)), None)
    if before is None:
        return {}
    text = " ".join(before)
    return {text: SAID / ALONE} if search == question else {question: OWN, text: SAID}


def leaning_language(question: str, history: Sequence[Turn]) -> str | None:
    """The language of a question that leans on what was said; None for one that does not.

    Of its small words and those of the question before, most are of that language; where they do
    not tell it is English.
    """
    asked = [_plain(turn.text) for turn in history if turn.role == "user"]
    language = _language(question, asked[-1:])
    said = bool(asked) and any(words.words(question))
    return language if said and _leans(question, asked, language) else None


def _leans(question: str, asked: Sequence[str], language: str) -> bool:
    """Whether a question points back, goes on from what was said, or says too little by itself.

    Args:
        question: What was asked last.
        asked: The person's earlier questions: a name that is not in them is a subject of its own.
        language: "en", "de", "fr" or "es".
    """
    said = len(telling(question, language))
    turns = said < ENOUGH and TURNING[language].match(question)
    if turns or _points_back(question, language):
        return True
    named = any(words.fold(word) in vocabulary.ARTICLES for word in words.words(question))
    if said >= (NAMED if named else FEW) or DEFINING.match(question):
        return False
    if OPENING[language].match(question):
        return True
    if _has_subject(question, language):
        return False
    known = {words.name_key(word) for text in asked for word in words.words(text)}
    return all(words.name_key(name) in known for name in words.names(question, language))


def _has_subject(question: str, language: str) -> bool:
    """Whether a telling word follows on an article: "What happened in the flood?"."""
    spoken = list(words.words(question))
    return any(
        words.fold(article) in vocabulary.ARTICLES and telling(word, language)
        for article, word in pairwise(spoken)
    )


def telling(text: str, language: str) -> set[str]:
    """The content words, folded stems, but for courtesies."""
    return {
        word
        for one in words.words(text)
        if words.fold(one) not in COURTESIES
        for word in words.content_words(one, language)
    }


def _points_back(question: str, language: str) -> bool:
    """Whether a pronoun comes before what it could stand for within the question."""
    for pointing in POINTING[language].finditer(question):
        before = [*words.words(question[: pointing.start()])]
        if words.fold(pointing[0]) in RELATIVE and telling("".join(before[-1:]), language):
            continue
        return len(telling(" ".join(before), language)) < FEW
    return False


def _subjects(question: str, history: Sequence[Turn], language: str) -> list[str]:
    """What the question leans on, and the name that the last one asked for.

    That is one subject: that of the question on which those between lean, or of one that has
    turned to another. Years give way to the question's own.
    """
    subject = name = ""
    dated = TIMES.search(question) is not None
    for text, reply in islice(_exchanges(history, language), QUESTIONS):
        if not subject and _asks_name(text):
            name = _name(reply, text, language)
        subject = _subject(_YEAR.sub("", text) if dated else text, language) or subject
        turned = _has_subject(text, language) and not _points_back(text, language)
        if turned or len(telling(text, language)) >= FEW or not _leans(text, (), language):
            break
    return [one for one in (subject, name) if one]


def _exchanges(history: Sequence[Turn], language: str) -> Iterator[tuple[str, str]]:
    """(question, answer), the newest first, without mere courtesies."""
    reply = ""
    for turn in reversed(history):
        text = _plain(turn.text)
        if turn.role == "assistant":
            reply = text
        elif telling(text, language):
            yield text, reply
            reply = ""


def _subject(text: str, language: str) -> str:
    """A question from its first telling word on: of "Where was the bridge?" it is "bridge"."""
    text = HOW.sub("", text)
    for word in words.WORD.finditer(text):
        if telling(word[0], language):
            subject = text[word.start() :]
            if len(subject) > LONGEST:
                subject = subject[: LONGEST + 1].rpartition(" ")[0] or subject[:LONGEST]
            return " ".join(subject.split()).strip(_EDGES)
    return ""


def _asks_name(text: str) -> bool:
    """Whether a question wants a name and does not give it, as "Who was Ada Holt?" does."""
    return WHO.match(text) is not None and not WHO_IS.match(text)


def _name(reply: str, asked: str, language: str) -> str:
    """The first name in an answer, where it is one: it has words of its question."""
    if not telling(reply, language) & telling(asked, language):
        return ""
    known = {words.name_key(word) for word in words.words(asked)}
    new = {name for name in words.names(reply, language) if words.name_key(name) not in known}
    found: list[str] = []
    end = 0
    for word in words.WORD.finditer(reply):
        if word[0] in new and (not found or not reply[end : word.start()].strip(" .")):
            found.append(word[0])
            end = word.end()
        elif found:
            break
    return " ".join(found[:NAMES])


def _language(question: str, before: Sequence[str]) -> str:
    """That of most of the small words; English where they do not tell."""
    spoken = [words.fold(word) for text in (question, *before) for word in words.words(text)]
    counts = {
        language: sum(word in small for word in spoken)
        for language, small in vocabulary.STOP_WORDS.items()
    }
    return max(counts, key=lambda one: (counts[one], one == vocabulary.DEFAULT_LANGUAGE))


def _plain(text: str, *, whole: bool = False) -> str:
    """One line without signs that cannot be seen."""
    return " ".join(_UNSEEN.sub(" ", text if whole else text[:_READ]).split())
