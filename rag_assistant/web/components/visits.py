"""How often a crawler saw a web page, with these words and with others; said beside its text."""

from __future__ import annotations

from dataclasses import dataclass

from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.schema import Audience
from rag_assistant.web.components.days import timed, years
from rag_assistant.web.components.markup import Html, link, tag, woven
from rag_assistant.web.components.ours import ours
from rag_assistant.wording import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """What an audience may know of the captures of a document and of its address.

    ``timestamp`` is the capture that the document is shown by. ``captures``, ``first`` and
    ``last`` are of these words; ``next_version`` is when other words were first seen after them.
    ``of_address``, ``address_first``, ``address_last`` and ``versions`` are of the address.
    """

    document_id: str
    timestamp: str
    captures: int
    first: str
    last: str
    next_version: str | None
    of_address: int
    address_first: str
    address_last: str
    versions: int

    @property
    def url(self) -> str:
        """Our page of the whole history."""
        return f"/history/{self.document_id}?at={self.timestamp}"


def visits(
    docstore: Docstore, document_id: str, audience: Audience, at: str | None = None
) -> Visits | None:
    """Count the captures; ``at`` is the last that matters, by default the newest.

    Returns:
        None where the document is no capture, or not there for the audience.
    """
    shown = docstore.captures.shown(document_id, at)
    if shown is None:
        return None
    capture = shown.capture
    bounds = Bounds(
        access=audience_access(audience), uses=LISTED, collections=(capture.collection,)
    )
    seen = docstore.captures.at(capture.uri, bounds)
    same = [one for one in seen if one.document_id == document_id]
    if not same:
        return None
    _, following = docstore.captures.neighbours(capture.collection, shown, bounds)
    return Visits(
        document_id=document_id,
        timestamp=capture.timestamp,
        captures=len(same),
        first=same[0].timestamp,
        last=same[-1].timestamp,
        next_version=following,
        of_address=len(seen),
        address_first=seen[0].timestamp,
        address_last=seen[-1].timestamp,
        versions=len({one.document_id for one in seen}),
    )


def seen_words(found: Visits) -> str:
    """When these words were seen: "seen in 5 captures, 2018–2022"."""
    if found.captures == 1:
        return say("seen in 1 capture")
    when = years(found.first, found.last)
    return say("seen in {number} captures, {years}", number=found.captures, years=when)


def newer(found: Visits) -> Html:
    """Tells, where it is so, that the page has other words by now."""
    if found.next_version is None:
        return Html("")
    told = woven(say("The page has other words since {day}."), day=timed(found.next_version))
    changed = link(ours(f"{found.url}#next"), say("See what changed"))
    return tag("p", told, " ", changed, class_="newer")


def history_link(found: Visits) -> Html:
    """The way to the page's history, where there is more than one capture of it."""
    if found.of_address < 2:  # noqa: PLR2004 - one capture has no history
        return Html("")
    when = years(found.address_first, found.address_last)
    if found.versions == 1:
        told = say("All {number} captures, {years}", number=found.of_address, years=when)
    else:
        told = say("{number} versions, {years} · what changed", number=found.versions, years=when)
    return link(ours(found.url), told)
