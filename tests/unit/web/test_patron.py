"""The patron's page and the script that embeds it, as markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag_assistant import Assistant
from rag_assistant.answer import Answer, Help
from rag_assistant.asking import Question
from rag_assistant.config import Settings, WebSettings
from rag_assistant.ports import Token
from rag_assistant.web.api import helped
from rag_assistant.web.api.marked import PREFIX, Marked, copied, spoken
from rag_assistant.web.components import render
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.markup import Html, is_safe, link
from rag_assistant.web.components.opening import person
from rag_assistant.web.metrics import Metrics
from rag_assistant.web.patron.page import Named, Patron, missing, page
from rag_assistant.web.patron.routes import loader
from rag_assistant.wording import LANGUAGES, speaking
from tests.answers import make_answer, make_citation, make_sentence, silent

TRAP = "</textarea></main>\"'><script>run()</script>{question}\u2028"
PATRON = Patron(
    title=TRAP,
    collections=[Named(id="town", title=TRAP, language="de")],
    narrowed=True,
    theme="dark",
    person=Html(""),
    kept="",
    idle=0,
    warned=30,
)


def test_nothing_that_is_told_becomes_markup() -> None:
    made = page(PATRON, question=TRAP)
    assert made.count("<script") == 2
    assert made.count("</textarea>") == made.count("</main>") == 1
    assert "run()" in made
    assert "<script" not in missing(TRAP, Html(""), "contrast")


def test_the_page_says_its_language_and_theme() -> None:
    for language in LANGUAGES:
        with speaking(language):
            made = page(PATRON)
        assert f'<html lang="{language}" data-theme="dark">' in made
        assert f'<input type="hidden" name="lang" value="{language}">' in made
    assert '<html lang="en">' in page(replace(PATRON, theme='x" onload="run()'))


def test_collections_are_sent_back_only_where_they_were_named() -> None:
    assert 'name="collection" value="town"' in page(PATRON)
    assert 'data-collections="[&quot;town&quot;]"' in page(PATRON)
    everything = page(replace(PATRON, narrowed=False))
    assert 'name="collection"' not in everything
    assert 'data-collections="[]"' in everything


def test_what_a_collection_holds_is_told_by_its_description() -> None:
    examples = page(PATRON).partition('<div id="examples" hidden>')[2].partition("</div>")[0]
    assert examples.count('<a href="/collections"') == 1
    assert "<button" not in examples


def test_the_script_holds_its_words_as_one_literal() -> None:
    script = loader("const words = {/* words */};\n", WebSettings(title=TRAP))
    literal = re.fullmatch(r"const words = (\{.*\});\n", script)
    assert literal
    words = json.loads(literal[1])
    assert set(words) == set(LANGUAGES)
    assert words["en"] == {"title": TRAP, "machine": "{label} (machine)", "close": "Close"}
    assert "<" not in script
    assert script.isascii()
    unnamed = loader("{/* words */}", WebSettings())
    titles = [one["title"] for one in json.loads(unnamed).values()]
    assert len(set(titles)) == len(LANGUAGES)


def test_a_person_can_be_written_to() -> None:
    made = person(Help(label="Write", url="mailto:desk@library.example.org", open=False), "Now")
    assert '<a href="mailto:desk@library.example.org"' in made
    assert "<a" not in person(Help(label="Call us", url="", open=None))
    assert person(None) == ""


@pytest.mark.parametrize(
    "url",
    [
        *("mailto:", "mailto:desk", "mailto:a@b", "MAILTO:a@b.example", "mailto://a@b.example"),
        *("mailto:a@b.example,c@d.example", "mailto:a@b.example?cc=c@d.example"),
        *("mailto:a@b.example%0d", "mailto:a@b.example\n"),
    ],
)
def test_a_mailbox_and_nothing_more(url: str) -> None:
    assert not is_safe(url)
    assert link(url, "x") == "x"


def answered(answer: Answer, where: str = "") -> Html:
    beside = Beside(catalogue_search=where)
    exchange = Exchange(question=answer.question, audience="public", answer=answer, beside=beside)
    return render.reply(exchange, PREFIX)


def test_who_wrote_it_is_told_first() -> None:
    quoted = make_answer()
    written = replace(quoted, ai_generated=True, text_origin="written")
    assert answered(quoted).count("Quotations only") == 1
    assert answered(written).count(">AI<") == 1
    assert copied(quoted).startswith("Quotations\n")
    assert copied(written).startswith("AI-generated\n")
    assert answered(written).index(">AI<") < answered(written).index(written.sentences[0].text)


def test_a_sentence_says_whether_a_model_has_written_it(tmp_path: Path) -> None:
    with Assistant(Settings(data=tmp_path)) as assistant:
        marked = Marked(assistant, Question(text="When?", audience="public"))
        assert marked.after(make_sentence())["ai_generated"] is False
        assert marked.after(Token(text="The")) == {}
        told = marked.after(make_sentence(TRAP))
        assert told["ai_generated"] is True
        assert "<script" not in told["html"]


def test_the_number_of_sources_is_heard() -> None:
    one = replace(make_answer(), text="So [1].", citations=(make_citation(1),))
    assert spoken(one) == "Answer with 1 source: So [1]."
    two = replace(one, citations=(make_citation(1), make_citation(2)))
    assert spoken(two) == "Answer with 2 sources: So [1]."


def test_the_catalogue_is_offered_where_nothing_was_found() -> None:
    nothing = silent(question="a & b/?#")
    where = "https://catalogue.example.org/?q={query}"
    assert 'href="https://catalogue.example.org/?q=a%20%26%20b%2F%3F%23"' in answered(
        nothing, where
    )
    assert "catalogue" not in answered(nothing)
    assert "catalogue.example.org" not in answered(make_answer(), where)


def test_whether_it_helped_is_counted_and_no_more() -> None:
    app = FastAPI()
    app.include_router(helped.router())
    client = TestClient(app)
    assert client.post("/api/helped", json={"helped": True}).status_code == 204
    app.state.metrics = Metrics()
    for yes in (True, False, True):
        assert client.post("/api/helped", json={"helped": yes}).status_code == 204
    value = app.state.metrics.registry.get_sample_value
    assert value("rag_assistant_helped_total", {"reply": "yes"}) == 2
    assert value("rag_assistant_helped_total", {"reply": "no"}) == 1


def test_what_is_kept_is_told_before_anything_is_asked() -> None:
    made = page(replace(PATRON, kept="Questions are kept here for 3 days."))
    assert made.index("kept here for 3 days") < made.index("<form")
