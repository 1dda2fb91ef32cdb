"""Who sends a request, and to which of our names, where proxies may stand between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+")
_SCHEMES = ("http", "https")
_HEARSAY = (b"x-forwarded-", b"forwarded", b"x-real-ip")
_SUBNET = 64  # bits: what one IPv6 household or school is given at least


class Proxies:
    """The proxies whose word is believed.

    ``Forwarded`` (RFC 7239) is not read: a proxy that sets one of the two headers passes the other
    one on as the visitor wrote it.

    Args:
        trusted: Their networks.
        staff_header: Where they name who has signed in with them; "" for nowhere.
    """

    def __init__(self, trusted: Sequence[Network], staff_header: str = "") -> None:
        self._trusted = tuple(trusted)
        self._staff_header = staff_header.lower().encode()

    def told(self, scope: Scope) -> Scope:
        """The request as it came to the outermost trusted proxy: its client, scheme and host.

        From anyone else these headers, and the staff's, are taken away: whoever sees the request
        after this may believe what is left.
        """
        client = scope.get("client")
        peer = address_of(client[0]) if client else None
        trusted = peer is not None and within(peer, self._trusted)
        headers = Headers(scope=scope)
        kept = [
            pair
            for pair in scope["headers"]
            if pair[0] == self._staff_header or not pair[0].startswith(_HEARSAY)
        ]
        named = sum(name == self._staff_header for name, _ in kept)
        if not trusted or named > 1:
            kept = [pair for pair in kept if pair[0] != self._staff_header]
        if peer is None or not trusted:
            return {**scope, "headers": kept}
        host = _only(headers, "x-forwarded-host")
        if host:
            kept = [pair for pair in kept if pair[0] != b"host"]
            kept.append((b"host", host.encode("latin-1")))
        scheme = _only(headers, "x-forwarded-proto").lower()
        return {
            **scope,
            "headers": kept,
            "client": (str(self._client(peer, headers)), 0),
            "scheme": scheme if scheme in _SCHEMES else scope.get("scheme", "http"),
        }

    def _client(self, peer: Address, headers: Headers) -> Address:
        """The nearest address that is no trusted proxy's; the peer where one is malformed."""
        client = peer
        for hop in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
            address = address_of(hop)
            if address is None:
                return peer
            client = address
            if not within(address, self._trusted):
                break
        return client


def address_of(words: str) -> Address | None:
    """An address as proxies write it, perhaps with a port; None for anything else."""
    words = words.strip()
    found = _WITH_PORT.fullmatch(words)
    try:
        address = ip_address((found[1] or found[2]) if found else words)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return any(address in one for one in networks)


def counted_as(client: str) -> str:
    """As what a client is counted: IPv6 addresses by their network, for one has no end of them."""
    address = address_of(client)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _SUBNET), strict=False))
    return str(address or client)


def _only(headers: Headers, name: str) -> str:
    """The value of a header that is there once; else ""."""
    values = headers.getlist(name)
    return values[0].strip() if len(values) == 1 and "," not in values[0] else ""
