"""Where a reading command gets its answer: the running server, else this process itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rag_assistant.assistant import Assistant
from rag_assistant.client import RemoteAssistant
from rag_assistant.config import Settings
from rag_assistant.docstore import Docstore
from rag_assistant.errors import NotFoundError
from rag_assistant.owner import OwnerLock
from rag_assistant.reciting import Cited
from rag_assistant.schema import Audience, Filters


class Source(Protocol):
    """The reading commands; bodies and results as in the HTTP API."""

    def search(self, body: dict[str, Any]) -> dict[str, Any]: ...

    def ask(self, body: dict[str, Any], audience: Audience = "staff") -> dict[str, Any]: ...

    def check_references(self, text: str) -> dict[str, Any]: ...

    def history(self, url: str) -> dict[str, Any]: ...

    def references(self, body: dict[str, Any]) -> dict[str, Any]: ...

    def show(self, item: str) -> dict[str, Any]: ...

    def status(self) -> dict[str, Any]: ...


class LocalSource:
    """The same, answered here."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        found = self._assistant.search(
            body["query"], k=body["k"], filters=_filters(body["filters"]), sort=body["sort"]
        )
        return {"query": body["query"], "hits": [hit.to_dict() for hit in found.hits]}

    def ask(self, body: dict[str, Any], audience: Audience = "staff") -> dict[str, Any]:
        answer = self._assistant.ask(
            body["question"],
            filters=_filters(body["filters"]),
            answerer=body["answerer"],
            search=body.get("search"),
            beside=body.get("beside", {}),
            clarify=body.get("clarify", False),
            kind=body.get("kind", "answer"),
            audience=audience,
        )
        return answer.to_dict()

    def check_references(self, text: str) -> dict[str, Any]:
        return self._assistant.check_references(text).to_dict()

    def history(self, url: str) -> dict[str, Any]:
        return self._assistant.history(url)

    def references(self, body: dict[str, Any]) -> dict[str, Any]:
        cited = [Cited(**one) for one in body["passages"]]
        made = self._assistant.references(cited, body["format"])
        return {"format": body["format"], "media_type": made.media_type, "text": made.text}

    def show(self, item: str) -> dict[str, Any]:
        return self._assistant.show(item)

    def status(self) -> dict[str, Any]:
        return self._assistant.status()


@contextmanager
def open_source(settings: Settings) -> Iterator[Source]:
    """The server that owns the data folder, else an assistant of our own.

    Raises:
        NotFoundError: Nothing was ever indexed there.
    """
    if not Docstore.exists(settings.data):
        raise NotFoundError(
            f"Nothing has been indexed in {settings.data} yet.", "rag-assistant index FOLDER"
        )
    card = OwnerLock(settings.data).read_card()
    if card and card.address:
        yield RemoteAssistant(card)
        return
    with Assistant(settings) as assistant:
        yield LocalSource(assistant)
        for warning in assistant.engine.warnings.values():
            print(f"rag-assistant: {warning.message}", file=sys.stderr)
            print(f"  {warning.hint}", file=sys.stderr)


def _filters(values: dict[str, Any]) -> Filters:
    names = ("collections", "persons", "places", "documents")
    return Filters(**{**values, **{name: tuple(values.get(name, ())) for name in names}})
