"""Puts an answer together: what was said, what it stands on, what was searched, and ways on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rag_assistant import noting
from rag_assistant.answer import (
    Answer,
    Clarification,
    Consulted,
    Help,
    Kind,
    Note,
    Ranked,
    Run,
    Scope,
    Status,
    Suggestion,
    Timings,
)
from rag_assistant.answering import answer_text
from rag_assistant.answering.language_notices import name_of
from rag_assistant.answering.other_words import other_words
from rag_assistant.citing import cite
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import HelpSettings
from rag_assistant.docstore import Docstore
from rag_assistant.hours import is_open
from rag_assistant.ports import Draft
from rag_assistant.readers.language import NO_LANGUAGE
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Audience, Filters, Hit
from rag_assistant.wording import say, say_n, spoken

_NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with all that is known before an answer is made.

    ``search`` is what was searched for; ``started`` is of the monotonic clock, in seconds;
    ``kind`` is what is wanted; ``turns`` are the earlier ones that were taken into account.
    """

    question: str
    search: str
    filters: Filters
    audience: Audience
    retrieved: Retrieved
    answerer: str
    settings_sha256: str
    help: Help | None
    started: float
    timings: Timings
    kind: Kind = "answer"
    turns: int = 0
    beside: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def compose(
    docstore: Docstore,
    asked: Asked,
    draft: Draft,
    *,
    as_of: Mapping[int, str] | None = None,
    watts: float = 0.0,
) -> Answer:
    """An answer of an answerer's draft; one without sentences is a `no_answer`.

    Args:
        docstore: Holds the sources.
        asked: The question.
        draft: What was quoted or written.
        as_of: By marker, the captures that are cited where not the newest ones are.
        watts: What the computer draws while a model works, for the estimate of energy.

    Raises:
        NotFoundError: A source was hidden or removed meanwhile.
    """
    if not draft.sentences:
        reason = draft.reason or "no passage answers the question"
        return no_answer(asked, reason, draft, watts, text=draft.told)
    citations = cite(docstore, draft.quotes, asked.retrieved.bounds, as_of)
    used = {citation.passage_id for citation in citations}
    unsupported = [one for one in draft.sentences if one.support == "unsupported"]
    blank = _blank(asked, draft, watts)
    return replace(
        blank,
        status="partial" if unsupported else "answered",
        reason=draft.reason,
        text=answer_text(draft.sentences),
        text_origin="written" if draft.written else "quoted",
        ai_generated=draft.written,
        sentences=draft.sentences,
        citations=citations,
        consulted=tuple(
            _consulted(hit) for hit in asked.retrieved.hits if hit.entry.passage_id not in used
        ),
        notes=(*blank.notes, *noting.of_draft(draft), *noting.of_citations(citations)),
    )


def no_answer(
    asked: Asked, reason: str, draft: Draft | None = None, watts: float = 0.0, *, text: str = ""
) -> Answer:
    """Honest silence: the scope that was searched, the nearest passages, and a person to ask.

    ``text`` is said instead of the scope where more is known.
    """
    blank = _blank(asked, draft, watts)
    left = noting.of_draft(draft) if draft else ()
    return replace(
        blank,
        notes=(*blank.notes, *left),
        status="no_answer",
        reason=reason,
        text=text or scope_sentence(asked.retrieved.scope),
        suggestions=_ways_on(asked),
    )


def asks_back(asked: Asked, clarification: Clarification) -> Answer:
    """The question back, with the nearest passages for who would rather look at once."""
    return replace(
        _blank(asked, None),
        status="clarify",
        text=clarification.question,
        clarification=clarification,
        suggestions=_nearest(asked),
    )


def failed(asked: Asked, status: Status, reason: str, quoted: Answer | None = None) -> Answer:
    """The model failed or was stopped: the sources still stand, and what was quoted of them."""
    answer = quoted or _blank(asked, None)
    run = replace(answer.run, answerer=asked.answerer)
    told = noting.of_failure(answer) if status == "model_failed" else ()
    return replace(
        answer,
        status=status,
        reason=reason,
        run=run,
        suggestions=_ways_on(asked),
        notes=(*answer.notes, *told),
    )


def with_offer(quoted: Answer, seconds: float) -> Answer:
    """Quotations, and the offer of a written answer that would take so long."""
    offer = Suggestion(kind="written", text=noting.offer(seconds))
    return replace(quoted, suggestions=(offer, *quoted.suggestions))


def milliseconds_since(started: float) -> int:
    """Of the monotonic clock."""
    return round((time.monotonic() - started) * 1000)


def scope_sentence(scope: Scope) -> str:
    """What was searched in vain, in words that never claim that something does not exist."""
    facts = [part for part in (years_of(scope), languages_of(scope)) if part]
    if facts:
        lead = say_n(
            "No passage answering this was found in {n} document ({facts}).",
            "No passage answering this was found in {n} documents ({facts}).",
            scope.documents,
            facts=", ".join(facts),
        )
    else:
        lead = say_n(
            "No passage answering this was found in {n} document.",
            "No passage answering this was found in {n} documents.",
            scope.documents,
        )
    gaps = gaps_of(scope)
    told = (f"{'; '.join(gaps)}.",) if gaps else ()
    return " ".join((lead, *told, say("The library may still hold something.")))


def gaps_of(scope: Scope) -> tuple[str, ...]:
    """What could not be searched, each in a few words."""
    gaps = []
    if scope.pages_without_text:
        gaps.append(
            say_n(
                "{n} page has no readable text",
                "{n} pages have no readable text",
                scope.pages_without_text,
            )
        )
    if scope.undated_excluded:
        gaps.append(
            say_n(
                "{n} undated item fell outside your dates",
                "{n} undated items fell outside your dates",
                scope.undated_excluded,
            )
        )
    return tuple(gaps)


def help_of(
    settings: HelpSettings,
    collections: Mapping[str, CollectionConfig],
    names: Sequence[str],
    moment: datetime,
) -> Help | None:
    """Where a person can be asked at a moment.

    The chat while it is open, ticket or mail while it is not, else the configured desk, else a
    collection's own contact.
    """
    opening = settings.opening
    now_open = is_open(opening, moment) if opening else None
    for label, url in (*_reached(settings, now_open), *_contacts(collections, names)):
        if label or url:
            return Help(label=label or url, url=url, open=now_open)
    return None


def _reached(settings: HelpSettings, now_open: bool | None) -> Iterator[tuple[str, str]]:
    """Label and address of each way to the library, the best first; both empty where not set."""
    desk = settings.label, settings.url
    chat = settings.chat_url and (settings.chat_label or say("Chat with a librarian"))
    ticket = settings.ticket_url and say("Send your question to a librarian")
    mail = settings.mail and say("Write to a librarian: {address}", address=settings.mail)
    written = (
        (ticket, settings.ticket_url),
        (mail, f"mailto:{settings.mail}" if mail else ""),
    )
    if now_open:
        yield chat, settings.chat_url
        yield desk
        yield from written
    elif now_open is False:
        yield from written
        yield desk
    else:
        yield desk
        yield from written
        yield chat, settings.chat_url


def _contacts(
    collections: Mapping[str, CollectionConfig], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for contact in (collections[name].contact for name in names):
        url = f"mailto:{contact}" if "@" in contact and ":" not in contact else contact
        yield say("Ask a librarian: {contact}", contact=contact) if contact else "", url


def _blank(asked: Asked, draft: Draft | None, watts: float = 0.0) -> Answer:
    retrieved = asked.retrieved
    return Answer(
        question=asked.question,
        search_query=asked.search,
        filters=asked.filters,
        audience=asked.audience,
        status="no_answer",
        reason=None,
        text="",
        text_origin="quoted",
        sentences=(),
        citations=(),
        consulted=tuple(_consulted(hit) for hit in retrieved.hits),
        scope=retrieved.scope,
        suggestions=(),
        clarification=None,
        help=asked.help,
        run=_run(asked, draft, watts),
        ai_generated=False,
        notes=asked.notes,
    )


def _run(asked: Asked, draft: Draft | None, watts: float) -> Run:
    spent = draft.timings_ms if draft else {}
    hits = asked.retrieved.hits
    return Run(
        answerer=asked.answerer,
        model=draft.model if draft else None,
        model_digest=draft.model_digest if draft else None,
        prompt_sha256=draft.prompt_sha256 if draft else None,
        settings_sha256=asked.settings_sha256,
        # It counts what the staff hold, too.
        docstore_seq=asked.retrieved.seq if asked.audience == "staff" else 0,
        coverage=asked.retrieved.coverage,
        invalid_markers=draft.invalid_markers if draft else 0,
        dropped=draft.dropped if draft else 0,
        trimmed=draft.trimmed if draft else (),
        timings_ms=replace(asked.timings, total=milliseconds_since(asked.started), **spent),
        kind=asked.kind,
        seed=draft.seed if draft else None,
        turns=asked.turns,
        beside=dict(asked.beside),
        retrieved=tuple(
            Ranked(passage_id=hit.entry.passage_id, score=round(hit.score, 4), how=hit.how)
            for hit in hits
        ),
        cost=noting.cost_of(draft, watts) if draft and draft.written else None,
    )


def _consulted(hit: Hit) -> Consulted:
    return Consulted(
        passage_id=hit.entry.passage_id,
        document_id=hit.entry.document_id,
        title=hit.entry.title,
        locator=hit.locator,
        score=round(hit.score, 4),
        rank=hit.rank,
    )


def _nearest(asked: Asked) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(
            kind="passage",
            text=", ".join(part for part in (hit.entry.title, hit.locator) if part),
            passage_id=hit.entry.passage_id,
            url=hit.archive_url or None,
        )
        for hit in asked.retrieved.hits[:_NEAREST]
    )


def _ways_on(asked: Asked) -> tuple[Suggestion, ...]:
    """The nearest passages, other words to search for, a person."""
    ways = [*_nearest(asked)]
    nearest = asked.retrieved.hits[:_NEAREST]
    searches = other_words(asked.search, [hit.entry for hit in nearest])
    ways += [Suggestion(kind="search", text=one) for one in searches]
    if asked.help:
        ways.append(Suggestion(kind="person", text=asked.help.label, url=asked.help.url))
    return tuple(ways)


def years_of(scope: Scope) -> str:
    """The first and the last year of what was searched: "1890–2022"; "" where none is known."""
    if scope.dates is None:
        return ""
    first, last = (date[: date.rindex("-", 0, date.rindex("-"))] for date in scope.dates)
    years = [str(int(year)) for year in (first, last)]
    return years[0] if years[0] == years[1] else f"{years[0]}–{years[1]}"


def languages_of(scope: Scope) -> str:
    """The languages of what was searched, by their names."""
    known = [code for code in scope.languages if code not in NO_LANGUAGE]
    return ", ".join(name_of(code, spoken()) for code in known)
