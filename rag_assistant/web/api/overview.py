"""What there is to ask, for an audience, and how it would be answered."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np

from rag_assistant.answer import Scope
from rag_assistant.assistant import Assistant
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import facets
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.schema import Audience
from rag_assistant.web.components.holdings import Holding

_ANSWERER_SECONDS = 30.0


class Overview:
    """Looks at one assistant."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._answerer: tuple[float, dict[str, Any]] | None = None
        self._guard = threading.Lock()

    def anything(self) -> bool:
        """Whether anything was ever indexed."""
        return self._assistant.docstore.changes.last_seq() > 0

    def scope(self, audience: Audience, collection: str | None = None) -> Scope:
        """What an audience can ask about, in one collection or in all."""
        return self._assistant.docstore.library.scope(_bounds(audience, collection))

    def coverage(self, audience: Audience) -> dict[str, float]:
        """How much of that each index holds."""
        held = self._assistant.engine.held()
        return self._assistant.docstore.library.coverage(_bounds(audience), held)

    def collections(self, audience: Audience) -> list[dict[str, Any]]:
        """The collections that hold anything for an audience, counted for it alone."""
        library = self._assistant.docstore.library
        holding = {place[0] for place in library.places(_bounds(audience))}
        found = []
        for name, config in library.collections().items():
            if name not in holding:
                continue
            scope = self.scope(audience, name)
            said = config.model_dump(mode="json", include={"id", "description", "language"})
            found.append(
                {
                    **said,
                    "title": config.title or name,
                    "contact": config.contact,
                    "rights": config.rights.model_dump() if config.rights else None,
                    "notices": [notice.model_dump() for notice in config.notices],
                    "documents": scope.documents,
                    "dates": list(scope.dates) if scope.dates else None,
                    "languages": list(scope.languages),
                    "updated": scope.updated,
                }
            )
        return found

    def holdings(self, audience: Audience) -> list[Holding]:
        """What each collection holds for an audience, and what it does not."""
        library = self._assistant.docstore.library
        holding = {place[0] for place in library.places(_bounds(audience))}
        configs = library.collections()
        return [
            self._holding(config, audience)
            for name, config in configs.items()
            if name in holding or (audience == "staff" and self._unread(name) != ({}, {}))
        ]

    def _holding(self, config: CollectionConfig, audience: Audience) -> Holding:
        library = self._assistant.docstore.library
        bounds = _bounds(audience, config.id)
        chosen = library.chosen(bounds)
        facts, rows = chosen.facts, np.flatnonzero(chosen.mask)
        years = facets.years(facts, rows)
        held = Holding(
            config=config,
            documents=len(rows),
            passages=int(chosen.column("passages").sum()),
            years=years,
            undated=len(rows) - len(years),
            kinds=facets.by_name(facts, rows, "kind"),
            languages=facets.by_language(facts, rows),
            uses=facets.by_name(facts, rows, "use"),
            pages_without_text=int(chosen.column("pages_without_text").sum()),
            coverage=library.coverage(bounds, self._assistant.engine.held(), chosen),
            updated=chosen.updated(),
        )
        if audience != "staff":
            return held
        failed, skipped = self._unread(config.id)
        closed = facets.by_name(facts, rows, "access")["staff"]
        return replace(held, staff_only=closed, failed=failed, skipped=skipped)

    def _unread(self, collection: str) -> tuple[dict[str, int], dict[str, int]]:
        return self._assistant.docstore.files.unread(collection)

    def answerer(self) -> dict[str, Any]:
        """Which answerer a question would get; asked of the model server now and then only."""
        with self._guard:
            now = time.monotonic()
            if self._answerer is None or now - self._answerer[0] > _ANSWERER_SECONDS:
                self._answerer = (now, self._assistant.answerer_in_use())
            return self._answerer[1]


def _bounds(audience: Audience, collection: str | None = None) -> Bounds:
    return Bounds(
        access=audience_access(audience),
        uses=LISTED,
        collections=(collection,) if collection else None,
    )
