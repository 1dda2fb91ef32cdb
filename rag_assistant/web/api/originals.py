"""Original files over HTTP: by ranges, and so that no browser takes them for pages of ours.

What a file is follows from its content, as the readers saw it, never from its name.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag_assistant.assistant import Assistant
from rag_assistant.schema import Audience
from rag_assistant.web.api import problems
from rag_assistant.web.api.driving import Driven, DrivenResponse
from rag_assistant.web.doors.access import Doorkeeper
from rag_assistant.web.doors.guard import CSP
from rag_assistant.web.originals import Original, Originals

_MEDIA = {
    "pdf": "application/pdf",
    "image": "image/tiff",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "epub": "application/epub+zip",
    "rtf": "application/rtf",
    "doc": "application/msword",
}
_OPENINGS = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF.{4}WEBP", "image/webp"),
)
_MAGIC = 12  # bytes
_DOWNLOADED = "application/octet-stream"
_TEXTS = frozenset({"text", "markdown"})
_PLAIN = "text/plain; charset=utf-8"
_SEALED = "sandbox; default-src 'none'; frame-ancestors 'none'"
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_CHUNK = 1 << 18
_MOST_CHECKED = 16 << 20  # bytes of a text that are looked at before it is shown
_NOT_SATISFIABLE = 416
_Page = Annotated[int, Query(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a file is given: ``media`` is its type; what is not ``inline`` is downloaded."""

    media: str
    inline: bool


class OriginalFiles:
    """The route of original files."""

    def __init__(self, assistant: Assistant, doorkeeper: Doorkeeper) -> None:
        self._originals = Originals(assistant.docstore)
        self._doorkeeper = doorkeeper

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter()
        path = "/api/documents/{item}/file"
        router.add_api_route(path, self.file, response_class=Response)
        router.add_api_route(path, self.file, methods=["HEAD"], include_in_schema=False)
        router.add_api_route("/api/documents/{item}/image", self.picture, response_class=Response)
        return router

    def file(self, item: str, request: Request) -> Response:
        """The original file of a document, whole or a range of its bytes."""
        return _given(self._originals.open(item, self._audience(request)), request)

    def picture(self, item: str, request: Request, page: _Page = 1) -> Response:
        """The picture of a scanned page, of which the document holds the words."""
        return _given(self._originals.picture(item, page - 1, self._audience(request)), request)

    def _audience(self, request: Request) -> Audience:
        return self._doorkeeper.audience(request.headers, request.cookies)


def byte_range(header: str, size: int) -> range | None:
    """Which bytes of a file a ``Range`` asks for: empty for such as it has not, None for all.

    Several ranges, other units and what cannot be understood mean all of it (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch(header)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    start = int(match[1])
    end = int(match[2]) + 1 if match[2] else size
    if match[2] and end <= start:
        return None
    return range(start, min(end, size))


def disposition(kind: str, name: str) -> str:
    """A ``Content-Disposition`` (RFC 6266): the name in ASCII, and as it is."""
    plain = "".join(one if one.isalnum() or one in " ._-()" else "_" for one in _ascii(name))
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def shown(original: Original) -> Shown:
    """How a file may be given."""
    if original.format in _TEXTS and _is_utf8(original):
        return Shown(media=_PLAIN, inline=True)
    if original.format == "picture" and (media := _picture(original.file.read(_MAGIC))):
        return Shown(media=media, inline=True)
    media = _MEDIA.get(original.format, _DOWNLOADED)
    return Shown(media=media, inline=original.format == "pdf")


def _picture(head: bytes) -> str:
    """The type of a picture that browsers show, "" for others: vector pictures hold scripts."""
    found = (media for opening, media in _OPENINGS if re.match(opening, head, re.DOTALL))
    return next(found, "")


def _given(original: Original, request: Request) -> Response:
    try:
        return _response(original, request)
    except BaseException:
        original.file.close()
        raise


def _response(original: Original, request: Request) -> Response:
    sent = request.headers
    tag = f'"{original.sha256}"'
    if _matches(sent.get("if-none-match", ""), tag):
        return _closed(original, Response(status_code=304, headers={"etag": tag}))
    part = byte_range(sent.get("range", ""), original.size)
    if part is None or sent.get("if-range", tag) != tag:
        status, part, headers = 200, range(original.size), _headers(original, tag)
    elif part:
        status, headers = 206, _headers(original, tag)
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{original.size}"
    else:
        body = problems.problem(_NOT_SATISFIABLE, "The file does not have these bytes.")
        refusal = problems.respond(body)
        refusal.headers["content-range"] = f"bytes */{original.size}"
        return _closed(original, refusal)
    headers["content-length"] = str(len(part))
    if request.method == "HEAD":
        return _closed(original, Response(status_code=status, headers=headers))
    chunks = Driven(_chunks(original.file, part))
    return DrivenResponse(chunks, status_code=status, headers=headers)


def _headers(original: Original, tag: str) -> dict[str, str]:
    given = shown(original)
    return {
        "content-type": given.media,
        "content-disposition": disposition(
            "inline" if given.inline else "attachment", original.name
        ),
        "accept-ranges": "bytes",
        "etag": tag,
        CSP: _SEALED,
    }


def _closed(original: Original, response: Response) -> Response:
    original.file.close()
    return response


def _matches(header: str, tag: str) -> bool:
    """Whether an ``If-None-Match`` names what is there."""
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in header.split(","))


def _chunks(file: BinaryIO, part: range) -> Generator[bytes]:
    with file:
        file.seek(part.start)
        left = len(part)
        while left and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _is_utf8(original: Original) -> bool:
    """Whether all of a file is UTF-8, as far as it is looked at."""
    if original.size > _MOST_CHECKED:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := original.file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or "file"
