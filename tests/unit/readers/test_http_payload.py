"""HTTP payloads: each coding, each lie about a coding, and bombs."""

from __future__ import annotations

import gzip
import time
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rag_assistant.errors import FailedError
from rag_assistant.readers.http_payload import decode_payload, parse_response

PAGE = b"".join(b"<p>Shelf %d holds register %d.</p>" % (n, n * n * 7919) for n in range(99))


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def chunked(data: bytes, size: int = 700) -> bytes:
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(b"%x;x=y\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def decoded(body: bytes, *headers: bytes, limit: int = 1 << 20) -> bytes:
    block = b"HTTP/1.1 200 OK\r\n" + b"".join(h + b"\r\n" for h in headers) + b"\r\n" + body
    response = parse_response(block)
    assert response is not None
    return decode_payload(response, limit)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE, []),
        (chunked(PAGE), [b"Transfer-Encoding: chunked"]),
        (PAGE, [b"Transfer-Encoding: chunked"]),
        (gzip.compress(PAGE), [b"Content-Encoding: gzip"]),
        (gzip.compress(PAGE), [b"CONTENT-ENCODING: X-GZIP"]),
        (gzip.compress(PAGE[:900]) + gzip.compress(PAGE[900:]), [b"Content-Encoding: gzip"]),
        (zlib.compress(PAGE), [b"Content-Encoding: deflate"]),
        (raw_deflate(PAGE), [b"Content-Encoding: deflate"]),
        (brotli.compress(PAGE), [b"Content-Encoding: br"]),
        (zstd(PAGE), [b"Content-Encoding: zstd"]),
        (zstd(PAGE[:900]) + zstd(PAGE[900:]), [b"Content-Encoding: zstd"]),
        (brotli.compress(gzip.compress(PAGE)), [b"Content-Encoding: gzip, br"]),
        (brotli.compress(gzip.compress(PAGE)),
         [b"Content-Encoding: gzip", b"Content-Encoding: br"]),
        (chunked(gzip.compress(PAGE)),
         [b"Content-Encoding: gzip", b"Transfer-Encoding: chunked"]),
        (PAGE, [b"Content-Encoding: gzip"]),
        (PAGE, [b"Content-Encoding: br"]),
        (PAGE, [b"Content-Encoding: deflate"]),
        (PAGE, [b"Content-Encoding: zstd"]),
        (PAGE, [b"Content-Encoding: identity"]),
        (PAGE, [b"Content-Encoding: utf-8"]),
        (gzip.compress(PAGE), [b"Content-Encoding: br"]),
        (gzip.compress(PAGE) + b"\r\n", [b"Content-Encoding: gzip"]),
    ],
    ids=[
        "plain", "chunked", "falsely chunked", "gzip", "x-gzip", "gzip members", "deflate",
        "raw deflate", "br", "zstd", "zstd frames", "stacked", "stacked headers",
        "chunked gzip", "not gzip", "not br", "not deflate", "not zstd", "identity", "unknown",
        "gzip called br", "gzip tail",
    ],
)  # fmt: skip
def test_codings(body: bytes, headers: list[bytes]) -> None:
    assert decoded(body, *headers) == PAGE


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (chunked(PAGE)[:-900], b"Transfer-Encoding: chunked"),
        (chunked(PAGE)[: 2 * 711] + b"zz\r\n", b"Transfer-Encoding: chunked"),
        (gzip.compress(PAGE)[:-20], b"Content-Encoding: gzip"),
        (zlib.compress(PAGE)[:-4], b"Content-Encoding: deflate"),
        (brotli.compress(PAGE)[:-2], b"Content-Encoding: br"),
    ],
    ids=["chunks cut", "chunks broken", "gzip cut", "deflate cut", "br cut"],
)
def test_what_decodes_before_a_fault_is_kept(body: bytes, header: bytes) -> None:
    text = decoded(body, header)
    assert len(text) > 300
    assert PAGE.startswith(text)


@pytest.mark.parametrize(
    ("pack", "coding"),
    [
        (gzip.compress, b"gzip"),
        (zlib.compress, b"deflate"),
        (brotli.compress, b"br"),
        (zstd, b"zstd"),
    ],
)
def test_bombs_fail_early(pack: object, coding: bytes) -> None:
    assert callable(pack)
    bomb = pack(bytes(30_000_000))
    assert len(bomb) < 40_000
    with pytest.raises(FailedError, match="payload too large"):
        decoded(bomb, b"Content-Encoding: " + coding)


def test_many_small_members_take_no_longer_than_their_bytes() -> None:
    members = gzip.compress(b"a", mtime=0) * 200_000
    started = time.monotonic()
    assert decoded(members, b"Content-Encoding: gzip") == b"a" * 200_000
    assert time.monotonic() - started < 20


def test_an_uncoded_payload_is_bounded_too() -> None:
    with pytest.raises(FailedError, match="payload too large"):
        decoded(PAGE, limit=100)


@pytest.mark.parametrize(
    ("block", "status", "headers", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", 200, {"a": "b"}, b"body"),
        (b"HTTP/1.0 302 \r\nLocation: /x\r\n\r\n", 302, {"location": "/x"}, b""),
        (b"HTTP/1.1 404\nA: b\n\nbody", 404, {"a": "b"}, b"body"),
        (b"HTTP/1.0 302 \r\r\nA: b\r\r\n\r\r\nx", 302, {"a": "b"}, b"x"),
        (b"HTTP/2 200\r\n\r\nbody", 200, {}, b"body"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\nno colon\r\nA: c\r\n\r\n\r\nx", 200, {"a": "b, c"}, b"\r\nx"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\nthe end is cut", 200, {"a": "b"}, b""),
    ],
)
def test_heads(block: bytes, status: int, headers: dict[str, str], body: bytes) -> None:
    response = parse_response(block)
    assert response is not None
    assert (response.status, response.headers, response.body) == (status, headers, body)


@pytest.mark.parametrize("block", [b"", b"<html>", b"HTTPX/1.1 200 OK\r\n\r\n", b"HTTP/1.1 OK\r\n"])
def test_what_is_no_response(block: bytes) -> None:
    assert parse_response(block) is None


@given(
    st.binary(max_size=300),
    st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"gzip,br", b", ,"]),
    st.booleans(),
)
def test_any_body_under_any_claim_gives_bytes(body: bytes, coding: bytes, is_chunked: bool) -> None:
    headers = [b"Content-Encoding: " + coding]
    if is_chunked:
        headers.append(b"Transfer-Encoding: chunked")
    assert isinstance(decoded(body, *headers), bytes)
