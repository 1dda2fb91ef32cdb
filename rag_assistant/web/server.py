"""Runs the web floor: one process that answers, and owns and follows the indexes meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from rag_assistant.assistant import Assistant
from rag_assistant.config import Settings
from rag_assistant.errors import BusyError, RagAssistantError, UsageError
from rag_assistant.owner import OwnerCard
from rag_assistant.web.app import create_app
from rag_assistant.web.doors.connections import Bounds, bounded
from rag_assistant.web.logs import described, logged, open_log
from rag_assistant.web.metrics import Metrics, metrics_served
from rag_assistant.web.retention import Retained
from rag_assistant.web.watching import WatchedApp, WatchedQuestions

OnReady = Callable[[str, str], None]
"""Called with the address and the one-time staff link when questions can be asked."""

_GRACE = 3  # seconds for open streams when the server stops
_KEEP_ALIVE = 5  # seconds until an idle connection ends
_MOST_CONNECTIONS = 800  # more are told to come back; most systems give a process 1,024 files
_MOST_OF_ONE = 200  # connections of one address: a room of computers behind it has some each
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for


def serve(
    assistant: Assistant, *, host: str, port: int, open_browser: bool, on_ready: OnReady
) -> None:
    """Serve until Ctrl-C or SIGTERM, then close the followers and release the indexes.

    Args:
        assistant: What answers; the caller closes it.
        host: Address to listen on.
        port: Port to listen on; 0 takes any that is free.
        open_browser: Whether to open the staff link, or the page where the computer is public.
        on_ready: Told where the server can be reached.

    Raises:
        UsageError: The address is not this computer's.
        BusyError: The port is in use, or another server runs on this data folder.
    """
    card = assistant.engine.lock.read_card()
    if card and card.address:
        raise BusyError(f"A server already runs at {card.address}.", f"Open {card.address}")
    with _listening(host, port) as listener:
        address = _address(host, listener)
        owner_token, link_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        app = create_app(
            assistant,
            settings=assistant.settings,
            owner_token=owner_token,
            staff_link_token=link_token,
        )
        assistant.engine.lock.card = OwnerCard(
            pid=os.getpid(), purpose="serve", address=address, token=owner_token
        )

        terminal = sys.stdout

        def ready() -> None:
            link = f"{address}/staff?token={link_token}"
            with contextlib.redirect_stdout(terminal):
                on_ready(address, link)
            if open_browser:  # whoever sits at a public computer is not the staff
                _open(address if assistant.settings.web.public_computer else link)

        with _watched(assistant, app) as watched:
            server = _Server(
                _config(watched, assistant.settings),
                ready,
                app.state.close_streams,
            )
            with _following(assistant), _stopped_by_signals():
                server.run(sockets=[listener])


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    trusted = (*settings.web.trusted_proxies, *settings.limits.trusted_networks)
    bounds = Bounds(seconds=settings.limits.body_seconds, most=_MOST_OF_ONE, trusted=trusted)
    return uvicorn.Config(
        app,
        http=bounded(bounds),
        access_log=False,  # addresses and questions of visitors stand in no log
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # whose are believed is told in `doors.clients`
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_KEEP_ALIVE,
        limit_concurrency=_MOST_CONNECTIONS,
        ws="none",
    )


class _Server(uvicorn.Server):
    """A server that tells when it is ready, and when it is about to stop."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The bound socket: the port is ours from the check on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise UsageError(
                f"{host} is no address of this computer.", "Leave out --host."
            ) from error
        hint = f"rag-assistant serve --port {port + 1}"
        raise BusyError(f"Port {port} is in use.", hint) from error
    with listener:
        yield listener


def _address(host: str, listener: socket.socket) -> str:
    """Where people find the server; one that listens everywhere is found on loopback."""
    host = _EVERYWHERE.get(host, host)
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


@contextlib.contextmanager
def _watched(assistant: Assistant, app: FastAPI) -> Iterator[ASGIApp]:
    """The app as it is served: logged, counted, and with what is kept swept."""
    settings = assistant.settings
    log = open_log(settings.logs, sys.stderr)
    metrics = Metrics(assistant)
    retained = Retained(settings.data, settings.retention.days)
    app.state.metrics = metrics
    before, assistant.watch = assistant.watch, WatchedQuestions(log, metrics, retained)

    def failed(error: OSError) -> None:
        log.error("not swept", **described(error))

    try:
        with metrics_served(metrics, settings.metrics.port), logged(log), retained.swept(failed):
            yield WatchedApp(app, log, metrics)
    finally:
        assistant.watch = before


@contextlib.contextmanager
def _following(assistant: Assistant) -> Iterator[None]:
    """Own and follow the indexes in the background, the embedding model warming beside it."""
    stop = threading.Event()
    followers, warming = (
        threading.Thread(target=assistant.keep_following, args=(stop,), name="followers"),
        threading.Thread(target=_warm, args=(assistant,), name="warm-up"),
    )
    assistant.serving = True
    for thread in (followers, warming):
        thread.start()
    try:
        yield
    finally:
        stop.set()
        followers.join()
        assistant.engine.disown()
        assistant.serving = False
        warming.join()  # OpenVINO aborts a process that ends while it is being opened


def _warm(assistant: Assistant) -> None:
    """Load the model before the first question needs it."""
    with contextlib.suppress(RagAssistantError):  # the followers meet the same error and tell it
        assistant.engine.embed_question("warm")


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM end the server as Ctrl-C does, and neither of them more than the server.

    Once it has stopped, the server raises the signal anew that stopped it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _open(link: str) -> None:
    """Open the link beside the server: a browser in the terminal would hold it up."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
