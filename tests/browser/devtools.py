"""A small driver for a real Chromium, over its DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import websocket

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
    "--remote-debugging-port=0",
)
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, "")}
_PATIENCE = 60.0


class Page:
    """One tab.

    Attributes:
        requests: The address of every request that the page has made.
        complaints: What the console and uncaught exceptions have said.
    """

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=1, suppress_origin=True)
        self._numbers = itertools.count(1)
        self._replies: dict[int, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": arguments}))
        deadline = time.monotonic() + _PATIENCE
        while number not in self._replies:
            if time.monotonic() > deadline:
                raise TimeoutError(method)
            self.listen()
        reply = self._replies.pop(number)
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']['message']}")
        result: dict[str, Any] = reply["result"]
        return result

    def listen(self) -> None:
        """Take one message from the browser, if one comes within a second."""
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            message = json.loads(self._socket.recv())
            if "id" in message:
                self._replies[message["id"]] = message
            else:
                self._note(message["method"], message["params"])

    def _note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(event["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning"):
            self.complaints.append(" ".join(str(one.get("value")) for one in event["args"]))

    def js(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        reply = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in reply:
            raise RuntimeError(json.dumps(reply["exceptionDetails"]))
        return reply["result"].get("value")

    def wait(self, condition: str | Callable[[], Any], seconds: float = _PATIENCE) -> Any:
        """Wait until a JavaScript expression, or a function, is truthy; its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.js(f"Boolean({condition})") if isinstance(condition, str) else condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise TimeoutError(f"{condition} in {seconds} s; {self.complaints[-5:]}")
            time.sleep(0.1)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release one key."""
        code, text = KEYS[key]
        facts = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        shifted = 8 if shift else 0
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, modifiers=shifted, **facts)
        self.call("Input.dispatchKeyEvent", type="keyUp", modifiers=shifted, **facts)

    def write(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def resize(self, width: int, height: int) -> None:
        """Be a window of this size."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def scheme(self, name: str) -> None:
        """Prefer a "light" or "dark" colour scheme."""
        feature = {"name": "prefers-color-scheme", "value": name}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        """Write a picture of what is seen, or of the whole page."""
        reply = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(reply["data"]))


@contextlib.contextmanager
def chromium(binary: str, profile: Path) -> Iterator[Page]:
    """Run Chromium with an empty profile; its one tab."""
    profile.mkdir(parents=True, exist_ok=True)
    command = [binary, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield Page(_tab(profile / "DevToolsActivePort"))
        finally:
            process.terminate()


def _tab(port_file: Path) -> str:
    deadline = time.monotonic() + _PATIENCE
    while not port_file.exists() or "\n" not in port_file.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError("Chromium did not start")
        time.sleep(0.1)
    port = port_file.read_text().splitlines()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as reply:
        tabs = json.load(reply)
    address: str = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    return address
