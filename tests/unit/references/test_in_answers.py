"""Records, references and links in an answer's JSON."""

from __future__ import annotations

import jsonschema
import pytest

from rag_assistant.answer_schema import answer_schema
from rag_assistant.references import referenced
from rag_assistant.schema import Agent, Record
from tests.answers import make_answer, make_citation


def test_a_citation_always_has_its_keys() -> None:
    (bare,) = make_answer().to_dict()["citations"]
    assert (bare["record"], bare["reference"], bare["links"]) == (None, "", [])
    schema = answer_schema()
    assert {"record", "reference", "links"} <= set(schema["$defs"]["Citation"]["required"])
    jsonschema.validate(make_answer().to_dict(), schema)


def test_a_referenced_citation_fits_the_schema() -> None:
    record = Record(type="book", title="Bridges", agents=(Agent(family="Venn"),))
    citation = make_citation(
        record=record, uri="https://x.example/a.pdf", place={"page_index": 2}, locator="p. 3"
    )
    filled = referenced(citation, collection="Town papers")
    assert filled.reference == "Venn. Bridges. 1868, p. 3."
    answer = make_answer(citations=(filled,)).to_dict()
    jsonschema.validate(answer, answer_schema())
    (told,) = answer["citations"]
    assert told["record"]["agents"] == [
        {"family": "Venn", "given": "", "literal": "", "role": "author"}
    ]
    assert told["links"] == [
        {
            "kind": "pdf-page",
            "label": "Open the PDF at p. 3",
            "url": "https://x.example/a.pdf#page=3",
        }
    ]
    del told["links"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, answer_schema())
