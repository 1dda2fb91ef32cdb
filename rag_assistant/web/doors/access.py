"""Who is asking, by proof alone, and which requests are let in at all."""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from rag_assistant.schema import Audience

COOKIE = "rag_assistant_staff"
SESSION_SECONDS = 8 * 3600
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Doorkeeper:
    """Tells the staff from the public.

    Args:
        owner_token: What other commands of the same operator send, from the owner's card.
        staff_link_token: What the one-time link carries.
        clock: Seconds, for sessions to end.
    """

    def __init__(
        self,
        *,
        owner_token: str,
        staff_link_token: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._owner = _digest(owner_token)
        self._link: str | None = _digest(staff_link_token)
        self._clock = clock
        self._sessions: dict[str, float] = {}
        self._guard = threading.Lock()

    def audience(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Audience:
        """Staff for a request with the owner's token or a staff session, else the public."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(_digest(token.strip()), self._owner):
            return "staff"
        session = _digest(cookies.get(COOKIE, ""))
        with self._guard:
            alive = [one for one, end in self._sessions.items() if end > self._clock()]
        known = [_same(session, one) for one in alive]  # all of them, whichever fits
        return "staff" if any(known) else "public"

    def exchange(self, token: str) -> str | None:
        """A new staff session for the one-time link's token; None for a used or wrong one."""
        with self._guard:
            if self._link is None or not _same(_digest(token), self._link):
                return None
            self._link = None
            session = secrets.token_urlsafe(32)
            self._sessions[_digest(session)] = self._clock() + SESSION_SECONDS
            return session


def refusal(headers: Mapping[str, str], allowed_hosts: Sequence[str]) -> str | None:
    """Why a request is not let in: a name that is not ours, or a page from elsewhere.

    This keeps other web sites from speaking to a server on the visitor's own computer.
    """
    host = headers.get("host", "")
    name, port = _split(host)
    if name not in {*_LOOPBACK, *(one.casefold() for one in allowed_hosts)}:
        return "This server does not go by that name."
    origin = headers.get("origin")
    if origin is None:
        return None
    scheme, separator, place = origin.partition("://")
    usual = _DEFAULT_PORTS.get(scheme)
    theirs, their_port = _split(place)
    if not separator or (theirs, their_port or usual) != (name, port or usual):
        return "Requests from other web sites are refused."
    return None


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; brackets around IPv6 addresses removed."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit() or (":" in name and not name.endswith("]")):
        name, port = host, ""
    return name.removeprefix("[").removesuffix("]").casefold(), int(port) if port else None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first, second)
