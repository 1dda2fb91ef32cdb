"""Asks the server that owns a data folder, with the token that only its operator can read."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from rag_assistant.errors import GoneError, NotFoundError, RagAssistantError, UsageError
from rag_assistant.owner import OwnerCard
from rag_assistant.schema import Audience

_TIMEOUT = 600.0
_NOT_FOUND, _GONE = 404, 410
_FAULTS_OF_THE_ASKER = (400, 413, 422)


class RemoteAssistant:
    """The reading commands, answered by the running server for the operator."""

    def __init__(self, card: OwnerCard) -> None:
        self._card = card
        self._opener = build_opener(ProxyHandler({}))  # loopback needs no proxy

    def search(self, body: dict[str, Any]) -> dict[str, Any]:
        """``search --json``."""
        return self._call("/api/search", body)

    def ask(self, body: dict[str, Any], audience: Audience = "staff") -> dict[str, Any]:
        """The answer's JSON; the public has no token."""
        return self._call("/api/ask", body, proven=audience == "staff")

    def check_references(self, text: str) -> dict[str, Any]:
        """``check-reference --json``."""
        return self._call("/api/check-reference", {"text": text})

    def history(self, url: str) -> dict[str, Any]:
        """``history --json``."""
        return self._call("/api/history", {"url": url})

    def references(self, body: dict[str, Any]) -> dict[str, Any]:
        """The references of cited passages, in the format that the body names."""
        return self._call("/api/references", body)

    def show(self, item: str) -> dict[str, Any]:
        """A passage, document or section."""
        missing: RagAssistantError | None = None
        for kind in ("passages", "documents", "sections"):
            try:
                return self._call(f"/api/{kind}/{quote(item, safe='')}")
            except GoneError:
                raise
            except NotFoundError as error:
                missing = error
        raise missing or NotFoundError(f"There is no {item} here.")

    def status(self) -> dict[str, Any]:
        """``status --json``."""
        return self._call("/api/status")

    def _call(
        self, path: str, body: dict[str, Any] | None = None, *, proven: bool = True
    ) -> dict[str, Any]:
        proof = {"Authorization": f"Bearer {self._card.token}"} if proven else {}
        request = Request(  # noqa: S310 - the address is our own server's
            self._card.address.rstrip("/") + path,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                **proof,
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as reply:
                found: dict[str, Any] = json.load(reply)
                return found
        except HTTPError as error:
            raise _as_error(error) from error
        except (URLError, OSError, HTTPException, ValueError) as error:  # or its reply is cut
            raise RagAssistantError(
                f"The server at {self._card.address} does not answer: {error}.",
                "Stop `rag-assistant serve`, start it again, and try once more.",
            ) from error


def _as_error(error: HTTPError) -> RagAssistantError:
    try:
        problem = json.load(error)
    except (ValueError, HTTPException, OSError):
        problem = {}
    message, hint = problem.get("detail") or str(error), problem.get("hint", "")
    if error.code == _GONE:
        return GoneError(message, hint, date=problem.get("date", ""))
    if error.code == _NOT_FOUND:
        return NotFoundError(message, hint)
    if error.code in _FAULTS_OF_THE_ASKER:
        return UsageError(message, hint)
    return RagAssistantError(message, hint)
