"""Prompts: files under ``prompts/``, filled in one pass, and what of the task fits into them.

A placeholder is ``{{name}}``. What is put in its place is never looked at again, so that a page
which contains ``{{question}}`` stays a page. Passages are fenced by ``<passage n>``; in everything
that comes from outside, a "<" that could open a tag is written "‹", so that neither the fence nor
a model's own control words can be forged. Quotes are made from the stored text, not from this.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag_assistant.answer import Kind
from rag_assistant.config import resource
from rag_assistant.dates import OPEN_FIRST, OPEN_LAST, iso_date
from rag_assistant.errors import AnswererError, ConfigError
from rag_assistant.ports import Message, Task, Turn
from rag_assistant.schema import Entry, Hit
from rag_assistant.wording import say, say_n

NO_ANSWER = "NO_ANSWER"
"""What the model replies, alone, when the passages do not answer (see prompts/system.md)."""

CHARACTERS_PER_TOKEN = 3.0
"""UTF-8 bytes a token, low on purpose: English has about 4, and so fewer tokens than we reckon."""
MESSAGE_TOKENS = 16
"""What the model's chat template adds to each message."""

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_TAG = re.compile(r"[<＜](?=\s*[/|<＜\w])")
_CONTROL = re.compile(r"\[(/?\s*(?:INST|SYS))\]", re.IGNORECASE)
_MARKER = re.compile(r"\s*[\[［【]\s*\^?\d{1,3}(?:\s*[-–,]\s*\d{1,3})*\s*[\]］】]")
_DESCRIPTION = "A cataloguer's description of: "
_SYSTEM = frozenset[str]()
_PASSAGE = frozenset({"number", "title", "place", "date", "text"})
_ASKED = frozenset({"passages", "question"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """The prompt files and the hash that stands for them in a run's record.

    ``asked`` is the one for what is wanted: an answer, a label and so on.
    """

    system: str
    passage: str
    asked: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What is sent. ``hits`` are the passages in it, in the order of their numbers 1..n."""

    messages: tuple[Message, ...]
    hits: tuple[Hit, ...]
    trimmed: tuple[str, ...]


def load_templates(folder: Path | None = None, kind: Kind = "answer") -> Templates:
    """Read the prompt files for what is wanted.

    Raises:
        ConfigError: A file is missing, or its placeholders are not the ones it must have.
    """
    system, passage = load("system", _SYSTEM, folder), load("passage", _PASSAGE, folder)
    asked = load(kind, _ASKED, folder)
    digest = hashlib.sha256()
    for name, text in (("system", system), ("passage", passage), (kind, asked)):
        digest.update(f"{name}\0{text}\0".encode())
    return Templates(system=system, passage=passage, asked=asked, sha256=digest.hexdigest())


def load(name: str, placeholders: frozenset[str], folder: Path | None = None) -> str:
    """Read one prompt file, ``<name>.md``, which must have exactly these placeholders.

    Raises:
        ConfigError: It is missing, or its placeholders are others.
    """
    path = (folder or resource("prompts")) / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt {path.name} cannot be read: {error}.") from error
    names = set(_PLACEHOLDER.findall(text))
    if names != placeholders:
        odd = ", ".join(sorted(names ^ placeholders))
        raise ConfigError(
            f"The prompt {path.name} lacks a placeholder or has an unknown one: {odd}.",
            f"It must have exactly: {', '.join(sorted(placeholders)) or 'none'}.",
        )
    return text.strip()


def render(template: str, values: Mapping[str, str]) -> str:
    """Fill a template in one pass.

    Raises:
        ConfigError: A placeholder has no value, or a value has no placeholder.
    """
    names = set(_PLACEHOLDER.findall(template))
    if names != values.keys():
        odd = ", ".join(sorted(names ^ values.keys()))
        raise ConfigError(
            f"A prompt's placeholders do not match what is put into it: {odd}.",
            "Compare the files under prompts/ with the ones that were shipped.",
        )
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def build(task: Task, templates: Templates, *, budget: int) -> Prompt:
    """The messages for a task, cut to ``budget`` tokens.

    History goes first, its oldest turns before its newer ones; then passages, from the last.

    Raises:
        AnswererError: Not even one passage fits.
    """
    hits = [hit for hit in task.hits if may_be_read(hit)]
    history = list(task.history)
    total = len(history), len(hits)
    fixed = _tokens(templates.system) + _tokens(_final(task.question, [], templates))
    passages = [_passage(number, hit, templates) for number, hit in enumerate(hits, start=1)]

    def too_long() -> bool:
        turns = sum(_tokens(_turn_text(turn)) for turn in history)
        return fixed + turns + sum(map(estimate_tokens, passages)) > budget

    while history and too_long():
        history.pop(0)
    while len(passages) > 1 and too_long():
        passages.pop()
    if too_long():
        raise AnswererError(
            say("The question and one passage do not fit into the model's context window."),
            say("Ask a shorter question, or set a larger ollama.context_window."),
        )
    return Prompt(
        messages=(
            Message(role="system", text=templates.system),
            *(Message(role=turn.role, text=_turn_text(turn)) for turn in history),
            Message(role="user", text=_final(task.question, passages, templates)),
        ),
        hits=tuple(hits[: len(passages)]),
        trimmed=_trimmed(total[0] - len(history), total[1] - len(passages)),
    )


def may_be_read(hit: Hit) -> bool:
    """Whether a model may see a hit's text, and there is any."""
    return hit.entry.use == "answer" and bool(hit.entry.text.strip())


def estimate_tokens(text: str) -> int:
    """A guess, rather too high for prose: scripts of several bytes a character count as such.

    Figures may take up to twice as many, and more in models that read them one by one: then the
    server refuses the prompt, and a shorter one is tried.
    """
    return math.ceil(len(text.encode("utf-8")) / CHARACTERS_PER_TOKEN)


def estimate_prompt(prompt: Prompt) -> int:
    """The same of all messages, with what the chat template adds to each."""
    return sum(_tokens(message.text) for message in prompt.messages)


def neutral(text: str) -> str:
    """Outside text without anything that could pass for a fence or a control word."""
    return _CONTROL.sub(r"(\1)", _TAG.sub("‹", text))


def _tokens(text: str) -> int:
    return estimate_tokens(text) + MESSAGE_TOKENS


def _final(question: str, passages: Sequence[str], templates: Templates) -> str:
    values = {"passages": "\n\n".join(passages), "question": neutral(question.strip())}
    return render(templates.asked, values).strip()


def _passage(number: int, hit: Hit, templates: Templates) -> str:
    entry = hit.entry
    trail = " › ".join(part for part in (entry.title, *entry.headings) if part)
    values = {
        "number": str(number),
        "title": _line(f"{_DESCRIPTION}{trail}" if entry.described_by == "cataloguer" else trail),
        "place": _line(hit.locator),
        "date": _date(entry, hit),
        "text": neutral(entry.text),
    }
    return render(templates.passage, values).strip()


def _line(text: str) -> str:
    return neutral(" ".join(text.split())) or "not stated"


def _date(entry: Entry, hit: Hit) -> str:
    if entry.date_from is not None and entry.date_to is not None:
        first, last = iso_date(entry.date_from), iso_date(entry.date_to)
        if entry.date_from == OPEN_FIRST:
            return f"until {last}"
        if entry.date_to == OPEN_LAST:
            return f"since {first}"
        return first if first == last else f"{first} to {last}"
    if hit.captured_at:
        return _line(f"captured {hit.captured_at}")
    return "not stated"


def _turn_text(turn: Turn) -> str:
    """Earlier text without its markers: their numbers meant other passages."""
    return neutral(_MARKER.sub("", turn.text))


def _trimmed(turns: int, passages: int) -> tuple[str, ...]:
    notes = []
    if turns:
        told = say_n("{n} earlier turn left out", "{n} earlier turns left out", turns)
        notes.append(told)
    if passages:
        notes.append(say_n("{n} passage left out", "{n} passages left out", passages))
    return tuple(notes)
