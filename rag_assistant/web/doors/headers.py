"""What browsers may do with what we send: the security headers, by kind of path."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from rag_assistant.wording import LANGUAGES

CSP = "content-security-policy"
_SCRIPTED = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",  # Gradio's own styles have pictures in them
    "font-src 'self'",
    "media-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
    "base-uri 'none'",
)
_EMBED = ("img-src 'self'", "font-src 'none'", "media-src 'none'")
_PLAIN = ("script-src 'none'", "img-src 'self'", "connect-src 'none'")
_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_EMBED_PAGE = "/embed"
_LOADED_BY_OTHERS = ("/embed.js",)
_FOLDERS = ("assets", "static")  # Gradio's, wherever the desk stands
_KEPT = (200, 206, 304)
_CACHED = (
    *("/web/", *_LOADED_BY_OTHERS, *(f"/{one}/" for one in _FOLDERS)),
    *(f"/{language}/{one}/" for language in LANGUAGES for one in _FOLDERS),
)


def policy(*other: str) -> str:
    """The Content-Security-Policy of a page with scripts of ours; ``other`` directives replace."""
    named = {one.partition(" ")[0]: one for one in (*_SCRIPTED, *other)}
    return "; ".join(named.values())


def is_embed(path: str) -> bool:
    """Whether a path belongs to the patrons' page, which has no cookies."""
    return path in (_EMBED_PAGE, *_LOADED_BY_OTHERS) or path.startswith(f"{_EMBED_PAGE}/")


def headed(send: Send, path: str, frame_ancestors: Sequence[str]) -> Send:
    """Sends with the security headers; those that a page has itself stay.

    Args:
        send: What sends.
        path: What is sent.
        frame_ancestors: Whose pages may frame the patrons' page, beside ours.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault(CSP, _policy_of(path, frame_ancestors))
            if path in _LOADED_BY_OTHERS:
                headers["cross-origin-resource-policy"] = "cross-origin"
            if is_embed(path):
                del headers["set-cookie"]
            if not path.startswith(_CACHED) or message["status"] not in _KEPT:
                # a shared computer keeps no answers, and nobody a fault
                headers["cache-control"] = "no-store"
        await send(message)

    return sending


def _policy_of(path: str, frame_ancestors: Sequence[str]) -> str:
    if is_embed(path):
        return policy(*_EMBED, " ".join(("frame-ancestors 'self'", *frame_ancestors)))
    if path.startswith("/api/"):
        return _DATA
    return policy() if path.startswith(_CACHED) else policy(*_PLAIN)
