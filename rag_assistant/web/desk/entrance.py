"""The desks in all languages, and the door that leads to the right one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.components.ours import known_theme
from rag_assistant.web.desk.shell import Desk
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.strict import StrictPage
from rag_assistant.wording import LANGUAGES, asked_for


class Desks:
    """One desk a language, under ``/en/``, ``/de/`` and so on."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        desks = [Desk(assistant, settings, doorkeeper, language) for language in LANGUAGES]
        self._made = [(desk, desk.mounted()) for desk in desks]

    def mount(self, app: FastAPI) -> None:
        """Add the desks and the way to them."""
        app.add_api_route("/", choose, include_in_schema=False)
        for desk, made in self._made:
            app.mount(f"/{desk.language}", StrictPage(made, desk.dressed))

    def close_streams(self) -> None:
        """End what open pages hold open, on which a server that stops would wait."""
        for desk, _ in self._made:
            desk.close_streams()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Mounted apps are not started by the app around them: this starts them."""
        async with AsyncExitStack() as stack:
            for _, made in self._made:
                await stack.enter_async_context(made.router.lifespan_context(made))
            yield


def choose(request: Request) -> Response:
    """To the desk in the language asked for by ``?lang=``, else in the browser's."""
    asked = request.query_params
    language = asked_for(asked.get("lang", ""), request.headers.get("accept-language", ""))
    theme = known_theme(asked.get("theme", ""))
    query = "?" + urlencode({"theme": theme}) if theme else ""
    headers = {"Vary": "Accept-Language"}
    return RedirectResponse(f"/{language}/{query}", status_code=303, headers=headers)
