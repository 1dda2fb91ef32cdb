"""What a screen reader says of a conversation: each thing once, the answer whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag_assistant.answer import Answer
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.components.render import applied, queue_words, searched_words
from rag_assistant.wording import say, say_n


def spoken(exchanges: Sequence[Exchange]) -> Html:
    """What a screen reader should say now: the beginning, and the whole answer once."""
    return tag("p", _words_of(exchanges[-1])) if exchanges else Html("")


def _words_of(exchange: Exchange) -> str:
    if exchange.problem:
        return exchange.problem
    if exchange.phase == "stopped":
        return say("Stopped.")
    if exchange.answer:
        return " ".join(_spoken_answer(exchange.answer, exchange.beside))
    if exchange.quoted:
        said = _said(exchange.quoted)
        return say("Quotations: {said} A written answer follows.", said=said)
    return queue_words(exchange.waiting) if exchange.waiting else say("Searching.")


def _spoken_answer(answer: Answer, beside: Beside) -> Iterator[str]:
    """The answer, how many sources it has, what was searched, the notes, and ways on."""
    number = len(answer.citations)
    if answer.status == "clarify" and answer.clarification:
        yield f"{answer.clarification.question} {_offered(answer.clarification.choices)}"
    elif answer.status == "model_failed":
        yield answer.reason or say("The language model failed.")
    elif not answer.sentences:
        yield answer.text or answer.reason or ""
    if answer.sentences:
        words = say("Answer: {said}", said=_said(answer))
        if answer.status == "model_failed":
            words = say("Quotations: {said}", said=_said(answer))
        yield words
        yield say_n("{n} source.", "{n} sources.", number)
    if narrowed := applied(answer.filters, beside):
        yield say("Searched: {narrowed}.", narrowed=narrowed)
    if other := searched_words(answer):
        yield say("Searched for: “{words}”.", words=other)
    yield from (note.text for note in answer.notes)
    searches = [one.text for one in answer.suggestions if one.kind == "search"]
    if searches:
        yield say("Other words to search for: {words}", words=_offered(searches))
    yield from (one.text for one in answer.suggestions if one.kind == "written")


def _said(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


def _offered(choices: Sequence[str]) -> str:
    return f"{'; '.join(choices)}."
