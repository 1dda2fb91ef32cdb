"""The desk's single keys: what each does, and the list of them that ``?`` opens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag_assistant.web.components.markup import Html, tag
from rag_assistant.wording import message, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and its work.

    Attributes:
        key: What is typed.
        words: What it does, for people, in English.
        does: What it does, for the page's script: "focus:SELECTOR", "press:SELECTOR", "tab:NAME",
            or the name of a deed of its own.
        tab: The tab without which there is no such key; "" for keys that are always there.
    """

    key: str
    words: str
    does: str
    tab: str = ""


KEYS = (
    Key(key="?", words=message("Show these keys"), does="keys"),
    Key(key="/", words=message("Go to the question"), does="focus:#question textarea"),
    Key(key="s", words=message("Go to the search"), does="tab:search", tab="search"),
    Key(key="c", words=message("Go to the collections"), does="tab:collections", tab="collections"),
    Key(key="r", words=message("Go to the reference checker"), does="tab:check", tab="check"),
    Key(key="b", words=message("Go back to the answer"), does="answer"),
    Key(key=".", words=message("Stop the answer"), does="press:#stop"),
    Key(key="t", words=message("Save the transcript"), does="press:#take-save"),
    Key(key="h", words=message("Hand off to a colleague"), does="press:#take-hand-off"),
    Key(key="n", words=message("Clear everything for a new patron"), does="patron"),
)


def present(tabs: Collection[str]) -> tuple[Key, ...]:
    """The keys that a desk with these tabs has."""
    return tuple(one for one in KEYS if not one.tab or one.tab in tabs)


def listed(keys: Collection[Key]) -> Html:
    """All keys with their work; each stands alone, with no other key held."""
    rows = [_row([one.key], say(one.words)) for one in keys]
    rows.insert(2, _row(["1", "9"], say("Go to that source of the answer")))
    rows.append(_row(["Esc"], say("Close what is open over the page")))
    return tag("dl", *rows, class_="keys")


def _row(keys: Sequence[str], words: str) -> Html:
    shown = Html(" – ").join(tag("kbd", one) for one in keys)
    return tag("div", tag("dt", Html(shown)), tag("dd", words))
