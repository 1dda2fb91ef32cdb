"""A document in several languages is found by each, and each of its passages has its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag_assistant import Assistant
from rag_assistant.config import load_settings
from rag_assistant.schema import Filters
from rag_assistant.web.components.cards import sources
from rag_assistant.web.components.conversation import Exchange

from .conftest import write_collection

pytestmark = pytest.mark.integration

ENGLISH = (
    "The iron bridge was opened on 4 May 1868 by the mayor of the town.",
    "Its toll was given up in 1902, when the council bought the bridge.",
    "The members of the council had argued about the price for eleven years.",
)
GERMAN = (
    "Die eiserne Brücke wurde am 4. Mai 1868 vom Bürgermeister der Stadt eröffnet.",
    "Der Brückenzoll wurde 1902 aufgehoben, als der Rat die Brücke kaufte.",
)
LATER = (
    "A second bridge of concrete has stood beside the old one since the year 1961.",
    "Walkers and riders have had the old one to themselves from that summer on.",
)
TEXT = "\n\n".join((*ENGLISH, *GERMAN, *LATER))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("languages")
    files = {
        "both.txt": TEXT,
        "english.txt": "The paper mill by the weir burnt down in 1902 and was never rebuilt.",
        "said.md": f"---\nlanguage: fr\n---\n{' '.join(GERMAN)}",
    }
    town = write_collection(folder / "town", files, access="public")
    with Assistant(load_settings(data=folder / "data")) as opened:
        opened.index([town])
        yield opened


def found(assistant: Assistant, language: str | None) -> list[tuple[str, str, str]]:
    """Title, language and first word of all that is found, in the order of the words."""
    filters = Filters(language=language)
    hits = assistant.search("bridge Brücke 1902 mill", k=50, filters=filters).hits
    told = [(hit.entry.title, hit.entry.language, hit.entry.text.split()[0]) for hit in hits]
    return sorted(told)


def test_each_passage_of_a_mixed_document_is_in_one_language(assistant: Assistant) -> None:
    both = [one for one in found(assistant, None) if one[0] == "both.txt"]
    assert both == [("both.txt", "de", "Die"), ("both.txt", "en", "A"), ("both.txt", "en", "The")]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", [("both.txt", "de", "Die"), ("said.md", "fr", "Die")]),
        ("fr", [("said.md", "fr", "Die")]),  # what a document says of itself holds too
        ("es", []),
    ],
)
def test_a_filter_finds_the_passages_in_a_language(
    assistant: Assistant, language: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(assistant, language) == expected


def test_both_indexes_hold_to_the_filter(assistant: Assistant) -> None:
    hits = assistant.search("iron bridge opened", k=50, filters=Filters(language="de")).hits
    assert {hit.entry.text.split()[0] for hit in hits} == {"Die"}
    assert all(hit.similarity is not None for hit in hits)
    hits = assistant.search('"toll was given"', filters=Filters(language="de")).hits
    assert [hit.lexical for hit in hits] == [0.0] * len(hits)


def test_a_document_counts_with_each_of_its_languages(assistant: Assistant) -> None:
    for language, documents in (("de", 2), ("en", 2), ("fr", 1), ("es", 0)):
        scope = assistant.search("1902", filters=Filters(language=language)).scope
        assert (scope.documents, scope.languages) == (documents, (language,) if documents else ())
    assert assistant.search("1902").scope.languages == ("de", "en", "fr")


def test_the_shares_are_kept_and_shown(assistant: Assistant) -> None:
    (hit,) = [
        hit
        for hit in assistant.search("Brücke", k=50, filters=Filters(language="de")).hits
        if hit.entry.title == "both.txt"
    ]
    shown = assistant.show(hit.entry.document_id)
    assert list(shown["languages"]) == ["en", "de"]
    german = sum(map(len, GERMAN)) / len(TEXT)
    assert shown["languages"]["de"] == pytest.approx(german, abs=0.2)
    assert assistant.show(hit.entry.passage_id)["language"] == "de"


def test_a_quote_carries_its_language(assistant: Assistant) -> None:
    answer = assistant.ask("Wann wurde die eiserne Brücke eröffnet?", answerer="extractive")
    (citation,) = [one for one in answer.citations if one.title == "both.txt"][:1]
    assert citation.language == "de"
    card = sources([Exchange(question="?", audience="staff").after(answer)])
    assert '<blockquote lang="de" dir="auto">' in card
