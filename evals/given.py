"""The answerer by itself: passages are handed to it, and nothing decides to stay silent."""

from __future__ import annotations

from collections.abc import Sequence

from evals.sets import Text
from evals.workbench import Workbench
from rag_assistant.answering.extractive import ExtractiveAnswerer
from rag_assistant.config import load_settings
from rag_assistant.ports import Answerer, Draft, Embedder, Task
from rag_assistant.retrieval.fusion import fuse
from rag_assistant.schema import Entry, Hit
from rag_assistant.splitting import sentences


def answerer_of(bench: Workbench) -> Answerer:
    """The bench's answerer, with the settings that libraries are asked with.

    Raises:
        AnswererError: No model is there to answer.
    """
    settings = load_settings(data=bench.cache)
    if bench.answerer == "extractive":
        return ExtractiveAnswerer(bench.embedder, settings.answer.max_sentences)
    from rag_assistant.answering.generative import GenerativeAnswerer
    from rag_assistant.models import open_model

    return GenerativeAnswerer(open_model(settings), settings=settings, embedder=bench.embedder)


def draft(answerer: Answerer, question: str, hits: Sequence[Hit]) -> Draft:
    """What the answerer makes of the hits."""
    *_, last = answerer.answer(Task(question=question, hits=tuple(hits)))
    if not isinstance(last, Draft):
        raise TypeError(f"{answerer.name} ended without a draft")
    return last


def as_hits(question: str, texts: Sequence[Text], embedder: Embedder) -> list[Hit]:
    """Texts as hits, each one passage, by their cosines to the question."""
    entries = [_entry(text) for text in texts]
    vectors = embedder.embed_passages([entry.embedded_text for entry in entries])
    cosines = (vectors @ embedder.embed_queries([question])[0]).tolist()
    similar = {entry.passage_id: cosine for entry, cosine in zip(entries, cosines, strict=True)}
    return [
        Hit(
            rank=rank,
            score=one.score,
            entry=one.entry,
            locator="",
            uri="",
            archive_url="",
            captured_at="",
            versions=1,
            similarity=one.similarity,
        )
        for rank, one in enumerate(fuse(entries, {}, similar, {}), start=1)
    ]


def _entry(text: Text) -> Entry:
    return Entry(
        passage_id=text.id,
        document_id=text.id,
        section_id=text.id,
        collection="given",
        access="public",
        use="answer",
        language=text.language,
        kind="",
        title=text.title,
        headings=(),
        start=0,
        end=len(text.text),
        text=text.text,
        sentences=tuple(sentences(text.text)),
        date_from=None,
        date_to=None,
        text_hash=text.id,
    )
