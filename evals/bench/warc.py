"""Writes a WARC: each record a gzip member of its own, as crawlers write them (ISO 28500)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from collections.abc import Mapping
from typing import BinaryIO

_CHUNK = 4096


class WarcWriter:
    """Adds records to an open file; nothing of them is kept.

    Args:
        file: Where they go.
        seed: Names the records, so that two files of one seed are the same.
    """

    def __init__(self, file: BinaryIO, seed: int) -> None:
        self._file = file
        self._seed = seed
        self.records = 0
        told = {"WARC-Type": "warcinfo", "Content-Type": "application/warc-fields"}
        self._add(told, b"software: evals\r\n")

    def response(
        self,
        uri: str,
        timestamp: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        status: str = "200 OK",
    ) -> str:
        """A stored HTTP response. ``headers`` are HTTP's; ``body`` is encoded as they say.

        A body whose transfer is "chunked" is cut into chunks here.

        Returns:
            Its payload digest.
        """
        sent = _chunked(body) if headers.get("Transfer-Encoding") == "chunked" else body
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        block = f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + sent
        self._add(_captured(uri, timestamp, digest(sent)) | {"WARC-Type": "response"}, block)
        return digest(sent)

    def revisit(
        self, uri: str, timestamp: str, payload_digest: str, refers_to: tuple[str, str]
    ) -> None:
        """The same payload was seen again; ``refers_to`` is the capture (URI, timestamp) of it."""
        known = {
            "WARC-Type": "revisit",
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            "WARC-Refers-To-Target-URI": refers_to[0],
            "WARC-Refers-To-Date": refers_to[1],
        }
        block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        self._add(_captured(uri, timestamp, payload_digest) | known, block)

    def _add(self, headers: Mapping[str, str], block: bytes) -> None:
        self.records += 1
        name = uuid.UUID(int=self._seed << 64 | self.records)
        lines = {
            "WARC-Record-ID": f"<urn:uuid:{name}>",
            "WARC-Date": "2012-01-01T00:00:00Z",
            **headers,
            "Content-Length": str(len(block)),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        record = f"WARC/1.1\r\n{head}\r\n".encode() + block + b"\r\n\r\n"
        self._file.write(gzip.compress(record, compresslevel=6, mtime=0))


def _captured(uri: str, timestamp: str, payload_digest: str) -> dict[str, str]:
    return {
        "WARC-Target-URI": uri,
        "WARC-Date": timestamp,
        "WARC-Payload-Digest": payload_digest,
        "Content-Type": "application/http; msgtype=response",
    }


def digest(sent: bytes) -> str:
    """A payload digest as crawlers write it: of what was sent, its chunks included."""
    return f"sha1:{base64.b32encode(hashlib.sha1(sent, usedforsecurity=False).digest()).decode()}"


def _chunked(body: bytes) -> bytes:
    parts = (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
