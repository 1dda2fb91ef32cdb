"""Whether answers helped: counted among the server's figures, without whom or with what."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag_assistant.web.api.wire import HelpedBody


def router() -> APIRouter:
    """The route."""
    made = APIRouter()
    made.add_api_route("/api/helped", count, methods=["POST"], status_code=204)
    return made


def count(body: HelpedBody, request: Request) -> Response:
    """Take one answer to "Did this help?"; nothing is kept but the number.

    A server counts it; an app without one has no figures.
    """
    metrics = getattr(request.app.state, "metrics", None)
    if metrics:
        metrics.helped(body.helped)
    return Response(status_code=204)
