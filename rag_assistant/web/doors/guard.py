"""The middleware around everything: who may speak to us, how much, and what browsers may do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag_assistant.config import Settings
from rag_assistant.web.api import problems
from rag_assistant.web.doors.access import Doorkeeper, is_ours, refusal
from rag_assistant.web.doors.asked import Asked
from rag_assistant.web.doors.bodies import Bodies
from rag_assistant.web.doors.clients import Proxies
from rag_assistant.web.doors.headers import CSP, headed, is_embed, policy
from rag_assistant.wording import LANGUAGES

__all__ = ["CSP", "Guard", "policy"]

_API = "/api/"
# Where looking changes something, and what has no end or answers HEAD by itself.
_NO_HEADS = ("/staff", "/web/", *(f"/{language}/" for language in LANGUAGES))
_NOTED = ("app", "root_path", "route")  # by whom it was served, for those before the guard
_NO_MORE: Mapping[str, int] = MappingProxyType({})


class Guard:
    """Checks who sends a request and how much, and puts the security headers on every response.

    Args:
        app: What it guards.
        settings: Names, proxies, origins, limits.
        doorkeeper: Tells the staff from the public.
        larger: Bytes that the staff may send to paths that begin so.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        doorkeeper: Doorkeeper,
        larger: Mapping[str, int] = _NO_MORE,
    ) -> None:
        limits = settings.limits
        self._bare = app
        asked = Asked(app, doorkeeper=doorkeeper, seconds=limits.seconds)
        self._app = Bodies(asked, limits=limits, doorkeeper=doorkeeper, larger=larger)
        self._shared = CORSMiddleware(
            self._app,
            allow_origins=settings.web.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Accept", "Authorization", "Content-Type"),
            expose_headers=("Retry-After",),
        )
        self._web = settings.web
        self._proxies = Proxies(settings.web.trusted_proxies, settings.web.staff_header)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._bare(scope, receive, send)
            return
        sending = headed(send, scope["path"], self._web.frame_ancestors)
        told = self._proxies.told(scope)
        if scope["method"] == "HEAD" and not scope["path"].startswith(_NO_HEADS):
            told, sending = {**told, "method": "GET"}, _without_body(sending)
        refused = self._refusal(scope, told)
        if refused:
            response = problems.respond(problems.problem(403, refused))
            await response(told, receive, sending)
            return
        shared = self._is_shared(told)
        app = self._shared if shared else self._app
        passed = self._powerless(told) if shared or is_embed(told["path"]) else told
        try:
            await app(passed, receive, sending)
        finally:
            scope.update({name: passed[name] for name in _NOTED if name in passed})

    def _refusal(self, came: Scope, told: Scope) -> str | None:
        """Why a request is refused; the name that it came by is checked beside the one told.

        A page that goes by another name of this computer's (DNS rebinding) can say that it is a
        proxy, but not which ``Host`` it sends.
        """
        ours = self._web.allowed_hosts
        headers = Headers(scope=told)
        if not is_ours(Headers(scope=came), ours):
            headers = Headers(scope=came)
        return refusal(
            headers,
            ours,
            scheme=told.get("scheme", "http"),
            cors_origins=self._web.cors_origins if told["path"].startswith(_API) else (),
        )

    def _is_shared(self, scope: Scope) -> bool:
        """Whether a page of an allowed other site sends it."""
        origin = Headers(scope=scope).get("origin")
        return scope["path"].startswith(_API) and origin in self._web.cors_origins

    def _powerless(self, scope: Scope) -> Scope:
        """Without what a browser or a proxy adds by itself: a bearer token alone is left."""
        added = (b"cookie", self._web.staff_header.lower().encode())
        kept = [pair for pair in scope["headers"] if pair[0] not in added]
        return {**scope, "headers": kept}


def _without_body(send: Send) -> Send:
    """What HEAD gets: the head of a reply whose body is not sent."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sending
