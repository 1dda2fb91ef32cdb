"""Addresses of the web as archives compare them: one page, however its URL was written.

The key is the one of CDX indexes and access files ("SURT", Sort-friendly URI Reordering
Transform: host from its top domain on, then the path), but keeps upper and lower case of path and
query, where servers tell them apart.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HOST_WITH_PORT = re.compile(r"[^/:]+\.[^/:]+:\d+(?:[/?#]|\Z)")
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?")
_WWW = re.compile(r"www\d*\.(?=.)")
_DEFAULT_PORTS = frozenset({"80", "443", "21"})
_SESSION_PATH = re.compile(
    r";(?:jsessionid|phpsessid)=[^/;]*|(?<=/)\(s\(\w{24}\)\)/", re.IGNORECASE
)
_SESSION_PART = re.compile(
    r"(?:jsessionid|phpsessid)=[\w.-]{16,}|sid=[0-9a-f]{32}|aspsessionid\w{8}=\w+",
    re.IGNORECASE,
)
_SESSION_PAIR = re.compile(r"(cfid|cftoken)=[\w.-]+", re.IGNORECASE)
_IGNORED = re.compile(r"[\t\r\n]")
_PLAIN = "!\"$&'()*+,-./:;<=>@[\\]^_`{|}~"
_MOST_UNESCAPED = 5


def address_key(uri: str) -> str:
    """The key under which captures of one page stand together, "example,org)/a?b=1".

    Scheme, "www.", default port, fragment, closing slash, order of the query, session ids and the
    way of escaping do not matter. What is no web address is its own key.
    """
    uri = _IGNORED.sub("", uri.encode("utf-8", "replace").decode()).strip()
    scheme = _SCHEME.match(uri)
    if not scheme and _ANY_SCHEME.match(uri) and not _HOST_WITH_PORT.match(uri):
        return uri
    rest = uri[scheme.end() :] if scheme else uri.removeprefix("//")
    before_query, _, query = rest.partition("#")[0].partition("?")
    host, _, path = before_query.partition("/")
    query = _query(query)
    return f"{_host(host)}){_path(path)}{'?' if query else ''}{query}"


def site_of(key: str) -> str:
    """The host part of a key, in the key's own order: "example,org"."""
    return key.partition(")")[0]


def _host(authority: str) -> str:
    """The host from its top domain on; IP addresses too, as CDX indexes have them."""
    host = _unescaped(authority.rpartition("@")[2]).decode("utf-8", "replace").lower()
    match = _HOST.fullmatch(host)
    name, port = match.groups() if match else (host, "")
    if not name.startswith("["):
        name = ",".join(reversed(_ascii(_WWW.sub("", name.strip("."), count=1)).split(".")))
    name = quote(name, safe="[]:,")
    return f"{name}:{port}" if port and port not in _DEFAULT_PORTS else name


def _ascii(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:  # no name that a server could have: it stays as it is
        return name


def _path(path: str) -> str:
    """The path without session ids, empty and dot segments, "/" at least."""
    plain = _SESSION_PATH.sub("", f"/{_unescaped(path).decode('latin-1')}")
    segments: list[str] = []
    for segment in plain.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return quote(f"/{'/'.join(segments)}".encode("latin-1"), safe=_PLAIN)


def _query(query: str) -> str:
    parts = [quote(_unescaped(part), safe=f"{_PLAIN}?") for part in query.split("&")]
    paired = [match for match in map(_SESSION_PAIR.fullmatch, parts) if match]
    if len({match[1].lower() for match in paired}) > 1:  # one alone may tell pages apart
        parts = [part for part in parts if not _SESSION_PAIR.fullmatch(part)]
    return "&".join(sorted(part for part in parts if part and not _SESSION_PART.fullmatch(part)))


def _unescaped(text: str) -> bytes:
    """The bytes that a text stands for, also where it was escaped more than once."""
    plain = text.encode()
    for _ in range(_MOST_UNESCAPED if b"%" in plain else 0):
        plain, before = unquote_to_bytes(plain), plain
        if plain == before:
            break
    return plain
