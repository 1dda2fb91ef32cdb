"""What is handed to a colleague: the question, the searches done, the passages used.

Pure: a packet is shown, edited, and sent by the person alone; nothing leaves from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag_assistant.answer import Answer, Citation
from rag_assistant.locators import told_place
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.bidi import isolated
from rag_assistant.web.components.cards import who_words
from rag_assistant.web.components.markup import Html, link, spaced, tag
from rag_assistant.web.components.render import applied
from rag_assistant.web.components.scope import scope_rows
from rag_assistant.web.components.taking import copy_button, mail_button, save_button
from rag_assistant.web.components.transcript import address_of, sentence_words
from rag_assistant.wording import message, say

WARNING = message(
    "This packet contains your question as typed. Remove anything private before sending."
)
TEXT, DATA = "handoff-text", "handoff-data"
"""Ids of the fields in which the packet is shown and edited, as text and as JSON."""
_STATUS = {
    "answered": message("Answered"),
    "partial": message("Answered in part"),
    "no_answer": message("No answer found"),
    "clarify": message("Asked back"),
    "model_failed": message("The language model failed"),
    "stopped": message("Stopped"),
    "not_ready": message("Not ready"),
}
_MAILTO = "mailto:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A passage that the answer stands on."""

    marker: int
    reference: str
    quote: str
    url: str
    passage_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One question and what was found for it.

    ``searches`` are the words that were searched for, ``narrowed`` the filters in words;
    ``sentences`` are the answer, ``consulted`` what was found and not used, ``scope`` names and
    values of what was searched, ``notes`` what a reader should know.
    """

    question: str
    searches: tuple[str, ...]
    narrowed: str
    status: str
    made: str
    sentences: tuple[str, ...]
    passages: tuple[Used, ...]
    consulted: tuple[str, ...]
    scope: dict[str, str]
    notes: tuple[str, ...]
    ai_generated: bool


def packet(answer: Answer, beside: Beside) -> Packet:
    """The packet of an answer."""
    searches = (answer.search_query, *answer.run.beside)
    return Packet(
        question=answer.question,
        searches=tuple(dict.fromkeys(one for one in searches if one.strip())),
        narrowed=applied(answer.filters, beside),
        status=say(_STATUS[answer.status]),
        made=who_words(answer) if answer.sentences else "",
        sentences=tuple(sentence_words(one) for one in answer.sentences),
        passages=tuple(map(_used, answer.citations)),
        consulted=tuple(
            ", ".join(isolated(words) for words in (one.title, told_place(one.locator)) if words)
            for one in answer.consulted
        ),
        scope=scope_rows(answer, beside),
        notes=tuple(one.text for one in answer.notes),
        ai_generated=answer.ai_generated,
    )


def as_text(made: Packet) -> str:
    """The packet as plain text, for a mail or a ticket."""
    blocks = [block for block in _blocks(made) if block]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def as_json(made: Packet) -> str:
    """The packet as JSON; keys are those of `Packet`."""
    record: dict[str, Any] = {"schema_version": 1, **asdict(made)}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def ways(answer: Answer) -> Html:
    """How to take or send the packet, each by a click: copy, save, mail, and the way to a person.

    `WARNING` stands before them. The buttons work on what stands in the fields with the ids `TEXT`
    and `DATA` then, edited or not. A chat is offered where it is known to be open; a mail is only
    put together.
    """
    parts = [
        copy_button(TEXT, say("Copy")),
        save_button(TEXT, "question.txt", say("Save as text")),
        save_button(DATA, "question.json", say("Save as JSON")),
        *_to_person(answer),
    ]
    return tag("p", *spaced(parts), class_="buttons")


def _to_person(answer: Answer) -> Iterator[Html]:
    """A chat where it is open, else the way to leave a question; a mail that the browser makes."""
    known = answer.help
    url = known.url if known else ""
    if known and url and not url.startswith(_MAILTO):
        label = known.label or url
        chat = known.open and say("Chat with a person: {label}", label=label)
        yield link(url, chat or say("Ask a person: {label}", label=label))
    if not (known and known.open):
        yield mail_button(TEXT, url.removeprefix(_MAILTO) if url.startswith(_MAILTO) else "")


def _used(cited: Citation) -> Used:
    return Used(
        marker=cited.marker,
        reference=cited.reference or cited.title,
        quote=cited.quote,
        url=address_of(cited),
        passage_id=cited.passage_id,
    )


def _blocks(made: Packet) -> Iterator[list[str]]:
    yield [say("Question: {question}", question=made.question)]
    yield [say("Searched for: {words}", words=one) for one in made.searches] + (
        [say("Narrowed to: {filters}", filters=made.narrowed)] if made.narrowed else []
    )
    yield [say("Outcome: {status}", status=made.status), *([made.made] if made.made else [])]
    yield list(made.sentences)
    for one in made.passages:
        yield [
            f"[{one.marker}] {one.reference}",
            f"“{isolated(one.quote)}”",
            *([one.url] if one.url else []),
        ]
    if made.consulted:
        yield [say("Also found, not used:"), *_listed(made.consulted)]
    yield [f"{name}: {words}" for name, words in made.scope.items()]
    yield list(made.notes)


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]
