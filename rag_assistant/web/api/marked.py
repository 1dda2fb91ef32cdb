"""The markup of an answer's events: what the desk shows, for pages that are made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from rag_assistant.answer import Answer, Citation, Sentence
from rag_assistant.asking import AskEvent, Question, Quoted
from rag_assistant.assistant import Assistant
from rag_assistant.web.components import render
from rag_assistant.web.components.beside import Beside, looked_up
from rag_assistant.web.components.bidi import isolated
from rag_assistant.web.components.cards import source_list
from rag_assistant.web.components.conversation import Exchange, turns
from rag_assistant.web.components.markup import Html, join, link, tag
from rag_assistant.web.components.opening import person
from rag_assistant.web.components.taking import copying
from rag_assistant.web.components.transcript import sentence_words
from rag_assistant.wording import say, say_n

_COPIED = "copied"  # id of the text that is copied
PREFIX = "a-"
"""Stands before the ids of an answer's sources."""


class Marked:
    """Follows one answer as it comes.

    Args:
        assistant: Holds the sources, and knows where else to look.
        question: What was asked, and by whom.
    """

    def __init__(self, assistant: Assistant, question: Question) -> None:
        self._assistant = assistant
        self._exchange = Exchange(question=question.text, audience=question.audience)

    def after(self, event: AskEvent) -> dict[str, Any]:
        """What an event carries beside its own facts, in the language that is spoken now.

        Returns:
            Of a sentence ``{"html": …, "ai_generated": …}``: its markup, and whether a model has
            written it. Of an answer ``{"html": {…}}`` with its parts "answer" and "sources",
            "person" (whom to ask instead), "spoken" (what to announce), "copy" (a button, and the
            plain text that it takes away) and "turn" (what may be sent back as history). Nothing
            of other events.
        """
        self._exchange = self._exchange.after(event)
        match event:
            case Sentence():
                written = self._exchange.phase == "writing"  # a model's tokens came before it
                return {"html": render.sentence(event), "ai_generated": written}
            case Quoted():
                return {"html": self._parts(event.answer)}
            case Answer():
                return {"html": self._parts(event)}
        return {}

    def _parts(self, answer: Answer) -> dict[str, str]:
        beside = looked_up(self._assistant.docstore, answer, self._exchange.beside)
        said = turns([Exchange(question="", audience="public", answer=answer, beside=beside)])
        template = self._assistant.settings.help.catalogue_search
        return {
            "answer": answered(answer, beside, template),
            "sources": source_list(answer, beside, PREFIX) if answer.citations else "",
            "person": person(answer.help),
            "spoken": spoken(answer),
            "copy": copying(_COPIED, say("Copy answer with sources"), copied(answer)),
            "turn": said[-1].text if said else "",
        }


def answered(answer: Answer, beside: Beside, catalogue_search: str) -> Html:
    """What an answer says, and the way into the catalogue where it is silent."""
    exchange = Exchange(
        question=answer.question, audience=answer.audience, answer=answer, beside=beside
    )
    reply = render.reply(exchange, PREFIX)
    parts = [reply]
    if answer.status in ("no_answer", "model_failed") and catalogue_search:
        url = catalogue_search.replace("{query}", quote(answer.question, safe=""))
        parts.append(tag("p", link(url, say("Search the catalogue")), class_="catalogue"))
    return join(*parts)


def written() -> str:
    """What stands beside the mark of a model's prose."""
    return say("Written by a machine, which may be wrong. Compare it with the sources.")


def spoken(answer: Answer) -> str:
    """What those who listen hear of an answer, once."""
    words = answer.text or answer.reason or ""
    number = len(answer.citations)
    if not number:
        return words
    return say_n("Answer with {n} source: {text}", "Answer with {n} sources: {text}", number,
                 text=words)  # fmt: skip


def copied(answer: Answer) -> str:
    """An answer with its sources as plain text; who wrote it stands first."""
    mark = say("AI-generated") if answer.ai_generated else say("Quotations")
    between = " " if answer.ai_generated else "\n"
    said = between.join(map(sentence_words, answer.sentences))
    parts = [mark, answer.question, said or answer.text or answer.reason or ""]
    parts += ["\n".join(_lines(one)) for one in answer.citations]
    return "\n\n".join(part for part in parts if part)


def _lines(citation: Citation) -> Iterator[str]:
    yield f"[{citation.marker}] {citation.reference or citation.title}"
    yield f"“{isolated(citation.quote)}”"
    if url := citation.archive_url or citation.uri:
        yield url
