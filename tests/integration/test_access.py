"""A staff-only, a quote-only, a list-only and an unused document show only where they may."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rag_assistant import Assistant
from rag_assistant.answering import prompting
from rag_assistant.config import load_settings
from rag_assistant.errors import NotFoundError, RagAssistantError
from rag_assistant.ports import Task
from rag_assistant.schema import Audience, Filters

from .conftest import write_collection

pytestmark = pytest.mark.integration

CANARIES = {
    "staff": "Zyxomma",
    "quote": "Quillwort",
    "list": "Lacewing",
    "none": "Nuthatch",
    "closed": "Cinquefoil",
}
QUESTIONS = (
    *(
        f"What did the {canary} society decide about the river wall?"
        for canary in CANARIES.values()
    ),
    "What did the society decide about the river wall?",
    "Where is the ledger of the river wall kept?",
)


def note(kind: str, *matter: str) -> str:
    canary = CANARIES.get(kind, "Meadow")
    return "\n".join(
        [
            "---",
            f"title: The ledger called {kind}",
            *matter,
            "---",
            f"The {canary} society decided in 1921 to raise the river wall by two feet.",
            "",
            f"Its ledger is kept in the vestry, beside the {canary} chest.",
        ]
    )


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("access")
    town = write_collection(
        folder / "town",
        {
            "open.md": note("open"),
            "staff.md": note("staff", "access: staff"),
            "quote.md": note("quote", "use: quote"),
            "list.md": note("list", "use: list"),
            "none.md": note("none", "use: none"),
            "closed.md": note("closed", 'closed_until: "2999-01-01"'),
        },
        access="public",
    )
    hidden = write_collection(folder / "vault", {"v.txt": "The Vetchling vault is below."})
    with Assistant(load_settings(data=folder / "data")) as opened:
        report = opened.index([town, hidden])
        assert report.documents["added"] == 7
        yield opened


def everything_said(assistant: Assistant, question: str, audience: Audience) -> str:
    """All that an asker can come to see of a question."""
    found = assistant.search(question, k=50, audience=audience)
    answer = assistant.ask(question, answerer="extractive", audience=audience)
    return json.dumps([[hit.to_dict() for hit in found.hits], answer.to_dict()])


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_public_sees_nothing_of_what_is_kept_from_it(
    assistant: Assistant, question: str
) -> None:
    said = everything_said(assistant, question, "public").replace(json.dumps(question), "")
    for kind in ("staff", "list", "none", "closed"):
        assert f"{CANARIES[kind]} society decided" not in said
        assert f"{CANARIES[kind]} chest" not in said
    for title in ("called staff", "called none", "called closed"):
        assert title not in said
    assert "vault" not in said
    assert "Vetchling" not in said


@pytest.mark.parametrize("question", QUESTIONS)
def test_not_even_the_staff_is_shown_the_text_of_what_may_only_be_listed(
    assistant: Assistant, question: str
) -> None:
    said = everything_said(assistant, question, "staff").replace(json.dumps(question), "")
    assert "Lacewing society decided" not in said
    assert "Nuthatch society decided" not in said
    assert "called none" not in said


def test_a_listed_document_is_found_by_its_title_and_by_nothing_else(assistant: Assistant) -> None:
    hits = assistant.search("ledger called list", k=50, audience="public").hits
    (listed,) = [hit for hit in hits if hit.entry.use == "list"]
    assert (listed.entry.text, listed.locator) == ("", "")
    only = assistant.search('"Lacewing chest"', k=50, audience="staff").hits
    assert all(hit.lexical == 0 for hit in only if hit.entry.use == "list")


def test_what_may_be_quoted_is_quoted_and_never_read_by_a_model(assistant: Assistant) -> None:
    question = "What did the Quillwort society decide about the river wall in 1921?"
    answer = assistant.ask(question, answerer="extractive", audience="public")
    assert "Quillwort" in answer.citations[0].quote
    hits = assistant.search(question, k=20, audience="staff").hits
    prompt = prompting.build(
        Task(question=question, hits=hits), prompting.load_templates(), budget=8000
    )
    told = " ".join(message.text for message in prompt.messages).replace(question, "")
    for kind in ("quote", "list", "none"):
        assert CANARIES[kind] not in told


def test_counts_are_of_the_askers_own_scope(assistant: Assistant) -> None:
    public = assistant.ask("How tall is Mount Kilimanjaro?", audience="public")
    staff = assistant.ask("How tall is Mount Kilimanjaro?", audience="staff")
    assert public.status == staff.status == "no_answer"
    assert (public.scope.documents, public.scope.collections) == (3, ("town",))
    assert (staff.scope.documents, staff.scope.collections) == (6, ("town", "vault"))


def test_errors_tell_the_public_nothing(assistant: Assistant) -> None:
    with pytest.raises(RagAssistantError) as caught:
        assistant.search("x", filters=Filters(collections=("vault",)), audience="public")
    assert "vault" not in caught.value.hint
    (hit,) = [
        hit
        for hit in assistant.search("Zyxomma", audience="staff", k=50).hits
        if hit.entry.title.endswith("staff")
    ]
    for item in (hit.entry.passage_id, hit.entry.document_id, hit.entry.section_id):
        assert assistant.show(item, audience="staff")
        with pytest.raises(NotFoundError) as missing:
            assistant.show(item, audience="public")
        with pytest.raises(NotFoundError) as unknown:
            assistant.show("0" * 32, audience="public")
        assert missing.value.message.replace(item, "ID") == unknown.value.message.replace(
            "0" * 32, "ID"
        )


def test_a_collection_without_a_word_on_access_is_for_the_staff(
    assistant: Assistant,
) -> None:
    public = assistant.search("vault below", audience="public").hits
    assert all(hit.entry.collection != "vault" for hit in public)
    assert assistant.search("vault below", audience="staff").hits[0].entry.collection == "vault"
