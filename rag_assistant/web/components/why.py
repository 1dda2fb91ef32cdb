"""Why a search found a passage: in words first, its numbers after them."""

from __future__ import annotations

from rag_assistant.answer import Answer, Ranked
from rag_assistant.schema import How
from rag_assistant.web.components.markup import Html, hidden, tag
from rag_assistant.wording import decimal, say

_LOW = 0.5  # of the best passage's score: it was found much less readily
_PLACES = 2


def ranked_of(answer: Answer, passage_id: str) -> Ranked | None:
    """How a passage was ranked; None where nothing tells it."""
    return next((one for one in answer.run.retrieved if one.passage_id == passage_id), None)


def why(answer: Answer, passage_id: str, named: str) -> Html:
    """Opens to why it was found.

    Args:
        answer: What was searched for, and what came of it.
        passage_id: The passage.
        named: What tells it from others for those who listen: "source 1: Title".
    """
    ranked = ranked_of(answer, passage_id)
    summary = tag("summary", say("Why was this found?"), hidden(f" {named}"))
    if ranked is None or ranked.how is None:
        told = tag("p", say("It was not found by a search of its own, or how is not recorded."))
        return tag("details", summary, told, class_="why")
    parts = [tag("p", why_words(ranked.how))]
    if low := low_words(answer, passage_id):
        parts.append(tag("p", low, class_="doubt"))
    return tag("details", summary, *parts, _numbers(ranked, ranked.how), class_="why")


def why_words(how: How) -> str:
    """By what it was found, and the words that match."""
    return f"{_ways(how)} {_matched(how)}".strip()


def low_words(answer: Answer, passage_id: str) -> str:
    """Tells, where it is so, that a passage was found much less readily than the best one."""
    ranked = ranked_of(answer, passage_id)
    best = max((one.score for one in answer.run.retrieved), default=0.0)
    if ranked is None or ranked.score >= _LOW * best:
        return ""
    return say("Low relevance: other passages fit the search much better.")


def is_weak(answer: Answer) -> bool:
    """Whether all that an answer cites was found so."""
    cited = answer.citations
    return bool(cited) and all(low_words(answer, one.passage_id) for one in cited)


def _ways(how: How) -> str:
    if how.words and how.meaning:
        return say(
            "Found by its words (place {words}) and by its meaning (place {meaning}).",
            words=how.words.rank,
            meaning=how.meaning.rank,
        )
    if how.words:
        return say("Found by its words (place {words}).", words=how.words.rank)
    if how.meaning:
        return say("Found by its meaning (place {meaning}).", meaning=how.meaning.rank)
    return ""


def _matched(how: How) -> str:
    if how.matched:
        return say("Matched: {words}.", words=", ".join(how.matched))
    return say("None of the words of the search stands in it.")


def _numbers(ranked: Ranked, how: How) -> Html:
    """The scores; they order what was found and say nothing of truth."""
    scores = {
        say("By words"): how.words.score if how.words else None,
        say("By meaning"): how.meaning.score if how.meaning else None,
        say("Together"): ranked.score,
    }
    rows = [
        tag("div", tag("dt", name), tag("dd", decimal(score, _PLACES)))
        for name, score in scores.items()
        if score is not None
    ]
    told = say("Scores lie between 0 and 1. They order what was found; they do not measure truth.")
    return tag("div", tag("dl", *rows), tag("p", told), class_="numbers")
