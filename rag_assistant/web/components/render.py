"""Conversations as HTML. Pure: data in, markup out; nothing but `markup` makes tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rag_assistant.answer import SUPPORT_WORDS, Answer, Note, Sentence, Suggestion, Support
from rag_assistant.answering.language_notices import name_of
from rag_assistant.noting import warnings
from rag_assistant.schema import Filters
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.bidi import isolated
from rag_assistant.web.components.cards import alike_words, notice, reading_link, source_list
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.days import last_day
from rag_assistant.web.components.kinds import kind_words
from rag_assistant.web.components.markup import (
    Html,
    foreign,
    hidden,
    join,
    lang_of,
    link,
    spaced,
    tag,
    woven,
)
from rag_assistant.web.components.scope import run_record, scope_panel
from rag_assistant.wording import message, say, say_in, say_n, spoken

AS_OF = message("Web pages as they stood on")
_DOUBTFUL: dict[Support, str] = {"unsupported": "⚠", "unchecked": "?"}
"""The mark of a sentence that no source is known to support; its words stand after it."""
_MARKERS = re.compile(r"\[(\d+)\]")


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
    asked = hidden(say("You asked:") + " ")
    question = tag("h3", asked, foreign(exchange.question), class_="question")
    body = reply(exchange, prefix)
    if prefix and exchange.shown and exchange.shown.citations:
        body = join(body, _older_sources(exchange.shown, exchange.beside, prefix))
    return tag("article", question, tag("div", body, class_="reply"), class_="exchange")


def reply(exchange: Exchange, prefix: str) -> Html:
    """What has become of an answer; ``prefix`` tells its sources from those of others."""
    if exchange.answer:
        return join(
            _searched(exchange.answer, exchange.beside, prefix),
            _answer(exchange.answer, exchange.beside, prefix),
            _quoted_first(exchange, prefix),
            "" if prefix else _about(exchange.answer, exchange.beside),
        )
    if exchange.problem:
        quoted = _quotations(exchange.quoted, prefix) if exchange.quoted else Html("")
        return join(tag("p", exchange.problem, class_="problem"), quoted)
    return _so_far(exchange, prefix)


def _so_far(exchange: Exchange, prefix: str) -> Html:
    """What has come yet; beside quotations no marker of the text leads to the wrong source."""
    sentences = exchange.sentences
    quoted = all(sentence.support == "verbatim" for sentence in sentences)
    before = Html("")
    if exchange.quoted:
        heading = tag("h4", say("Written answer"), class_="part")
        before = join(_quotations(exchange.quoted, prefix), heading)
        sentences = tuple(replace(sentence, citations=()) for sentence in sentences)
    said = [sentence(one) for one in sentences]
    if exchange.draft:
        said.append(tag("span", exchange.draft, class_="draft"))
    body = _told(said, quoted=quoted) if said else Html("")
    return join(before, body, tag("p", _progress(exchange), class_="progress"))


def _progress(exchange: Exchange) -> str:
    if exchange.phase == "stopped":
        return say("Stopped. What stands here is unfinished.")
    if exchange.phase == "searching":
        return say("Searching the collections…")
    if exchange.waiting is not None:
        return queue_words(exchange.waiting)
    if exchange.phase == "writing":
        return say("Writing; each sentence is checked against its source when it is complete…")
    return say_n("Reading {n} passage…", "Reading {n} passages…", exchange.found)


def queue_words(position: int) -> str:
    """A place in the queue before the model."""
    before = position - 1
    if before > 0:
        return say_n("{n} question is before yours.", "{n} questions are before yours.", before)
    return say("Yours is next.") if position == 1 else say("The model is reading what was found…")


def _quotations(quoted: Answer, prefix: str) -> Html:
    return join(tag("h4", say("Quotations"), class_="part"), _said(quoted, prefix))


def _said(answer: Answer, prefix: str) -> Html:
    """What an answer says; what warns of its sources' words stands before it."""
    warned = warnings(one for citation in answer.citations for one in citation.notices)
    markers = _Markers(prefix=prefix, titles=_titles(answer), known=frozenset(_titles(answer)))
    said = [_sentence(sentence, markers) for sentence in answer.sentences]
    return join(*map(notice, warned), _told(said, quoted=answer.text_origin == "quoted"))


def _quoted_first(exchange: Exchange, prefix: str) -> Html:
    """The quotations that a written answer has taken the place of, with their own sources."""
    answer, quoted = exchange.answer, exchange.quoted
    if quoted is None or answer is None or answer.status == "model_failed":
        return Html("")
    inside = f"{prefix}quoted-"
    sources = source_list(quoted, exchange.beside, inside)
    summary = tag("summary", say("Quotations found first"))
    return tag("details", summary, _said(quoted, inside), sources, class_="older")


def _searched(answer: Answer, beside: Beside, prefix: str) -> Html:
    """What the search was narrowed to, and its words where they are not the question's."""
    parts = []
    if narrowed := applied(answer.filters, beside):
        parts.append(tag("p", hidden(say("Searched:") + " "), narrowed, class_="applied"))
    if other := searched_words(answer):
        where = "" if prefix else " · " + say("to change it, open “Narrow the search”")
        told = woven(say("Searched for: {words}"), words=foreign(other))
        parts.append(tag("p", told, where, class_="searched"))
    return join(*parts)


def searched_words(answer: Answer) -> str:
    """What was searched for where it is not the question itself."""
    other = answer.search_query.strip()
    return "" if other == answer.question.strip() else other


def applied(filters: Filters, beside: Beside) -> str:
    """What the question was narrowed to, by its asker or by its own words."""
    titles = [isolated(beside.titles.get(one, one)) for one in filters.collections]
    parts = [
        ", ".join(titles),
        say("from {date}", date=filters.date_from) if filters.date_from else "",
        say("to {date}", date=filters.date_to) if filters.date_to else "",
        say("in {language}", language=language_name(filters.language)) if filters.language else "",
        say("kind: {kind}", kind=isolated(kind_words(filters.kind))) if filters.kind else "",
        say("Web pages as they stood on {day}", day=last_day(filters.as_of))
        if filters.as_of
        else "",
    ]
    words = " · ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def _answer(answer: Answer, beside: Beside, prefix: str) -> Html:
    ways = _suggestions(answer, beside, prefix)
    notes = _notes(answer, prefix)
    if answer.status == "clarify" and answer.clarification:
        return join(tag("p", answer.clarification.question, class_="answer"), notes)
    if answer.status == "model_failed":
        return join(_failure(answer, prefix), notes, ways)
    if not answer.sentences:
        words = answer.text or answer.reason or ""
        return join(tag("p", words, class_="answer"), notes, ways)
    told = join(_origin(answer), _said(answer, prefix))
    closing = "" if prefix else _closing(answer)
    return join(told, _checks(answer.sentences), notes, ways, closing)


def _closing(answer: Answer) -> Html:
    """The last question of a reference interview, and whom to ask where the answer is no."""
    if answer.help is None or not answer.help.label:
        return Html("")
    label, url = answer.help.label, answer.help.url
    person = link(url, label) if url else join(label)
    asks = say("Did this answer your question? If not: {person}")
    return tag("p", woven(asks, person=person), class_="closing")


def _failure(answer: Answer, prefix: str) -> Html:
    """What happened and what helps, then the sources' own words."""
    happened = answer.reason or say("The language model failed, so no answer was written.")
    lead = [note.text for note in answer.notes if note.kind == "model"]
    parts = [tag("p", happened, class_="problem"), *(tag("p", one, class_="lead") for one in lead)]
    if answer.sentences:
        parts += [_quotations(answer, prefix), _checks(answer.sentences)]
    return join(*parts)


def _notes(answer: Answer, prefix: str) -> Html:
    """What should be known of an answer; why it failed stands before it."""
    told = [one for one in answer.notes if one.kind != "model" or answer.status != "model_failed"]
    notes = [_note(one, answer, prefix) for one in told]
    return tag("ul", *notes, class_="notes", aria_label=say("Notes")) if notes else Html("")


def _note(note: Note, answer: Answer, prefix: str) -> Html:
    """A note, its markers leading to the sources, those that its words do not name at its end."""
    titles = _titles(answer)
    known = titles.keys() & set(note.citations)
    markers = _Markers(prefix=prefix, titles=titles)
    parts, named = [], set()
    for place, part in enumerate(_MARKERS.split(note.text)):
        number = int(part) if place % 2 else 0
        named.add(number)
        words = f"[{part}]" if place % 2 else part
        parts.append(markers.marker(number) if number in known else join(words))
    rest = [markers.marker(number) for number in note.citations if number in known - named]
    return tag("li", *parts, *(join(" ", one) for one in rest))


def _told(said: Sequence[Html], *, quoted: bool) -> Html:
    """Quotations stand each by itself, prose runs on."""
    if quoted:
        return join(*(tag("p", one, class_="answer") for one in said))
    return tag("p", *spaced(said), class_="answer")


def sentence(one: Sentence) -> Html:
    """A sentence whose sources are not there yet."""
    return _sentence(one, _Markers())


def _sentence(sentence: Sentence, markers: _Markers) -> Html:
    """A sentence with its markers; one that no source supports says so, in a mark and in words."""
    words: list[str] = [sentence.text]
    if sentence.support == "verbatim":
        words = [tag("span", f"“{sentence.text}”", class_="quoted")]
    led = [markers.marker(number) for number in sentence.citations]
    name = "sentence"
    doubt: list[Html] = []
    if sign := _DOUBTFUL.get(sentence.support):
        name = f"sentence {sentence.support}"
        label = f" {say(SUPPORT_WORDS[sentence.support])}"
        words = [tag("span", *words, class_="doubted")]
        doubt = [tag("span", tag("span", f" {sign}", class_="sign"), label, class_="doubt")]
    return tag("span", *words, *led, *doubt, class_=name, dir="auto")


@dataclass(slots=True, kw_only=True)
class _Markers:
    """Makes the markers of one answer.

    ``prefix`` is that of its sources, None where they are not there yet. The first marker of each
    source in ``known`` has the id that the source's way back leads to.
    """

    prefix: str | None = None
    titles: Mapping[int, Html] = field(default_factory=dict)
    known: frozenset[int] = frozenset()

    def marker(self, number: int) -> Html:
        """A source's number, which leads to it; its title is for those who listen."""
        before, _, after = say("source {number}: {title}").partition("{number}")
        title = self.titles.get(number)
        heard = hidden(woven(after, title=title)) if title else Html("")
        words = join(hidden(before), f"{number}", heard)
        if self.prefix is None:
            return tag("span", words, class_="marker")
        first = number in self.known
        self.known -= {number}
        place = f"{self.prefix}cites-{number}" if first else None
        return link(f"#{self.prefix}source-{number}", words, class_="marker", id=place)


def _titles(answer: Answer) -> dict[int, Html]:
    return {one.marker: foreign(one.title, lang=lang_of(one.language)) for one in answer.citations}


def _origin(answer: Answer) -> Html:
    """Whose words follow; it stands before them."""
    if answer.ai_generated:
        told = woven(
            say("{badge} Written by {model}, checked against the sources automatically."),
            badge=tag("span", say("AI"), class_="badge"),
            model=answer.run.model or "",
        )
        return tag("p", told, class_="origin-of ai")
    if answer.run.answerer == "history":
        return tag("p", say("Quotations, with the dates of the captures"), class_="origin-of")
    return tag("p", say("Quotations only"), class_="origin-of")


def _about(answer: Answer, beside: Beside) -> Html:
    """What was searched, and how the answer was made."""
    if answer.status in ("clarify", "not_ready"):
        return Html("")
    return join(scope_panel(answer, beside), run_record(answer))


def _checks(sentences: Sequence[Sentence]) -> Html:
    """How many sentences passed which check, in the contracts' words."""
    counted = Counter(sentence.support for sentence in sentences)
    if len(counted) == 1:
        return tag("p", say(SUPPORT_WORDS[sentences[0].support]), class_="checks")
    parts = [
        say("{number} × {words}", number=counted[one], words=say(words))
        for one, words in SUPPORT_WORDS.items()
        if counted[one]
    ]
    return tag("p", " · ".join(parts), class_="checks")


def _suggestions(answer: Answer, beside: Beside, prefix: str) -> Html:
    """Ways on that are read; the others are buttons.

    The nearest passages where none is cited, a person, and what the last answer offers.
    """
    suggestions = answer.suggestions
    silent, last = not answer.sentences, not prefix
    near = [_way(one, beside) for one in suggestions if one.kind == "passage" and silent]
    people = [_person(one) for one in suggestions if one.kind == "person"]
    offered = [one.text for one in suggestions if one.kind == "written" and last]
    offers = [tag("p", one, class_="offer") for one in offered]
    parts: list[Html] = []
    if near:
        parts += [tag("p", say("The nearest passages:"), class_="lead"), tag("ul", *near)]
    parts += people + offers
    return tag("div", *parts, class_="ways") if parts else Html("")


def _way(suggestion: Suggestion, beside: Beside) -> Html:
    if suggestion.passage_id is None:
        return tag("li", foreign(suggestion.text))
    more = alike_words(beside, suggestion.passage_id)
    return tag("li", reading_link(suggestion.passage_id, foreign(suggestion.text)), more)


def _person(suggestion: Suggestion) -> Html:
    return tag("p", link(suggestion.url or "", suggestion.text), class_="person")


def _older_sources(answer: Answer, beside: Beside, prefix: str) -> Html:
    number = len(answer.citations)
    summary = tag("summary", say("Sources of this answer ({number})", number=number))
    return tag("details", summary, source_list(answer, beside, prefix), class_="older")


def language_name(code: str) -> str:
    """A language in the one that is spoken now, its code where it has no name."""
    if code == "und":
        return say_in("language", "Unknown")
    return say("No language") if code == "zxx" else name_of(code, spoken())
