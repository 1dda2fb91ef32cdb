"""Shared material: the evaluation data beside the checkout, and archives built on the spot."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file

ROOT = Path(__file__).resolve().parents[3]

Headers = list[tuple[str, str]]


@pytest.fixture(scope="session")
def data() -> Path:
    """The shared data: ``RAG_TEST_DATA``, else ``../shared/data`` beside the checkout."""
    folder = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data"))
    assert (folder / "README.md").is_file(), (
        f"The test data is not in {folder}: set RAG_TEST_DATA to the folder that holds its README."
    )
    return folder


class ArchiveBuilder:
    """Writes the records of a WARC with warcio, and hands them out one by one."""

    def __init__(self, *, gzip: bool = True) -> None:
        self._gzip = gzip
        self.records: list[bytes] = []

    def response(
        self,
        body: bytes,
        *,
        uri: str = "http://example.org/",
        headers: Headers | None = None,
        status: str = "200 OK",
        **warc: str,
    ) -> ArchiveBuilder:
        http = StatusAndHeaders(
            status, headers or [("Content-Type", "text/html")], protocol="HTTP/1.1"
        )
        return self._add(uri, "response", body, warc, http)

    def record(self, kind: str, body: bytes, *, uri: str, **warc: str) -> ArchiveBuilder:
        return self._add(uri, kind, body, warc, None)

    def raw(self, data: bytes) -> ArchiveBuilder:
        self.records.append(data)
        return self

    def save(self, path: Path) -> Path:
        path.write_bytes(b"".join(self.records))
        return path

    def _add(
        self,
        uri: str,
        kind: str,
        body: bytes,
        warc: dict[str, str],
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


@pytest.fixture
def archive() -> Callable[..., ArchiveBuilder]:
    return ArchiveBuilder


@pytest.fixture
def leaves() -> Callable[[Path], list[Leaf]]:
    def read(path: Path) -> list[Leaf]:
        return list(read_file(path, path.name))

    return read


@pytest.fixture
def saved(tmp_path: Path) -> Iterator[Callable[[str, bytes], Path]]:
    def save(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    yield save
