"""What the records of a web archive give: one leaf for each, and one for each damaged stretch."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from rag_assistant.dates import capture_timestamp
from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers import http_payload
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.container import Inside, elsewhere
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.http_payload import HttpResponse
from rag_assistant.readers.records import WITH_BLOCK, Damage, Record, bare
from rag_assistant.schema import Capture, Document

ARC_HEADER = "arc header"
"""The type under which the ARC reader hands out the description that an ARC file opens with."""

_WITHOUT = {
    "request": "request record",
    "metadata": "metadata record",
    "warcinfo": "warcinfo record",
    "continuation": "continuation record",
    ARC_HEADER: "ARC header",
}
# What crawlers keep about their own work under addresses of their own.
_CRAWLER_URIS = ("metadata:", "urn:x-wpull:", "urn:pageinfo:", "whois:", "warcinfo:", "filedesc:")
_LONGEST_NUMBER = 20
_OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = range(300, 400)
_ERRORS = range(400, 600)


def leaves(items: Iterable[Record | Damage], inside: Inside) -> Iterator[Leaf]:
    """Give each record, and each stretch of damage, its one outcome.

    The leaf's record is the record's id; where that is missing or not the first of its kind,
    "offset:" and the record's place.

    Args:
        items: The records in file order.
        inside: Reads the payload of one record, whatever its format.
    """
    seen: set[int] = set()
    for item in items:
        if isinstance(item, Damage):
            mine = inside.turns.next(heavy=False)
            leaf = _damage_leaf(item, seen)
            yield leaf if mine else elsewhere(leaf.record)
        else:
            mine = inside.turns.next(heavy=item.type in WITH_BLOCK)
            name = _unused(bare(item.fields.get("warc-record-id", "")), item.offset, seen)
            yield _leaf(item, name, inside) if mine else elsewhere(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A record that is a capture, its HTTP response taken apart (None: the block is the payload).

    ``id`` is the leaf's; the record itself may have none.
    """

    record: Record
    id: str
    response: HttpResponse | None

    @property
    def status(self) -> int:
        return self.response.status if self.response else _OK

    @property
    def body(self) -> bytes:
        return self.response.body if self.response else self.record.block


def _leaf(record: Record, record_id: str, inside: Inside) -> Leaf:
    if inside.turns.given_up:
        return _given_up(record, record_id, inside.turns.given_up)
    try:
        with failures_recorded():
            visit = _visit(record, record_id)
            if record.type == "revisit" and visit.status in (_OK, _NOT_MODIFIED):
                return Leaf(record=record_id, outcome="revisit", capture=_capture(visit))
            if visit.status != _OK:
                return _other_than_a_page(visit)
            return _page(visit, inside.blob)
    except LeafError as error:
        return _nothing(record, record_id, error)


def _visit(record: Record, record_id: str) -> _Visit:
    """Take a record apart that holds a capture; all others are refused."""
    if record.type in _WITHOUT:
        raise SkippedError(_WITHOUT[record.type])
    if not record.type:
        raise FailedError("damaged record", "it does not say what it is")
    if record.type not in WITH_BLOCK:
        raise SkippedError("other record", record.type)
    if record.uri.lower().startswith("dns:"):
        raise SkippedError("DNS record")
    if record.uri.lower().startswith(_CRAWLER_URIS):
        raise SkippedError("crawler's own record")
    if not record.uri:
        raise FailedError("no target URI")
    if record.fault and not _is_whole_by_http(record):
        raise FailedError("damaged record", record.fault)
    if record.length > http_payload.MAX_PAYLOAD:
        raise FailedError("payload too large", f"{record.length} bytes")
    return _Visit(record=record, id=record_id, response=_response(record))


def _response(record: Record) -> HttpResponse | None:
    """The HTTP response in the block; None where the block is the payload itself."""
    if record.type not in ("response", "revisit"):
        return None
    response = http_payload.parse_response(record.block)
    declared = http_payload.media_type(record.fields.get("content-type", ""))
    if response is None and declared == "application/http" and record.type == "response":
        raise FailedError("no HTTP header")
    return response


def _is_whole_by_http(record: Record) -> bool:
    """Whether a response is all there by its own header, and only the record's length is wrong."""
    response = http_payload.parse_response(record.block) if record.short else None
    if response is None or "transfer-encoding" in response.headers:
        return False
    length = response.headers.get("content-length", "")
    return (
        length.isdecimal() and len(length) < _LONGEST_NUMBER and len(response.body) >= int(length)
    )


def _page(visit: _Visit, read_blob: Callable[[Blob], Document]) -> Leaf:
    record = visit.record
    if _path(record.uri).endswith("/robots.txt"):
        raise SkippedError("robots.txt")
    capture = _capture(visit)
    try:
        with failures_recorded():
            document = read_blob(_blob(visit))
    except LeafError as error:
        return _nothing(record, visit.id, error, capture)
    notes = document.notes
    if cut := record.fields.get("warc-truncated"):
        notes += (f"the crawler cut this capture short: {clean_text(cut)}",)
    if record.fault:
        notes += (f"the length of this record is wrong, its page is whole: {record.fault}",)
    description = replace(document.description, uri=record.uri)
    document = replace(document, description=description, notes=notes)
    return Leaf(record=visit.id, outcome="read", document=document, capture=capture)


def _given_up(record: Record, record_id: str, reason: str) -> Leaf:
    """What is known of a record that must not be taken apart again."""
    visit = _Visit(record=record, id=record_id, response=None)
    known = record.uri and record.type != "revisit" and _timestamp(record) is not None
    return _nothing(record, record_id, FailedError(reason), _capture(visit) if known else None)


def _nothing(
    record: Record, record_id: str, error: LeafError, capture: Capture | None = None
) -> Leaf:
    return Leaf(
        record=record_id,
        outcome="skipped" if isinstance(error, SkippedError) else "failed",
        capture=capture,
        reason=error.reason,
        detail=_detail(record, error.detail),
    )


def _other_than_a_page(visit: _Visit) -> Leaf:
    """What an address gave when it gave no page: for its history, the capture is kept."""
    said = f"HTTP status {visit.status}"
    if visit.status in _ERRORS:
        reason = "error page"
    elif visit.status in _REDIRECTS and visit.status != _NOT_MODIFIED:
        reason = "redirect"
    else:
        raise SkippedError(said)
    return Leaf(
        record=visit.id,
        outcome="skipped",
        capture=_capture(visit) if _timestamp(visit.record) else None,
        reason=reason,
        detail=_detail(visit.record, said),
    )


def _blob(visit: _Visit) -> Blob:
    if visit.response:
        return Blob(
            data=http_payload.decode_payload(visit.response),
            name=visit.record.uri,
            declared_type=visit.response.media_type,
            declared_charset=visit.response.charset,
        )
    declared = visit.record.fields.get("content-type", "")
    return Blob(
        data=visit.record.block,
        name=visit.record.uri,
        declared_type=http_payload.media_type(declared) or "application/octet-stream",
        declared_charset=http_payload.charset(declared),
    )


def _capture(visit: _Visit) -> Capture:
    fields = visit.record.fields
    timestamp = _timestamp(visit.record)
    if timestamp is None:
        raise FailedError("no capture date", fields.get("warc-date", ""))
    digest = fields.get("warc-payload-digest", "").strip()
    refers_to = None
    if visit.record.type == "revisit":
        earlier = capture_timestamp(fields.get("warc-refers-to-date", ""))
        refers_to = (bare(fields.get("warc-refers-to-target-uri", "")), earlier or "")
    elif not digest:
        sha1 = hashlib.sha1(visit.body).digest()  # noqa: S324 - WARC's own
        digest = f"sha1:{base64.b32encode(sha1).decode()}"
    return Capture(
        uri=visit.record.uri,
        timestamp=timestamp,
        record_id=visit.id,
        offset=visit.record.offset,
        payload_digest=digest,
        refers_to=refers_to,
        status=visit.status,
    )


def _timestamp(record: Record) -> str | None:
    return capture_timestamp(record.fields.get("warc-date", ""))


def _path(uri: str) -> str:
    """The path of a web address, "" where it is none."""
    try:
        address = urlsplit(uri)
    except ValueError:
        return ""
    return address.path if address.scheme in ("http", "https") else ""


def _detail(record: Record, said: str) -> str:
    return " ".join(part for part in (record.uri, said) if part)


def _unused(name: str, offset: int, seen: set[int]) -> str:
    """A name that none before it had. ``seen`` holds hashes: there may be millions of records."""
    place = f"offset:{offset}"
    number = 1
    name = name or place
    while hash(name) in seen:
        name = place if number == 1 else f"{place}#{number}"
        number += 1
    seen.add(hash(name))
    return name


def _damage_leaf(damage: Damage, seen: set[int]) -> Leaf:
    if damage.end is None:
        detail = f"nothing could be read after byte {damage.start}"
        record, reason = None, "damaged file"
    else:
        detail = f"nothing could be read from byte {damage.start} to {damage.end}"
        record, reason = _unused("", damage.start, seen), "damaged record"
    return Leaf(record=record, outcome="failed", reason=reason, detail=f"{detail}: {damage.detail}")
