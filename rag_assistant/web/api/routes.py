"""The HTTP API: the same answers as the command line's, for the audience that a request proves."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import closing
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from rag_assistant import showing
from rag_assistant.answer import Answer, Sentence
from rag_assistant.answer_schema import answer_schema
from rag_assistant.asking import AskEvent, Quoted
from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.errors import RagAssistantError, TooLongError
from rag_assistant.ports import Token, Waiting
from rag_assistant.reciting import Cited
from rag_assistant.references import Format
from rag_assistant.retrieval import Retrieved
from rag_assistant.schema import Audience
from rag_assistant.web.api.driving import Driven, DrivenResponse
from rag_assistant.web.api.marked import Marked
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.api.problems import (
    MEDIA_TYPE,
    ForbiddenError,
    NotReadyError,
    problem_of,
)
from rag_assistant.web.api.wire import (
    AskBody,
    CheckBody,
    HistoryBody,
    ReferencesBody,
    SearchBody,
)
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import in_language, say, speaking

_EVENTS = "text/event-stream"
_MOST_LINKED = 50  # passages whose references an address asks for
_CHECKED_AT_ONCE = 2  # lists of references
_NOTHING_NEW = ":\n\n"
_CLIENT_HAS_GONE = 499  # nobody reads it
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "A problem (RFC 9457)", "content": {MEDIA_TYPE: {}}}
}


class Api:
    """Answers requests about one assistant."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._assistant = assistant
        self._longest = settings.web.max_question_length
        self._doorkeeper = doorkeeper
        self._overview = Overview(assistant)
        # Many searches at once would all end late, and the model would stand idle meanwhile. Only
        # first steps are held back: a follow-up that a model rewrites is searched for in a later
        # one. Steps before that mostly wait for the model, and would keep others from searching;
        # and few such questions come at once, as the model's queue lets few through.
        self._searching = CapacityLimiter(os.cpu_count() or 1)
        self._checking = CapacityLimiter(_CHECKED_AT_ONCE)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(responses=_PROBLEMS)
        streamed: dict[int | str, dict[str, Any]] = {200: {"content": {_EVENTS: {}}}}
        add = router.add_api_route
        add("/api/ask", self.ask, methods=["POST"], response_model=Answer, responses=streamed)
        add("/api/search", self.search, methods=["POST"])
        add("/api/history", self.history, methods=["POST"])
        add("/api/check-reference", self.check_reference, methods=["POST"])
        add("/api/references", self.references, methods=["POST"])
        add("/api/references.{form}", self.references_file, response_class=Response)
        add("/api/passages/{item}", self.passage)
        add("/api/sections/{item}", self.section)
        add("/api/documents/{item}", self.document)
        add("/api/collections", self.collections)
        add("/api/status", self.status)
        add("/api/schema/answer", answer_schema)
        add("/healthz", self.alive)
        add("/readyz", self.ready)
        return router

    # ------------------------------------------------------------ asking

    async def ask(self, body: AskBody, request: Request) -> Response:
        """A cited answer; with ``Accept: text/event-stream``, as it comes.

        Whoever goes away before it has come ends the work on it.
        """
        with speaking(body.lang):
            await run_in_threadpool(self._check, body.question, body.search or "")
        question = body.asked_by(self._audience(request))
        events = self._assistant.stream(question)
        # What is wrong with the question is told by the status, so the first step is taken here.
        if _EVENTS in request.headers.get("accept", ""):
            marked = Marked(self._assistant, question) if body.html else None
            lines = Driven(in_language(body.lang, _event_lines(events, question.audience, marked)))
            await lines.begin(self._searching)
            return DrivenResponse(lines, media_type=_EVENTS)
        whole = Driven(events)
        await whole.begin(self._searching)
        return await self._whole(whole, request)

    async def _whole(self, events: Driven[AskEvent], request: Request) -> Response:
        """The answer, if anybody is still there to have it."""
        try:
            async for event in events:
                if isinstance(event, Answer):
                    return JSONResponse(event.to_dict())
                if await request.is_disconnected():
                    return Response(status_code=_CLIENT_HAS_GONE)
        finally:
            await events.close()
        raise RuntimeError("the stream of an answer ended without one")

    def search(self, body: SearchBody, request: Request) -> dict[str, Any]:
        """Ranked passages, no answer."""
        self._check(body.query)
        if body.facets or body.offset is not None:
            return self._looked(body, self._audience(request))
        found = self._assistant.search(
            body.query,
            k=body.k,
            filters=body.filters.filters(),
            sort=body.sort,
            audience=self._audience(request),
        )
        return {"query": body.query, "hits": [hit.to_dict() for hit in found.hits]}

    def _looked(self, body: SearchBody, audience: Audience) -> dict[str, Any]:
        """A page of results, and how many there are."""
        found = self._assistant.finder.look(
            body.query,
            k=body.k,
            offset=body.offset or 0,
            filters=body.filters.filters(),
            audience=audience,
            sort=body.sort,
        )
        told = {
            "query": body.query,
            "hits": [
                hit.to_dict() | {"others": others, "marks": [list(span) for span in marks]}
                for hit, others, marks in zip(found.hits, found.others, found.marks, strict=True)
            ],
            "total": found.total,
            "total_is": "at_least" if found.at_least else "exact",
            "searched": found.searched,
        }
        return told | ({"facets": found.facets.to_dict()} if body.facets else {})

    async def check_reference(self, body: CheckBody, request: Request) -> dict[str, Any]:
        """References, each beside the records held here that are like it.

        A long list takes seconds, and all may send one: few are checked at a time.
        """

        def check() -> dict[str, Any]:
            self._check_ready()
            audience = self._audience(request)
            return self._assistant.check_references(body.text, audience=audience).to_dict()

        return await to_thread.run_sync(check, limiter=self._checking)

    def _check(self, *questions: str) -> None:
        if max(map(len, questions)) > self._longest:
            raise TooLongError(
                say("The question is longer than {n} characters.", n=self._longest),
                say("Ask it more briefly."),
            )
        self._check_ready()

    def _check_ready(self) -> None:
        if not self._overview.anything():
            raise NotReadyError

    # ------------------------------------------------------------ looking

    def history(self, body: HistoryBody, request: Request) -> dict[str, Any]:
        """The captures of a page, its versions, and what changed between them.

        Where they are very long, older changes come without their diffs and say so.
        """
        self._check_ready()
        return self._assistant.history(body.url, audience=self._audience(request))

    def references(self, body: ReferencesBody, request: Request) -> dict[str, Any]:
        """The references of cited passages; ``text`` is the file in that format."""
        cited = [one.cited() for one in body.passages]
        made = self._assistant.references(cited, body.format, audience=self._audience(request))
        return {"format": body.format, "media_type": made.media_type, "text": made.text}

    def references_file(
        self,
        form: Format,
        passage: Annotated[list[str], Query(max_length=_MOST_LINKED)],
        request: Request,
    ) -> Response:
        """The same as a file; passages are ID:START-END, of web pages ID:START-END@TIMESTAMP."""
        cited = [Cited.read(one) for one in passage]
        made = self._assistant.references(cited, form, audience=self._audience(request))
        name = f'attachment; filename="references.{made.suffix}"'
        return Response(
            made.text.encode(),
            media_type=f"{made.media_type}; charset=utf-8",
            headers={"content-disposition": name},
        )

    def passage(self, item: str, request: Request) -> dict[str, Any]:
        """A passage in its section's text."""
        return showing.passage(self._assistant.docstore, item, self._audience(request))

    def section(self, item: str, request: Request) -> dict[str, Any]:
        """A section's stored text: ``text[start:end]`` of a citation is its quote."""
        return showing.section(self._assistant.docstore, item, self._audience(request))

    def document(self, item: str, request: Request) -> dict[str, Any]:
        """A document's facts and, where it may be read, its text."""
        return showing.document(self._assistant.docstore, item, self._audience(request))

    def collections(self, request: Request) -> list[dict[str, Any]]:
        """The collections that hold anything for this audience, and how much."""
        return self._overview.collections(self._audience(request))

    # ------------------------------------------------------------ running

    def status(self, request: Request) -> dict[str, Any]:
        """Indexes, failures and the answerer; for staff only."""
        if self._audience(request) != "staff":
            raise ForbiddenError(
                "Only staff may see the status.",
                "Open the one-time link that `rag-assistant serve` prints.",
            )
        return self._assistant.status()

    def alive(self) -> dict[str, str]:
        """Whether the server runs."""
        return {"status": "ok"}

    def ready(self) -> Response:
        """Whether questions can be answered."""
        ready = self._overview.anything() and self._assistant.engine.lexical is not None
        words = "ready" if ready else "not ready"
        return JSONResponse({"status": words}, status_code=200 if ready else 503)

    def _audience(self, request: Request) -> Audience:
        return self._doorkeeper.audience(request.headers, request.cookies)


def _event_lines(
    events: Generator[AskEvent], audience: Audience, marked: Marked | None = None
) -> Generator[str]:
    """Server-sent events; only staff receive text before it is checked.

    A comment stands for what is not told: it shows that the question is still being worked on.

    Raises:
        RagAssistantError: The question failed before its first event; later ones are told.
    """
    begun = False
    told = 0
    try:
        with closing(events):
            for event in events:
                begun = True
                if isinstance(event, Waiting):
                    same, told = told == event.position, event.position
                    yield _NOTHING_NEW if same else _line("waiting", {"position": told})
                else:
                    yield _told(event, audience, marked.after(event) if marked else {})
    except RagAssistantError as error:
        if not begun:
            raise
        yield _line("error", problem_of(error, audience))


def _told(
    event: Retrieved | Quoted | Token | Sentence | Answer, audience: Audience, more: dict[str, Any]
) -> str:
    match event:
        case Retrieved():
            return _line("retrieved", {"hits": [hit.to_dict() for hit in event.hits]})
        case Quoted():
            return _line("quoted", event.answer.to_dict() | more)
        case Token():
            staff = audience == "staff"
            return _line("token", {"text": event.text}) if staff else _NOTHING_NEW
        case Sentence():
            return _line("sentence", _sentence(event) | more)
        case Answer():
            return _line("answer", event.to_dict() | more)


def _line(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "support": sentence.support,
        "reason": sentence.reason,
    }
