"""Whether answers helped: two numbers in memory, and nothing about whom or with what."""

from __future__ import annotations

import threading

from fastapi import APIRouter
from fastapi.responses import Response

from rag_assistant.web.api.wire import HelpedBody


class Helped:
    """Counts what people say since the server started.

    Attributes:
        yes: Answers that helped.
        no: Answers that did not.
    """

    def __init__(self) -> None:
        self.yes = 0
        self.no = 0
        self._guard = threading.Lock()

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter()
        router.add_api_route("/api/helped", self.count, methods=["POST"], status_code=204)
        return router

    def count(self, body: HelpedBody) -> Response:
        """Take one answer to "Did this help?"; nothing is kept but the number."""
        with self._guard:
            if body.helped:
                self.yes += 1
            else:
                self.no += 1
        return Response(status_code=204)
