"""Serves the patron's page and the script that embeds it. Whoever asks, it is the public."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag_assistant.asking import Question
from rag_assistant.assistant import Assistant
from rag_assistant.composing import help_of
from rag_assistant.config import Settings, WebSettings
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import NotFoundError, RagAssistantError, TooLongError, UsageError
from rag_assistant.schema import Filters
from rag_assistant.web import retention
from rag_assistant.web.api import problems
from rag_assistant.web.api.marked import Marked
from rag_assistant.web.components.markup import Html
from rag_assistant.web.components.opening import opening, person
from rag_assistant.web.components.ours import site
from rag_assistant.web.patron.page import THEMES, Named, Patron, exchange, missing, page, problem
from rag_assistant.wording import LANGUAGES, asked_for, say, say_in, speaking

_LOADER = Path(__file__).parent.parent / "static" / "embed.js"
_WORDS = "{/* words */}"
_MOST_NAMED = 50
_MOST_FIELDS = 100
_FOREVER = "public, max-age=3600"

_Names = Annotated[tuple[str, ...], Query(max_length=_MOST_NAMED)]


class PatronPages:
    """The page at ``/embed``, and ``/embed.js``.

    Args:
        assistant: What answers.
        settings: Title, lengths, help, who may embed.
        clock: Tells the time, for the opening hours.
    """

    def __init__(
        self,
        assistant: Assistant,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._assistant = assistant
        self._settings = settings
        self._clock = clock
        self._loader = loader(_LOADER.read_text(encoding="utf-8"), settings.web)
        self._answering = CapacityLimiter(os.cpu_count() or 1)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/embed", self.show)
        router.add_api_route("/embed", self.answer, methods=["POST"])
        router.add_api_route("/embed.js", self.script)
        return router

    def show(
        self, request: Request, lang: str = "", theme: str = "", collection: _Names = ()
    ) -> Response:
        """The page, before anything was asked."""
        with speaking(_language(lang, request)):
            patron = self._patron(collection, theme)
            return self._sent(page(patron)) if patron else self._missing(theme)

    async def answer(self, request: Request) -> Response:
        """The page with a whole answer, for browsers that run no scripts.

        It is quoted: nobody should wait for a model before an empty window.
        """
        try:
            sent = parse_qs((await request.body()).decode(), max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise UsageError("The form cannot be read.", "Send it from /embed.") from error
        language = _language(_first(sent, "lang"), request)
        return await to_thread.run_sync(self._answered, sent, language, limiter=self._answering)

    def script(self) -> Response:
        """What other web sites include; it holds nothing of whoever asks for it."""
        return Response(
            self._loader,
            media_type="text/javascript; charset=utf-8",
            headers={"cache-control": _FOREVER},
        )

    # ------------------------------------------------------------ answering without scripts

    def _answered(self, sent: dict[str, list[str]], language: str) -> Response:
        theme, asked = _first(sent, "theme"), _first(sent, "question")
        with speaking(language):
            patron = self._patron(sent.get("collection", []), theme)
            if patron is None:
                return self._missing(theme)
            ids = tuple(one.id for one in patron.collections) if patron.narrowed else ()
            question = Question(
                text=asked,
                filters=Filters(collections=ids),
                answerer="extractive",
                audience="public",
                told_in=language,
            )
            try:
                found = self._exchange(question)
            except RagAssistantError as error:
                told = problems.told_to("public", error)
                words = f"{told.message} {told.hint}".strip()
                status = problems.status_of(error)
                return self._sent(page(patron, problem(asked, words), asked), status)
            return self._sent(page(patron, found))

    def _exchange(self, question: Question) -> Html:
        longest = self._settings.web.max_question_length
        if len(question.text) > longest:
            raise TooLongError(
                say("The question is longer than {n} characters.", n=longest),
                say("Ask it more briefly."),
            )
        marked = Marked(self._assistant, question)
        parts: dict[str, Any] = {}
        for event in self._assistant.stream(question):
            parts = marked.after(event) or parts
        told = parts["html"]  # of the last event, which is the answer
        return exchange(question.text, told["answer"], told["sources"])

    # ------------------------------------------------------------ what the page is about

    def _patron(self, names: Sequence[str], theme: str) -> Patron | None:
        """None where one of the collections is not for the public, or is not there."""
        public, web = self._public(), self._settings.web
        chosen = [one for one in public if one.id in names] if names else public
        if not chosen or (names and {one.id for one in chosen} != set(names)):
            return None
        return Patron(
            title=site(web),
            collections=chosen,
            narrowed=bool(names),
            theme=theme if theme in THEMES else "",
            person=self._person([one.id for one in chosen]),
            kept=retention.notice(self._settings.retention) or "",
            idle=web.idle_minutes * 60 if web.public_computer else 0,
            warned=web.warned_seconds,
        )

    def _public(self) -> list[Named]:
        """The collections that hold anything for the public."""
        library = self._assistant.docstore.library
        bounds = Bounds(access=audience_access("public"), uses=LISTED)
        holding = {place[0] for place in library.places(bounds)}
        return [
            Named(id=name, title=config.title or name, language=config.language)
            for name, config in library.collections().items()
            if name in holding
        ]

    def _person(self, names: Sequence[str]) -> Html:
        told, moment = self._settings.help, self._clock()
        collections = self._assistant.docstore.library.collections() if names else {}
        return person(help_of(told, collections, names, moment), opening(told.opening, moment))

    # ------------------------------------------------------------ sending

    def _missing(self, theme: str) -> Response:
        """One page for what is the staff's and for what is not there: nobody learns which."""
        nearest = self._person([one.id for one in self._public()])
        said = missing(site(self._settings.web), nearest, theme)
        return self._sent(said, problems.status_of(NotFoundError("")))

    def _sent(self, content: str, status: int = 200) -> Response:
        """``same-origin`` lets the form say where it comes from, and no other site learn it."""
        headers = {
            "referrer-policy": "same-origin",
            "vary": "accept-language",
        }
        return HTMLResponse(content, status_code=status, headers=headers)


def loader(script: str, web: WebSettings) -> str:
    """The script that embeds the page, with its words in every language.

    Nothing in them can end the script or a line of it.
    """
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            said[language] = {
                "title": site(web),
                "machine": say("{label} (machine)", label="{label}"),
                "close": say_in("button", "Close"),
            }
    return script.replace(_WORDS, json.dumps(said).replace("<", "\\u003c"))


def _language(named: str, request: Request) -> str:
    return asked_for(named, request.headers.get("accept-language", ""))


def _first(sent: dict[str, list[str]], name: str) -> str:
    return sent.get(name, [""])[0]
