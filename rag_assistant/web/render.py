"""Answers and their sources as HTML. Pure: data in, markup out; nothing but `markup` makes tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rag_assistant.answer import (
    SUPPORT_WORDS,
    Answer,
    Citation,
    Consulted,
    Sentence,
    Suggestion,
)
from rag_assistant.schema import Notice, Rights
from rag_assistant.web.conversation import Exchange
from rag_assistant.web.markup import Html, join, link, tag

_ORIGIN_WORDS = {
    "ocr": "Text read from a scan by machine; it may hold errors",
    "htr": "Handwriting read by machine; it may hold errors",
    "transcript": "Transcript",
    "translation": "Translation",
}
_DOUBTFUL = ("unsupported", "unchecked")
_AROUND = 220  # characters of context on each side of a quote


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
    question = tag("h3", _hidden("You asked: "), tag("bdi", exchange.question), class_="question")
    body = _reply(exchange, prefix)
    if prefix and exchange.answer and exchange.answer.citations:
        body = join(body, _older_sources(exchange.answer, prefix))
    return tag("article", question, tag("div", body, class_="reply"), class_="exchange")


def _reply(exchange: Exchange, prefix: str) -> Html:
    if exchange.answer:
        return _answer(exchange.answer, prefix)
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
    noun = "passage" if exchange.found == 1 else "passages"
    return f"Reading {exchange.found} {noun}…"


def _answer(answer: Answer, prefix: str) -> Html:
    if answer.status == "model_failed":
        note = "The language model failed, so no answer was written."
        return join(
            tag("p", note, class_="problem"),
            tag("p", answer.reason or "", class_="detail"),
            _suggestions(answer.suggestions),
        )
    if not answer.sentences:
        words = tag("p", answer.text or answer.reason or "", class_="answer")
        return join(words, _choices(answer), _suggestions(answer.suggestions))
    said = [_sentence(sentence, prefix) for sentence in answer.sentences]
    return join(_told(said, quoted=answer.text_origin == "quoted"), _checks(answer.sentences))


def _told(said: Sequence[Html], *, quoted: bool) -> Html:
    """Quotations stand each by itself, prose runs on."""
    if quoted:
        return join(*(tag("p", one, class_="answer") for one in said))
    return tag("p", *_spaced(said), class_="answer")


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
    words = join(_hidden("source "), f"{number}")
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


def _suggestions(suggestions: Sequence[Suggestion]) -> Html:
    """Ways on: the nearest passages, other searches, a person."""
    near = [_way(one) for one in suggestions if one.kind != "person"]
    people = [_person(one) for one in suggestions if one.kind == "person"]
    parts: list[Html] = []
    if near:
        parts += [tag("p", "The nearest passages:", class_="lead"), tag("ul", *near)]
    return tag("div", *parts, *people, class_="ways") if parts or people else Html("")


def _way(suggestion: Suggestion) -> Html:
    if suggestion.passage_id:
        return tag("li", _reading_link(suggestion.passage_id, suggestion.text))
    return tag("li", suggestion.text)


def _person(suggestion: Suggestion) -> Html:
    return tag("p", link(suggestion.url or "", suggestion.text), class_="person")


def _older_sources(answer: Answer, prefix: str) -> Html:
    number = len(answer.citations)
    summary = tag("summary", f"Sources of this answer ({number})")
    return tag("details", summary, _source_list(answer, prefix), class_="older")


# ---------------------------------------------------------------- the sources


def sources(exchanges: Sequence[Exchange]) -> Html:
    """The panel of the last answer's sources."""
    answer = exchanges[-1].answer if exchanges else None
    if answer is None:
        words = "The passages that an answer stands on appear here, with their words marked."
        return tag("div", tag("p", words, class_="empty"))
    parts = [_source_list(answer, "")] if answer.citations else []
    if not answer.citations:
        parts.append(tag("p", "No source answers this question.", class_="empty"))
    return tag("div", *parts, _unused(answer.consulted), _how(answer))


def _source_list(answer: Answer, prefix: str) -> Html:
    items = [_source(answer, citation, prefix) for citation in answer.citations]
    return tag("ol", *items, class_="sources")


def _source(answer: Answer, citation: Citation, prefix: str) -> Html:
    facts = [part for part in (citation.creator, citation.date, citation.locator) if part]
    return tag(
        "li",
        tag(
            "h3",
            tag("span", _hidden("Source "), f"{citation.marker}", class_="number"),
            tag("bdi", citation.title, lang=_lang(citation.language)),
        ),
        tag("p", " · ".join(facts), class_="facts") if facts else "",
        *_text_notes(citation),
        *(notice(one) for one in citation.notices),
        _quote(citation),
        tag("p", _support_of(answer, citation.marker), class_="support"),
        _capture(citation),
        tag("p", *rights(citation.rights), class_="rights"),
        _links(citation),
        id=f"{prefix}source-{citation.marker}",
        tabindex="-1",
        class_="source",
    )


def notice(one: Notice) -> Html:
    """A community's or an institution's notice; it stands before the words it speaks of."""
    words = [tag("span", one.text, lang=_lang(one.language), dir="auto")]
    if one.community:
        words.append(join(" — ", tag("cite", one.community)))
    if one.uri:
        words.append(join(" ", link(one.uri, "About this notice")))
    return tag("div", tag("strong", f"{one.type}: "), *words, class_="notice")


def rights(stated: Rights | None) -> list[Html]:
    """A rights statement, linked where it has an address."""
    if stated is None or not (stated.label or stated.uri):
        return [join("Rights: not stated")]
    label = stated.label or stated.uri
    return [join("Rights: "), link(stated.uri, label) if stated.uri else join(label)]


def _text_notes(citation: Citation) -> Iterable[Html]:
    if citation.text_origin in _ORIGIN_WORDS:
        yield tag("p", _ORIGIN_WORDS[citation.text_origin], class_="origin")
    if citation.described_by == "cataloguer":
        yield tag("p", "Words of a cataloguer, not of the source itself", class_="origin")


def _quote(citation: Citation) -> Html:
    """The quote marked in its passage, which is cut where it is long."""
    before, _, after = citation.context.partition(citation.quote)
    if len(before) > _AROUND:
        before = "… " + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + " …"
    marked = tag("mark", citation.quote)
    return tag("blockquote", before, marked, after, lang=_lang(citation.language), dir="auto")


def _support_of(answer: Answer, marker: int) -> str:
    found = {one.support: None for one in answer.sentences if marker in one.citations}
    return " · ".join(SUPPORT_WORDS[one] for one in found)


def _capture(citation: Citation) -> Html:
    """The address of a web page as text: the live page may say something else today."""
    if citation.capture is None:
        return Html("")
    return tag("p", "Address: ", tag("span", citation.uri, class_="address"), class_="facts")


def _links(citation: Citation) -> Html:
    place = f"?start={citation.start}&end={citation.end}#q"
    links = [_reading_link(citation.passage_id, "Read in full", place)]
    if citation.archive_url:
        links.insert(0, link(citation.archive_url, "Open the archived page"))
    elif citation.uri and citation.capture is None:
        links.append(link(citation.uri, "Catalogue entry"))
    return tag("p", *_spaced(links), class_="links")


def _unused(consulted: Sequence[Consulted]) -> Html:
    if not consulted:
        return Html("")
    items = [
        tag("li", _reading_link(one.passage_id, ", ".join(filter(None, (one.title, one.locator)))))
        for one in consulted
    ]
    summary = tag("summary", f"Also found, not used ({len(items)})")
    return tag("details", summary, tag("ul", *items), class_="unused")


def _how(answer: Answer) -> Html:
    """How the answer came about, in one line."""
    run = answer.run
    who = f"Written by {run.model}" if answer.ai_generated else "Quoted, without a language model"
    took = run.timings_ms.total
    parts = [
        who if answer.sentences else "",
        f"{answer.scope.documents:,} documents searched" if answer.scope.documents != 1 else "",
        f"{took / 1000:.1f} s" if took is not None else "",
    ]
    return tag("p", " · ".join(part for part in parts if part), class_="how")


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
    return f"Answer: {said} {number} {'source' if number == 1 else 'sources'}."


# ---------------------------------------------------------------- small things


def _reading_link(passage_id: str, words: str, place: str = "#q") -> Html:
    return link(f"/read/{passage_id}{place}", words)


def _hidden(words: str) -> Html:
    return tag("span", words, class_="visually-hidden")


def _spaced(parts: Sequence[Html]) -> list[Html]:
    spaced: list[Html] = []
    for part in parts:
        spaced += [Html(" "), part] if spaced else [part]
    return spaced


def _lang(code: str) -> str | None:
    return None if code in ("", "und") else code
