"""The page of what is held, for those who do not use the desk."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.components.holdings import holdings
from rag_assistant.web.components.markup import join, tag
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.pages.plain import PlainPages
from rag_assistant.wording import say


class CollectionsPages:
    """Tells what is held, and what is not, without any script."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._overview = Overview(assistant)
        self._doorkeeper = doorkeeper
        self._pages = PlainPages(settings)

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/collections", self.collections)
        return router

    def collections(self, request: Request) -> Response:
        """All collections of who asks."""
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        words = tag("p", say("What is held here and what is not, as far as you may see it."))
        shown = holdings(self._overview.holdings(audience), heading="h2")
        title = say("Collections")
        return self._pages.wide(title, join(words, shown), heading=tag("h1", title))
