"""The desk's first tab: a question, its answer, and its sources beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.components import Component

from rag_assistant.answer import Answer
from rag_assistant.asking import Question, Quoted
from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Audience, Filters
from rag_assistant.web import retention
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.api.problems import told_to
from rag_assistant.web.components import cards, render
from rag_assistant.web.components.beside import Beside, looked_up
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.markup import tag, woven
from rag_assistant.web.desk import ways, welcome
from rag_assistant.web.desk.parts import (
    QUIET,
    Update,
    labelled,
    markup_place,
    short_field,
    spoken_in,
    steps_in,
)
from rag_assistant.web.desk.spoken import spoken
from rag_assistant.web.desk.taking import Taking
from rag_assistant.web.desk.underway import Underway
from rag_assistant.web.desk.ways import Way
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import message, say

P = ParamSpec("P")
T = TypeVar("T")

TITLE = message("Ask")
_STARTERS = 3
_SESSION_SECONDS = 3600
_LOOK_SECONDS = 5  # how often the notice is made anew while the indexes are not ready
_STEP_SECONDS = 0.1  # what has come is shown anew this often at most: all that stands is drawn


class AskTab:
    """What stands in the tab. Nothing of a conversation outlives its session.

    Attributes:
        question: The field of the question, once the tab is built.
        lead: What is set where another tab leads to a question (see `about`).
        underway: The answers that are being given.
    """

    question: gr.Textbox
    lead: tuple[Component, ...]

    def __init__(
        self, assistant: Assistant, settings: Settings, doorkeeper: Doorkeeper, language: str
    ) -> None:
        self._assistant = assistant
        self._most_characters = settings.web.max_question_length
        self._at_once = settings.most_asked
        self._retention = settings.retention
        self._catalogue_search = settings.help.catalogue_search
        self._doorkeeper = doorkeeper
        self._language = language
        self._overview = Overview(assistant)
        self.underway = Underway()
        self._taking = Taking(doorkeeper, settings.web, language)

    # ------------------------------------------------------------ what stands where

    def build(self, blocks: gr.Blocks, intro: gr.Markdown) -> None:
        """Put the tab together; ``intro`` is where it is told what can be asked about."""
        self._intro = intro
        self._exchanges = gr.State([], time_to_live=_SESSION_SECONDS)
        with gr.Column(elem_id="desk"):
            self._talk()
        self._spoken = markup_place("", "announcement")
        self._clock = gr.Timer(_LOOK_SECONDS)
        self._wire(blocks)

    def _talk(self) -> None:
        markup_place(welcome.talk_heading(), "talk-heading")
        self._conversation = markup_place("", "conversation")
        with gr.Row(elem_id="ways"):
            self._ways = [gr.Button(visible=False, size="sm") for _ in range(ways.MOST)]
        self._taking.build(self._exchanges)
        with gr.Column(elem_id="evidence"), gr.Column(elem_id="panel"):
            markup_place(welcome.panel_heading(), "panel-heading")
            self._sources = markup_place(cards.sources([]), "sources")
        with gr.Column(elem_id="composer"):
            self._notice = markup_place("", "notice")
            self._about = gr.State("", time_to_live=_SESSION_SECONDS)
            with gr.Row(visible=False, elem_id="about-row") as self._about_row:
                self._about_words = markup_place("", "about-words")
                self._about_end = gr.Button(
                    say("Ask about everything"), size="sm", elem_id="about-end"
                )
            with gr.Row(elem_id="ask-row"):
                self.question = gr.Textbox(
                    label=say("Your question"),
                    lines=1,
                    max_lines=6,
                    max_length=self._most_characters,
                    autofocus=True,
                    elem_id="question",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
                )
                self._ask = gr.Button(say("Ask"), variant="primary", elem_id="ask")
                self._stop = gr.Button(say("Stop"), visible=False, elem_id="stop")
        with gr.Row(elem_id="starters"):
            self._starters = [gr.Button(visible=False, size="sm") for _ in range(_STARTERS)]
        with gr.Accordion(say("Narrow the search"), open=False, elem_id="filters"):
            self._narrow()
        self._again = gr.Button(say("New conversation"), size="sm", visible=False, elem_id="again")

    def _narrow(self) -> None:
        with gr.Row(visible=False, elem_id="search-row") as self._search_row:
            self._search = gr.Textbox(
                label=say("Search for"),
                info=say("Asks your last question again, and searches for this instead"),
                lines=1,
                max_lines=1,
                max_length=self._most_characters,
                elem_id="search-for",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off"),
            )
            self._search_again = gr.Button(say("Search again"), size="sm", elem_id="search-again")
        self._collections = gr.CheckboxGroup(label=say("Collections"), choices=[])
        about = (self._about, self._about_row, self._about_words)
        self.lead = (*about, self.question, self._collections)
        with gr.Row():
            self._from = short_field(say("From"), say("1934, 1934-05 or 1934-05-02"))
            self._to = short_field(say("To"), say("Undated items are left out"))
        with gr.Row():
            self._as_of = short_field(say(render.AS_OF), say("2019, 2019-05 or 2019-05-04"))
            self._in_language = gr.Dropdown(
                label=say("Language"), info=say("Of the text"), choices=[(say("Any"), "")], value=""
            )

    def _wire(self, blocks: gr.Blocks) -> None:
        self._clock.tick(self._heard(self.look), outputs=[self._notice, self._clock], **QUIET)
        blocks.load(
            self._heard(self.arrive),
            outputs=[
                *(self._intro, self._notice, self._collections, self._in_language),
                *self._starters,
            ],
            **QUIET,
        )
        shown = [self._exchanges, self._conversation, self._sources, self._spoken]
        outputs = [
            *(*shown, self._notice, self.question, self._stop, self._again),
            *(*self._starters, *self._ways, self._search_row, self._search),
            *self._taking.places,
            *(self._about, self._about_row, self._about_words),
        ]
        bounds = [
            self._about,
            self._collections,
            self._from,
            self._to,
            self._as_of,
            self._in_language,
        ]
        narrowed = [*bounds, self._exchanges]
        ask = steps_in(self._language, self.ask)
        # Gradio takes the lowest limit of all that share a queue, and its own is 1.
        queue = {**QUIET, "concurrency_limit": self._at_once, "concurrency_id": "ask"}
        asked = gr.on(
            [self.question.submit, self._ask.click],
            ask,
            {self.question, *narrowed},
            outputs,
            trigger_mode="always_last",  # a question sent while another is answered is kept
            **queue,
        )
        chosen = [
            gr.on(triggers, ask, {asker, *narrowed}, outputs, **queue)
            for triggers, asker in (
                ([self._search.submit, self._search_again.click], self._search),
                *(([button.click], button) for button in self._ways),
            )
        ]
        ended = {**QUIET, "concurrency_limit": None, "cancels": [asked, *chosen]}
        self._stop.click(self._heard(self.stop), self._exchanges, outputs, **ended)
        self._about_end.click(self._heard(self.about), None, [*self.lead], **QUIET)
        self._again.click(self._heard(self.start_again), None, outputs, **ended)

    # ------------------------------------------------------------ what happens

    def arrive(self, request: gr.Request) -> Update:
        """What a visitor sees first, and may choose from."""
        audience = self._audience(request)
        collections = self._overview.collections(audience)
        scope = self._overview.scope(audience)
        return {
            self._intro: welcome.intro(collections, scope, audience),
            self._notice: self._standing(audience),
            self._collections: gr.update(
                choices=[(one["title"], one["id"]) for one in collections]
            ),
            self._in_language: gr.update(choices=welcome.languages(scope)),
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

    def ask(self, values: dict[Any, Any], request: gr.Request) -> Generator[Update]:
        """Answer what is typed or chosen, showing the answer as it comes."""
        audience = self._audience(request)
        kept = [one for one in values[self._exchanges] if one.audience == audience]
        way = self._way(values, kept)
        if way and kept and kept[-1].running and kept[-1].question == way.question:
            yield {self._stop: gr.skip()}  # pressed twice
            return
        kept = [one.stopped() for one in kept]
        if way is None:
            yield {self._stop: gr.update(visible=False)}
            return
        steps = self._answering(way, kept, audience, values, request)
        yield from self.underway.alone(request.session_hash or "", steps)

    def _answering(
        self,
        way: Way,
        kept: list[Exchange],
        audience: Audience,
        values: dict[Any, Any],
        request: gr.Request,
    ) -> Generator[Update]:
        known = Beside(catalogue_search=self._catalogue_search)
        asked = Exchange(question=way.question, audience=audience, beside=known)
        yield {
            **self._shown([*kept, asked]),
            **self._offering([*kept, asked]),
            **{starter: gr.update(visible=False) for starter in self._starters},
            self.question: "",
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
        self.underway.break_off(request.session_hash or "")
        audience = self._audience(request)
        kept = [one.stopped() for one in exchanges if one.audience == audience]
        return {
            **self._shown(kept),
            **self._offering(kept),
            self._stop: gr.update(visible=False),
        }

    def start_again(self, request: gr.Request) -> Update:
        """Forget the conversation."""
        self.underway.break_off(request.session_hash or "")
        return {
            **self._shown([]),
            **self._offering([]),
            **self._starting(self._audience(request)),
            **self._narrowed("", ""),
            self.question: "",
            self._stop: gr.update(visible=False),
            self._again: gr.update(visible=False),
        }

    def about(self, document: str = "", title: str = "") -> Update:
        """Begin a question about one document, or about everything again."""
        return {
            **self._narrowed(document, title),
            self.question: "" if document else gr.skip(),
            self._collections: [] if document else gr.skip(),
        }

    def _narrowed(self, document: str, title: str) -> Update:
        words = tag("p", woven(say("About: {title}"), title=tag("bdi", title)))
        return {
            self._about: document,
            self._about_row: gr.update(visible=bool(document)),
            self._about_words: words if document else "",
        }

    def _way(self, values: dict[Any, Any], kept: list[Exchange]) -> Way | None:
        """What is asked; a button's words count only if the last answer offers them."""
        if self._search in values:
            return ways.searched_again(values[self._search] or "", kept)
        for button in self._ways:
            if button in values:
                return ways.chosen(values[button], kept)
        return ways.typed(values[self.question])

    def _filters(self, values: dict[Any, Any]) -> Filters:
        return Filters(
            collections=tuple(values[self._collections] or ()),
            documents=tuple(filter(None, [values[self._about]])),
            date_from=(values[self._from] or "").strip() or None,
            date_to=(values[self._to] or "").strip() or None,
            as_of=(values[self._as_of] or "").strip() or None,
            language=values[self._in_language] or None,
        )

    def _steps(self, asked: Exchange, question: Question) -> Generator[Exchange]:
        """The exchange as it becomes; at times the same again, for the work can be ended there."""
        longest = max(len(question.text), len(question.search or ""))
        if longest > self._most_characters:
            yield asked.failed(say("The question is too long. Ask it more briefly."))
            return
        if not self._overview.anything():
            yield asked.failed(say("Nothing has been indexed yet."))
            return
        now, told = asked, 0.0
        for event in self._assistant.stream(question):
            now = now.after(event)
            if isinstance(event, Answer | Quoted) and now.shown:
                known = looked_up(self._assistant.docstore, now.shown, now.beside)
                now = replace(now, beside=known)
            if not isinstance(event, Answer | Quoted) and time.monotonic() - told < _STEP_SECONDS:
                continue
            told = time.monotonic()
            yield now

    def _shown(self, exchanges: list[Exchange]) -> Update:
        return {
            self._exchanges: exchanges,
            self._conversation: render.conversation(exchanges),
            self._sources: cards.sources(exchanges),
            self._spoken: spoken(exchanges),
            **self._taking.offered(exchanges),
        }

    def _offering(self, exchanges: list[Exchange]) -> Update:
        """Ways on from the last answer, and what was searched for it, to be edited."""
        offered = [way.label for way in ways.ways(exchanges)]
        answer = exchanges[-1].answer if exchanges else None
        return {
            self._search_row: gr.update(visible=bool(exchanges)),
            self._search: answer.search_query if answer else "",
            **labelled(self._ways, offered),
        }

    def open_starters(self, tabs: gr.Tabs) -> None:
        """What a collection holds is told in the tab ``collections`` of the tabs."""
        for button in self._starters:
            button.click(lambda: gr.Tabs(selected="collections"), None, tabs, **QUIET)

    def _starting(self, audience: Audience) -> Update:
        """First questions, as many as there are collections."""
        return labelled(self._starters, welcome.starters(self._overview.collections(audience)))

    def _standing(self, audience: Audience) -> str:
        coverage = self._overview.coverage(audience)
        kept = retention.notice(self._retention)
        return welcome.notice(self._overview.answerer(), coverage, audience, kept)

    def _heard(self, handler: Callable[P, T]) -> Callable[P, T]:
        return spoken_in(self._language, handler)

    def _audience(self, request: gr.Request) -> Audience:
        return self._doorkeeper.audience(request.headers, request.cookies)
