"""Answers as people read them on a terminal (see `printing`)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from rag_assistant import dates
from rag_assistant.answer import SUPPORT_WORDS, Cost
from rag_assistant.cli.printing import indented, notice_line, share
from rag_assistant.noting import cost_words, on_source, warnings
from rag_assistant.schema import Notice

_WAYS = (
    ("passage", "You could look at"),
    ("search", "Other words to search for"),
    ("person", "Someone to ask"),
)


def answer(found: dict[str, Any]) -> None:
    """An answer with its sources, what should be known of it, and ways on."""
    console = Console()
    console.print()
    console.print(Rule(Text(found["question"], style="bold"), align="left", style="dim"))
    for line in _searched(found):
        console.print(Text(line, style="dim"))
    if found["status"] == "model_failed":
        console.print(Text(f"The model failed: {found['reason']}", style="red"))
    for note in _of_kind(found["notes"], "model"):
        console.print(Text(note["text"]))
    for notice in warnings(Notice(**one) for of in found["citations"] for one in of["notices"]):
        console.print(notice_line(asdict(notice)))
    for sentence in found["sentences"]:
        console.print(_sentence(sentence))
    if not found["sentences"] and found["text"] and not found["clarification"]:
        console.print(Text(found["text"]))
    if found["clarification"]:
        _clarification(console, found["clarification"])
    _notes(console, found["notes"])
    if found["citations"]:
        console.print(Text("\nSources", style="bold"))
    for citation in found["citations"]:
        _citation(console, citation)
    _ways(console, found)
    console.print(Text(_how(found), style="dim"))


def cited(citation: dict[str, Any]) -> dict[str, Any]:
    """What a citation cites, as references are asked of it."""
    capture = citation["capture"] or {}
    place = {name: citation[name] for name in ("passage_id", "start", "end")}
    return {**place, "captured": capture.get("timestamp")}


def _searched(found: dict[str, Any]) -> Iterator[str]:
    """What the question alone does not say of the search."""
    then = dates.parse_date(found["filters"]["as_of"] or "")
    if then:  # given, or taken from the question
        yield f"Web pages as they stood on {dates.iso_date(then.last)}"
    if found["search_query"].strip() != found["question"].strip():
        yield f"Searched for: {found['search_query']}"


def _sentence(sentence: dict[str, Any]) -> Text:
    line = Text(sentence["text"])
    for marker in sentence["citations"]:
        line.append(f" [{marker}]", style="cyan")
    if sentence["support"] not in ("verbatim", "supported"):
        line.append(f" ({SUPPORT_WORDS[sentence['support']]})", style="yellow")
    return line


def _clarification(console: Console, asked: dict[str, Any]) -> None:
    console.print(Text(asked["question"]))
    for number, choice in enumerate(asked["choices"], 1):
        indented(console, Text(f"{number}. {choice}"))
    console.print(Text("Ask one of these, or your question without --clarify.", style="dim"))


def _citation(console: Console, citation: dict[str, Any]) -> None:
    head = Text(f"[{citation['marker']}] ", style="cyan")
    head.append(citation["title"], style="bold")
    parts = (citation["creator"], citation["date"], citation["locator"])
    head.append("".join(f" · {part}" for part in parts if part))
    console.print(head)
    for told in on_source(citation["described_by"], citation["text_origin"]):
        indented(console, Text(told, style="yellow"))
    for notice in citation["notices"]:
        indented(console, notice_line(notice))
    quote = " ".join(citation["quote"].split())
    indented(console, Text(f"“{quote}”", style="italic"))
    link = citation["archive_url"] or citation["uri"]
    rights = (citation["rights"] or {}).get("label") or "Rights: not stated"
    tail = " · ".join(part for part in (link, rights, citation["passage_id"]) if part)
    indented(console, Text(tail, style="dim"))


def _ways(console: Console, found: dict[str, Any]) -> None:
    """Ways on, each kind under its heading; a command where one helps."""
    for kind, heading in _WAYS:
        _listed(console, heading, [_way(one) for one in _of_kind(found["suggestions"], kind)])
    for one in _of_kind(found["suggestions"], "written"):
        command = f"rag-assistant ask {shlex.quote(found['question'])} --answerer ollama"
        _listed(console, one["text"], [command])


def _listed(console: Console, heading: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(Text(f"\n{heading}", style="bold"))
    for line in lines:
        indented(console, Text(line))


def _of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] == kind]


def _notes(console: Console, notes: list[dict[str, Any]]) -> None:
    for note in notes:
        if note["kind"] != "model":  # that stands before the quotations
            console.print(Text(f"Note: {_note(note)}", style="yellow"))


def _note(note: dict[str, Any]) -> str:
    """Its sentence, with the markers that it does not name itself."""
    markers = (f"[{one}]" for one in note["citations"])
    return " ".join((note["text"], *(one for one in markers if one not in note["text"])))


def _way(way: dict[str, Any]) -> str:
    page = way["url"] or ""
    where = way["passage_id"] or ("" if page.startswith("mailto:") else page)
    return f"{way['text']} ({where})" if where else str(way["text"])


def _how(found: dict[str, Any]) -> str:
    run = found["run"]
    writer = "Quoted, nothing written"
    if found["ai_generated"]:
        writer = f"Written by {run['model']}"
    elif run["answerer"] == "history":
        writer = "Quoted, with the dates of the captures"
    words = [writer] if found["sentences"] else []
    cost = cost_words(Cost(**run["cost"])) if run["cost"] else ()
    by_words, by_meaning = (share(run["coverage"][name]) for name in ("lexical", "vectors"))
    if min(run["coverage"].values()) < 1:
        words.append(f"passages searched by words: {by_words}, by meaning: {by_meaning}")
    words += cost or (f"{run['timings_ms']['total']} ms",)
    return " · ".join(words)
