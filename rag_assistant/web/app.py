"""One web application of all parts: the API, the reading pages, the desk, the guard before them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

from anyio import to_thread
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from rag_assistant import __version__
from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.web.api import helped, problems
from rag_assistant.web.api.originals import OriginalFiles
from rag_assistant.web.api.routes import Api
from rag_assistant.web.api.uploads import UploadRoutes, larger_bodies
from rag_assistant.web.desk.entrance import Desks
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.accounts import Accounts
from rag_assistant.web.doors.guard import Guard
from rag_assistant.web.doors.rates import Questions
from rag_assistant.web.pages import nowhere
from rag_assistant.web.pages.collections_page import CollectionsPages
from rag_assistant.web.pages.history_page import HistoryPages
from rag_assistant.web.pages.plain import dressed
from rag_assistant.web.pages.reading import ReadingPages
from rag_assistant.web.pages.responsibility import ResponsibilityPage
from rag_assistant.web.pages.sign_in import SignIn
from rag_assistant.web.patron.routes import PatronPages

_STATIC = Path(__file__).parent / "static"


class _GuardedApp(FastAPI):
    """An app whose guard stands even before its error handling."""

    guarded: Callable[[ASGIApp], ASGIApp]

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own middleware, behind the guard."""
        return self.guarded(super().build_middleware_stack())


def create_app(
    assistant: Assistant, *, settings: Settings, owner_token: str, staff_link_token: str
) -> FastAPI:
    """The whole web floor over one assistant.

    Args:
        assistant: What answers; the caller owns and closes it.
        settings: Title, host names, proxies, limits.
        owner_token: Proves the operator to the API.
        staff_link_token: What the one-time staff link carries.
    """
    # Read by Gradio when it is imported and when it starts.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    doorkeeper = Doorkeeper(
        owner_token=owner_token,
        staff_link_token=staff_link_token,
        accounts=Accounts(settings.data),
        staff_header=settings.web.staff_header,
        staff_users=settings.web.staff_users,
        questions=Questions(settings.limits, before_models=settings.most_asked),
    )
    desks = Desks(assistant, settings, doorkeeper)
    app = _GuardedApp(
        title="rag-assistant",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan_of(desks.running, settings.most_asked),
    )
    app.guarded = partial(
        Guard, settings=settings, doorkeeper=doorkeeper, larger=larger_bodies(settings.uploads)
    )
    problems.install(app, doorkeeper)
    nowhere.install(app, settings)
    app.include_router(Api(assistant, settings, doorkeeper).router())
    app.include_router(OriginalFiles(assistant, doorkeeper).router())
    app.include_router(UploadRoutes(assistant, settings, doorkeeper).router())
    app.include_router(helped.router())
    app.include_router(PatronPages(assistant, settings).router())
    for pages in (
        ReadingPages(assistant, settings, doorkeeper),
        HistoryPages(assistant, settings, doorkeeper),
        CollectionsPages(assistant, settings, doorkeeper),
        ResponsibilityPage(settings),
        SignIn(settings, doorkeeper),
    ):
        app.include_router(pages.router(), dependencies=[Depends(dressed)])
    app.state.close_streams = desks.close_streams
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
