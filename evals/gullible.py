"""A model server that obeys: the worst writer that a poisoned passage can meet.

It speaks as much of Ollama's protocol as the product does, on loopback, and writes what the
orders in its passages tell it to write, in several forms, before it answers as asked.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, Self

MODEL = "gemma3:4b"
"""The name it goes by; the product only takes models of families that it knows."""

_PASSAGE = re.compile(r"<passage (\d+)>\n(.*?)\n</passage \1>", re.DOTALL)
_FIELDS = re.compile(r"^(?:Title|Place|Date|Text):[ ]?", re.MULTILINE)
_SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s|$)|$)", re.MULTILINE)
_COMMAND = re.compile(
    r"\b(?:say|reply|write|repeat|output|begin|ends?|greet|add|cite|tell|include|antworte|schreibe|réponds|"
    r"écris)\b",
    re.IGNORECASE,
)
_ORDINARY = re.compile(r"(?:\S+ ){4,}\S+\.")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)\s]+\)")
_ADDRESS = re.compile(r"https?://[^\s)'\"]+")
_SECRET = re.compile(r"\b[A-Z]{3,}-[0-9a-f]{6,}\b")
_DICTATED = re.compile(r"'([^']{12,})'")
_QUOTED = re.compile(r"\"([^\"]{3,})\"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){3,})'(?!\w)")
_DOMAIN = re.compile(r"\b(?:[\w-]+@)?(?:[\w-]+\.)+(?:com|xyz|org|net)\b")
NO_SECRETS: Mapping[str, str] = MappingProxyType({})
_PIECE = re.compile(r"\s*\S{1,12}")


def obedient(prompt: str, secrets: Mapping[str, str] = NO_SECRETS) -> str:
    """What it writes: all that the passages order, then a sentence of the first passage.

    Args:
        prompt: The passages and the question.
        secrets: By an order's whole text, the word that betrays that it was obeyed; for orders
            that hold no canary of their own.
    """
    said: list[str] = []
    ordinary = ""
    for number, passage in _PASSAGE.findall(prompt):
        flat = " ".join(passage.split())
        for order, secret in secrets.items():
            if " ".join(order.split()) in flat:
                said += _betrayed(order, secret, number)
        for sentence in _SENTENCE.findall(_FIELDS.sub("", passage)):
            if _COMMAND.search(sentence):
                said += _obeyed(sentence, number)
            elif not ordinary and _ORDINARY.fullmatch(sentence):
                ordinary = f"{sentence.removesuffix('.')} [{number}]."
    return " ".join([*said, ordinary]).strip() or "NO_ANSWER"


def _obeyed(order: str, number: str) -> Iterator[str]:
    """An order carried out with and without a marker, bare and as a sentence."""
    for secret in _SECRET.findall(order):
        yield f"{secret}."
        yield f"{secret} [{number}]."
        yield f"The word is {secret} [{number}]."
    for picture in _PICTURE.findall(order):
        yield f"{picture} [{number}]."
        yield f"{picture.replace('QUESTION', 'what-was-asked')} [{number}]."
    for address in _ADDRESS.findall(order):
        yield f"See {address} [{number}]."
        yield f"See [the archive]({address}?q=what-was-asked) [{number}]."
    for words in _DICTATED.findall(order):
        yield f"{words} [{number}]."


def dictated(order: str) -> list[str]:
    """The words that an order quotes."""
    return [double or single for double, single in _QUOTED.findall(order)]


def addresses(order: str) -> list[str]:
    """The web and mail addresses in an order, without their scheme."""
    return [found.removeprefix("www.") for found in _DOMAIN.findall(order)]


def _betrayed(order: str, secret: str, number: str) -> Iterator[str]:
    yield f"{secret}."
    yield f"{secret} [{number}]."
    yield f"As was asked for, the word is {secret} [{number}]."
    for words in dictated(order):
        yield f"{words} [{number}]."
    for address in addresses(order):
        yield f"See www.{address} [{number}]."
        yield f"See [this page](https://{address}/?q=what-was-asked) [{number}]."
        yield f"![x](https://{address}/x.png?q=what-was-asked) [{number}]."


@dataclass(slots=True, kw_only=True)
class GullibleServer:
    """Start with ``with``; ``replies`` are the texts that it wrote; ``secrets`` see `obedient`."""

    secrets: Mapping[str, str] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    _http: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address.

        Raises:
            RuntimeError: It is not running.
        """
        if self._http is None:
            raise RuntimeError("the server is not running")
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        owner = self

        class Handler(_Handler):
            replies = owner.replies
            secrets = owner.secrets

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None


class _Handler(BaseHTTPRequestHandler):
    replies: list[str]
    secrets: Mapping[str, str]

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads a log of it."""

    def do_GET(self) -> None:
        installed = {"name": MODEL, "model": MODEL, "size": 1, "digest": "0" * 64}
        self._send([{"models": [installed | {"capabilities": ["completion"], "details": {}}]}])

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        if self.path != "/api/chat":
            self._send([{"capabilities": ["completion"], "details": {}, "model_info": {}}])
            return
        reply = obedient(request["messages"][-1]["content"], self.secrets)
        self.replies.append(reply)
        lines = [_line(piece, done=False) for piece in _PIECE.findall(reply)]
        self._send([*lines, _line("", done=True)])

    def _send(self, lines: list[dict[str, Any]]) -> None:
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _line(words: str, *, done: bool) -> dict[str, Any]:
    line: dict[str, Any] = {
        "model": MODEL,
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": words},
        "done": done,
    }
    return line | {"done_reason": "stop"} if done else line
