"""A conversation to take away: as Markdown, as an HTML file of its own, as JSON.

Pure: nothing is stored, and the only date is the one that is passed in. What sources and models
say is text in all three: no link, picture or markup of theirs comes through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag_assistant.answer import SUPPORT_WORDS, Answer, Citation, Sentence
from rag_assistant.locators import told_place
from rag_assistant.noting import on_source
from rag_assistant.web.components.beside import Beside
from rag_assistant.web.components.bidi import isolated
from rag_assistant.web.components.cards import who_words
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.kinds import kind_of, notice_words
from rag_assistant.web.components.markup import (
    Html,
    foreign,
    is_safe,
    join,
    lang_of,
    link,
    spaced,
    tag,
    text,
)
from rag_assistant.web.components.scope import run_rows, scope_rows
from rag_assistant.web.components.taking import copy_button, print_button, save_button
from rag_assistant.wording import say, spoken

SCHEMA_VERSION = 1
FIELDS = ("transcript-markdown", "transcript-html", "transcript-json")
"""Ids of the fields that hold a transcript's forms, while somebody wants them."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&:@/=^$\"'])")
_BLANK = re.compile(r"\s+")
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>{body}</main>
</body>
</html>
"""
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem; font: 1rem/1.6 Georgia, serif; }
h1, h2, h3, dl, .small { font-family: system-ui, sans-serif; }
dl, .small { font-size: 0.85rem; }
dl > div { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: 0.75rem; }
dt, dd, p, blockquote { margin: 0.3rem 0; overflow-wrap: anywhere; }
blockquote { padding-inline-start: 0.8rem; border-inline-start: 3px solid currentColor; }
article { margin-top: 2rem; border-top: 1px solid currentColor; break-inside: avoid-page; }
.doubted { text-decoration: underline dotted; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A conversation in three forms, each whole."""

    markdown: str
    html: str
    json: str


def transcript(exchanges: Sequence[Exchange], *, title: str, saved: str) -> Transcript:
    """Put a conversation down.

    Args:
        exchanges: What was asked and answered; what has no answer yet is left out.
        title: The service's name.
        saved: The day, as people read it.
    """
    told = [one for one in exchanges if one.answer]
    return Transcript(
        markdown=_markdown(told, title, saved),
        html=_html(told, title, saved),
        json=_json(told, title, saved),
    )


def origin_words(exchanges: Sequence[Exchange], saved: str) -> list[str]:
    """What stands first in each form: what made the text, when, and from which collections."""
    answers = [one.answer for one in exchanges if one.answer]
    models = sorted({one.run.model or "" for one in answers if one.ai_generated})
    titles = [
        isolated(one.beside.titles.get(name, name))
        for one in exchanges
        if one.answer
        for name in one.answer.scope.collections
    ]
    lines = [say("Answers in this text were made by a machine and may be wrong.")]
    if models:
        lines.append(say("Some were written by a language model: {models}.", models=_list(models)))
    else:
        lines.append(say("They are quotations; no language model wrote any of them."))
    lines.append(say("Saved on {day}.", day=saved))
    if titles:
        lines.append(say("Collections: {titles}", titles=_list(list(dict.fromkeys(titles)))))
    return lines


def ways() -> Html:
    """How to take a transcript: from fields with the ids `FIELDS`, once their texts are there."""
    markdown, page, data = FIELDS
    parts = [
        copy_button(markdown, say("Copy")),
        save_button(markdown, "transcript.md", say("Save as Markdown")),
        save_button(page, "transcript.html", say("Save as a web page")),
        save_button(data, "transcript.json", say("Save as JSON")),
        print_button(),
    ]
    return tag("p", *spaced(parts), class_="buttons")


# ---------------------------------------------------------------- JSON


def _json(exchanges: Sequence[Exchange], title: str, saved: str) -> str:
    """``answers`` are as `Answer.to_dict` gives them, run record and references among them."""
    record: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "about": origin_words(exchanges, saved),
        "service": title,
        "saved": saved,
        "ai_generated": any(one.answer and one.answer.ai_generated for one in exchanges),
        "answers": [one.answer.to_dict() for one in exchanges if one.answer],
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


# ---------------------------------------------------------------- Markdown


def plain(words: str) -> str:
    """Words that Markdown shows as they are: on one line, all its signs escaped."""
    return _MARKDOWN.sub(r"\\\1", _BLANK.sub(" ", words).strip())


def _markdown(exchanges: Sequence[Exchange], title: str, saved: str) -> str:
    blocks = [f"# {plain(title)}"]
    blocks += [plain(line) for line in origin_words(exchanges, saved)]
    for exchange in exchanges:
        if exchange.answer:
            blocks += _markdown_of(exchange.answer, exchange.beside)
    return "\n\n".join(blocks) + "\n"


def _markdown_of(answer: Answer, beside: Beside) -> Iterator[str]:
    yield f"## {plain(answer.question)}"
    if answer.sentences:
        yield f"**{plain(who_words(answer))}**"
        yield from (plain(sentence_words(one)) for one in answer.sentences)
    else:
        yield plain(answer.text or answer.reason or "")
    yield from (plain(one.text) for one in answer.notes)
    if answer.citations:
        yield f"### {plain(say('Sources'))}"
    for cited in answer.citations:
        yield "  \n".join(plain(line) for line in source_words(cited))
        yield f"> {plain(cited.quote)}"
    for heading, rows in _records(answer, beside).items():
        yield f"### {plain(heading)}"
        yield "\n".join(f"- {plain(name)}: {plain(words)}" for name, words in rows.items())


# ---------------------------------------------------------------- HTML


def _html(exchanges: Sequence[Exchange], title: str, saved: str) -> str:
    about = [tag("p", line, class_="small") for line in origin_words(exchanges, saved)]
    told = [_article(one.answer, one.beside) for one in exchanges if one.answer]
    return _PAGE.format(
        language=spoken(),
        title=text(title),
        style=_STYLE,
        body=join(tag("h1", title), *about, *told),
    )


def _article(answer: Answer, beside: Beside) -> Html:
    parts = [tag("h2", foreign(answer.question))]
    if answer.sentences:
        parts.append(tag("p", who_words(answer), class_="small"))
        parts += [_sentence(one) for one in answer.sentences]
    else:
        parts.append(tag("p", answer.text or answer.reason or ""))
    parts += [tag("p", one.text, class_="small", dir="auto") for one in answer.notes]
    if answer.citations:
        parts.append(tag("h3", say("Sources")))
        parts += map(_source, answer.citations)
    for heading, rows in _records(answer, beside).items():
        told = [tag("div", tag("dt", name), tag("dd", words)) for name, words in rows.items()]
        parts += [tag("h3", heading), tag("dl", *told)]
    return tag("article", *parts)


def _sentence(one: Sentence) -> Html:
    doubted = "doubted" if one.support in ("unsupported", "unchecked") else None
    return tag("p", sentence_words(one), class_=doubted, dir="auto")


def _source(cited: Citation) -> Html:
    lines = [tag("p", line, class_="small", dir="auto") for line in source_words(cited)]
    quote = tag("blockquote", cited.quote, lang=lang_of(cited.language), dir="auto")
    url = address_of(cited)
    way = tag("p", link(url, url), class_="small") if url else Html("")
    return tag("section", *lines, quote, way)


# ---------------------------------------------------------------- what all of them say


def sentence_words(one: Sentence) -> str:
    """A sentence with its markers, and what the check found where it is in doubt."""
    said = isolated(one.text)
    words = f"“{said}”" if one.support == "verbatim" else said
    markers = "".join(f"[{number}]" for number in one.citations)
    doubt = ""
    if one.support in ("unsupported", "unchecked"):
        doubt = f" ({say(SUPPORT_WORDS[one.support])})"
    return f"{words}{markers}{doubt}"


def source_words(cited: Citation) -> list[str]:
    """A source in lines: its reference, kind and locator, its notices, rights and address."""
    facts = [isolated(fact) for fact in (kind_of(cited), told_place(cited.locator)) if fact]
    rights = say("Rights: not stated")
    if cited.rights and (cited.rights.label or cited.rights.uri):
        statement = cited.rights.label or cited.rights.uri
        rights = say("Rights: {statement}", statement=isolated(statement))
    return [
        f"[{cited.marker}] {isolated(cited.reference or cited.title)}",
        ", ".join(facts),
        *on_source(cited.described_by, cited.text_origin),
        *(f"{isolated(notice_words(one.type))}: {isolated(one.text)}" for one in cited.notices),
        rights,
        *((url,) if (url := address_of(cited)) else ()),
    ]


def address_of(cited: Citation) -> str:
    """Where the source can be opened; "" where no address is safe. Never a captured live page."""
    urls = [one.url for one in cited.links if one.kind != "content-state"]
    urls += [cited.archive_url, "" if cited.capture else cited.uri]
    web = (url for url in urls if url.startswith(("https://", "http://")) and is_safe(url))
    return next(web, "")


def _records(answer: Answer, beside: Beside) -> dict[str, dict[str, str]]:
    return {
        say("What was searched"): scope_rows(answer, beside),
        say("How this answer was made"): run_rows(answer),
    }


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)
