"""A real Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Download,
    Error,
    Frame,
    Playwright,
    Request,
    WebSocket,
)
from playwright.sync_api import Page as Tab

# Nothing in the background may speak to the network, so none of Playwright's own flags are used.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
_PATIENCE = 60.0
_STORES = "cookies,local_storage,indexeddb,cache_storage,service_workers"
_GLANCE = 30  # milliseconds between two looks at a page that something is awaited of
_QUEUED = "/gradio_api/queue/data?"
_JOINED = "/gradio_api/queue/join?"
_DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_LEFT = ("context was destroyed", "Cannot find context")  # what is told of a page being left
_WATCH = """addEventListener('securitypolicyviolation',
    (event) => tellViolation(`${event.effectiveDirective} ${event.blockedURI}`))"""


class Page:
    """The tab of a browser's profile, which is to have one and no more.

    Attributes:
        tab: Playwright's own page, for what is not offered here.
        requests: The address of every request of the whole browser, blocked or not: those of
            frames, workers, other tabs and sockets too.
        complaints: What the console and uncaught exceptions have said.
        violations: What the Content-Security-Policy has stopped, as "img-src http://…".
        surprises: Tabs, dialogs and downloads that have opened, as "dialog: 1".
    """

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        context.on("request", self._note_request)
        context.on("requestfinished", self._note_end)
        context.on("requestfailed", self._note_end)  # Gradio breaks off a stream that is done
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("page", lambda tab: self.surprises.append(f"tab: {tab.url}"))
        context.on("dialog", self._note_dialog)
        context.expose_binding("tellViolation", lambda _, words: self.violations.append(words))
        context.add_init_script(_WATCH)
        self._begin(context.pages[0])

    def _begin(self, tab: Tab) -> None:
        self.tab = tab
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.violations: list[str] = []
        self.surprises: list[str] = []
        self._awaited = 0
        self._answered = 0
        tab.on("download", self._note_download)
        tab.on("websocket", self._note_socket)
        self._session = self._context.new_cdp_session(tab)

    def renew(self) -> None:
        """Close every tab for a new one, and forget all but the files that have been fetched.

        A browser that has compiled the desk's scripts before opens it in a third of the time.
        """
        for origin in {"{0.scheme}://{0.netloc}".format(urlsplit(one)) for one in self.requests}:
            if origin.startswith("http"):
                self.call("Storage.clearDataForOrigin", origin=origin, storageTypes=_STORES)
        self._context.clear_cookies()
        self.offline(on=False)
        for tab in self._context.pages:
            tab.close()
        self._begin(self._context.new_page())

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_end(self, request: Request) -> None:
        if _JOINED in request.url:
            self._awaited += 1
        elif _QUEUED in request.url:
            self._answered = self._awaited

    def _note_socket(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location['url']}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self.surprises.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_download(self, download: Download) -> None:
        self.surprises.append(f"download: {download.url}")

    # ---------------------------------------------------------------- going and waiting

    def open(self, url: str) -> None:
        """Go to an address."""
        self.tab.goto(url, wait_until="load", timeout=_PATIENCE * 1000)

    def js(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        return self.tab.evaluate(expression)

    def wait(self, condition: str | Callable[[], Any], seconds: float = _PATIENCE) -> Any:
        """Wait until a JavaScript expression, or a function, is truthy; its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = self._holds(condition) if isinstance(condition, str) else condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"{condition} in {seconds} s; {self.complaints[-5:]}")
            self.listen()

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.js(f"Boolean({condition})"))
        except Error as error:
            if any(words in str(error) for words in _LEFT):
                return False
            raise

    @contextlib.contextmanager
    def answered(self) -> Iterator[None]:
        """Let the block ask something of Gradio, and wait until all of it is answered and shown."""
        before = self._awaited
        yield
        self.wait(lambda: self._answered == self._awaited > before)
        self.js(_DRAWN)

    def listen(self) -> None:
        """Take what the browser has to tell for a moment."""
        self.tab.wait_for_timeout(_GLANCE)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its result."""
        result: dict[str, Any] = self._session.send(method, arguments)
        return result

    @property
    def frames(self) -> list[Frame]:
        """The frames inside the page, each with Playwright's own methods."""
        return [frame for frame in self.tab.frames if frame != self.tab.main_frame]

    # ---------------------------------------------------------------- what a person does

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release one key, as Playwright names it: "Tab", "Escape", "?", "Control+k"."""
        self.tab.keyboard.press(f"Shift+{key}" if shift else key)

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self.tab.keyboard.insert_text(text)

    # ---------------------------------------------------------------- what a person has

    def resize(self, width: int, height: int, *, scale: float = 1) -> None:
        """Be a window of this size in CSS pixels, each of ``scale`` pixels of the screen."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600 and scale == 1,
        )

    def zoom(self, factor: float, *, width: int = 1280, height: int = 1024) -> None:
        """Enlarge everything in a window of that size, as Ctrl and plus do."""
        self.resize(round(width / factor), round(height / factor), scale=factor)

    def scheme(self, name: Literal["light", "dark"]) -> None:
        """Prefer a "light" or "dark" colour scheme."""
        self.tab.emulate_media(color_scheme=name)

    def contrast(self, *, more: bool = True, forced: bool = False) -> None:
        """Prefer more contrast; have colours forced upon the page, as Windows can."""
        self.tab.emulate_media(
            contrast="more" if more else "no-preference",
            forced_colors="active" if forced else "none",
        )

    def reduced_motion(self) -> None:
        """Prefer that nothing moves."""
        self.tab.emulate_media(reduced_motion="reduce")

    def offline(self, on: bool = True) -> None:
        """Have no network."""
        self._context.set_offline(on)

    def scripts(self, on: bool) -> None:
        """Run the scripts of pages opened from now on, or none; `js` works all the same."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        """Write a picture of what is seen, or of the whole page."""
        self.tab.screenshot(path=path, full_page=whole)


@contextlib.contextmanager
def chromium(driver: Playwright, binary: str, profile: Path) -> Iterator[BrowserContext]:
    """Run Chromium with an empty profile on disk, which has one tab, until the block ends."""
    profile.mkdir(parents=True, exist_ok=True)
    context = driver.chromium.launch_persistent_context(
        profile,
        executable_path=binary,
        args=[*FLAGS, f"--user-data-dir={profile}", "about:blank"],
        ignore_default_args=True,
        no_viewport=True,
        env={**os.environ},  # as it is now, not as it was when Playwright began
    )
    try:
        yield context
    finally:
        context.close()
