"""Asking a repository over HTTP: patient where it asks for patience, bounded everywhere."""

from __future__ import annotations

import email.utils
import ipaddress
import socket
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag_assistant.errors import HarvestError, UsageError

if TYPE_CHECKING:
    import httpx

LONGEST_RESPONSE = 128 << 20
"""Bytes, unpacked."""

_ATTEMPTS = 5
_LONGEST_WAIT = 300.0
_LONGEST_ANSWER = 900.0  # seconds for one response
_SILENCE = 120.0
_MOST_REDIRECTS = 5
_GO_ON = "Run the same command again to go on."
_BUSY = frozenset({429, 500, 502, 503, 504})
_PROTOCOL = frozenset({"verb", "metadataPrefix", "set", "from", "until", "resumptionToken"})


class Repository:
    """The repository at one address.

    Args:
        url: Its base URL; arguments of the protocol in it are dropped.

    Raises:
        UsageError: It is no address of the web.
    """

    def __init__(self, url: str) -> None:
        import httpx

        self._url = _checked(url)
        self._was_there = False
        self._client = httpx.Client(
            timeout=_SILENCE,
            follow_redirects=False,
            headers={"User-Agent": "rag-assistant", "Accept": "text/xml, */*;q=0.5"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, arguments: dict[str, str]) -> bytes:
        """The body of the response to a request of the protocol.

        Raises:
            HarvestError: It cannot be had, also not after some patience.
        """
        url = self._url.copy_merge_params(arguments)
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self._attempt(url, last=attempt == _ATTEMPTS)
            if isinstance(answer, bytes):
                return answer
            time.sleep(answer if answer >= 0 else float(2**attempt))
        raise HarvestError(f"{self._url.host} is busy.", _GO_ON)

    def _attempt(self, url: httpx.URL, *, last: bool) -> bytes | float:
        """The response, or how many seconds to wait before the next try (-1: not said)."""
        import httpx

        try:
            for _ in range(_MOST_REDIRECTS + 1):
                _check_place(url)
                with self._client.stream("GET", url) as response:
                    _check_peer(response)
                    self._was_there = True
                    if response.has_redirect_location:
                        url = _redirected(response)
                        continue
                    if response.status_code in _BUSY and not last:
                        return _asked_wait(response)
                    return _body(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if self._was_there and not last:  # else the address is wrong
                return -1.0
            reason = str(error) or type(error).__name__
            raise HarvestError(f"{url.host} cannot be reached: {reason}.", _GO_ON) from error
        raise HarvestError(f"{self._url.host} redirects without end.")


def _checked(url: str) -> httpx.URL:
    import httpx

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"'{url}' is no address: {error}.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(
            f"'{url}' is no address of the web.", "Give one that begins with https:// or http://."
        )
    if parsed.userinfo:
        raise UsageError("The address must hold no user name or password: it would be kept.")
    kept = [(name, value) for name, value in parsed.params.multi_items() if name not in _PROTOCOL]
    return parsed.copy_with(params=kept or None, fragment=None)


def _check_place(url: httpx.URL) -> None:
    """See where a name leads before anything is asked there.

    Raises:
        HarvestError: To a link-local address.
    """
    try:
        found = socket.getaddrinfo(url.raw_host.decode(), url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # connecting will tell why
        return
    for *_, address in found:
        check_address(url.host, str(address[0]))


def _check_peer(response: httpx.Response) -> None:
    """See who answers: a name may lead elsewhere the second time it is looked up.

    Raises:
        HarvestError: A link-local address.
    """
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream else None
    if peer:
        check_address(response.url.host, str(peer[0]))


def check_address(host: str, address: str) -> None:
    """Refuse link-local addresses: clouds tell their machines' secrets there.

    Raises:
        HarvestError: It is one.
    """
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if (mapped or found).is_link_local:
        raise HarvestError(
            f"{host} leads to {address}, which no repository has.", "Check the address."
        )


def _redirected(response: httpx.Response) -> httpx.URL:
    """Where a redirect leads: never to another host, which nobody named."""
    target = response.url.join(response.headers["location"])
    if target.scheme not in ("http", "https") or target.host != response.url.host:
        raise HarvestError(
            f"{response.url.host} redirects to another place: {target.scheme}://{target.host}.",
            "Harvest from that address if you trust it.",
        )
    return target


def _asked_wait(response: httpx.Response) -> float:
    """Seconds that the server asks for, -1 where it says nothing.

    Raises:
        HarvestError: It asks for more than anybody would wait.
    """
    asked = response.headers.get("retry-after", "").strip()
    if not asked:
        return -1.0
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(asked).timestamp() - time.time()
        except (ValueError, TypeError):
            return -1.0
    if not seconds <= _LONGEST_WAIT:
        raise HarvestError(
            f"{response.url.host} asks to come back in {seconds / 60:.0f} minutes.",
            "Run the same command again then.",
        )
    return max(0.0, seconds)


def _body(response: httpx.Response) -> bytes:
    if response.status_code != 200:  # noqa: PLR2004 - HTTP's "OK"
        raise HarvestError(
            f"{response.url.host} answers {response.status_code} {response.reason_phrase}.",
            "Check the address in a browser, with ?verb=Identify behind it.",
        )
    data, until = bytearray(), time.monotonic() + _LONGEST_ANSWER
    for piece in response.iter_bytes():
        data += piece
        if len(data) > LONGEST_RESPONSE:
            raise HarvestError(f"A response is longer than {LONGEST_RESPONSE} bytes.")
        if time.monotonic() > until:
            raise HarvestError(f"{response.url.host} is too slow.", _GO_ON)
    return bytes(data)
