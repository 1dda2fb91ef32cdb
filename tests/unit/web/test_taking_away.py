"""Transcripts and hand-off packets: whole, and text where others' text stands."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from rag_assistant.answer import Answer, Consulted, Help, Note
from rag_assistant.schema import Notice, Rights
from rag_assistant.web.components import handoff
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.handoff import as_json, as_text, packet
from rag_assistant.web.components.transcript import Transcript, transcript
from tests.answers import OPENED, QUESTION, make_answer, make_citation, make_sentence, written
from tests.browser.hostile import PAYLOADS

TRAPS = (
    "![seen](https://trap.example/b.png)",
    "[catalogue](https://trap.example/c) or <https://trap.example/d> www.trap.example",
    '<img src="https://trap.example/e.png"><script>window.ran = 1</script>',
    "[1]: https://trap.example/g\n\n![x][1]\n\n# Heading\n\n- list\n\n    code",
    "</style></title><meta http-equiv=refresh content='0;url=https://trap.example'>",
    "*bold* _it_ `code` ~~gone~~ | a | b | &lt;b&gt; &#33;\n---\n> quote\n=== {x}",
)


def saved(*answers: Answer) -> Transcript:
    exchanges = [
        Exchange(
            question=one.question,
            audience="public",
            answer=one,
            beside=Beside(titles={"town": "Town papers"}),
        )
        for one in answers
    ]
    return transcript(exchanges, title="Ask the library", saved="30 November 2026")


def trapped(trap: str) -> Answer:
    cited = make_citation(
        title=trap, quote=trap, reference=trap, creator=trap, locator=trap, uri=trap, kind=trap
    )
    note = Note(kind="conflict", text=trap, citations=(1,))
    return written(
        make_sentence(trap, 1, support="unsupported"),
        question=trap,
        citations=(cited,),
        notes=(note,),
    )


def test_json_gives_the_same_answers_back() -> None:
    answers = (make_answer(), trapped(TRAPS[2]))
    record = json.loads(saved(*answers).json)
    assert record["answers"] == [one.to_dict() for one in answers]
    assert record["ai_generated"] is True
    assert json.loads(saved(make_answer()).json)["ai_generated"] is False


@pytest.mark.parametrize("trap", TRAPS)
def test_markdown_shows_hostile_text_as_text(trap: str) -> None:
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    tokens = parser.parse(saved(trapped(trap)).markdown)
    inline = [child for one in tokens for child in one.children or ()]
    assert {one.type for one in inline} <= {
        *("text", "text_special", "softbreak", "hardbreak", "strong_open", "strong_close"),
    }
    assert not {one.type for one in tokens} & {"html_block", "fence", "code_block", "table_open"}
    headings = [one.content for one in tokens if one.type == "inline" and one.level == 1]
    shown = "".join(one.content for one in inline if one.type in ("text", "text_special"))
    assert " ".join(trap.split()) in shown
    assert headings


def test_all_payloads_are_text_in_every_form() -> None:
    cited = make_citation(reference="Venn, Ada.")
    answers = []
    for payload in PAYLOADS:
        one = replace(
            cited,
            **dict.fromkeys(("title", "quote", "creator", "locator", "uri", "kind"), payload),
            notices=(Notice(type=payload, text=payload, uri=payload, community=payload),),
            rights=Rights(uri=payload, label=payload),
        )
        said = make_sentence(payload, 1, support="unsupported")
        answers.append(written(said, question=payload, citations=(one,)))
    made = saved(*answers)
    found = _Names(made.html)
    assert not {"script", "img", "iframe", "form", "link", "svg", "object"} & set(found.names)
    assert found.names.count("meta") == 4
    assert found.addresses == []
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(made.markdown)
    kinds = {child.type for one in tokens for child in one.children or ()}
    assert not kinds & {"html_inline", "link_open", "image", "code_inline", "em_open", "s_open"}
    assert not {one.type for one in tokens} & {"html_block", "fence", "code_block", "table_open"}
    for answer, payload in zip(answers, PAYLOADS, strict=True):
        packed = packet(answer, Beside())
        assert json.loads(as_json(packed))["question"] == payload
        assert f"Question: {payload}" in as_text(packed)
        assert payload not in handoff.ways(answer)


class _Names(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src", "style")]


@pytest.mark.parametrize("trap", TRAPS)
def test_html_shows_hostile_text_as_text(trap: str) -> None:
    page = saved(trapped(trap)).html
    found = _Names(page)
    assert not {"script", "img", "iframe", "form", "link"} & set(found.names)
    assert found.names.count("meta") == 4
    assert found.addresses == []
    csp = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{csp}">' in page


def test_each_form_says_first_what_it_is() -> None:
    made = saved(make_answer())
    for form in (made.markdown, made.html, made.json):
        plain = re.sub(r"\\(.)", r"\1", form)
        places = [
            plain.index(words)
            for words in (
                "Answers in this text were made by a machine",
                "no language model wrote any of them",
                "30 November 2026",
                "Town papers",
                QUESTION,
            )
        ]
        assert places == sorted(places)
    models = saved(written(make_sentence(OPENED, 1, support="supported"))).markdown
    assert "gemma3" in models
    assert "no language model" not in models


def test_every_source_and_the_run_record_are_there() -> None:
    cited = (make_citation(1, reference="Venn, Ada. Bridges."), make_citation(2, quote="Other."))
    made = saved(make_answer(citations=cited))
    for form in (made.markdown, made.html):
        plain = re.sub(r"\\(.)", r"\1", form)
        for words in ("[1] Venn, Ada. Bridges.", "Other.", "page 3", "Rights: not stated"):
            assert words in plain
        assert "How this answer was made" in plain


def test_what_has_no_answer_is_left_out() -> None:
    asked = Exchange(question="A private matter", audience="public")
    made = transcript([asked], title="x", saved="today")
    assert "private" not in made.markdown + made.html + made.json


def test_a_packet_holds_what_a_colleague_needs() -> None:
    consulted = (
        Consulted(
            passage_id="p", document_id="d", title="The mill", locator="p. 2", score=0.1, rank=2
        ),
    )
    answer = make_answer(
        question="Who paid for it?", search_query="iron bridge cost", consulted=consulted
    )
    made = packet(answer, Beside(titles={"town": "Town papers"}))
    words = as_text(made)
    for part in (
        "Question: Who paid for it?",
        "Searched for: iron bridge cost",
        "Outcome: Answered",
        f"“{OPENED}”[1]",
        "The mill, p. 2",
        "Collections: Town papers",
    ):
        assert part in words
    record = json.loads(as_json(made))
    assert record["question"] == "Who paid for it?"
    assert record["passages"][0]["quote"] == OPENED


@pytest.mark.parametrize(
    ("known", "there", "not_there"),
    [
        (
            Help(label="Chat", url="https://chat.example", open=True),
            "Chat with a person",
            "Write a mail",
        ),
        (
            Help(label="Ticket", url="https://ask.example", open=False),
            "Ask a person",
            "Chat with",
        ),
        (
            Help(label="Desk", url="mailto:desk@library.example", open=None),
            ">desk@library.example</span>",
            "Ask a person",
        ),
        (None, "Write a mail", "a person"),
    ],
)
def test_the_way_to_a_person_follows_the_hours(
    known: Help | None, there: str, not_there: str
) -> None:
    markup = handoff.ways(make_answer(help=known))
    assert there in markup
    assert not_there not in markup
    assert QUESTION not in markup  # it stands in the field alone
