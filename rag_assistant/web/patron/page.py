"""The patron's page as HTML. Pure: data in, markup out.

What its script says comes with the page, as attributes; forms and scripts stand in the frame that
is written here, everything else is made by `markup`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rag_assistant.web.api.marked import written
from rag_assistant.web.components.markup import Html, foreign, join, lang_of, tag, text
from rag_assistant.wording import say, say_in, spoken

THEMES = ("light", "dark", "contrast")
_MOST_EXAMPLES = 3

_FRAME = """<!doctype html>
<html lang="{lang}"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="/web/icon.svg">
<link rel="stylesheet" href="/web/palette.css">
<link rel="stylesheet" href="/web/evidence.css">
<link rel="stylesheet" href="/web/embed.css">{script}
</head>
<body>
{body}
</body>
</html>
"""
_SCRIPT = "".join(
    f'\n<script src="/web/{name}" defer></script>' for name in ("evidence.js", "embed.page.js")
)
_BODY = """<main data-collections="{collections}" data-words="{words}" data-idle="{idle}"
 data-warning="{warning}">
{heading}
{notice}
<form id="ask" method="post" action="/embed" autocomplete="off">
<label for="question">{label}</label>
<textarea id="question" name="question" rows="2" required>{question}</textarea>
{fields}
<div class="buttons">
<button type="submit">{ask}</button>
<button type="button" id="stop" hidden>{stop}</button>
<button type="button" id="over" hidden>{over}</button>
</div>
<noscript>{unscripted}</noscript>
</form>
<div id="examples" hidden>{examples}</div>
<section id="answers" aria-label="{answers}">{answer}</section>
<div id="idle" role="alert" hidden><span></span> <button type="button">{stay}</button></div>
<p id="status" role="status" class="visually-hidden"></p>
</main>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A collection as it is named to people."""

    id: str
    title: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patron:
    """What a page is about.

    ``narrowed`` says whether the collections were named by whoever embeds the page; ``theme`` is
    one of `THEMES`, or "" for what the system prefers; ``person`` leads to a person; ``kept``
    tells what is kept of questions; after ``idle`` seconds without use the page clears itself,
    never where it is 0, and says so ``warned`` seconds before.
    """

    title: str
    collections: Sequence[Named]
    narrowed: bool
    theme: str
    person: Html
    kept: str
    idle: float
    warned: float


def page(patron: Patron, answer: Html | None = None, question: str = "") -> str:
    """The page, in the language that is spoken now.

    Args:
        patron: What it is about.
        answer: What was answered to a form that came without scripts.
        question: What stands in the question's field.
    """
    ids = [one.id for one in patron.collections] if patron.narrowed else []
    hidden = [("lang", spoken()), ("theme", patron.theme), *(("collection", one) for one in ids)]
    fields = [
        f'<input type="hidden" name="{name}" value="{text(value)}">'
        for name, value in hidden
        if value
    ]
    body = _BODY.format(
        collections=text(json.dumps(ids)),
        words=text(json.dumps(_words(patron.warned))),
        idle=f"{patron.idle:g}",
        warning=f"{patron.warned:g}",
        heading=tag("h1", patron.title),
        notice=notice(patron),
        label=text(say("Your question")),
        question=text(question),
        fields="\n".join(fields),
        ask=text(say_in("button", "Ask")),
        stop=text(say_in("button", "Stop")),
        over=text(say_in("button", "Start over")),
        unscripted=_unscripted(patron),
        examples=_examples(patron.collections),
        answers=text(say("Answers")),
        answer=answer or "",
        stay=text(say_in("button", "Stay")),
    )
    return _framed(patron.title, body, patron.theme, _SCRIPT)


def missing(title: str, person: Html, theme: str) -> str:
    """What is said of every collection that cannot be asked here, whatever the reason."""
    words = say("This collection cannot be asked here.")
    return _framed(title, tag("main", tag("h1", title), tag("p", words), person), theme, "")


def notice(patron: Patron) -> Html:
    """What this is: the first thing that is read, before anything can be asked."""
    names = [tag("strong", one.title, lang=lang_of(one.language)) for one in patron.collections]
    listed = [part for name in names for part in (Html(", "), name)][1:]
    machine = tag("strong", say("You are asking a machine, not a person."))
    may = say("It answers from the collections named here, and may be wrong.")
    return tag(
        "div",
        tag("p", machine, " ", may),
        tag("p", say("Collections:"), " ", *listed),
        tag("p", patron.kept) if patron.kept else "",
        patron.person,
        class_="notice",
    )


def exchange(question: str, answer: Html, sources: Html) -> Html:
    """A question and its whole answer, as the script shows them too."""
    heading = tag("h2", foreign(question))
    reply = tag("div", answer, class_="reply")
    return tag("article", heading, reply, sources, class_="exchange")


def problem(question: str, words: str) -> Html:
    """Why a question has no answer."""
    return exchange(question, tag("p", words, class_="problem"), Html(""))


def _framed(title: str, body: str, theme: str, script: str) -> str:
    chosen = f' data-theme="{theme}"' if theme in THEMES else ""
    return _FRAME.format(lang=spoken(), theme=chosen, title=text(title), script=script, body=body)


def _unscripted(patron: Patron) -> Html:
    words = say("Without scripts the answer comes as one page, in quotations.")
    return join(tag("p", words), patron.person)


def _examples(collections: Sequence[Named]) -> str:
    told = [say("What is in the {title}?", title=_bare(one.title)) for one in collections]
    buttons = "".join(
        f'<button type="button">{text(one)}</button>' for one in told[:_MOST_EXAMPLES]
    )
    return tag("p", say("For example:")) + buttons


def _bare(title: str) -> str:
    return title.removeprefix("The ").removeprefix("the ")


def _words(warned: float) -> dict[str, str]:
    """What the script says, by the names that it has for it; ``warned`` are seconds."""
    seconds = max(1, round(warned))
    return {
        "lang": spoken(),
        "searching": say("Searching"),
        "reading": say("Reading what was found"),
        "asked": say("You asked:"),
        "sources": say("Sources"),
        "ai": say("AI"),
        "written": written(),
        "stopped": say("Stopped. What stands here is unfinished."),
        "skip": say("Skip: answer as asked"),
        "helped": say("Did this help?"),
        "yes": say_in("button", "Yes"),
        "no": say_in("button", "No"),
        "thanks": say("Thank you. Only this yes or no was counted, nothing else."),
        "long": say("The question is too long. Shorten it and ask again."),
        "many": say("Too many questions have come from here. Wait before you ask again."),
        "seconds": say("Seconds to wait:"),
        "again": say("You can ask again now."),
        "busy": say("Too many people are asking just now. Ask again in a minute."),
        "lost": say("The connection was lost. Your question is still there: ask again."),
        "broken": say("Something went wrong here. Ask again later, or ask a person."),
        "request": say("To report it, give this number:"),
        "idle": say("Nobody seems to be here. This page clears itself in {n} seconds.", n=seconds),
        "cleared": say("Everything has been cleared."),
    }
