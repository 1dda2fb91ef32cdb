"""Numbers as a table with bars, which is read aloud as the table that it is. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rag_assistant.web.components.markup import Html, foreign, hidden, tag
from rag_assistant.wording import number, say

_STEPS = 25


def bars(rows: Sequence[tuple[str, int]], *, caption: str, what: str) -> Html:
    """A row for each value, its bar as long as its number is large among all.

    Args:
        rows: Values and their numbers, in the order in which they are shown.
        caption: What the table tells.
        what: Heads the column of values.
    """
    if not rows:
        return Html("")
    most = max(n for _, n in rows)
    head = tag(
        "tr",
        tag("th", hidden(what), scope="col"),
        tag("th", hidden(say("Documents")), scope="col"),
    )
    body = (
        tag(
            "tr",
            tag("th", foreign(value), scope="row"),
            tag("td", _bar(n, most), tag("span", number(n))),
        )
        for value, n in rows
    )
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", *body),
        class_="bars",
    )


def _bar(value: int, most: int) -> Html:
    """A picture of the number beside it, in one of `_STEPS` lengths: a style sheet has them."""
    length = math.ceil(_STEPS * value / max(most, 1))
    return tag("span", class_=f"bar bar-{length}")
