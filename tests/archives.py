"""Web archives built on the spot, record by record."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

Headers = list[tuple[str, str]]
NOON = "2020-03-04T12:00:00Z"


class ArchiveBuilder:
    """Writes the records of a WARC with warcio, and hands them out one by one."""

    def __init__(self, *, gzip: bool = True) -> None:
        self._gzip = gzip
        self.records: list[bytes] = []

    def page(self, uri: str, *paragraphs: str, at: str = NOON, title: str = "") -> ArchiveBuilder:
        """A page of a few paragraphs, captured at a time."""
        return self.response(page(*paragraphs, title=title), uri=uri, WARC_Date=at)

    def response(
        self,
        body: bytes,
        *,
        uri: str = "http://example.org/",
        headers: Headers | None = None,
        status: str = "200 OK",
        **warc: str,
    ) -> ArchiveBuilder:
        """A stored HTTP response; further names are WARC headers."""
        http = StatusAndHeaders(
            status, headers or [("Content-Type", "text/html")], protocol="HTTP/1.1"
        )
        return self._add(uri, "response", body, warc, http)

    def record(self, kind: str, body: bytes, *, uri: str, **warc: str) -> ArchiveBuilder:
        """Any other record."""
        return self._add(uri, kind, body, warc, None)

    def raw(self, data: bytes) -> ArchiveBuilder:
        """Bytes as they are."""
        self.records.append(data)
        return self

    def save(self, path: Path) -> Path:
        """Write all records."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(self.records))
        return path

    def _add(
        self,
        uri: str,
        kind: str,
        body: bytes,
        warc: Mapping[str, str],
        http: StatusAndHeaders | None,
    ) -> ArchiveBuilder:
        buffer = io.BytesIO()
        writer = WARCWriter(buffer, gzip=self._gzip)
        named = {name.replace("_", "-"): value for name, value in warc.items()}
        named.setdefault("WARC-Date", "2020-03-04T05:06:07Z")
        writer.write_record(
            writer.create_warc_record(
                uri, kind, payload=io.BytesIO(body), http_headers=http, warc_headers_dict=named
            )
        )
        self.records.append(buffer.getvalue())
        return self


def page(*paragraphs: str, title: str = "") -> bytes:
    """A page of a few paragraphs."""
    head = f"<title>{title}</title>" if title else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()
