"""What the desk shows of an answer, and of one that is still coming."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from rag_assistant.answer import Clarification, Cost, Note, Suggestion
from rag_assistant.asking import Quoted
from rag_assistant.ports import Token, Waiting
from rag_assistant.web.components import cards
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.render import conversation
from rag_assistant.web.desk.spoken import spoken
from tests.answers import (
    OPENED,
    QUESTION,
    make_answer,
    make_citation,
    make_run,
    make_sentence,
    silent,
    written,
)


def exchange(**facts: Any) -> Exchange:
    return Exchange(**{"question": QUESTION, "audience": "public", **facts})


def words(markup: str) -> str:
    """What is read, without what is only heard."""
    heard = re.sub(r'<span class="visually-hidden">.*?</span>', "", markup)
    return re.sub(r"<[^>]+>", " ", heard)


def test_quotations_stand_while_the_model_writes() -> None:
    quotation = make_answer()
    other = make_sentence("Ada Venn opened it.", 1, support="supported")
    now = exchange().after(Quoted(answer=quotation)).after(Token(text="Ada")).after(other)
    shown = conversation([now])
    assert shown.index("Quotations") < shown.index(OPENED) < shown.index("Written answer")
    assert shown.index("Written answer") < shown.index("Ada Venn opened it.")
    assert "Writing; each sentence is checked" in shown
    # Of the text's own markers nobody knows yet which sources they mean: the panel has others.
    assert shown.count('class="marker"') == 1
    assert f"<mark>{OPENED}</mark>" in cards.sources([now])
    assert f"Quotations: {OPENED} A written answer follows." in spoken([now])


def test_the_written_answer_takes_their_place() -> None:
    sentence = make_sentence("Ada Venn opened it in 1868.", 1, support="supported")
    now = exchange(quoted=make_answer(), answer=written(sentence))
    shown = conversation([now])
    folded = shown.index("<details")
    assert shown.index("Ada Venn opened it in 1868.") < folded < shown.index(OPENED)
    assert 'href="#source-1"' in shown[:folded]
    assert 'href="#quoted-source-1"' in shown[folded:]
    assert 'id="quoted-source-1"' in shown[folded:]
    older = conversation([now, exchange(answer=make_answer())])
    assert 'id="turn-1-source-1"' in older
    assert 'id="turn-1-quoted-source-1"' in older
    assert len(re.findall(r' id="([^"]+)"', older)) == len(set(re.findall(r' id="([^"]+)"', older)))


def test_where_the_model_failed_the_quotations_stand() -> None:
    note = Note(kind="model", text="No answer was written. These are the sources' own words.")
    reason = "Ollama does not run. Start it: ollama serve"
    answer = make_answer(status="model_failed", reason=reason, notes=(note,))
    now = exchange(answer=answer, quoted=make_answer())
    shown = words(conversation([now]))
    places = [shown.index(one) for one in (reason, "No answer was written", "Quotations", OPENED)]
    assert places == sorted(places)
    assert shown.count(OPENED) == 1
    assert shown.count("No answer was written") == 1
    assert f"<mark>{OPENED}</mark>" in cards.sources([now])
    said = spoken([now])
    assert said.index("Start it: ollama serve") < said.index(f"Quotations: {OPENED}")


@pytest.mark.parametrize(
    ("position", "told"),
    [
        (3, "2 questions are before yours."),
        (2, "1 question is before yours."),
        (1, "Yours is next."),
        (0, "The model is reading what was found…"),
    ],
)
def test_the_place_in_the_queue_is_told(position: int, told: str) -> None:
    waiting = exchange(phase="reading", found=6).after(Waiting(position=position))
    assert f'<p class="progress">{told}</p>' in conversation([waiting])
    assert (told in spoken([waiting])) == bool(position)
    written_now = waiting.after(Token(text="Ada"))
    assert told not in conversation([written_now])
    between_two_words = written_now.after(Waiting(position=0))
    assert conversation([between_two_words]) == conversation([written_now])


def test_other_words_that_were_searched_are_told() -> None:
    answer = make_answer(search_query="Who paid for the iron bridge?", question="Who paid for it?")
    last = words(conversation([exchange(answer=answer)]))
    assert "Searched for:  Who paid for the iron bridge?" in last
    assert "Narrow the search" in last
    assert "Narrow the search" not in words(conversation([exchange(answer=answer), exchange()]))
    assert "Searched for: Who paid for the iron bridge?." not in spoken([exchange(answer=answer)])
    assert "Searched for: “Who paid for the iron bridge?”" in spoken([exchange(answer=answer)])
    same = make_answer(search_query=f" {QUESTION} ")
    assert "Searched for" not in conversation([exchange(answer=same)])


def test_notes_stand_in_a_list_whose_markers_lead_to_the_sources() -> None:
    notes = (
        Note(kind="dropped", text="1 sentence was left out because no cited source supports it."),
        Note(kind="conflict", text="Sources differ here: compare [1] with [2].", citations=(1, 2)),
        Note(kind="versions", text="It changed between these dates.", citations=(2, 7)),
        Note(kind="language", text="See [3] <b>there</b>."),
    )
    answer = make_answer(notes=notes, citations=(make_citation(1), make_citation(2)))
    shown = conversation([exchange(answer=answer)])
    items = re.findall(r"<li>(.*?)</li>", shown)
    led = [re.findall("#source-(.)", one) for one in items]
    assert led == [[], ["1", "2"], ["2"], []]
    assert "See [3] &lt;b&gt;there&lt;/b&gt;." in items[3]
    said = spoken([exchange(answer=answer)])
    assert said.index(OPENED) < said.index("1 sentence was left out")


def test_a_question_back_is_no_answer() -> None:
    back = Clarification(question="Which bridge?", choices=("The iron one?", "The old one?"))
    now = exchange(answer=silent("clarify", clarification=back, text="Which bridge?"))
    shown = conversation([now])
    assert shown.count("Which bridge?") == 1
    assert "No source answers" not in cards.sources([now])
    assert "Which bridge? The iron one?; The old one?" in spoken([now])


def test_offers_are_read_and_other_searches_are_heard() -> None:
    offer = "A written answer needs about 40 seconds on this computer. Write it?"
    ways = (Suggestion(kind="written", text=offer), Suggestion(kind="search", text="bridge 1868"))
    now = exchange(answer=make_answer(suggestions=ways))
    assert f'<p class="offer">{offer}</p>' in conversation([now])
    assert offer not in conversation([now, exchange()])
    assert "The nearest passages" not in conversation([now])
    assert "Other words to search for: bridge 1868" in spoken([now])
    assert offer in spoken([now])


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (
            Cost(prompt_tokens=900, answer_tokens=80, seconds=36.0, energy_wh=0.45),
            "Written by gemma3:4b · 900 tokens read, 80 written · 36 s · about 0.45 Wh · ",
        ),
        (Cost(seconds=3.42), "Written by gemma3:4b · 3.4 s · 7 documents"),
        (Cost(answer_tokens=1200), "Written by gemma3:4b · 1,200 tokens written · 7 documents"),
        (
            Cost(seconds=0.01, energy_wh=0.001),
            "Written by gemma3:4b · less than 0.1 s · less than 0.01 Wh · 7 documents",
        ),
        (None, "Written by gemma3:4b · 0.0 s · 7 documents"),
    ],
)
def test_its_cost_is_told_as_far_as_it_is_known(cost: Cost | None, told: str) -> None:
    run = make_run(cost, answerer="ollama", model="gemma3:4b")
    answer = written(make_sentence(OPENED, 1), run=run)
    assert told in words(cards.sources([exchange(answer=answer)]))


class _Found(HTMLParser):
    """Elements, and addresses of any kind."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        loading = ("href", "src", "srcset", "data", "action", "poster", "style")
        self.addresses |= {value or "" for name, value in attrs if name in loading}


TRAPS = (
    "See https://trap.example/a and www.trap.example.",
    "![seen](https://trap.example/b.png)",
    "[catalogue](https://trap.example/c) or <https://trap.example/d>",
    '<img src="https://trap.example/e.png"><a href="https://trap.example/f">here</a>',
    "[1]: https://trap.example/g\n\n![x][1]\n\n# Heading",
)


@pytest.mark.parametrize("trap", TRAPS)
def test_what_a_model_writes_is_never_a_link_or_a_picture(trap: str) -> None:
    cited = make_citation(uri="https://catalogue.example.org/1")
    sentence = make_sentence(trap, 1, support="supported")
    note = Note(kind="conflict", text=f"{trap} [1]", citations=(1,))
    ways = tuple(Suggestion(kind=kind, text=trap) for kind in ("search", "written", "passage"))
    back = Clarification(question=trap, choices=(trap,))
    facts: dict[str, Any] = {"citations": (cited,), "notes": (note,), "suggestions": ways}
    states = (
        exchange(answer=written(sentence, search_query=trap, **facts)),
        exchange(answer=written(sentence, status="model_failed", reason=trap, **facts)),
        exchange(answer=silent("clarify", clarification=back, search_query=trap)),
        exchange(answer=silent(text=trap)),
        exchange(audience="staff", quoted=make_answer(citations=(cited,))).after(Token(text=trap)),
        exchange(sentences=(sentence,)),
    )
    for now in states:
        for markup in (conversation([now]), cards.sources([now]), spoken([now])):
            found = _Found(MarkdownIt("commonmark", {"html": True}).render(markup))
            assert "img" not in found.names
            assert found.names.isdisjoint({"h1", "h2"})
            allowed = (
                "#source-1",
                "#cites-1",
                "/read/passage-1",
                "/api/references.",
                "https://catalogue.example.org/1",
            )
            assert [one for one in found.addresses if not one.startswith(allowed)] == []


def test_sources_stay_until_the_next_answer_has_its_own() -> None:
    answered, asked = exchange(answer=make_answer()), exchange()
    panel, shown = cards.sources([answered, asked]), conversation([answered, asked])
    assert "Sources of the previous answer" in panel
    assert 'id="turn-1-source-1"' in panel
    assert 'href="#turn-1-source-1"' in shown
    assert 'id="turn-1-source-1"' not in shown
    after = [answered, exchange(answer=make_answer())]
    assert "previous" not in cards.sources(after)
    assert 'id="turn-1-source-1"' in conversation(after)


def test_what_is_only_quoted_is_not_said_to_be_written() -> None:
    quoted = exchange().after(Token(text="So")).after(make_sentence(support="verbatim"))
    assert "Quoting" in conversation([quoted])
    assert "Writing" not in conversation([quoted])
