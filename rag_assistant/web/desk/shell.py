"""The desk: one page of tabs in one language, and the frame around it.

What is shown is made in `components`, and passes Gradio's own sanitizer on top of that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import gradio as gr
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from rag_assistant.assistant import Assistant
from rag_assistant.composing import help_of
from rag_assistant.config import Settings
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.schema import Audience
from rag_assistant.web.components.markup import Html
from rag_assistant.web.components.opening import opening, person
from rag_assistant.web.components.ours import known_theme, site, wearing
from rag_assistant.web.desk import asking, checker, collections_tab, search_tab
from rag_assistant.web.desk.asking import AskTab
from rag_assistant.web.desk.checker import CheckTab
from rag_assistant.web.desk.collections_tab import CollectionsTab
from rag_assistant.web.desk.forgetting import Forgetting
from rag_assistant.web.desk.frame import Frame
from rag_assistant.web.desk.parts import QUIET, markup_place
from rag_assistant.web.desk.search_tab import SearchTab
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.strict import Dressing
from rag_assistant.wording import say, speaking

_SESSIONS = 500  # whose conversations are in memory; the one used longest ago goes first
_WAITING = 32  # questions that wait to be looked at; those before the model wait there
_SANS = ("system-ui", "Segoe UI", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "monospace")


class _Tab(NamedTuple):
    """A tab: its name in the page (``tab-NAME``), its title in English, and what fills it."""

    name: str
    title: str
    fill: Callable[[gr.Tab], None]


class Desk:
    """The desk in one language, one of `wording.LANGUAGES`."""

    def __init__(
        self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper, language: str
    ) -> None:
        self.language = language
        self._assistant = assistant
        self._settings = settings
        self._doorkeeper = doorkeeper
        self._asking = AskTab(assistant, settings, doorkeeper, language)
        self._search = SearchTab(
            assistant,
            doorkeeper,
            longest=settings.web.max_question_length,
            language=language,
        )
        self._collections = CollectionsTab(assistant, doorkeeper, language=language)
        with speaking(language):
            self._blocks = gr.Blocks(title=site(settings.web), analytics_enabled=False)
        self._blocks.state_session_capacity = _SESSIONS
        self._forgetting = Forgetting(
            self._blocks, self._asking.underway, at_once=settings.web.public_computer
        )
        names = [one.name for one in self._tabs()]
        self._frame = Frame(web=settings.web, tabs=names)

    def mounted(self) -> FastAPI:
        """The page in an app of its own, with all that Gradio offers beyond it switched off."""
        with speaking(self.language):
            self._build()
        app = FastAPI(openapi_url=None)
        gr.mount_gradio_app(
            app,
            self._blocks,
            path="/",
            footer_links=[],
            run_history=False,
            app_kwargs={"openapi_url": None},
            allowed_paths=[],
            show_error=False,
            max_file_size=1,
            ssr_mode=False,
            enable_monitoring=False,
            pwa=False,
            mcp_server=False,
            theme=gr.themes.Base(font=_SANS, font_mono=_MONO),
        )
        served: Any = app.routes[-1]  # the mount; `Blocks.app` is another app
        self._stopping = served.app.stop_event
        return app

    def sweep(self) -> None:
        """Forget the sessions that nobody uses any more."""
        self._forgetting.sweep()

    def close_streams(self) -> None:
        """End what tells Gradio that a page is still open."""
        self._stopping.set()

    def dressed(self, request: HTTPConnection) -> Dressing:
        """What the page gets beside Gradio's part, for who asks."""
        audience = self._doorkeeper.audience(request.headers, request.cookies)
        theme = known_theme(request.query_params.get("theme", ""))
        with speaking(self.language), wearing(theme):
            return Dressing(
                language=self.language,
                theme=theme,
                title=site(self._settings.web),
                top=self._frame.html(audience, self._person(audience)),
            )

    def _person(self, audience: Audience) -> Html:
        """Whom to ask instead, at this hour."""
        told, moment = self._settings.help, datetime.now(UTC)
        library = self._assistant.docstore.library
        bounds = Bounds(access=audience_access(audience), uses=LISTED)
        names = sorted({place[0] for place in library.places(bounds)})
        reached = help_of(told, library.collections(), names, moment)
        return person(reached, opening(told.opening, moment))

    # ------------------------------------------------------------ what stands where

    def _tabs(self) -> tuple[_Tab, ...]:
        """The tabs in their order; keys.py has the keys of those that are listed here."""
        return (
            _Tab("ask", asking.TITLE, self._ask),
            _Tab("search", search_tab.TITLE, self._search.build),
            _Tab("collections", collections_tab.TITLE, self._collections.build),
            _Tab("check", checker.TITLE, self._check),
        )

    def _build(self) -> None:
        with self._blocks:
            self._intro = markup_place("", "intro")
            with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
                for tab in self._tabs():
                    name = f"tab-{tab.name}"
                    with gr.Tab(say(tab.title), id=tab.name, elem_id=name) as place:
                        tab.fill(place)
            self._search.lead(self._asking, tabs)
            self._asking.open_starters(tabs)
            self._ways_out()
        self._blocks.queue(max_size=_WAITING, api_open=False)

    def _ask(self, _: gr.Tab) -> None:
        self._asking.build(self._blocks, self._intro)

    def _check(self, _: gr.Tab) -> None:
        heard = markup_place("", "announcement-checked")
        CheckTab(self._assistant, self._doorkeeper, self.language).build(heard)

    def _ways_out(self) -> None:
        """What the page presses before it makes room for the next person, and what it waits for."""
        leave = gr.Button("", visible="hidden", elem_id="leave")
        left = gr.Markdown("", visible="hidden", elem_id="left")
        leave.click(self._forgetting.leave, None, left, concurrency_limit=None, queue=True, **QUIET)
        self._blocks.unload(self._forgetting.closed)
