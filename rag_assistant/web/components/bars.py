"""Numbers as a table with bars, which is read aloud as the table that it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag_assistant.web.components.markup import Html, hidden, tag
from rag_assistant.wording import number, say


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
        tag("tr", tag("th", tag("bdi", value), scope="row"), tag("td", _bar(n, most), number(n)))
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
    """Those who listen hear the number beside it."""
    return tag("meter", min="0", max=str(max(most, 1)), value=str(value), aria_hidden="true")
