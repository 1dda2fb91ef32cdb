"""What was cited before, cited once more: by ids and offsets alone, for whoever asks now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from rag_assistant.answer import Citation
from rag_assistant.citing import cite
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.library import readable
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import NotFoundError, UsageError
from rag_assistant.ports import Quote
from rag_assistant.references import Export, Format, export
from rag_assistant.schema import Audience, Entry, Hit
from rag_assistant.wording import say

_WRITTEN = re.compile(
    r"(?P<passage>[^:@]+)(?::(?P<start>\d{1,9})-(?P<end>\d{1,9}))?(?:@(?P<captured>\d{14}))?"
)
_TIMESTAMP = re.compile(r"\d{14}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """Words of a passage, all of them where no offsets are given.

    ``captured`` is the timestamp of the cited capture of a web page, by default the newest one.
    """

    passage_id: str
    start: int | None = None
    end: int | None = None
    captured: str | None = None

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """What a citation cites."""
        return cls(
            passage_id=citation.passage_id,
            start=citation.start,
            end=citation.end,
            captured=citation.capture.timestamp if citation.capture else None,
        )

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `__str__` writes.

        Raises:
            UsageError: It is not written so.
        """
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise UsageError("A passage is written as ID:START-END or ID:START-END@TIMESTAMP.")
        start, end = match["start"], match["end"]
        return cls(
            passage_id=match["passage"],
            start=int(start) if start else None,
            end=int(end) if end else None,
            captured=match["captured"],
        )

    def __str__(self) -> str:
        span = f":{self.start}-{self.end}" if self.start is not None else ""
        return f"{self.passage_id}{span}{f'@{self.captured}' if self.captured else ''}"


def recite(docstore: Docstore, cited: Sequence[Cited], audience: Audience) -> tuple[Citation, ...]:
    """Citations with markers from 1, in the order given.

    Raises:
        NotFoundError: A passage is not there for this audience, or may not be read.
        UsageError: Offsets lie outside their passage, or a timestamp is none.
    """
    bounds = readable(Bounds(access=audience_access(audience), uses=LISTED))
    entries = docstore.library.entries(list({one.passage_id for one in cited}), bounds)
    quotes = []
    for marker, one in enumerate(cited, 1):
        entry = entries.get(one.passage_id)
        if entry is None:
            raise NotFoundError(say("There is no passage {item} here.", item=one.passage_id))
        quotes.append(_quote(marker, one, entry))
    as_of = {marker: one.captured for marker, one in enumerate(cited, 1) if one.captured}
    return cite(docstore, quotes, bounds, as_of)


def references(
    docstore: Docstore, cited: Sequence[Cited], form: Format, audience: Audience
) -> Export:
    """The references of what is cited; raises as `recite` and `export` do."""
    collections = docstore.library.collections()
    titles = {name: config.title for name, config in collections.items()}
    return export(recite(docstore, cited, audience), form, titles)


def _quote(marker: int, cited: Cited, entry: Entry) -> Quote:
    start = entry.start if cited.start is None else cited.start
    end = entry.end if cited.end is None else cited.end
    if not entry.start <= start < end <= entry.end:
        raise UsageError(
            f"Passage {entry.passage_id} holds {entry.start}-{entry.end}, not {start}-{end}."
        )
    if cited.captured and not _TIMESTAMP.fullmatch(cited.captured):
        raise UsageError("A capture's timestamp has 14 digits.")
    hit = Hit(
        rank=marker,
        score=1.0,
        entry=entry,
        locator="",
        uri="",
        archive_url="",
        captured_at=cited.captured or "",
        versions=1,
    )
    return Quote(marker=marker, hit=hit, start=start, end=end)
