"""Whose word is believed of where a request comes from."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from rag_assistant.web.doors.clients import Proxies, address_of, counted_as

PROXY, OTHER, VISITOR = "127.0.0.1", "203.0.113.9", "198.51.100.7"
STAFF = "X-Remote-User"


def told(peer: str, *headers: tuple[str, str]) -> dict[str, Any]:
    """What is left of a request from a peer; its headers as a dictionary."""
    proxies = Proxies((ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8")), STAFF)
    scope = {
        "type": "http",
        "client": (peer, 4711),
        "scheme": "http",
        "headers": [(b"host", b"inner:7860")]
        + [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    found = dict(proxies.told(scope))
    return found | {"headers": {name.decode(): value.decode() for name, value in found["headers"]}}


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (VISITOR, VISITOR),
        (f"{OTHER}, {VISITOR}", VISITOR),  # what the visitor wrote stands to the left
        (f"nonsense, {VISITOR}", VISITOR),
        (f"{VISITOR}, 10.1.2.3", VISITOR),  # a proxy before the proxy
        ("10.1.2.3, 10.9.9.9", "10.1.2.3"),
        (f"{VISITOR}:5000", VISITOR),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:198.51.100.7", VISITOR),
        ("", PROXY),
        (f"{VISITOR}, nonsense", PROXY),
        (f"{VISITOR},", PROXY),
        ("1.2.3", PROXY),
        (f"{VISITOR} {OTHER}", PROXY),
        ("unknown", PROXY),
    ],
)
def test_a_trusted_proxy_tells_the_nearest_address_that_is_no_proxys(
    forwarded: str, client: str
) -> None:
    assert told(PROXY, ("X-Forwarded-For", forwarded))["client"][0] == client


def test_several_headers_are_one_list() -> None:
    headers = [("X-Forwarded-For", OTHER), ("X-Forwarded-For", VISITOR)]
    assert told(PROXY, *headers)["client"][0] == VISITOR


def test_a_trusted_proxy_tells_scheme_and_host_and_who_signed_in() -> None:
    found = told(
        PROXY,
        ("X-Forwarded-Proto", "HTTPS"),
        ("X-Forwarded-Host", "desk.library.example"),
        (STAFF, "ada"),
    )
    assert found["scheme"] == "https"
    assert found["headers"] == {"host": "desk.library.example", "x-remote-user": "ada"}


def test_others_tell_nothing() -> None:
    found = told(
        OTHER,
        ("X-Forwarded-For", VISITOR),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "desk.library.example"),
        ("X-Real-IP", VISITOR),
        ("Forwarded", f"for={VISITOR}"),
        (STAFF, "ada"),
    )
    assert found["client"] == (OTHER, 4711)
    assert found["scheme"] == "http"
    assert found["headers"] == {"host": "inner:7860"}


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Forwarded-Host", "a.example"), ("X-Forwarded-Host", "b.example")],
        [("X-Forwarded-Host", "a.example, b.example")],
        [("X-Forwarded-Proto", "javascript")],
        [("X-Forwarded-Proto", "https, http")],
        [("Forwarded", "host=a.example;proto=https")],
    ],
)
def test_what_is_ambiguous_is_not_believed(headers: list[tuple[str, str]]) -> None:
    found = told(PROXY, *headers)
    assert (found["scheme"], found["headers"]) == ("http", {"host": "inner:7860"})


def test_two_names_of_the_staff_are_none() -> None:
    assert STAFF.lower() not in told(PROXY, (STAFF, "mallory"), (STAFF, "ada"))["headers"]


def test_a_peer_without_an_address_is_nobody_special() -> None:
    scope = {"type": "http", "client": None, "headers": [(b"x-forwarded-for", b"1.2.3.4")]}
    found = Proxies((ip_network("0.0.0.0/0"),)).told(scope)
    assert (found["client"], found["headers"]) == (None, [])


def test_addresses_are_counted_by_what_one_household_has() -> None:
    assert counted_as("198.51.100.7") == "198.51.100.7"
    assert counted_as("2001:db8:1:2:3::4") == counted_as("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert counted_as("2001:db8:1:3::4") != counted_as("2001:db8:1:2::9")
    assert counted_as("::ffff:198.51.100.7") == "198.51.100.7"
    assert counted_as("nowhere") == "nowhere"


@pytest.mark.parametrize("words", ["", " ", "[::1", "::1]", "1.2.3.4:", "256.1.1.1", "a.b.c.d:1"])
def test_malformed_addresses_are_none(words: str) -> None:
    assert address_of(words) is None
