"""The words around a conversation: what this is, what it holds, how it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag_assistant.answer import Scope
from rag_assistant.errors import RagAssistantError
from rag_assistant.schema import Audience
from rag_assistant.web.components.markup import Html, join, tag, woven
from rag_assistant.web.components.render import AS_OF, language_name
from rag_assistant.wording import message, say, say_n

_FIELDS = {"--from": message("From"), "--to": message("To"), "--as-of": AS_OF}


_INDEX = "rag-assistant index FOLDER"


def talk_heading() -> Html:
    """Heads the conversation for those who listen."""
    return tag("div", tag("h2", say("Conversation"), class_="visually-hidden"))


def panel_heading() -> Html:
    """Heads the sources."""
    return tag("div", tag("h2", say("Sources")))


def intro(
    collections: Sequence[dict[str, Any]], scope: Scope, audience: Audience = "public"
) -> Html:
    """What can be asked about; where there is nothing, the staff are told what to do next."""
    if not collections:
        words = join(say("There is nothing here to ask about yet."))
        if audience != "staff":
            return tag("p", words)
        todo = woven(say("Take in a collection: {command}"), command=tag("kbd", _INDEX))
        return tag("p", words, " ", todo)
    names = [tag("strong", one["title"], lang=one["language"] or None) for one in collections]
    spaced = [part for name in names for part in (Html(", "), name)][1:]
    held = say_n("{n} document", "{n} documents", scope.documents)
    years = f", {_years(scope)}" if scope.dates else ""
    return tag("p", *spaced, f" · {held}{years}")


def notice(
    answerer: dict[str, Any],
    coverage: dict[str, float],
    audience: Audience,
    kept: str | None = None,
) -> Html:
    """How answers are made, how much the indexes hold, what is kept; shown before anyone asks."""
    if answerer["active"] == "ollama":
        made = join(
            tag("span", say("AI"), class_="badge"),
            " ",
            say(
                "Written by {model} on this computer, checked against the sources automatically.",
                model=answerer["model"],
            ),
        )
    else:
        made = join(say("Answers are quotations from the collections."))
    parts: list[Html] = [made]
    if min(coverage.values()) < 1:
        words, meaning = _so_far(coverage["lexical"]), _so_far(coverage["vectors"])
        told = say("Found by words: {words}; by meaning: {meaning}.", words=words, meaning=meaning)
        if coverage["vectors"] < 1:
            told = say(
                "Found by words: {words}; by meaning: {meaning}, newest first.",
                words=words,
                meaning=meaning,
            )
        parts.append(tag("span", " ", told, class_="standing"))
    if kept:
        parts.append(tag("span", f" {kept}", class_="standing"))
    if audience == "staff":
        words = say("Staff: items closed to the public are shown")
        parts += [Html(" "), tag("span", words, class_="badge standing")]
    return tag("p", *parts)


def starters(collections: Sequence[dict[str, Any]]) -> list[str]:
    """First questions for those who do not know what to ask."""
    titles = [one["title"].removeprefix("The ").removeprefix("the ") for one in collections]
    return [say("What is in the {title}?", title=title) for title in titles]


def languages(scope: Scope) -> list[tuple[str, str]]:
    """Languages to choose from, by name."""
    return [(say("Any"), ""), *((language_name(code), code) for code in scope.languages)]


def plainly(error: RagAssistantError) -> str:
    """An error in the desk's words: options are fields here."""
    words = f"{error.message} {error.hint}".strip()
    for option, field in _FIELDS.items():
        words = words.replace(option, say(field))
    return words


def _so_far(share: float) -> str:
    """Rounded down: what is not quite ready is never called so."""
    if share >= 1:
        return say("everything")
    return say("{percent} % so far", percent=int(share * 100))


def _years(scope: Scope) -> str:
    first, last = (date.rpartition("-")[0].rpartition("-")[0] for date in scope.dates or ("", ""))
    years = [str(int(year)) for year in (first, last)]
    return years[0] if years[0] == years[1] else f"{years[0]}–{years[1]}"
