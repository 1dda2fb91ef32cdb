"""Answers made by hand, whole enough to be shown."""

from __future__ import annotations

from typing import Any

from rag_assistant.answer import (
    Answer,
    Citation,
    CitedCapture,
    Cost,
    Run,
    Scope,
    Sentence,
    Timings,
)
from rag_assistant.schema import Filters

OPENED = "The iron bridge was opened on 4 May 1868."
QUESTION = "When was the iron bridge opened?"


def make_citation(marker: int = 1, quote: str = OPENED, **changes: Any) -> Citation:
    """A citation of the bridge's document; its passage is all of its section."""
    facts: dict[str, Any] = {
        "marker": marker,
        "passage_id": f"passage-{marker}",
        "document_id": f"document-{marker}",
        "section_id": f"section-{marker}",
        "collection": "town",
        "kind": "text",
        "title": "The iron bridge",
        "creator": "Venn, Ada",
        "date": "1868",
        "identifiers": {},
        "locator": "page 3",
        "place": {},
        "quote": quote,
        "context": quote,
        "start": 0,
        "end": len(quote),
        "text_sha256": "",
        "described_by": "source",
        "text_origin": "born_digital",
        "text_quality": None,
        "uri": "",
        "archive_url": "",
        "capture": None,
        "rights": None,
        "notices": (),
        "language": "en",
    }
    return Citation(**facts | changes)


def make_capture(timestamp: str = "20190503120000") -> CitedCapture:
    """A capture with no neighbours."""
    return CitedCapture(
        timestamp=timestamp,
        first_seen=timestamp,
        last_seen=timestamp,
        previous_version=None,
        next_version=None,
        payload_digest="",
        warc_record_id="",
        source_file="town.warc",
    )


def make_sentence(text: str = OPENED, *citations: int, **changes: Any) -> Sentence:
    """A sentence, word for word from its sources."""
    facts: dict[str, Any] = {"text": text, "citations": citations, "support": "verbatim"}
    return Sentence(**facts | changes)


def make_run(cost: Cost | None = None, **changes: Any) -> Run:
    """How it came about: quoted, in 7 ms, over indexes that are ready."""
    facts: dict[str, Any] = {
        "answerer": "extractive",
        "model": None,
        "model_digest": None,
        "prompt_sha256": None,
        "settings_sha256": "",
        "docstore_seq": 1,
        "coverage": {"lexical": 1.0, "vectors": 1.0},
        "invalid_markers": 0,
        "dropped": 0,
        "trimmed": (),
        "timings_ms": Timings(total=7),
        "cost": cost,
    }
    return Run(**facts | changes)


def make_answer(**changes: Any) -> Answer:
    """A quotation with its source."""
    facts: dict[str, Any] = {
        "question": QUESTION,
        "search_query": changes.get("question", QUESTION),
        "filters": Filters(),
        "audience": "public",
        "status": "answered",
        "reason": None,
        "text": f"{OPENED} [1]",
        "text_origin": "quoted",
        "sentences": (make_sentence(OPENED, 1),),
        "citations": (make_citation(),),
        "consulted": (),
        "scope": Scope(
            collections=("town",),
            documents=7,
            dates=None,
            languages=("en",),
            pages_without_text=0,
            undated_excluded=0,
            updated=None,
        ),
        "suggestions": (),
        "clarification": None,
        "help": None,
        "run": make_run(),
        "ai_generated": False,
    }
    return Answer(**facts | changes)


def silent(status: str = "no_answer", **changes: Any) -> Answer:
    """An answer without sentences."""
    nothing = {"status": status, "text": "", "sentences": (), "citations": ()}
    return make_answer(**nothing | changes)


def written(*sentences: Sentence, **changes: Any) -> Answer:
    """An answer as a model has written it."""
    facts: dict[str, Any] = {
        "text_origin": "written",
        "ai_generated": True,
        "sentences": sentences,
        "run": make_run(answerer="ollama", model="gemma3:4b"),
    }
    return make_answer(**facts | changes)
