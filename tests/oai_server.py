"""A repository that speaks OAI-PMH on the loopback, with the faults that real ones have."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

DATE = "2024-05-01T10:00:00Z"
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></oai_dc:dc>'
)


@dataclass
class Item:
    """A record; without a title it is deleted, without a number it has no identifier."""

    number: str
    title: str = ""

    @property
    def xml(self) -> str:
        name = f"<identifier>oai:x:{self.number}</identifier>" if self.number else ""
        if not self.title:
            return f'<record><header status="deleted">{name}</header></record>'
        body = _DC.format(title=self.title)
        return f"<record><header>{name}</header><metadata>{body}</metadata></record>"


@dataclass
class OaiServer:
    """Gives ``items`` out, ``page`` at a time. ``faults`` are taken one for each request."""

    items: list[Item] = field(default_factory=list)
    page: int = 2
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    deleted: str = "persistent"
    date: str = DATE
    faults: list[Any] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    known_tokens: bool = True

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests read ``requests``."""

            def do_GET(self) -> None:
                outer._answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/oai"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        self.requests.append(asked)
        if asked.get("verb") == "Identify":
            body = (
                f"<Identify><granularity>{self.granularity}</granularity>"
                f"<deletedRecord>{self.deleted}</deletedRecord></Identify>"
            )
            self._send(handler, self._envelope(body))
            return
        fault = self.faults.pop(0) if self.faults else None
        if callable(fault):
            fault(handler)
        elif isinstance(fault, str):
            self._send(handler, fault.encode())
        else:
            self._send(handler, self._envelope(self._records(asked)))

    def _records(self, asked: dict[str, str]) -> str:
        token = asked.get("resumptionToken", "")
        if token and not self.known_tokens:
            return '<error code="badResumptionToken">expired</error>'
        start = int(token) if token else 0
        shown = self.items[start : start + self.page]
        if not shown:
            return '<error code="noRecordsMatch">none</error>'
        following = start + self.page if start + self.page < len(self.items) else ""
        size = f'completeListSize="{len(self.items)}"'
        token_xml = f"<resumptionToken {size}>{following}</resumptionToken>"
        return f"<ListRecords>{''.join(item.xml for item in shown)}{token_xml}</ListRecords>"

    def _envelope(self, body: str) -> bytes:
        return (
            '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>{self.date}</responseDate>{body}</OAI-PMH>"
        ).encode()

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def busy(retry_after: str) -> Any:
    """503, to come back after so many seconds."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(503)
        handler.send_header("Retry-After", retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return fault


def redirect(target: str) -> Any:
    """302 to another address."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return fault


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """The connection breaks in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"<OAI-PMH>")


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing for a while."""
    time.sleep(20)
