"""Make the sample web archive, ``web-archive/crawl.warc.gz``.

The pages and the list of captures lie in ``sources/web-archive``. The script
turns them into WARC/1.1 records with fixed identifiers and dates, so that the
output is the same, byte for byte, on each run. Some captures are damaged or
mislabelled on purpose, as in a real crawl. Run
``python corpora/make_web_archive.py``.
"""

from __future__ import annotations

import argparse
import io
import struct
import tomllib
import uuid
import zlib
from pathlib import Path
from typing import Any

import brotli
from make_pdfs import Edition, render
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources" / "web-archive"
TARGET = HERE / "web-archive"
NAME = "crawl.warc.gz"
LEAFLET = Edition(
    "household-flood-plan",
    "Household flood plan",
    "Ollerbridge Town Council",
    "D:20140110000000Z",
)
Capture = dict[str, Any]


def record_id(kind: str, url: str, time: str) -> str:
    """Return a record identifier that depends on nothing but its arguments."""
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind} {url} {time}')}>"


def gzip_bytes(data: bytes) -> bytes:
    """Compress to gzip, with no time stamp in the header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()


def chunk_bytes(data: bytes, size: int = 512) -> bytes:
    """Return the body in the chunked transfer coding of HTTP/1.1."""
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    framed = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join(framed) + b"0\r\n\r\n"


def logo_bytes() -> bytes:
    """Return a very small picture in the PNG format."""

    def part(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x7a\x1f\x1f", 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")


def page_bytes(capture: Capture) -> bytes:
    """Return the body of a capture as the server kept it, before any coding."""
    name = capture["file"]
    if name == "png":
        return logo_bytes()
    if name == "doc":
        return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    if name == "pdf":
        return render((SOURCES / "files" / f"{LEAFLET.source}.txt").read_text("utf-8"), LEAFLET)
    if name == "redirect":
        return b'<html><body><a href="%s">Moved</a></body></html>' % capture["location"].encode()
    text = (SOURCES / name).read_text(encoding="utf-8")
    if "layout" in capture:
        first, _, body = text.partition("\n")
        layout = (SOURCES / "layouts" / f"{capture['layout']}.html").read_text(encoding="utf-8")
        text = layout.replace("{{title}}", first.removeprefix("title: "))
        text = text.replace("{{body}}", body.rstrip("\n"))
    return text.encode(capture.get("charset", "utf-8"))


def http_parts(capture: Capture) -> tuple[StatusAndHeaders, bytes]:
    """Return the HTTP headers of a capture and its body as sent."""
    body = b"" if capture.get("kind") == "revisit" else page_bytes(capture)
    headers = [("Content-Type", capture.get("content_type", "text/html")), ("Server", "Apache")]
    if "location" in capture:
        headers.append(("Location", capture["location"]))
    transfer = "gzip" if capture.get("kind") == "truncated" else capture.get("transfer", "")
    if transfer in ("gzip", "false-gzip", "br"):
        headers.append(("Content-Encoding", transfer.removeprefix("false-")))
    if transfer == "gzip" and body:
        body = gzip_bytes(body)
    elif transfer == "br" and body:
        body = brotli.compress(body)
    elif transfer == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
        body = chunk_bytes(body)
    if capture.get("kind") == "truncated":
        body = body[: len(body) // 6]
    if transfer != "chunked" and body:
        headers.append(("Content-Length", str(len(body))))
    status = capture.get("status", "200 OK")
    return StatusAndHeaders(status, headers, protocol="HTTP/1.1"), body


class Crawl:
    """Writes the records of one WARC file in order."""

    def __init__(self, stream: io.BytesIO) -> None:
        """Begin a file on ``stream`` with its warcinfo record."""
        self.stream = stream
        self.writer = WARCWriter(stream, gzip=True, warc_version="1.1")
        self.digests: dict[tuple[str, str], str] = {}
        self._write_info()

    def _put(self, kind: str, url: str, time: str, payload: bytes, **more: Any) -> ArcWarcRecord:
        """Write one record and return it."""
        http = more.pop("http_headers", None)
        content_type = more.pop("warc_content_type", "")
        headers = {"WARC-Record-ID": record_id(kind, url, time), "WARC-Date": time}
        headers |= {f"WARC-{key.replace('_', '-')}": value for key, value in more.items()}
        record = self.writer.create_warc_record(
            url,
            kind,
            payload=io.BytesIO(payload),
            length=len(payload),
            warc_content_type=content_type,
            warc_headers_dict=headers,
            http_headers=http,
        )
        self.writer.write_record(record)
        return record

    def _write_info(self) -> None:
        """Write the record that describes the file."""
        fields = (
            "software: corpora/make_web_archive.py\r\nformat: WARC file version 1.1\r\n"
            "description: Sample captures of invented sites of the town of Ollerbridge\r\n"
        )
        self._put(
            "warcinfo",
            "",
            "2012-03-14T09:00:00Z",
            fields.encode(),
            Filename=NAME,
            warc_content_type="application/warc-fields",
        )

    def add(self, capture: Capture) -> None:
        """Write what belongs to one capture."""
        kind, url, time = capture.get("kind", "response"), capture["url"], capture["time"]
        if kind == "revisit":
            self._add_revisit(url, time, capture)
        elif kind == "garbage":
            self._add_garbage(url, time)
        elif kind in ("resource", "conversion"):
            refers = {}
            if "of" in capture:
                refers["Refers_To"] = record_id("response", url, capture["of"])
            content_type = capture["content_type"]
            body = page_bytes(capture)
            self._put(kind, url, time, body, warc_content_type=content_type, **refers)
        else:
            self._add_exchange(url, time, capture)

    def _add_exchange(self, url: str, time: str, capture: Capture) -> None:
        """Write a response, the request before it and, now and then, metadata."""
        http, body = http_parts(capture)
        rid = record_id("response", url, time)
        record = self._put("response", url, time, body, http_headers=http)
        self.digests[url, time] = record.rec_headers.get_header("WARC-Payload-Digest")
        host, _, path = url.removeprefix("http://").partition("/")
        fields = [("Host", host), ("User-Agent", "sample-crawler/1.0"), ("Accept", "*/*")]
        asked = StatusAndHeaders(f"GET /{path} HTTP/1.1", fields, is_http_request=True)
        self._put("request", url, time, b"", http_headers=asked, Concurrent_To=rid)
        if url.endswith("/fees.html"):
            via = b"via: http://%s/\r\nhopsFromSeed: L\r\nfetchTimeMs: 212\r\n" % host.encode()
            plain = "application/warc-fields"
            self._put("metadata", url, time, via, warc_content_type=plain, Concurrent_To=rid)

    def _add_revisit(self, url: str, time: str, capture: Capture) -> None:
        """Write a revisit of an earlier capture of the same page."""
        record = self.writer.create_revisit_record(
            url,
            self.digests[url, capture["of"]],
            url,
            capture["of"],
            http_headers=http_parts(capture)[0],
            warc_headers_dict={
                "WARC-Record-ID": record_id("revisit", url, time),
                "WARC-Date": time,
            },
        )
        self.writer.write_record(record)

    def _add_garbage(self, url: str, time: str) -> None:
        """Write a response whose block is not HTTP at all, in a sound gzip member."""
        block = b"\x00\xff\xfe" + b"HTTQ/x \x80\x81 no such thing\x00" * 9
        lines = (
            "WARC/1.1",
            "WARC-Type: response",
            f"WARC-Record-ID: {record_id('response', url, time)}",
            f"WARC-Target-URI: {url}",
            f"WARC-Date: {time}",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(block)}",
        )
        head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        self.stream.write(gzip_bytes(head.encode() + block + b"\r\n\r\n"))


def build() -> bytes:
    """Return the whole WARC file."""
    captures = tomllib.loads((SOURCES / "captures.toml").read_text(encoding="utf-8"))["capture"]
    stream = io.BytesIO()
    crawl = Crawl(stream)
    for capture in captures:
        crawl.add(capture)
    return stream.getvalue()


def main() -> None:
    """Write the WARC file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=TARGET, help="folder to write to")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(build())
    print(f"wrote {NAME}")


if __name__ == "__main__":
    main()
