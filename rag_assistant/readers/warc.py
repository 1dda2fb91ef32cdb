"""WARC files, plain or compressed: every record has one outcome."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from rag_assistant.dates import capture_timestamp
from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers import http_payload
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.warc_records import WITH_PAYLOAD, Damage, Record, bare, scan
from rag_assistant.schema import Capture, Document

_WITHOUT = frozenset({"request", "metadata", "warcinfo", "continuation"})
# What crawlers keep about their own work under addresses of their own.
_CRAWLER_URIS = ("metadata:", "urn:x-wpull:", "urn:pageinfo:", "whois:", "warcinfo:", "filedesc:")


def read(stream: BinaryIO, read_blob: Callable[[Blob], Document]) -> Iterator[Leaf]:
    """Read the records of a WARC file.

    Args:
        stream: The open file itself.
        read_blob: Reads the payload of one record, whatever its format.
    """
    seen: set[str] = set()
    for item in scan(stream):
        if isinstance(item, Damage):
            yield _damage_leaf(item, seen)
        else:
            yield _leaf(item, _unique_id(item, seen), read_blob)


def _leaf(record: Record, record_id: str, read_blob: Callable[[Blob], Document]) -> Leaf:
    try:
        with failures_recorded():
            return _read_leaf(record, record_id, read_blob)
    except LeafError as error:
        return Leaf(
            record=record_id,
            outcome="skipped" if isinstance(error, SkippedError) else "failed",
            reason=error.reason,
            detail=" ".join(part for part in (record.uri, error.detail) if part),
        )


def _read_leaf(record: Record, record_id: str, read_blob: Callable[[Blob], Document]) -> Leaf:
    _refuse_what_is_no_capture(record)
    if record.fault:
        raise FailedError("damaged record", record.fault)
    response = _response(record)
    body = response.body if response else record.block
    capture = _capture(record, record_id, body)
    if record.type == "revisit":
        return Leaf(record=record_id, outcome="revisit", capture=capture)
    if response and response.status != 200:  # noqa: PLR2004 - OK
        raise SkippedError(f"HTTP status {response.status}")
    document = read_blob(_blob(record, response))
    description = replace(document.description, uri=record.uri)
    notes = document.notes
    if cut := record.headers.get("warc-truncated"):
        notes += (f"the crawler cut this capture short: {clean_text(cut)}",)
    document = replace(document, description=description, notes=notes)
    return Leaf(record=record_id, outcome="read", document=document, capture=capture)


def _refuse_what_is_no_capture(record: Record) -> None:
    if record.type in _WITHOUT:
        raise SkippedError(f"{record.type} record")
    if not record.type:
        raise FailedError("damaged record", "it does not say what it is")
    if record.type not in WITH_PAYLOAD and record.type != "revisit":
        raise SkippedError("other record", record.type)
    if record.uri.lower().startswith("dns:"):
        raise SkippedError("DNS record")
    if record.uri.lower().startswith(_CRAWLER_URIS):
        raise SkippedError("crawler's own record")
    if not record.uri:
        raise FailedError("no target URI")


def _response(record: Record) -> http_payload.HttpResponse | None:
    """The HTTP response in the block; None where the block is the payload itself."""
    if record.type not in ("response", "revisit"):
        return None
    response = http_payload.parse_response(record.block)
    declared = http_payload.media_type(record.headers.get("content-type", ""))
    if response is None and declared == "application/http" and record.type == "response":
        raise FailedError("no HTTP header")
    return response


def _blob(record: Record, response: http_payload.HttpResponse | None) -> Blob:
    if response:
        return Blob(
            data=http_payload.decode_payload(response),
            name=record.uri,
            declared_type=response.media_type,
            declared_charset=response.charset,
        )
    declared = record.headers.get("content-type", "")
    return Blob(
        data=record.block,
        name=record.uri,
        declared_type=http_payload.media_type(declared) or "application/octet-stream",
        declared_charset=http_payload.charset(declared),
    )


def _capture(record: Record, record_id: str, body: bytes) -> Capture:
    headers = record.headers
    timestamp = capture_timestamp(headers.get("warc-date", ""))
    if timestamp is None:
        raise FailedError("no capture date", headers.get("warc-date", ""))
    digest = headers.get("warc-payload-digest", "").strip()
    refers_to = None
    if record.type == "revisit":
        earlier = capture_timestamp(headers.get("warc-refers-to-date", ""))
        refers_to = (bare(headers.get("warc-refers-to-target-uri", "")), earlier or "")
    elif not digest:
        digest = f"sha1:{base64.b32encode(hashlib.sha1(body).digest()).decode()}"  # noqa: S324 - WARC's own
    return Capture(
        uri=record.uri,
        timestamp=timestamp,
        record_id=record_id,
        offset=record.offset,
        payload_digest=digest,
        refers_to=refers_to,
    )


def _unique_id(record: Record, seen: set[str]) -> str:
    """The record's id as written; where it is missing or not the first, its place in the file."""
    return _unused(bare(record.headers.get("warc-record-id", "")), record.offset, seen)


def _unused(name: str, offset: int, seen: set[str]) -> str:
    place = f"offset:{offset}"
    number = 1
    name = name or place
    while name in seen:  # records of one gzip member share their offset
        name = place if number == 1 else f"{place}#{number}"
        number += 1
    seen.add(name)
    return name


def _damage_leaf(damage: Damage, seen: set[str]) -> Leaf:
    if damage.end is None:
        detail = f"nothing could be read after byte {damage.start}"
        record, reason = None, "damaged file"
    else:
        detail = f"nothing could be read from byte {damage.start} to {damage.end}"
        record, reason = _unused("", damage.start, seen), "damaged record"
    return Leaf(record=record, outcome="failed", reason=reason, detail=f"{detail}: {damage.detail}")
