"""Figures of a running server for Prometheus, at an address that only this computer reaches.

No label holds what was asked, what is held, an id or an address.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Counter, Histogram, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rag_assistant.assistant import Assistant
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import BusyError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_LOOPBACK = "127.0.0.1"
_NAMES = (_LOOPBACK, "localhost")
_PATH = "/metrics"
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)


class Metrics:
    """Counts what happens. It costs nothing to count where nobody looks.

    Args:
        assistant: Whose numbers are told beside what was counted; None for no such numbers.
    """

    def __init__(self, assistant: Assistant | None = None) -> None:
        self.registry = CollectorRegistry()
        if assistant is not None:
            self.registry.register(_State(assistant))
        self._requests = self._counter("requests", "Requests", "route", "method", "status")
        self._seconds = self._histogram("request_seconds", "Time to the end of a reply", "route")
        self._refused = self._counter("too_many", "Requests refused for there were too many (429)")
        self._questions = self._counter("questions", "Questions asked", "answerer", "status")
        self._first = self._histogram("first_sentence_seconds", "Time to the first sentence shown")
        self._helped = self._counter("helped", "Replies to 'did this help?'", "reply")

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is a template, never an address."""
        self._requests.labels(route, method, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._refused.inc()

    def question(self, answerer: str, status: str) -> None:
        """Count a question by who answered it and how it ended."""
        self._questions.labels(answerer, status).inc()

    def first_sentence(self, seconds: float) -> None:
        """Note how long the first words of an answer took."""
        self._first.observe(seconds)

    def helped(self, yes: bool) -> None:
        """Count what somebody says of an answer; of which one is not known."""
        self._helped.labels("yes" if yes else "no").inc()

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"rag_assistant_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, *labels: str) -> Histogram:
        return Histogram(
            f"rag_assistant_{name}", words, labels, registry=self.registry, buckets=_SECONDS
        )


class _State(Collector):
    """How things stand, looked up when the figures are asked for."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The numbers, of what is public alone."""
        library = self._assistant.docstore.library
        chosen = library.chosen(Bounds(access=audience_access("public"), uses=LISTED))
        yield _gauge("waiting", "Questions that wait for the model", self._assistant.waiting())
        yield _gauge("public_documents", "Documents that are public", int(chosen.mask.sum()))
        passages = int(chosen.column("passages").sum())
        yield _gauge("public_passages", "Passages that are public", passages)
        name, words = "rag_assistant_index_lag", "Changes that an index does not hold yet"
        lags = GaugeMetricFamily(name, words, labels=["index"])
        for index, lag in self._assistant.engine.lags().items():
            lags.add_metric([index], lag)
        yield lags


@contextmanager
def metrics_served(metrics: Metrics, port: int | None) -> Iterator[None]:
    """Serve the figures at 127.0.0.1 while the block runs; without a port, do not.

    Raises:
        BusyError: The port is in use.
    """
    if port is None:
        yield
        return
    application = _only_here(make_wsgi_app(metrics.registry))
    try:
        server = make_server(_LOOPBACK, port, application, _Server, _Handler)
    except OSError as error:
        raise BusyError(
            f"Port {port} is in use, the metrics cannot be served there.",
            "Set another metrics.port, or none.",
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _only_here(application: WSGIApplication) -> WSGIApplication:
    """The figures at their path, for whoever calls this computer by its own name.

    A web site whose name leads to loopback would have its visitors read them otherwise.
    """

    def answer(environment: WSGIEnvironment, start: StartResponse) -> Any:
        name = environment.get("HTTP_HOST", "").partition(":")[0]
        if name not in _NAMES or environment.get("PATH_INFO") != _PATH:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There is nothing here.\n"]
        return application(environment, start)

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Write no line a request."""


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"rag_assistant_{name}", words, value=value)
