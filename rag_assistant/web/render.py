"""Conversations as HTML. Pure: data in, markup out; nothing but `markup` makes tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag_assistant.answer import SUPPORT_WORDS, Answer, Sentence, Suggestion
from rag_assistant.schema import Filters
from rag_assistant.web.beside import Beside
from rag_assistant.web.cards import alike_words, reading_link, source_list
from rag_assistant.web.conversation import Exchange
from rag_assistant.web.days import last_day
from rag_assistant.web.markup import Html, hidden, join, link, spaced, tag
from rag_assistant.web.welcome import AS_OF, language_name

_DOUBTFUL = ("unsupported", "unchecked")


# ---------------------------------------------------------------- the conversation


def conversation(exchanges: Sequence[Exchange]) -> Html:
    """All exchanges; the sources of the last one stand in the panel, older ones with them."""
    last = len(exchanges) - 1
    parts = [
        _exchange(exchange, "" if place == last else f"turn-{place + 1}-")
        for place, exchange in enumerate(exchanges)
    ]
    return tag("div", *parts, class_="exchanges") if parts else Html("")


def _exchange(exchange: Exchange, prefix: str) -> Html:
    question = tag("h3", hidden("You asked: "), tag("bdi", exchange.question), class_="question")
    body = _reply(exchange, prefix)
    if prefix and exchange.answer and exchange.answer.citations:
        body = join(body, _older_sources(exchange.answer, exchange.beside, prefix))
    return tag("article", question, tag("div", body, class_="reply"), class_="exchange")


def _reply(exchange: Exchange, prefix: str) -> Html:
    if exchange.answer:
        narrowed = applied(exchange.answer.filters, exchange.beside)
        told = tag("p", hidden("Searched: "), narrowed, class_="applied") if narrowed else ""
        return join(told, _answer(exchange.answer, exchange.beside, prefix))
    if exchange.problem:
        return tag("p", exchange.problem, class_="problem")
    said = [_sentence(sentence, None) for sentence in exchange.sentences]
    quoted = all(sentence.support == "verbatim" for sentence in exchange.sentences)
    if exchange.draft:
        said.append(tag("span", exchange.draft, class_="draft"))
    body = _told(said, quoted=quoted) if said else Html("")
    return join(body, tag("p", _progress(exchange), class_="progress"))


def _progress(exchange: Exchange) -> str:
    if exchange.phase == "stopped":
        return "Stopped. What stands here is unfinished."
    if exchange.phase == "searching":
        return "Searching the collections…"
    if exchange.draft:
        return "Writing; each sentence is checked against its source when it is complete…"
    if exchange.waiting:
        return f"Waiting for the model: number {exchange.waiting} in the queue…"
    noun = "passage" if exchange.found == 1 else "passages"
    return f"Reading {exchange.found} {noun}…"


def applied(filters: Filters, beside: Beside) -> str:
    """What the question was narrowed to, by its asker or by its own words."""
    titles = [beside.titles.get(one, one) for one in filters.collections]
    parts = [
        ", ".join(titles),
        f"from {filters.date_from}" if filters.date_from else "",
        f"to {filters.date_to}" if filters.date_to else "",
        f"in {language_name(filters.language)}" if filters.language else "",
        f"kind: {filters.kind}" if filters.kind else "",
        f"{AS_OF} {last_day(filters.as_of)}" if filters.as_of else "",
    ]
    words = " · ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def _answer(answer: Answer, beside: Beside, prefix: str) -> Html:
    if answer.status == "model_failed":
        note = "The language model failed, so no answer was written."
        return join(
            tag("p", note, class_="problem"),
            tag("p", answer.reason or "", class_="detail"),
            _suggestions(answer.suggestions, beside),
        )
    if not answer.sentences:
        words = tag("p", answer.text or answer.reason or "", class_="answer")
        return join(words, _choices(answer), _suggestions(answer.suggestions, beside))
    said = [_sentence(sentence, prefix) for sentence in answer.sentences]
    return join(_told(said, quoted=answer.text_origin == "quoted"), _checks(answer.sentences))


def _told(said: Sequence[Html], *, quoted: bool) -> Html:
    """Quotations stand each by itself, prose runs on."""
    if quoted:
        return join(*(tag("p", one, class_="answer") for one in said))
    return tag("p", *spaced(said), class_="answer")


def _sentence(sentence: Sentence, prefix: str | None) -> Html:
    """A sentence with its markers; they lead nowhere until the sources are there."""
    words: list[str] = [sentence.text]
    if sentence.support == "verbatim":
        words = [tag("span", f"“{sentence.text}”", class_="quoted")]
    markers = [_marker(number, prefix) for number in sentence.citations]
    doubt: list[Html] = []
    if sentence.support in _DOUBTFUL:
        label = f" {SUPPORT_WORDS[sentence.support]}"
        doubt = [tag("span", label, class_="doubt")]
    return tag("span", *words, *markers, *doubt, class_="sentence", dir="auto")


def _marker(number: int, prefix: str | None) -> Html:
    words = join(hidden("source "), f"{number}")
    if prefix is None:
        return tag("span", words, class_="marker")
    return link(f"#{prefix}source-{number}", words, class_="marker")


def _checks(sentences: Sequence[Sentence]) -> Html:
    """How many sentences passed which check, in the contracts' words."""
    counted = Counter(sentence.support for sentence in sentences)
    if len(counted) == 1:
        return tag("p", SUPPORT_WORDS[sentences[0].support], class_="checks")
    parts = [f"{counted[one]} × {words}" for one, words in SUPPORT_WORDS.items() if counted[one]]
    return tag("p", " · ".join(parts), class_="checks")


def _choices(answer: Answer) -> Html:
    if answer.clarification is None:
        return Html("")
    choices = [tag("li", choice) for choice in answer.clarification.choices]
    return join(tag("p", answer.clarification.question), tag("ul", *choices))


def _suggestions(suggestions: Sequence[Suggestion], beside: Beside) -> Html:
    """Ways on: the nearest passages, other searches, a person."""
    near = [_way(one, beside) for one in suggestions if one.kind != "person"]
    people = [_person(one) for one in suggestions if one.kind == "person"]
    parts: list[Html] = []
    if near:
        parts += [tag("p", "The nearest passages:", class_="lead"), tag("ul", *near)]
    return tag("div", *parts, *people, class_="ways") if parts or people else Html("")


def _way(suggestion: Suggestion, beside: Beside) -> Html:
    if suggestion.passage_id:
        more = alike_words(beside, suggestion.passage_id)
        return tag("li", reading_link(suggestion.passage_id, suggestion.text), more)
    return tag("li", suggestion.text)


def _person(suggestion: Suggestion) -> Html:
    return tag("p", link(suggestion.url or "", suggestion.text), class_="person")


def _older_sources(answer: Answer, beside: Beside, prefix: str) -> Html:
    number = len(answer.citations)
    summary = tag("summary", f"Sources of this answer ({number})")
    return tag("details", summary, source_list(answer, beside, prefix), class_="older")


# ---------------------------------------------------------------- what is said aloud


def spoken(exchanges: Sequence[Exchange]) -> Html:
    """What a screen reader should say now: the beginning, and the whole answer once."""
    return tag("p", _words_of(exchanges[-1])) if exchanges else Html("")


def _words_of(exchange: Exchange) -> str:
    if exchange.problem:
        return exchange.problem
    if exchange.phase == "stopped":
        return "Stopped."
    answer = exchange.answer
    if answer is None:
        return "Searching."
    if not answer.sentences:
        return answer.text or answer.reason or ""
    number = len(answer.citations)
    said = " ".join(sentence.text for sentence in answer.sentences)
    narrowed = applied(answer.filters, exchange.beside)
    searched = f" Searched: {narrowed}." if narrowed else ""
    return f"Answer: {said} {number} {'source' if number == 1 else 'sources'}.{searched}"
