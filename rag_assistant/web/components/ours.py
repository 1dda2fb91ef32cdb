"""Addresses of our own pages, which keep the language and the colours that a person reads in."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from urllib.parse import urlencode

from rag_assistant.config import WebSettings
from rag_assistant.wording import ENGLISH, say, spoken

THEMES = ("light", "dark", "contrast")
"""The colours that a page can be told to have; without one, those that the system prefers."""

_theme = contextvars.ContextVar("theme", default="")


def theme() -> str:
    """The colours of the page that is being made, one of `THEMES` or ""."""
    return _theme.get()


@contextlib.contextmanager
def wearing(name: str) -> Iterator[None]:
    """Make pages in these colours in this block; one that is not known is the system's."""
    token = _theme.set(known_theme(name))
    try:
        yield
    finally:
        _theme.reset(token)


def site(web: WebSettings) -> str:
    """The service's name: the library's own, else ours in the language that is spoken."""
    return web.title or say("Ask the collections")


def known_theme(name: str) -> str:
    """The name if it is one of `THEMES`, else ""."""
    return name if name in THEMES else ""


def ours(path: str) -> str:
    """An address of ours with ``?lang=`` and ``?theme=`` where they are not the usual.

    Args:
        path: Begins with "/"; may have a query and a place of its own.
    """
    language = spoken()
    kept = {"lang": "" if language == ENGLISH else language, "theme": theme()}
    query = urlencode({name: value for name, value in kept.items() if value})
    address, mark, place = path.partition("#")
    if query:
        address += ("&" if "?" in address else "?") + query
    return f"{address}{mark}{place}"
