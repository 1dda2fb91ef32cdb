"""HTTP messages as crawlers stored them: headers and payload, read with patience.

Archives keep ``Transfer-Encoding: chunked`` over payloads that are no longer chunked, and claim
codings that the bytes do not have. Where a claim does not hold, the stored bytes are taken.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rag_assistant.errors import FailedError
from rag_assistant.readers.packing import UnpackingError, inflated, unzstd
from rag_assistant.readers.window import Window

MAX_PAYLOAD = 64 * 1024 * 1024
"""Bytes of one payload, decoded: a few hundred stored bytes can claim gigabytes."""

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?:[ \t][^\r\n]*)?\r{0,2}\n")
_HEAD_END = re.compile(rb"\r{0,2}\n\r{0,2}\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_STEP = 1 << 16
_LONGEST_HEAD = 1 << 18

_Decoder = Callable[[bytes], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A stored response. Header names are lower-case, repeated headers are joined."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The declared media type, in lower case without its parameters."""
        return media_type(self.headers.get("content-type", ""))

    @property
    def charset(self) -> str:
        """The declared charset, "" where there is none."""
        return charset(self.headers.get("content-type", ""))


def parse_response(block: bytes) -> HttpResponse | None:
    """Take a stored response apart; None where the bytes are no HTTP response."""
    status_line = _STATUS_LINE.match(block)
    if not status_line:
        return None
    # From the status line's own end on: where no headers follow, it is half of the empty line.
    head_end = _HEAD_END.search(block, status_line.end() - 1)
    head = block[status_line.end() : head_end.start() if head_end else None][:_LONGEST_HEAD]
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    body = block[head_end.end() :] if head_end else b""
    return HttpResponse(status=int(status_line[1]), headers=headers, body=body)


def decode_payload(response: HttpResponse, limit: int = MAX_PAYLOAD) -> bytes:
    """The payload without transfer and content codings.

    Raises:
        FailedError: It grows over the limit.
    """
    data = response.body
    if "chunked" in response.headers.get("transfer-encoding", "").lower():
        data = _unchunked(data)
    codings = response.headers.get("content-encoding", "").lower().replace(" ", "").split(",")
    for coding in reversed(codings):
        data = _decoded(coding, data, limit)
    if len(data) > limit:
        raise FailedError("payload too large", f"over {limit} bytes")
    return data


def media_type(content_type: str) -> str:
    """The media type of a Content-Type header, in lower case without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def charset(content_type: str) -> str:
    """The charset of a Content-Type header, "" where there is none."""
    match = _CHARSET.search(content_type)
    return match[1] if match else ""


def _unchunked(data: bytes) -> bytes:
    """Join the chunks; the stored bytes where they are not chunks.

    What breaks off after a whole chunk is a damaged capture of a chunked one: the chunks so far
    are kept.
    """
    chunks: list[bytes] = []
    position = 0
    while match := _CHUNK_SIZE.match(data, position):
        size = int(match[1], 16)
        end = match.end() + size
        if size == 0:
            return b"".join(chunks)
        follows = data[end : end + 2]
        if follows and not follows.startswith((b"\r\n", b"\n")):
            break
        chunks.append(data[match.end() : end])
        position = end + (2 if follows == b"\r\n" else 1)
    return b"".join(chunks) if chunks else data


def _decoded(coding: str, data: bytes, limit: int) -> bytes:
    """Undo one content coding; what decodes before a fault is kept, else the stored bytes."""
    decoders: dict[str, tuple[_Decoder, ...]] = {
        "gzip": (_gunzip,),
        "x-gzip": (_gunzip,),
        "deflate": (_inflate_zlib, _inflate_raw),
        "br": (_unbrotli, _gunzip),
        "zstd": (_unzstd, _gunzip),
    }
    for decoder in decoders.get(coding, ()):
        decoded = _bounded(decoder(data), limit)
        if decoded:
            return decoded
    return data


def _bounded(pieces: Iterator[bytes], limit: int) -> bytes:
    decoded = bytearray()
    try:
        for piece in pieces:
            decoded += piece
            if len(decoded) > limit:
                raise FailedError("payload too large", f"over {limit} bytes")
    except UnpackingError:
        pass  # the claim does not hold from here on
    return bytes(decoded)


def _gunzip(data: bytes) -> Iterator[bytes]:
    raw = Window(iter([data]))
    while raw.fill(1):
        yield from inflated(raw)


def _inflate_zlib(data: bytes) -> Iterator[bytes]:
    return inflated(Window(iter([data])), zlib.MAX_WBITS)


def _inflate_raw(data: bytes) -> Iterator[bytes]:
    return inflated(Window(iter([data])), -zlib.MAX_WBITS)


def _unbrotli(data: bytes) -> Iterator[bytes]:
    import brotli

    decompressor = brotli.Decompressor()
    try:
        yield decompressor.process(data, output_buffer_limit=_STEP)
        while not decompressor.is_finished():
            piece = decompressor.process(b"", output_buffer_limit=_STEP)
            if not piece:
                return
            yield piece
    except brotli.error as error:
        raise UnpackingError("not Brotli") from error


def _unzstd(data: bytes) -> Iterator[bytes]:
    raw = Window(iter([data]))
    while raw.fill(1):
        yield from unzstd(raw)
