"""A turn of direction in others' words ends where these end, on pages and in texts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from rag_assistant.answer import Consulted, Link
from rag_assistant.schema import Notice, Rights
from rag_assistant.web.components import cards, render
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.bidi import balanced, isolated
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.handoff import as_text, packet
from rag_assistant.web.components.markup import foreign
from rag_assistant.web.components.transcript import transcript
from tests.answers import make_answer, make_citation, make_sentence

RLO, LRI, RLI, FSI, PDI = "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"
EVIL = f"{RLO}evil{LRI} {RLI}mixed"
# Each stands in a line of its own, whatever is in it.
BLOCKS = {"p", "li", "h2", "h3", "dd", "dt", "blockquote", "mark", "summary", "div", "article"}


def answer() -> cards.Answer:
    """One whose every word of others' turns the direction."""
    cited = make_citation(
        *(),
        title=EVIL,
        creator=EVIL,
        locator=EVIL,
        kind=EVIL,
        date=EVIL,
        rights=Rights(uri="", label=EVIL),
        notices=(Notice(type=EVIL, text=EVIL, community=EVIL),),
        reference=EVIL,
        links=(Link(kind="other", url="https://a.example", label=EVIL),),
    )
    unused = Consulted(passage_id="p", document_id="d", title=EVIL, locator=EVIL, score=0.1, rank=2)
    return make_answer(
        question=EVIL,
        citations=(cited,),
        consulted=(unused,),
        sentences=(make_sentence(EVIL, 1, support="verbatim"),),
    )


def exchange() -> Exchange:
    beside = Beside(titles={"town": EVIL})
    return Exchange(question=EVIL, audience="public", answer=answer(), beside=beside)


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("plain", "plain"),
        (f"{RLO}x", f"{RLO}x"),
        (f"a{LRI}b{RLI}c", f"a{LRI}b{RLI}c{PDI}{PDI}"),
        (f"a{PDI}b", "ab"),
        (f"{LRI}a{PDI}{PDI}b", f"{LRI}a{PDI}b"),
    ],
)
def test_what_is_opened_is_closed(words: str, whole: str) -> None:
    assert balanced(words) == whole
    assert isolated(words) == (f"{FSI}{whole}{PDI}" if words != "plain" else "plain")
    assert foreign(words) == f"<bdi>{whole}</bdi>"


class _Beside(HTMLParser):
    """Text that turns directions and has words of ours around it in the same element."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, str]] = []
        self.loose: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        hidden = any("visually-hidden" in name for _, name in self.stack)
        alone = any(tag in ("bdi", "mark", "blockquote") for tag, _ in self.stack)
        quoted = any("sentence" in name or name == "draft" for _, name in self.stack)
        if EVIL in data and not (hidden or alone or quoted or f"{FSI}{EVIL}" in data):
            self.loose.append(f"{self.stack[-1][0]}: {data!r}")


def test_on_pages_every_such_word_is_isolated() -> None:
    assert _Beside(cards.sources([exchange()])).loose == []
    assert _Beside(render.conversation([exchange()])).loose == []


def test_in_texts_no_such_word_turns_what_follows() -> None:
    made = transcript([exchange()], title="x", saved="today")
    lines = [*made.markdown.splitlines(), *as_text(packet(answer(), Beside())).splitlines()]
    for line in lines:
        plain = re.sub(r"\\(.)", r"\1", line)
        rest = plain.partition(EVIL)[2]
        if rest.strip():
            assert f"{FSI}{EVIL}{PDI}{PDI}{PDI}" in plain, ascii(line)
