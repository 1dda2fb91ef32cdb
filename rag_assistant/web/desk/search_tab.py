"""The desk's search: a list of passages and what they can be narrowed by. No model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from rag_assistant.assistant import Assistant
from rag_assistant.docstore.facets import Counted, Facets
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import RagAssistantError, TooLongError
from rag_assistant.retrieval import Sort
from rag_assistant.retrieval.finding import Looked
from rag_assistant.schema import Audience, Filters
from rag_assistant.web.api.overview import Overview
from rag_assistant.web.api.problems import NotReadyError, told_to
from rag_assistant.web.components import results
from rag_assistant.web.components.found import results_of
from rag_assistant.web.components.kinds import kind_words
from rag_assistant.web.components.markup import tag
from rag_assistant.web.components.render import language_name
from rag_assistant.web.desk import welcome
from rag_assistant.web.desk.asking import AskTab
from rag_assistant.web.desk.parts import QUIET, markup_place, short_field
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.wording import message, number, say, say_n, speaking

TITLE = message("Search")
_PAGE = 20  # results
_VALUES = 12  # of a facet are offered
_DECADE = 10  # years
_AT_ONCE = 2  # searches at a time
_MOST_SHOWN = 500  # results; whoever wants more of them narrows the search
_SESSION_SECONDS = 3600
_LONGEST_TITLE = 120  # characters of one that a question is about
_FACETS = {
    "collections": message("Collection"),
    "kinds": message("Kind"),
    "languages": message("Language"),
    "decades": message("Decade"),
    "persons": message("Person or body"),
    "places": message("Place"),
}
_ONE_OF = ("kinds", "languages", "decades")
"""Facets of which one value can be chosen, or any."""

Update = dict[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was searched for last, and how many of its results are shown."""

    query: str = ""
    filters: Filters = field(default_factory=Filters)
    sort: Sort = "relevance"
    shown: int = _PAGE


class SearchTab:
    """What stands in the tab. What is searched for is kept no longer than its session.

    Args:
        assistant: What is searched.
        doorkeeper: Tells who asks.
        longest: Characters of a query.
        language: Of the words around the results.
    """

    def __init__(
        self,
        assistant: Assistant,
        doorkeeper: Doorkeeper,
        *,
        longest: int,
        language: str,
    ) -> None:
        self._assistant = assistant
        self._doorkeeper = doorkeeper
        self._longest = longest
        self._language = language
        self._overview = Overview(assistant)

    # ------------------------------------------------------------ what stands where

    def build(self, tab: gr.Tab) -> None:
        """Put the tab together; it is filled when it is first shown."""
        with speaking(self._language), gr.Column(elem_id="finder"):
            self._asked = gr.State(None, time_to_live=_SESSION_SECONDS)
            self._about = short_field("", "", visible="hidden", elem_id="about", show_label=False)
            self._begin = gr.Button(visible="hidden", elem_id="about-begin")
            markup_place(tag("h2", say(TITLE), class_="visually-hidden"), "finder-heading")
            with gr.Row(elem_id="find-row"):
                self._query = gr.Textbox(
                    label=say("Search for"),
                    info=say("Words, or a phrase in quotation marks. No answer is written."),
                    lines=1,
                    max_lines=1,
                    max_length=self._longest,
                    elem_id="find-for",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
                )
                self._button = gr.Button(say("Search"), variant="primary", elem_id="find")
            with gr.Row(elem_id="find-desk"):
                with gr.Column(elem_id="facets", min_width=0):
                    self._narrowing()
                with gr.Column(elem_id="found", min_width=0):
                    self._listing()
        self._wire(tab)

    def _narrowing(self) -> None:
        with gr.Accordion(say("Filters"), open=True, elem_id="facets-fold"):
            self._clear = gr.Button(
                say("Clear all filters"), size="sm", visible=False, elem_id="facets-clear"
            )
            with gr.Row(elem_id="facet-dates"):
                self._from = short_field(say("From"), say("1934, 1934-05 or 1934-05-02"))
                self._to = short_field(say("To"), say("Undated items are left out"))
            self._groups = {
                name: (gr.Radio if name in _ONE_OF else gr.CheckboxGroup)(
                    label=say(label), choices=[], visible=False, elem_id=f"facet-{name}"
                )
                for name, label in _FACETS.items()
            }

    def _listing(self) -> None:
        with gr.Row(elem_id="found-head"):
            self._count = markup_place("", "found-count")
            self._sort = gr.Radio(
                label=say("Order"),
                choices=_orders(""),
                value="relevance",
                elem_id="found-order",
            )
        self._found = markup_place("", "found-list")
        self._more = gr.Button(say("Show more"), visible=False, elem_id="found-more")

    def _wire(self, tab: gr.Tab) -> None:
        fields = [self._query, self._from, self._to, self._sort, *self._groups.values()]
        shown = [self._count, self._found, self._more, self._clear, self._asked]
        outputs = [*shown, self._sort, self._from, self._to, *self._groups.values()]
        quiet = {**QUIET, "concurrency_limit": _AT_ONCE, "concurrency_id": "find"}
        decades = self._groups["decades"]
        others = [group.input for group in self._groups.values() if group is not decades]
        given = [self._query.submit, self._from.submit, self._to.submit, self._button.click]
        latest = {**quiet, "trigger_mode": "always_last"}
        gr.on([*given, self._sort.input, *others], self.search, {*fields}, outputs, **latest)
        decades.input(self.search_decade, {*fields}, outputs, **latest)
        self._clear.click(self.search_everything, {*fields}, outputs, **quiet)
        self._more.click(self.search_on, self._asked, outputs, **quiet)
        tab.select(self.arrive, self._asked, outputs, **quiet)

    def lead(self, asking: AskTab, tabs: gr.Tabs) -> None:
        """From a result to a question about it, in the tab ``ask`` of the tabs.

        Args:
            asking: Where the question is asked, about the result's document alone.
            tabs: The tab ``ask`` is opened.
        """

        def begin(passage_id: str, request: gr.Request) -> Update:
            with speaking(self._language):
                subject = self.subject(passage_id, self._audience(request))
                if subject is None:
                    return {self._about: ""}
                return {self._about: "", tabs: gr.Tabs(selected="ask"), **asking.about(*subject)}

        outputs = [self._about, tabs, *asking.lead]
        self._begin.click(begin, self._about, outputs, **QUIET)

    # ------------------------------------------------------------ what happens

    def arrive(self, asked: Asked | None, request: gr.Request) -> Update:
        """What there is, when the tab is first shown."""
        if asked is not None:
            return {self._asked: gr.skip()}
        return self._look(Asked(), request)

    def search(self, values: dict[Any, Any], request: gr.Request) -> Update:
        """Search with what is typed and chosen."""
        return self._look(self._read(values), request)

    def search_decade(self, values: dict[Any, Any], request: gr.Request) -> Update:
        """Search in the decade that was chosen last, or in all times."""
        chosen = values[self._groups["decades"]]
        asked = self._read(values)
        first = int(chosen) if chosen else None
        span = (None, None) if first is None else (_year(first), _year(first + _DECADE - 1))
        narrowed = replace(asked.filters, date_from=span[0], date_to=span[1])
        return self._look(replace(asked, filters=narrowed), request)

    def search_everything(self, values: dict[Any, Any], request: gr.Request) -> Update:
        """Search without any filter."""
        return self._look(replace(self._read(values), filters=Filters()), request)

    def search_on(self, asked: Asked | None, request: gr.Request) -> Update:
        """Also the next results."""
        asked = asked or Asked()
        return self._look(replace(asked, shown=min(asked.shown + _PAGE, _MOST_SHOWN)), request)

    def subject(self, passage_id: str, audience: Audience) -> tuple[str, str] | None:
        """A passage's document and its title; None where it is not to be seen."""
        bounds = Bounds(access=audience_access(audience), uses=LISTED)
        entry = self._assistant.docstore.library.entries([passage_id], bounds).get(passage_id)
        if entry is None:
            return None
        title = " ".join(entry.title.split())
        if len(title) > _LONGEST_TITLE:
            title = title[:_LONGEST_TITLE].rpartition(" ")[0] + "…"
        return entry.document_id, title

    def _read(self, values: dict[Any, Any]) -> Asked:
        chosen = {name: values[group] or () for name, group in self._groups.items()}
        return Asked(
            query=(values[self._query] or "").strip(),
            sort=values[self._sort],
            filters=Filters(
                collections=tuple(chosen["collections"]),
                kind=chosen["kinds"] or None,
                language=chosen["languages"] or None,
                date_from=(values[self._from] or "").strip() or None,
                date_to=(values[self._to] or "").strip() or None,
                persons=tuple(chosen["persons"]),
                places=tuple(chosen["places"]),
            ),
        )

    def _look(self, asked: Asked, request: gr.Request) -> Update:
        audience = self._audience(request)
        with speaking(self._language):
            try:
                with self._doorkeeper.asking(request):
                    found = self._looked(asked, audience)
            except RagAssistantError as error:
                words = welcome.plainly(told_to(audience, error))
                return {
                    self._count: tag("p", words, class_="problem"),
                    self._found: "",
                    self._more: gr.update(visible=False),
                    self._clear: gr.update(visible=asked.filters != Filters()),
                }
            return self._shown(asked, found, audience)

    def _looked(self, asked: Asked, audience: Audience) -> Looked:
        if not self._overview.anything():
            raise NotReadyError
        if len(asked.query) > self._longest:
            raise TooLongError(
                say("The question is longer than {n} characters.", n=self._longest),
                say("Ask it more briefly."),
            )
        return self._found_by(asked, asked.filters, audience, asked.shown)

    def _found_by(self, asked: Asked, filters: Filters, audience: Audience, k: int) -> Looked:
        return self._assistant.finder.look(
            asked.query, k=k, offset=0, filters=filters, audience=audience, sort=asked.sort
        )

    def _counted(self, asked: Asked, found: Facets, audience: Audience) -> dict[str, Facets]:
        """What each facet counts: of those with one value, what there would be without it."""
        filters = asked.filters
        without = {
            "kinds": replace(filters, kind=None),
            "languages": replace(filters, language=None),
            "decades": replace(filters, date_from=None, date_to=None)
            if _decade(filters)
            else filters,
        }
        others = {
            name: self._found_by(asked, wider, audience, 0).facets
            for name, wider in without.items()
            if wider != filters
        }
        return {name: others.get(name, found) for name in _FACETS}

    def _shown(self, asked: Asked, found: Looked, audience: Audience) -> Update:
        titles = {one["id"]: one["title"] for one in self._overview.collections(audience)}
        told = results_of(self._assistant.docstore, found, titles, audience)
        filters = asked.filters
        rest = min(found.total, _MOST_SHOWN) - asked.shown
        if found.total:
            count = results.counted(found)
        else:
            searched = [titles.get(one, one) for one in filters.collections] or [*titles.values()]
            narrowed = filters != Filters()
            count = results.nothing(
                found.searched,
                narrowed=narrowed,
                together=", ".join(searched),
                staff=audience == "staff",
            )
        return {
            self._count: count,
            self._found: results.results(told, found.near),
            self._more: gr.update(visible=rest > 0, value=_more(rest)),
            self._clear: gr.update(visible=filters != Filters()),
            self._asked: asked,
            self._sort: gr.update(choices=_orders(asked.query)),
            self._from: filters.date_from or "",
            self._to: filters.date_to or "",
            **self._offered(self._counted(asked, found.facets, audience), filters, titles),
        }

    def _offered(
        self, facets: dict[str, Facets], filters: Filters, titles: dict[str, str]
    ) -> Update:
        """Values to narrow by, with their numbers; those that are chosen stay, to be removed."""
        decades = [(str(first), n) for first, n in facets["decades"].decades]
        chosen = {
            "collections": filters.collections,
            "kinds": (filters.kind,) if filters.kind else (),
            "languages": (filters.language,) if filters.language else (),
            "decades": _decade(filters),
            "persons": filters.persons,
            "places": filters.places,
        }
        offered: dict[str, tuple[Counted, Any]] = {
            "collections": (facets["collections"].collections, lambda one: titles.get(one, one)),
            "kinds": (facets["kinds"].kinds, kind_words),
            "languages": (facets["languages"].languages, language_name),
            "decades": (tuple(decades), _decade_name),
            "persons": (facets["persons"].persons, str),
            "places": (facets["places"].places, str),
        }
        return {
            self._groups[name]: _choices(
                name, counted, chosen[name], called, documents=facets[name].documents
            )
            for name, (counted, called) in offered.items()
        }

    def _audience(self, request: gr.Request) -> Audience:
        return self._doorkeeper.audience(request.headers, request.cookies)


def _choices(
    name: str, counted: Counted, chosen: Sequence[str], called: Any, *, documents: int
) -> Update:
    """The values of a facet, the chosen ones first; hidden where none would narrow anything."""
    numbers = dict(counted)
    values = [*chosen, *(one for one in numbers if one not in chosen)]
    if name in _ONE_OF:  # one stays where it is when it is chosen
        values = [*dict.fromkeys((*numbers, *chosen))]
    every = name == "decades"
    values = sorted(values, key=int) if every else values[: max(_VALUES, len(chosen))]
    values += [one for one in chosen if one not in values]
    left = len({*numbers} - {*values})
    info = say_n(
        "{n} more, with fewer documents, is not listed",
        "{n} more, with fewer documents, are not listed",
        left,
    )
    one_of = name in _ONE_OF
    update: Update = gr.update(
        choices=[
            *([(say("Any"), "")] if one_of else []),
            *((f"{called(one)} ({number(numbers.get(one, 0))})", one) for one in values),
        ],
        value=next(iter(chosen), "") if one_of else list(chosen),
        info=info if left else "",
        visible=bool(chosen) or any(n < documents for n in numbers.values()),
    )
    return update


def _orders(query: str) -> list[tuple[str, str]]:
    """The orders to choose from; without a query nothing is better than anything else."""
    first = say("Best first") if query else say("Newest here first")
    return [(first, "relevance"), (say("Oldest first"), "date")]


def _more(rest: int) -> str:
    return say_n("Show {n} more", "Show {n} more", min(rest, _PAGE)) if rest > 0 else ""


def _year(year: int) -> str:
    """As the fields of dates take it."""
    return f"{year:04d}" if year >= 0 else f"-{-year:04d}"


def _decade(filters: Filters) -> tuple[str, ...]:
    """The decade that is chosen by its dates, if they are one's."""
    try:
        first, last = int(filters.date_from or ""), int(filters.date_to or "")
    except ValueError:
        return ()
    whole = first % _DECADE == 0 and last == first + _DECADE - 1
    return (str(first),) if whole else ()


def _decade_name(first: str) -> str:
    return say("{decade}s", decade=first)
