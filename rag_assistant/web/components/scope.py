"""What was searched for an answer, and how it came about: folded, beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rag_assistant.answer import Answer
from rag_assistant.composing import gaps_of, languages_of, years_of
from rag_assistant.noting import cost_words
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.bidi import isolated
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.wording import message, number, say

_TIMINGS = {
    "retrieve": message("finding"),
    "first_token": message("first word"),
    "generate": message("writing"),
    "verify": message("checking"),
    "total": message("all"),
}


_ANSWERERS = {
    "extractive": message("Quoting, without a language model"),
    "history": message("Quoting, with the dates of the captures"),
    "ollama": message("A language model on this computer"),
}
_DIGITS = 12  # of a digest, which tell it from all others


def scope_panel(answer: Answer, beside: Beside) -> Html:
    """The collections, documents, dates and languages that were searched, and what was not."""
    return _folded(say("What was searched"), scope_rows(answer, beside), "scope")


def scope_rows(answer: Answer, beside: Beside) -> dict[str, str]:
    """The same as names and values, for other forms of an answer."""
    scope = answer.scope
    titles = [isolated(beside.titles.get(one, one)) for one in scope.collections]
    rows = {
        say("Collections"): ", ".join(titles),
        say("Documents"): number(scope.documents),
        say("Dates"): years_of(scope),
        say("Languages"): languages_of(scope),
        say("Not searched"): "; ".join(gaps_of(scope)),
        say("Found by words"): _share(answer.run.coverage, "lexical"),
        say("Found by meaning"): _share(answer.run.coverage, "vectors"),
        say("Last update"): (scope.updated or "")[:10],
    }
    return {name: words for name, words in rows.items() if words}


def run_record(answer: Answer) -> Html:
    """All that is needed to ask again and get the same."""
    return _folded(say("How this answer was made"), run_rows(answer), "run")


def run_rows(answer: Answer) -> dict[str, str]:
    """The same as names and values, for other forms of an answer."""
    run = answer.run
    by = say(_ANSWERERS[run.answerer]) if run.answerer in _ANSWERERS else run.answerer
    rows = {
        say("Answered by"): by,
        say("Model"): run.model,
        say("Model's digest"): _short(run.model_digest),
        say("Prompt (SHA-256)"): _short(run.prompt_sha256),
        say("Settings (SHA-256)"): _short(run.settings_sha256),
        say("State of the collections"): number(run.docstore_seq) if run.docstore_seq else "",
        say("Earlier turns used"): number(run.turns) if run.turns else "",
        say("Seed"): str(run.seed) if run.seed is not None else "",
        say("Invalid markers removed"): number(run.invalid_markers) if run.invalid_markers else "",
        say("Sentences left out"): number(run.dropped) if run.dropped else "",
        say("Cut"): "; ".join(run.trimmed),
        say("Time"): ", ".join(_timings(answer)),
        say("Cost"): ", ".join(cost_words(run.cost)) if run.cost else "",
    }
    return {name: words for name, words in rows.items() if words}


def _short(digest: str | None) -> str:
    if not digest or len(digest) <= _DIGITS:
        return digest or ""
    return f"{digest[:_DIGITS]}…"


def _timings(answer: Answer) -> Iterator[str]:
    for name, words in _TIMINGS.items():
        taken = getattr(answer.run.timings_ms, name)
        if taken is not None:
            yield say("{what} {milliseconds} ms", what=say(words), milliseconds=taken)


def _share(coverage: Mapping[str, float], name: str) -> str:
    """Rounded down: what is not quite ready is never called so."""
    share = coverage.get(name, 0.0)
    if share >= 1:
        return say("everything")
    return say("{share} % so far", share=int(share * 100))


def _folded(heading: str, rows: Mapping[str, str], name: str) -> Html:
    told = [tag("div", tag("dt", key), tag("dd", words, dir="auto")) for key, words in rows.items()]
    return tag("details", tag("summary", heading), tag("dl", *told), class_=f"facts-of {name}")
