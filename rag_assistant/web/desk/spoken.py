"""What a screen reader says of a conversation: each thing once, the answer whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag_assistant.answer import Answer
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.markup import Html, tag
from rag_assistant.web.components.render import applied, queue_words, searched_words


def spoken(exchanges: Sequence[Exchange]) -> Html:
    """What a screen reader should say now: the beginning, and the whole answer once."""
    return tag("p", _words_of(exchanges[-1])) if exchanges else Html("")


def _words_of(exchange: Exchange) -> str:
    if exchange.problem:
        return exchange.problem
    if exchange.phase == "stopped":
        return "Stopped."
    if exchange.answer:
        return " ".join(_spoken_answer(exchange.answer, exchange.beside))
    if exchange.quoted:
        return f"Quotations: {_said(exchange.quoted)} A written answer follows."
    return queue_words(exchange.waiting) if exchange.waiting else "Searching."


def _spoken_answer(answer: Answer, beside: Beside) -> Iterator[str]:
    """The answer, how many sources it has, what was searched, the notes, and ways on."""
    number = len(answer.citations)
    if answer.status == "clarify" and answer.clarification:
        yield f"{answer.clarification.question} {_offered(answer.clarification.choices)}"
    elif answer.status == "model_failed":
        yield answer.reason or "The language model failed."
    elif not answer.sentences:
        yield answer.text or answer.reason or ""
    if answer.sentences:
        quoted = answer.status == "model_failed"
        yield f"{'Quotations' if quoted else 'Answer'}: {_said(answer)}"
        yield f"{number} {'source' if number == 1 else 'sources'}."
    if narrowed := applied(answer.filters, beside):
        yield f"Searched: {narrowed}."
    if other := searched_words(answer):
        yield f"Searched for: “{other}”."
    yield from (note.text for note in answer.notes)
    searches = [one.text for one in answer.suggestions if one.kind == "search"]
    if searches:
        yield f"Other words to search for: {_offered(searches)}"
    yield from (one.text for one in answer.suggestions if one.kind == "written")


def _said(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


def _offered(choices: Sequence[str]) -> str:
    return f"{'; '.join(choices)}."
