"""What a reader should know of an answer beside its words: notes in one sentence, and its cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag_assistant.answer import Answer, Citation, Cost, Note
from rag_assistant.dates import told_day
from rag_assistant.ports import Draft
from rag_assistant.schema import Notice
from rag_assistant.wording import decimal, message, say, say_n

_MACHINE = message("Machine-read text, may contain errors: check the image")
_ORIGINS = {
    "ocr": _MACHINE,
    "htr": _MACHINE,
    "transcript": message("Transcript"),
    "translation": message("Translation"),
}
_MINUTE = 60
_HOUR_SECONDS = 3600
_EXACT = 10  # seconds; longer times are told in tens
_LEAST_SECONDS, _LEAST_WH = 0.1, 0.01


def of_draft(draft: Draft) -> tuple[Note, ...]:
    """What was left out of an answer, what the model did not see, and where sources differ."""
    notes = []
    if draft.dropped:
        told = say_n(
            "{n} sentence was left out because no cited source supports it.",
            "{n} sentences were left out because no cited source supports them.",
            draft.dropped,
        )
        notes.append(Note(kind="dropped", text=told))
    if draft.trimmed:
        told = say("Not everything was used: {parts}.", parts=_list(draft.trimmed))
        notes.append(Note(kind="trimmed", text=told))
    for one, other in draft.conflicts:
        told = say("Sources differ here: compare [{one}] with [{other}].", one=one, other=other)
        notes.append(Note(kind="conflict", text=told, citations=(one, other)))
    return tuple(notes)


def warnings(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices that are read before the words that they speak of, each once."""
    return tuple(dict.fromkeys(one for one in notices if one.warns))


def on_source(described_by: str, text_origin: str) -> tuple[str, ...]:
    """Whose words a source's are, where they are not simply its own: shown beside them."""
    by_others = described_by == "cataloguer"
    told = (say("Catalogue description, not the source itself"),) if by_others else ()
    return told + ((say(_ORIGINS[text_origin]),) if text_origin in _ORIGINS else ())


def of_citations(citations: Sequence[Citation]) -> tuple[Note, ...]:
    """Where a cited page has had other words since it was captured."""
    return tuple(
        Note(
            kind="versions",
            text=say(
                "Captured {day}. Next capture, {next}, differs: it changed between these dates.",
                day=told_day(one.capture.timestamp),
                next=told_day(one.capture.next_version),
            ),
            citations=(one.marker,),
        )
        for one in citations
        if one.capture and one.capture.next_version
    )


def of_failure(answer: Answer) -> tuple[Note, ...]:
    """What stands there instead of a written answer."""
    if not answer.sentences:
        return ()
    told = say("No answer was written. These are the sources' own words.")
    return (Note(kind="model", text=told),)


def offer(seconds: float) -> str:
    """The question whether to write."""
    return say(
        "A written answer needs about {duration} on this computer. Write it?",
        duration=_duration(seconds),
    )


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
    told = (
        _tokens(cost.prompt_tokens, cost.answer_tokens),
        _seconds(cost.seconds) if cost.seconds else "",
        _energy(cost.energy_wh) if cost.energy_wh else "",
    )
    return tuple(one for one in told if one)


def _tokens(read: int | None, written: int | None) -> str:
    if read and written:
        return say("{read} tokens read, {written} written", read=read, written=written)
    if read:
        return say_n("{n} token read", "{n} tokens read", read)
    return say_n("{n} token written", "{n} tokens written", written) if written else ""


def _seconds(seconds: float) -> str:
    if seconds < _LEAST_SECONDS:
        return say("less than {seconds} s", seconds=decimal(_LEAST_SECONDS, 1))
    return say("{seconds} s", seconds=decimal(seconds, 0 if seconds >= _EXACT else 1))


def _energy(energy: float) -> str:
    if energy < _LEAST_WH:
        return say("less than {energy} Wh", energy=decimal(_LEAST_WH, 2))
    return say("about {energy} Wh", energy=decimal(energy, 2))


def _duration(seconds: float) -> str:
    if seconds >= 2 * _MINUTE:
        return say_n("{n} minute", "{n} minutes", round(seconds / _MINUTE))
    told = round(seconds / _EXACT) * _EXACT if seconds > _EXACT else round(seconds)
    return say_n("{n} second", "{n} seconds", told)


def _list(parts: Sequence[str]) -> str:
    return "; ".join(parts)
