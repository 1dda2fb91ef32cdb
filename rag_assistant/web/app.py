"""One web application of all parts: the API, the reading pages, the desk, the guard before them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from rag_assistant import __version__
from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.api import problems
from rag_assistant.web.api.routes import Api
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.guard import Guard
from rag_assistant.web.pages.history_page import HistoryPages
from rag_assistant.web.pages.plain import dressed
from rag_assistant.web.pages.reading import ReadingPages

_STATIC = Path(__file__).parent / "static"


class _GuardedApp(FastAPI):
    """An app whose guard stands even before its error handling."""

    allowed_hosts: tuple[str, ...] = ()

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own middleware, behind the guard."""
        return Guard(super().build_middleware_stack(), allowed_hosts=self.allowed_hosts)


def create_app(
    assistant: Assistant, *, settings: Settings, owner_token: str, staff_link_token: str
) -> FastAPI:
    """The whole web floor over one assistant.

    Args:
        assistant: What answers; the caller owns and closes it.
        settings: Title, host names, lengths.
        owner_token: Proves the operator to the API.
        staff_link_token: What the one-time staff link carries.
    """
    # Read by Gradio when it is imported and when it starts.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from rag_assistant.web.desk.entrance import Desks

    doorkeeper = Doorkeeper(owner_token=owner_token, staff_link_token=staff_link_token)
    desks = Desks(assistant, settings, doorkeeper)
    app = _GuardedApp(
        title="rag-assistant",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan_of(desks.running, settings.most_asked),
    )
    app.allowed_hosts = settings.web.allowed_hosts
    problems.install(app, doorkeeper)
    app.include_router(Api(assistant, settings, doorkeeper).router())
    worn = [Depends(dressed)]
    app.include_router(ReadingPages(assistant, settings, doorkeeper).router(), dependencies=worn)
    app.include_router(HistoryPages(assistant, settings, doorkeeper).router(), dependencies=worn)
    app.mount("/web", StaticFiles(directory=_STATIC))
    desks.mount(app)
    return app


def _lifespan_of(
    running: Callable[[], AbstractAsyncContextManager[None]], most_asked: int
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Runs the desks while the app runs.

    A question that waits for its turn may hold a thread all the time, so there is one for each
    that may, beside those that all other requests have.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens += most_asked
        async with running():
            yield

    return lifespan
