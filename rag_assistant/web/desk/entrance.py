"""The desks in all languages, and the door that leads to the right one."""

from __future__ import annotations

from asyncio import Future, Queue, create_task, get_running_loop, shield, sleep
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.components.ours import known_theme
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.strict import StrictPage
from rag_assistant.wording import LANGUAGES, asked_for

if TYPE_CHECKING:
    from rag_assistant.web.desk.shell import Desk

_SWEEP_SECONDS = 60


class Desks:
    """One desk a language, under ``/en/``, ``/de/`` and so on, each made when it is first visited.

    Gradio takes seconds to import: who asks the API or the patrons' page alone never waits for it.
    """

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._parts = assistant, settings, doorkeeper
        self._wanted: Queue[str | None] = Queue()
        self._made: dict[str, Future[ASGIApp]] = {}
        self._open: list[Desk] = []

    def mount(self, app: FastAPI) -> None:
        """Add the desks and the way to them."""
        app.add_api_route("/", choose, include_in_schema=False)
        for language in LANGUAGES:
            app.mount(f"/{language}", partial(self._visited, language))

    async def _visited(self, language: str, scope: Scope, receive: Receive, send: Send) -> None:
        if language not in self._made:
            self._made[language] = get_running_loop().create_future()
            self._wanted.put_nowait(language)
        desk = await shield(self._made[language])  # who goes away does not end it for others
        await desk(scope, receive, send)

    def close_streams(self) -> None:
        """End what open pages hold open, on which a server that stops would wait."""
        for desk in self._open:
            desk.close_streams()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Makes the desks that are wanted, and ends them.

        Mounted apps are not started by the app around them, and what one task has started no
        other may end: so one task does both.
        """
        keeper, sweeper = create_task(self._keep()), create_task(self._sweep())
        try:
            yield
        finally:
            sweeper.cancel()
            self._wanted.put_nowait(None)
            await keeper

    async def _keep(self) -> None:
        async with AsyncExitStack() as stack:
            while language := await self._wanted.get():
                waiting = self._made[language]
                try:
                    desk, made = await to_thread.run_sync(self._make, language)
                    await stack.enter_async_context(made.router.lifespan_context(made))
                except Exception as error:  # noqa: BLE001 - told to whoever waits for it
                    del self._made[language]
                    waiting.set_exception(error)
                else:
                    self._open.append(desk)
                    waiting.set_result(StrictPage(made, desk.dressed))

    async def _sweep(self) -> None:
        """Forget what nobody uses any more, whether or not a page is closed meanwhile."""
        while True:
            await sleep(_SWEEP_SECONDS)
            for desk in self._open:
                desk.sweep()

    def _make(self, language: str) -> tuple[Desk, FastAPI]:
        from rag_assistant.web.desk.shell import Desk

        desk = Desk(*self._parts, language)
        return desk, desk.mounted()


def choose(request: Request) -> Response:
    """To the desk in the language asked for by ``?lang=``, else in the browser's."""
    asked = request.query_params
    language = asked_for(asked.get("lang", ""), request.headers.get("accept-language", ""))
    theme = known_theme(asked.get("theme", ""))
    query = "?" + urlencode({"theme": theme}) if theme else ""
    headers = {"Vary": "Accept-Language"}
    return RedirectResponse(f"/{language}/{query}", status_code=303, headers=headers)
