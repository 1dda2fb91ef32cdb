"""The desk: a question, its answer, and its sources beside it.

The only module that imports Gradio; it is imported only when a server is made. What is shown is
made in `render`, and passes Gradio's own sanitizer on top of that.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import gradio as gr
from fastapi import FastAPI

from rag_assistant.answer import Answer
from rag_assistant.asking import Question, Quoted
from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.errors import RagAssistantError
from rag_assistant.ports import Token
from rag_assistant.schema import Audience, Filters
from rag_assistant.web import retention
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.api.problems import told_to
from rag_assistant.web.components import cards, render
from rag_assistant.web.components.beside import looked_up
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.desk import collections_tab, search_tab, ways, welcome
from rag_assistant.web.desk.checker import TITLE, CheckTab
from rag_assistant.web.desk.spoken import spoken
from rag_assistant.web.desk.ways import Way
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import say

_STARTERS = 3
_WAITING = 32  # questions that wait to be looked at; those before the model wait there
_SESSION_SECONDS = 3600
_LOOK_SECONDS = 5  # how often the notice is made anew while the indexes are not ready
_TOKEN_SECONDS = 0.1  # drafts are shown anew this often at most
_SANS = ("system-ui", "Segoe UI", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "monospace")

Update = dict[Any, Any]


class Desk:
    """The page at ``/``. Nothing of a conversation outlives its session."""

    def __init__(self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper) -> None:
        self._assistant = assistant
        self._web = settings.web
        self._retention = settings.retention
        self._at_once = settings.most_asked
        self._doorkeeper = doorkeeper
        self._overview = Overview(assistant)

    def mounted(self) -> FastAPI:
        """The page in an app of its own, with all that Gradio offers beyond it switched off."""
        app = FastAPI(openapi_url=None)
        gr.mount_gradio_app(
            app,
            self._blocks(),
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
        return app

    # ------------------------------------------------------------ what stands where

    def _blocks(self) -> gr.Blocks:
        with gr.Blocks(title=self._web.title, analytics_enabled=False) as blocks:
            self._exchanges = gr.State([], time_to_live=_SESSION_SECONDS)
            _markup(welcome.masthead(self._web.title), "masthead")
            self._intro = _markup("", "intro")
            with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
                with gr.Tab("Ask", id="ask"), gr.Row(elem_id="desk"):
                    with gr.Column(elem_id="talk", min_width=0):
                        self._talk()
                    with gr.Column(elem_id="panel", min_width=0):
                        _markup(welcome.panel_heading(), "panel-heading")
                        self._sources = _markup(cards.sources([]), "sources")
                with gr.Tab(say(search_tab.TITLE)) as found:
                    finder = search_tab.SearchTab(
                        self._assistant,
                        self._doorkeeper,
                        longest=self._web.max_question_length,
                    )
                    finder.build(found)
                    finder.lead(self._question, self._collections, tabs)
                with gr.Tab(say(collections_tab.TITLE)) as held:
                    collections_tab.CollectionsTab(self._assistant, self._doorkeeper).build(held)
                with gr.Tab(TITLE):
                    checker = CheckTab(self._assistant, self._doorkeeper)
                    heard = _markup("", "announcement-checked")
                    checker.build(heard)
            self._spoken = _markup("", "announcement")
            self._clock = gr.Timer(_LOOK_SECONDS)
            self._wire(blocks)
        blocks.queue(max_size=_WAITING, api_open=False)
        return blocks

    def _talk(self) -> None:
        _markup(welcome.talk_heading(), "talk-heading")
        self._conversation = _markup("", "conversation")
        with gr.Row(elem_id="ways"):
            self._ways = [gr.Button(visible=False, size="sm") for _ in range(ways.MOST)]
        with gr.Column(elem_id="composer"):
            self._notice = _markup("", "notice")
            with gr.Row(elem_id="ask-row"):
                self._question = gr.Textbox(
                    label="Your question",
                    lines=1,
                    max_lines=6,
                    max_length=self._web.max_question_length,
                    autofocus=True,
                    elem_id="question",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
                )
                self._ask = gr.Button("Ask", variant="primary", elem_id="ask")
                self._stop = gr.Button("Stop", visible=False, elem_id="stop")
        with gr.Row(elem_id="starters"):
            self._starters = [gr.Button(visible=False, size="sm") for _ in range(_STARTERS)]
        with gr.Accordion("Narrow the search", open=False, elem_id="filters"):
            self._narrow()
        self._askers = [self._question, *self._starters]
        self._again = gr.Button("New conversation", size="sm", visible=False, elem_id="again")

    def _narrow(self) -> None:
        with gr.Row(visible=False, elem_id="search-row") as self._search_row:
            self._search = gr.Textbox(
                label="Search for",
                info="Asks your last question again, and searches for this instead",
                lines=1,
                max_lines=1,
                max_length=self._web.max_question_length,
                elem_id="search-for",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
            )
            self._search_again = gr.Button("Search again", size="sm", elem_id="search-again")
        self._collections = gr.CheckboxGroup(label="Collections", choices=[])
        with gr.Row():
            self._from = gr.Textbox(label="From", info="1934, 1934-05 or 1934-05-02")
            self._to = gr.Textbox(label="To", info="Undated items are left out")
        with gr.Row():
            self._as_of = gr.Textbox(label=render.AS_OF, info="2019, 2019-05 or 2019-05-04")
            self._language = gr.Dropdown(
                label="Language", info="Of the text", choices=[("Any", "")], value=""
            )

    def _wire(self, blocks: gr.Blocks) -> None:
        self._clock.tick(self.look, outputs=[self._notice, self._clock], **_QUIET)
        blocks.load(
            self.arrive,
            outputs=[
                *(self._intro, self._notice, self._collections, self._language),
                *self._starters,
            ],
            **_QUIET,
        )
        shown = [self._exchanges, self._conversation, self._sources, self._spoken]
        outputs = [
            *(*shown, self._notice, self._question, self._stop, self._again),
            *(*self._starters, *self._ways, self._search_row, self._search),
        ]
        bounds = [self._collections, self._from, self._to, self._as_of, self._language]
        narrowed = [*bounds, self._exchanges]
        asked = gr.on(
            [self._question.submit, self._ask.click],
            self.ask,
            {self._question, *narrowed},
            outputs,
            concurrency_limit=self._at_once,
            concurrency_id="ask",
            trigger_mode="always_last",  # a question sent while another is answered is kept
            **_QUIET,
        )
        chosen = [
            gr.on(triggers, self.ask, {asker, *narrowed}, outputs, concurrency_id="ask", **_QUIET)
            for triggers, asker in (
                ([self._search.submit, self._search_again.click], self._search),
                *(([button.click], button) for button in (*self._starters, *self._ways)),
            )
        ]
        events = [asked, *chosen]
        self._stop.click(self.stop, self._exchanges, outputs, cancels=events, **_QUIET)
        self._again.click(self.start_again, None, outputs, cancels=events, **_QUIET)

    # ------------------------------------------------------------ what happens

    def arrive(self, request: gr.Request) -> Update:
        """What a visitor sees first, and may choose from."""
        audience = self._audience(request)
        collections = self._overview.collections(audience)
        scope = self._overview.scope(audience)
        return {
            self._intro: welcome.intro(collections, scope),
            self._notice: self._standing(audience),
            self._collections: gr.update(
                choices=[(one["title"], one["id"]) for one in collections]
            ),
            self._language: gr.update(choices=welcome.languages(scope)),
            **self._starting(audience),
        }

    def look(self, request: gr.Request) -> Update:
        """Tell how far the indexes are, until they are ready."""
        audience = self._audience(request)
        ready = min(self._overview.coverage(audience).values()) == 1
        return {
            self._notice: self._standing(audience),
            self._clock: gr.Timer(active=not ready),
        }

    def ask(self, values: dict[Any, Any], request: gr.Request) -> Iterator[Update]:
        """Answer what is typed or chosen, showing the answer as it comes."""
        audience = self._audience(request)
        kept = [one for one in values[self._exchanges] if one.audience == audience]
        way = self._way(values, kept)
        if way is None:
            yield {self._stop: gr.update(visible=False)}
            return
        asked = Exchange(question=way.question, audience=audience)
        yield {
            **self._shown([*kept, asked]),
            **self._offering([*kept, asked]),
            **{starter: gr.update(visible=False) for starter in self._starters},
            self._question: "",
            self._stop: gr.update(visible=True),
            self._again: gr.update(visible=True),
        }
        now = asked
        try:
            steps = self._steps(asked, way.asked(self._filters(values), kept, asked))
            with self._doorkeeper.asking(request) as deadline:
                for step in deadline.within(steps):
                    if step == now:  # nothing new, but a chance to be stopped
                        yield {self._stop: gr.skip()}
                        continue
                    now = step
                    yield self._shown([*kept, now])
        except RagAssistantError as error:
            now = now.failed(welcome.plainly(told_to(audience, error)))
        yield {
            **self._shown([*kept, now]),
            **self._offering([*kept, now]),
            self._stop: gr.update(visible=False),
            self._notice: self._standing(audience),
        }

    def stop(self, exchanges: list[Exchange], request: gr.Request) -> Update:
        """Break off; what has come so far stays."""
        audience = self._audience(request)
        kept = [one.stopped() for one in exchanges if one.audience == audience]
        return {
            **self._shown(kept),
            **self._offering(kept),
            self._stop: gr.update(visible=False),
        }

    def start_again(self, request: gr.Request) -> Update:
        """Forget the conversation."""
        return {
            **self._shown([]),
            **self._offering([]),
            **self._starting(self._audience(request)),
            self._question: "",
            self._stop: gr.update(visible=False),
            self._again: gr.update(visible=False),
        }

    def _way(self, values: dict[Any, Any], kept: list[Exchange]) -> Way | None:
        """What is asked; a button's words count only if the last answer offers them."""
        if self._search in values:
            return ways.searched_again(values[self._search] or "", kept)
        for button in self._ways:
            if button in values:
                return ways.chosen(values[button], kept)
        return ways.typed(next(values[one] for one in self._askers if one in values))

    def _filters(self, values: dict[Any, Any]) -> Filters:
        return Filters(
            collections=tuple(values[self._collections] or ()),
            date_from=(values[self._from] or "").strip() or None,
            date_to=(values[self._to] or "").strip() or None,
            as_of=(values[self._as_of] or "").strip() or None,
            language=values[self._language] or None,
        )

    def _steps(self, asked: Exchange, question: Question) -> Generator[Exchange]:
        """The exchange as it becomes; often the same again, for the work can be ended there."""
        longest = max(len(question.text), len(question.search or ""))
        if longest > self._web.max_question_length:
            yield asked.failed("The question is too long. Ask it more briefly.")
            return
        if not self._overview.anything():
            yield asked.failed("Nothing has been indexed yet.")
            return
        now = shown = asked
        told = 0.0
        for event in self._assistant.stream(question):
            now = now.after(event)
            if isinstance(event, Answer | Quoted) and now.shown:
                known = looked_up(self._assistant.docstore, now.shown, now.beside)
                now = replace(now, beside=known)
            if isinstance(event, Token) and time.monotonic() - told < _TOKEN_SECONDS:
                yield shown
                continue
            shown, told = now, time.monotonic()
            yield now

    def _shown(self, exchanges: list[Exchange]) -> Update:
        return {
            self._exchanges: exchanges,
            self._conversation: render.conversation(exchanges),
            self._sources: cards.sources(exchanges),
            self._spoken: spoken(exchanges),
        }

    def _offering(self, exchanges: list[Exchange]) -> Update:
        """Ways on from the last answer, and what was searched for it, to be edited."""
        offered = [way.label for way in ways.ways(exchanges)]
        answer = exchanges[-1].answer if exchanges else None
        return {
            self._search_row: gr.update(visible=bool(exchanges)),
            self._search: answer.search_query if answer else "",
            **_labelled(self._ways, offered),
        }

    def _starting(self, audience: Audience) -> Update:
        """First questions, as many as there are collections."""
        return _labelled(self._starters, welcome.starters(self._overview.collections(audience)))

    def _standing(self, audience: Audience) -> str:
        coverage = self._overview.coverage(audience)
        kept = retention.notice(self._retention)
        return welcome.notice(self._overview.answerer(), coverage, audience, kept)

    def _audience(self, request: gr.Request) -> Audience:
        return self._doorkeeper.audience(request.headers, request.cookies)


_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def _labelled(buttons: list[gr.Button], words: Sequence[str]) -> Update:
    """As many of the buttons as there are words for."""
    return {
        button: gr.update(value=one, visible=bool(one))
        for button, one in zip_longest(buttons, words[: len(buttons)], fillvalue="")
    }


def _markup(html: str, name: str) -> gr.Markdown:
    """A place for our own markup; it holds no line ends, so Markdown finds nothing in it."""
    return gr.Markdown(html, elem_id=name, latex_delimiters=[], sanitize_html=True)
