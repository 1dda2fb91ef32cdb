"""What a reader should know of an answer beside its words: notes in one sentence, and its cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag_assistant.answer import Answer, Citation, Cost, Note
from rag_assistant.dates import capture_words
from rag_assistant.ports import Draft
from rag_assistant.schema import Notice

_MACHINE = "Machine-read text, may contain errors: check the image"
_ORIGINS = {
    "ocr": _MACHINE,
    "htr": _MACHINE,
    "transcript": "Transcript",
    "translation": "Translation",
}
_MINUTE = 60
_HOUR_SECONDS = 3600
_EXACT = 10  # seconds; longer times are told in tens
_LEAST_SECONDS, _LEAST_WH = 0.1, 0.01


def of_draft(draft: Draft) -> tuple[Note, ...]:
    """What was left out of an answer, what the model did not see, and where sources differ."""
    notes = []
    if draft.dropped:
        verb = "sentence was" if draft.dropped == 1 else "sentences were"
        told = f"{draft.dropped} {verb} left out because no cited source supports it."
        told = told if draft.dropped == 1 else told.replace("supports it", "supports them")
        notes.append(Note(kind="dropped", text=told))
    if draft.trimmed:
        notes.append(Note(kind="trimmed", text=f"Not everything was used: {_list(draft.trimmed)}."))
    for one, other in draft.conflicts:
        told = f"Sources differ here: compare [{one}] with [{other}]."
        notes.append(Note(kind="conflict", text=told, citations=(one, other)))
    return tuple(notes)


def warnings(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices that are read before the words that they speak of, each once."""
    return tuple(dict.fromkeys(one for one in notices if one.warns))


def on_source(described_by: str, text_origin: str) -> tuple[str, ...]:
    """Whose words a source's are, where they are not simply its own: shown beside them."""
    told = ("Catalogue description, not the source itself",) if described_by == "cataloguer" else ()
    return told + ((_ORIGINS[text_origin],) if text_origin in _ORIGINS else ())


def of_citations(citations: Sequence[Citation]) -> tuple[Note, ...]:
    """Where a cited page has had other words since it was captured."""
    return tuple(
        Note(
            kind="versions",
            text=f"Captured {capture_words(one.capture.timestamp)}. Next capture, "
            f"{capture_words(one.capture.next_version)}, differs: it changed between these dates.",
            citations=(one.marker,),
        )
        for one in citations
        if one.capture and one.capture.next_version
    )


def of_failure(answer: Answer) -> tuple[Note, ...]:
    """What stands there instead of a written answer."""
    if not answer.sentences:
        return ()
    return (Note(kind="model", text="No answer was written. These are the sources' own words."),)


def offer(seconds: float) -> str:
    """The question whether to write."""
    return f"A written answer needs about {_duration(seconds)} on this computer. Write it?"


def cost_of(draft: Draft, watts: float) -> Cost | None:
    """What a written answer took: the server's own counts, and energy as seconds times power.

    ``energy_wh`` is an estimate: the power is a setting and not measured.
    """
    used = draft.usage
    if used is None:
        return None
    told = (used.load_seconds, used.prompt_seconds, used.answer_seconds)
    spent = [one for one in told if one is not None]
    seconds = sum(spent) if spent else draft.timings_ms.get("generate", 0) / 1000
    return Cost(
        prompt_tokens=used.prompt_tokens,
        answer_tokens=used.answer_tokens,
        seconds=round(seconds, 2),
        energy_wh=round(seconds * watts / _HOUR_SECONDS, 4),
    )


def cost_words(cost: Cost) -> tuple[str, ...]:
    """What a written answer took, as people read it; only what is known."""
    read = f"{cost.prompt_tokens:,} tokens read" if cost.prompt_tokens else ""
    written = (
        f"{cost.answer_tokens:,} {'' if read else 'tokens '}written" if cost.answer_tokens else ""
    )
    told = (
        ", ".join(part for part in (read, written) if part),
        _seconds(cost.seconds) if cost.seconds else "",
        _energy(cost.energy_wh) if cost.energy_wh else "",
    )
    return tuple(one for one in told if one)


def _seconds(seconds: float) -> str:
    if seconds >= _EXACT:
        return f"{seconds:.0f} s"
    return f"{seconds:.1f} s" if seconds >= _LEAST_SECONDS else f"less than {_LEAST_SECONDS} s"


def _energy(energy: float) -> str:
    return f"about {energy:.2f} Wh" if energy >= _LEAST_WH else f"less than {_LEAST_WH} Wh"


def _duration(seconds: float) -> str:
    if seconds >= 2 * _MINUTE:
        return f"{round(seconds / _MINUTE)} minutes"
    return f"{round(seconds / _EXACT) * _EXACT if seconds > _EXACT else round(seconds)} seconds"


def _list(parts: Sequence[str]) -> str:
    return "; ".join(parts)
