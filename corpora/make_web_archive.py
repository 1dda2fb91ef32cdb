"""Make the sample web archive: ``crawl.warc.gz`` and ``ferry-and-museum.wacz``.

The pages lie in ``sources/web-archive``, and in its folder ``captures`` one list
for each site says when a crawler called on them and what it was given. The script
turns the lists into WARC/1.1 records with fixed identifiers and dates, so that the
output is the same, byte for byte, on each run. Some captures are damaged or
mislabelled on purpose, as in a real crawl. Run
``python corpora/make_web_archive.py``.

A list holds the pages of one site, each with its captures in order. What a page says
holds for all its captures, unless they say otherwise:

kind
    response (if nothing is said), revisit, not-modified, resource, conversion,
    truncated or garbage
of
    for a revisit, a not-modified or a conversion: the time of the capture meant
base, path
    the address, in two parts
file
    the body, under ``sources/web-archive``; layout: the page around it
location
    where the server sent the crawler instead of giving it a body
charset
    how the body is stored as bytes; content_type: what the header says
transfer
    gzip, br, chunked, or false-gzip (the header says gzip, the body is plain)
archive
    "wacz" for what the museum's volunteers recorded with a browser; title, seed:
    what their list of pages says
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import struct
import tomllib
import uuid
import zipfile
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from make_pdfs import Edition, render
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources" / "web-archive"
TARGET = HERE / "web-archive"
CRAWL = "crawl.warc.gz"
PACKAGE = "ferry-and-museum.wacz"
PACKED_CRAWL = "data.warc.gz"
PROFILES = {
    "revisit": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
    "not-modified": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
}
LEAFLETS = {
    "household-flood-plan.pdf": Edition(
        "household-flood-plan",
        "Household flood plan",
        "Ollerbridge Town Council",
        "D:20140110000000Z",
    ),
    "river-walk.pdf": Edition(
        "river-walk", "A walk by the Senn", "Riverside Volunteers", "D:20180301000000Z"
    ),
}
Capture = dict[str, Any]


def captures() -> list[Capture]:
    """Return the captures of all sites in the order in which they were made."""
    found = []
    for path in sorted((SOURCES / "captures").glob("*.toml")):
        site = tomllib.loads(path.read_text(encoding="utf-8"))
        for page in site["page"]:
            for said in page["captures"]:
                capture = {"base": site["base"], **page, **said}
                capture["page"] = site["base"] + page["path"]
                capture["url"] = capture["base"] + page["path"]
                found.append(capture)
    return sorted(found, key=lambda capture: capture["time"])


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
    if "location" in capture:
        return b'<html><body><a href="%s">Moved</a></body></html>' % capture["location"].encode()
    name: str = capture["file"]
    if name == "png":
        return logo_bytes()
    if name == "doc":
        return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    path = SOURCES / name
    if path.suffix == ".pdf":
        return render(path.with_suffix(".txt").read_text(encoding="utf-8"), LEAFLETS[path.name])
    text = path.read_text(encoding="utf-8")
    if "layout" in capture:
        title, body = title_and_body(text)
        layout = (SOURCES / "layouts" / f"{capture['layout']}.html").read_text(encoding="utf-8")
        text = layout.replace("{{title}}", title).replace("{{body}}", body)
    return text.encode(capture.get("charset", "utf-8"))


def title_and_body(text: str) -> tuple[str, str]:
    """Take apart a page that is to stand in a layout."""
    first, _, body = text.partition("\n")
    return first.removeprefix("title: "), body.rstrip("\n")


def status_of(capture: Capture) -> str:
    """Return the HTTP status with its words."""
    usual = "301 Moved Permanently" if "location" in capture else "200 OK"
    usual = "304 Not Modified" if capture.get("kind") == "not-modified" else usual
    return str(capture.get("status", usual))


def http_parts(capture: Capture) -> tuple[StatusAndHeaders, bytes]:
    """Return the HTTP headers of a capture and its body as sent."""
    kind = capture.get("kind")
    body = b"" if kind in PROFILES else page_bytes(capture)
    content_type = "text/html" if "location" in capture else capture.get("content_type")
    headers = [("Content-Type", content_type or "text/html"), ("Server", "Apache")]
    if "location" in capture:
        headers.append(("Location", capture["location"]))
    transfer = "gzip" if kind == "truncated" else capture.get("transfer", "")
    if transfer in ("gzip", "false-gzip", "br"):
        headers.append(("Content-Encoding", transfer.removeprefix("false-")))
    if transfer == "gzip" and body:
        body = gzip_bytes(body)
    elif transfer == "br" and body:
        body = brotli.compress(body)
    elif transfer == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
        body = chunk_bytes(body)
    if kind == "truncated":
        body = body[: len(body) // 6]
    if transfer != "chunked" and body:
        headers.append(("Content-Length", str(len(body))))
    return StatusAndHeaders(status_of(capture), headers, protocol="HTTP/1.1"), body


class Crawl:
    """Writes the records of one WARC file in order, and lines for its index."""

    def __init__(self, name: str, begun: str, description: str) -> None:
        """Begin the file ``name`` with its warcinfo record."""
        self.name = name
        self.stream = io.BytesIO()
        self.index: list[str] = []
        self.writer = WARCWriter(self.stream, gzip=True, warc_version="1.1")
        self.seen: dict[tuple[str, str], tuple[str, str]] = {}
        fields = (
            "software: corpora/make_web_archive.py\r\nformat: WARC file version 1.1\r\n"
            f"description: {description}\r\n"
        )
        plain = "application/warc-fields"
        self._put("warcinfo", "", begun, fields.encode(), Filename=name, warc_content_type=plain)

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
        start = self.stream.tell()
        self.writer.write_record(record)
        if kind in ("response", "revisit"):
            self.index.append(self._index_line(record, start, self.stream.tell() - start))
        return record

    def _index_line(self, record: ArcWarcRecord, offset: int, length: int) -> str:
        """Return what a CDXJ index says of a record."""
        head, http = record.rec_headers, record.http_headers
        url = head.get_header("WARC-Target-URI")
        mime = (http.get_header("Content-Type") or "").partition(";")[0]
        fields = {
            "url": url,
            "mime": "warc/revisit" if record.rec_type == "revisit" else mime,
            "status": http.get_statuscode(),
            "digest": head.get_header("WARC-Payload-Digest"),
            "length": str(length),
            "offset": str(offset),
            "filename": self.name,
        }
        stamp = re.sub(r"\D", "", head.get_header("WARC-Date"))
        return f"{index_key(url)} {stamp} {json.dumps(fields)}\n"

    def add(self, capture: Capture) -> None:
        """Write what belongs to one capture."""
        kind, url, time = capture.get("kind", "response"), capture["url"], capture["time"]
        if kind in PROFILES:
            self._add_revisit(capture)
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
        digest = record.rec_headers.get_header("WARC-Payload-Digest")
        self.seen[capture["page"], time] = (url, digest)
        host = urlsplit(url).netloc
        fields = [("Host", host), ("User-Agent", "sample-crawler/1.0"), ("Accept", "*/*")]
        asked = StatusAndHeaders(f"GET {urlsplit(url).path} HTTP/1.1", fields, is_http_request=True)
        self._put("request", url, time, b"", http_headers=asked, Concurrent_To=rid)
        if url.endswith("/fees.html"):
            via = b"via: http://%s/\r\nhopsFromSeed: L\r\nfetchTimeMs: 212\r\n" % host.encode()
            plain = "application/warc-fields"
            self._put("metadata", url, time, via, warc_content_type=plain, Concurrent_To=rid)

    def _add_revisit(self, capture: Capture) -> None:
        """Write a revisit of an earlier capture of the same page."""
        earlier, digest = self.seen[capture["page"], capture["of"]]
        said = {"Payload_Digest": digest} if capture["kind"] == "revisit" else {}
        self._put(
            "revisit",
            capture["url"],
            capture["time"],
            b"",
            http_headers=http_parts(capture)[0],
            Profile=PROFILES[capture["kind"]],
            Refers_To_Target_URI=earlier,
            Refers_To_Date=capture["of"],
            **said,
        )

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


def index_key(url: str) -> str:
    """Return an address as indexes of captures sort it, host first and from its end."""
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("www.").split(".")
    return f"{','.join(reversed(host))}){parts.path}"


def page_lines(recorded: list[Capture]) -> str:
    """Return the list of pages of a package, one JSON object a line."""
    rows: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": "All pages"}]
    for capture in recorded:
        if capture.get("kind", "response") != "response" or capture["file"] == "png":
            continue
        text = (SOURCES / capture["file"]).read_text(encoding="utf-8")
        title = capture.get("title") or title_and_body(text)[0]
        number = record_id("page", capture["url"], capture["time"]).strip("<>")
        row = {"id": number, "url": capture["url"], "ts": capture["time"], "title": title}
        rows.append(row | ({"seed": True} if capture.get("seed") else {}))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def package(crawl: Crawl, recorded: list[Capture]) -> bytes:
    """Return a WACZ 1.1.1 package of a crawl, its parts stored as they are."""
    parts = {
        f"archive/{PACKED_CRAWL}": crawl.stream.getvalue(),
        "indexes/index.cdxj": "".join(sorted(crawl.index)).encode(),
        "pages/pages.jsonl": page_lines(recorded).encode(),
    }
    described = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "The ferry and the museum",
        "description": "Recorded with a browser by volunteers of the Toll House Museum",
        "created": recorded[-1]["time"],
        "software": "corpora/make_web_archive.py",
        "resources": [
            {"name": Path(path).name, "path": path, "hash": sha256(data), "bytes": len(data)}
            for path, data in parts.items()
        ],
    }
    parts["datapackage.json"] = json.dumps(described, indent=2).encode()
    digest = {"path": "datapackage.json", "hash": sha256(parts["datapackage.json"])}
    parts["datapackage-digest.json"] = json.dumps(digest, indent=2).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, data in parts.items():
            member = zipfile.ZipInfo(path, date_time=(2020, 8, 15, 12, 0, 0))
            member.create_system = 3  # the same on every machine
            archive.writestr(member, data)
    return stream.getvalue()


def sha256(data: bytes) -> str:
    """Return a digest as packages write it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def build() -> dict[str, bytes]:
    """Return the archives by their names."""
    crawl = Crawl(
        CRAWL,
        "2012-03-14T09:00:00Z",
        "Sample captures of invented sites of the town of Ollerbridge",
    )
    visits = Crawl(PACKED_CRAWL, "2018-09-22T14:00:00Z", "Sample pages recorded with a browser")
    recorded = []
    for capture in captures():
        if capture.get("archive") == "wacz":
            visits.add(capture)
            recorded.append(capture)
        else:
            crawl.add(capture)
    return {CRAWL: crawl.stream.getvalue(), PACKAGE: package(visits, recorded)}


def main() -> None:
    """Write the archives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=TARGET, help="folder to write to")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in build().items():
        (folder / name).write_bytes(data)
        print(f"wrote {name}")


if __name__ == "__main__":
    main()
