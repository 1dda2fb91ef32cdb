"""Who is asking, by proof alone, and which requests are let in at all."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import HTTPConnection

from rag_assistant.config import LimitsSettings
from rag_assistant.schema import Audience
from rag_assistant.web.doors.accounts import Accounts, spelt, too_long
from rag_assistant.web.doors.clients import counted_as
from rag_assistant.web.doors.rates import Deadline, Questions, Rates, TooManyError

COOKIE = "rag_assistant_staff"
SESSION_SECONDS = 8 * 3600
_TRIES = 5  # to sign in, a minute, of each client
_TRIES_OF_NAME = 100  # by all clients together: few would let anybody lock a colleague out
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORT = re.compile(r"[0-9]{1,5}")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """A browser of the staff's; ``name`` is "" where the one-time link was opened."""

    end: float
    name: str = ""
    proof: str = ""


class Doorkeeper:
    """Tells the staff from the public, and lets questions in.

    Args:
        owner_token: What other commands of the same operator send, from the owner's card.
        staff_link_token: What the one-time link carries.
        accounts: Who may sign in; None for nobody.
        staff_header: The header in which a trusted proxy names who signed in there; `Proxies`
            takes it away from all other requests.
        staff_users: Whom it may name; anyone where empty.
        questions: How many are let in; None takes what is usual.
        clock: Seconds, for sessions to end.
    """

    def __init__(
        self,
        *,
        owner_token: str,
        staff_link_token: str,
        accounts: Accounts | None = None,
        staff_header: str = "",
        staff_users: Sequence[str] = (),
        questions: Questions | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._owner = _digest(owner_token)
        self._link: str | None = _digest(staff_link_token)
        self._accounts = accounts
        self._header = staff_header.lower()
        self._users = {spelt(one) for one in staff_users}
        self._questions = questions or Questions(LimitsSettings())
        self._tries = Rates(_TRIES)
        self._tries_of_name = Rates(_TRIES_OF_NAME)
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._guard = threading.Lock()

    def audience(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Audience:
        """Staff for the owner's token, a staff session or a name from a proxy, else the public."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(_digest(token.strip()), self._owner):
            return "staff"
        return "public" if self.signed_in(headers, cookies) is None else "staff"

    def signed_in(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
        """The name of who signed in, "" for the one-time link; None for the public."""
        name = headers.get(self._header, "").strip() if self._header else ""
        if name and (not self._users or spelt(name) in self._users):
            return name
        session = self._session(cookies)
        return session.name if session else None

    def has_session(self, cookies: Mapping[str, str]) -> bool:
        """Whether there is a session that `sign_out` would end."""
        return self._session(cookies) is not None

    @contextmanager
    def asking(self, request: HTTPConnection) -> Iterator[Deadline]:
        """One question, for as long as it is worked on.

        Raises:
            LaterError: This client has asked too often, or too many ask at once.
        """
        with self._questions.asked(self._counted(request)) as deadline:
            yield deadline

    def looking(self, request: HTTPConnection) -> None:
        """One page or record that is looked at, or one press of a button at the desk.

        Raises:
            TooManyError: This client has looked too often.
        """
        self._questions.looked(self._counted(request))

    def exchange(self, token: str) -> str | None:
        """A new staff session for the one-time link's token; None for a used or wrong one."""
        with self._guard:
            if self._link is None or not _same(_digest(token), self._link):
                return None
            self._link = None
        return self._begin(_Session(end=self._clock() + SESSION_SECONDS))

    def admit_try(self, client: str) -> None:
        """Count a client's try to sign in; to be called before `sign_in` is given anything to do.

        Raises:
            TooManyError: Too many tries from this client.
        """
        _admit(self._tries, counted_as(client))

    def sign_in(self, name: str, password: str) -> str | None:
        """A new staff session; None for a wrong name or password, which are told alike.

        Raises:
            TooManyError: Too many tries for this name.
        """
        if too_long(name, password):
            return None
        _admit(self._tries_of_name, _digest(spelt(name)))
        proof = self._accounts.check(name, password) if self._accounts else None
        if proof is None:
            return None
        end = self._clock() + SESSION_SECONDS
        return self._begin(_Session(end=end, name=spelt(name), proof=proof))

    def sign_out(self, cookies: Mapping[str, str]) -> None:
        """End the session."""
        self._sessions.pop(_digest(cookies.get(COOKIE, "")), None)

    def _counted(self, request: HTTPConnection) -> str | None:
        """The client whose requests are counted; None for the staff."""
        if self.audience(request.headers, request.cookies) == "staff":
            return None
        return request.client.host if request.client else ""

    def _session(self, cookies: Mapping[str, str]) -> _Session | None:
        session = self._sessions.get(_digest(cookies.get(COOKIE, "")))
        return session if session and self._lives(session) else None

    def _begin(self, session: _Session) -> str:
        token = secrets.token_urlsafe(32)
        with self._guard:
            for key, one in list(self._sessions.items()):
                if not self._lives(one):
                    del self._sessions[key]
            self._sessions[_digest(token)] = session
        return token

    def _lives(self, session: _Session) -> bool:
        if session.end <= self._clock():
            return False
        if not session.name:
            return True
        return self._accounts is not None and self._accounts.holds(session.name, session.proof)


def refusal(
    headers: Mapping[str, str],
    allowed_hosts: Sequence[str],
    *,
    scheme: str = "http",
    cors_origins: Sequence[str] = (),
) -> str | None:
    """Why a request is not let in: a name that is not ours, or a page from elsewhere.

    This keeps other web sites from speaking to a server on the visitor's own computer.

    Args:
        headers: Of the request.
        allowed_hosts: Our names beside loopback's.
        scheme: What the request came by, as far as it is known.
        cors_origins: Whose pages may send this request, beside ours.
    """
    if not is_ours(headers, allowed_hosts):
        return "This server does not go by that name."
    origin = headers.get("origin")
    if origin is None or origin in cors_origins or _is_own(origin, headers, scheme):
        return None
    return "Requests from other web sites are refused."


def is_ours(headers: Mapping[str, str], allowed_hosts: Sequence[str]) -> bool:
    """Whether the Host header is a name of ours."""
    name, _ = _split(headers.get("host", ""))
    return name in {*_LOOPBACK, *(one.casefold() for one in allowed_hosts)}


def _is_own(origin: str, headers: Mapping[str, str], scheme: str) -> bool:
    """Whether a page of this server's sent it.

    A form on a page with ``Referrer-Policy: no-referrer`` has the origin "null" even at home
    (Fetch, "append a request Origin header"); no page can forge ``Sec-Fetch-Site``.
    """
    if origin == "null":
        return headers.get("sec-fetch-site") == "same-origin"
    theirs, separator, place = origin.partition("://")
    if not separator or (scheme == "https" and theirs != scheme):
        return False
    usual = _DEFAULT_PORTS.get(theirs)
    name, port = _split(headers.get("host", ""))
    their_name, their_port = _split(place)
    return (their_name, their_port or usual) == (name, port or usual)


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; brackets around IPv6 addresses removed."""
    name, colon, port = host.rpartition(":")
    if not _PORT.fullmatch(port) or not colon or (":" in name and not name.endswith("]")):
        name, port = host, ""
    return name.removeprefix("[").removesuffix("]").casefold(), int(port) if port else None


def _admit(rates: Rates, who: str) -> None:
    wait = rates.admit(who)
    if wait is not None:
        raise TooManyError(wait)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first, second)
