"""What the guard lets through, and what it puts on every response."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import anyio
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from rag_assistant.config import Settings
from rag_assistant.web.doors.access import COOKIE, Doorkeeper, refusal
from rag_assistant.web.doors.guard import Guard
from rag_assistant.web.doors.rates import Questions

PROXY, VISITOR = "127.0.0.1", "198.51.100.7"
HOME, PARTNER = "https://desk.library.example", "https://partner.example"
CSP = "content-security-policy"


class House:
    """A guarded app; ``keeper`` is its doorkeeper."""

    def __init__(self, *, larger: dict[str, int] | None = None, **parts: dict[str, Any]) -> None:
        web = {"allowed_hosts": ["desk.library.example"], **parts.pop("web", {})}
        settings = Settings(web=web, **parts)  # type: ignore[arg-type]
        self.keeper = Doorkeeper(
            owner_token="owner",
            staff_link_token="link",
            staff_header=settings.web.staff_header,
            questions=Questions(settings.limits),
        )
        self.released = threading.Event()
        paths = ("/api/facts", "/read/1", "/embed", "/embed.js", "/web/style.css", "/sign-in")
        app = Starlette(
            routes=[
                *(Route(path, self._facts, methods=["GET", "POST"]) for path in paths),
                Route("/api/ask", self._ask, methods=["POST"]),
                Route("/api/uploads/{name}", self._upload, methods=["PUT"]),
                Route("/staff", self._ask, methods=["POST"]),
                Route("/own", lambda _: Response("x", headers={CSP: "default-src 'none'"})),
            ]
        )
        for one in app.routes:
            getattr(one, "methods", set()).discard("HEAD")  # as FastAPI's routes are
        self.app = Guard(app, settings=settings, doorkeeper=self.keeper, larger=larger or {})

    def client(self, peer: str = VISITOR, host: str = "desk.library.example") -> TestClient:
        """A client whose requests come from that peer."""
        return TestClient(self.app, base_url=f"http://{host}", client=(peer, 4711))

    async def _facts(self, request: Request) -> Response:
        audience = self.keeper.audience(request.headers, request.cookies)
        facts = {
            "client": request.client.host if request.client else None,
            "url": str(request.url),
            "audience": audience,
            "cookies": request.cookies,
        }
        return JSONResponse(facts, headers={"set-cookie": "a=b"})

    async def _ask(self, request: Request) -> Response:
        body = await request.json()
        if body.get("wait"):
            await anyio.sleep(body["wait"])
        if "stream" not in body:
            return JSONResponse({"asked": len(body["question"])})

        async def events() -> Any:
            yield "event: retrieved\ndata: {}\n\n"
            await anyio.sleep(body["stream"])
            yield "event: answer\ndata: {}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def _upload(self, request: Request) -> Response:
        size = 0
        async for part in request.stream():
            size += len(part)
        return PlainTextResponse(str(size))


def problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert body["status"] == status
    return body


def later(reply: Any, status: int) -> None:
    """A problem that says when to come back, in its body as in its header."""
    body = problem(reply, status)
    assert int(reply.headers["retry-after"]) == body["retry_after"] >= 1


# ---------------------------------------------------------------- headers


PLAIN = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "media-src 'self'; connect-src 'none'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'none'"
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
EMBED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'none'; "
    "media-src 'none'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'self' https://library.example https://*.partner.example; base-uri 'none'"
)
SCRIPTED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
CACHED = {name: value for name, value in ALWAYS.items() if name != "cache-control"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/read/1", {**ALWAYS, CSP: PLAIN, "set-cookie": "a=b"}),
        ("/sign-in", {**ALWAYS, CSP: PLAIN, "set-cookie": "a=b"}),
        ("/nothing", {**ALWAYS, CSP: PLAIN}),
        ("/embed", {**ALWAYS, CSP: EMBED}),
        ("/embed/more", {**ALWAYS, CSP: EMBED}),
        ("/embed.js", {**CACHED, CSP: EMBED, "cross-origin-resource-policy": "cross-origin"}),
        (
            "/api/facts",
            {
                **ALWAYS,
                CSP: "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
                "set-cookie": "a=b",
            },
        ),
        ("/web/style.css", {**CACHED, CSP: SCRIPTED, "set-cookie": "a=b"}),
        ("/own", {**ALWAYS, CSP: "default-src 'none'"}),
    ],
)
def test_headers_by_kind_of_path(path: str, expected: dict[str, str]) -> None:
    ancestors = ["https://library.example", "https://*.partner.example"]
    found = House(web={"frame_ancestors": ancestors}).client().get(path).headers
    kept = {one: value for one, value in found.items() if not one.startswith("content-")}
    assert kept | {CSP: found[CSP]} == expected


def test_refusals_have_the_headers_too() -> None:
    reply = House().client(host="evil.example").get("/read/1")
    problem(reply, 403)
    assert reply.headers[CSP] == PLAIN
    assert ALWAYS.items() <= dict(reply.headers).items()


# ---------------------------------------------------------------- proxies


BEHIND = {"trusted_proxies": ["127.0.0.1/32"], "staff_header": "X-Remote-User"}


def test_behind_a_proxy_visitor_scheme_and_host_are_the_outer_ones() -> None:
    client = House(web=BEHIND).client(PROXY, host="127.0.0.1:7860")
    headers = {
        "X-Forwarded-For": f"10.0.0.1, {VISITOR}",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "desk.library.example",
        "Origin": HOME,
    }
    facts = client.post("/api/facts", headers=headers).json()
    assert facts["client"] == VISITOR
    assert facts["url"] == f"{HOME}/api/facts"
    assert facts["audience"] == "public"
    assert client.post("/api/facts", headers=headers | {"X-Remote-User": "ada"}).json()[
        "audience"
    ] == ("staff")


@pytest.mark.parametrize("peer", [VISITOR, "127.0.0.2", "::1", "no address"])
def test_from_elsewhere_the_same_words_change_nothing(peer: str) -> None:
    house = House(web=BEHIND)
    headers = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "localhost",
        "Forwarded": "for=10.0.0.1",
        "X-Remote-User": "ada",
    }
    plain = house.client(peer).get("/api/facts").json()
    assert house.client(peer).get("/api/facts", headers=headers).json() == plain
    assert (plain["client"], plain["audience"]) == (peer, "public")


def test_a_page_that_goes_by_a_name_of_its_own_is_no_proxy() -> None:
    """DNS rebinding, on the computer of the server: the browser's address is the proxy's."""
    client = House(web=BEHIND).client(PROXY, host="evil.example:7860")
    headers = {"X-Forwarded-Host": "desk.library.example", "X-Remote-User": "ada"}
    problem(client.get("/api/facts", headers=headers), 403)
    forwarded = House(web=BEHIND).client(PROXY)
    problem(forwarded.get("/api/facts", headers={"X-Forwarded-Host": "evil.example"}), 403)


def test_where_tls_is_known_a_page_without_it_is_another_site() -> None:
    client = House(web=BEHIND).client(PROXY)
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "desk.library.example"}
    refused = client.post("/api/facts", headers=headers | {"Origin": "http://desk.library.example"})
    problem(refused, 403)
    assert client.post("/api/facts", headers=headers | {"Origin": HOME}).status_code == 200


def test_the_form_of_a_page_without_referrer_is_told_from_a_sandboxed_one() -> None:
    client = House().client()
    assert problem(client.post("/sign-in", headers={"Origin": "null"}), 403)
    for site, status in (("same-origin", 200), ("cross-site", 403), ("same-site", 403)):
        headers = {"Origin": "null", "Sec-Fetch-Site": site}
        assert client.post("/sign-in", headers=headers).status_code == status


# ---------------------------------------------------------------- other origins


def sharing(**more: Any) -> House:
    return House(web={"cors_origins": ["https://Partner.example:443"], **more})


def test_a_listed_origin_may_use_the_api_as_the_public() -> None:
    house = sharing(**BEHIND)
    session = house.keeper.exchange("link")
    assert session
    client = house.client(PROXY)
    power = {"Cookie": f"{COOKIE}={session}", "X-Remote-User": "ada"}
    assert client.get("/api/facts", headers=power).json()["audience"] == "staff"
    reply = client.get("/api/facts", headers={"Origin": PARTNER, **power})
    assert reply.headers["access-control-allow-origin"] == PARTNER
    assert "origin" in reply.headers["vary"].lower()
    assert "access-control-allow-credentials" not in reply.headers
    assert (reply.json()["audience"], reply.json()["cookies"]) == ("public", {})
    token = {"Origin": PARTNER, "Authorization": "Bearer owner"}
    assert client.get("/api/facts", headers=token).json()["audience"] == "staff"


def test_a_listed_origin_is_let_in_nowhere_else() -> None:
    client = sharing().client()
    for path in ("/read/1", "/sign-in", "/embed", "/api"):
        reply = client.post(path, headers={"Origin": PARTNER})
        problem(reply, 403)
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    "origin",
    ["http://partner.example", f"{PARTNER}.evil.example", f"{PARTNER}:8443", "null", "*"],
)
def test_other_origins_are_refused(origin: str) -> None:
    client = sharing().client()
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for reply in (
        client.post("/api/facts", headers={"Origin": origin}),
        client.options("/api/facts", headers=asked),
    ):
        problem(reply, 403)
        assert "access-control-allow-origin" not in reply.headers


def test_a_listed_origin_may_ask_first() -> None:
    client = sharing().client()
    headers = {"Origin": PARTNER, "Access-Control-Request-Method": "POST"}
    reply = client.options(
        "/api/ask", headers=headers | {"Access-Control-Request-Headers": "content-type"}
    )
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == PARTNER
    assert "access-control-allow-credentials" not in reply.headers
    for unheard in ("x-remote-user", "x-forwarded-for"):
        asked = headers | {"Access-Control-Request-Headers": unheard}
        assert client.options("/api/ask", headers=asked).status_code == 400


def test_without_a_list_nobody_is_let_in() -> None:
    problem(House().client().post("/api/facts", headers={"Origin": PARTNER}), 403)


def test_the_patrons_page_knows_no_cookies() -> None:
    house = House()
    session = house.keeper.exchange("link")
    headers = {"Cookie": f"{COOKIE}={session}"}
    client = house.client()
    assert client.get("/read/1", headers=headers).json()["audience"] == "staff"
    facts = client.get("/embed", headers=headers)
    assert (facts.json()["audience"], facts.json()["cookies"]) == ("public", {})
    assert "set-cookie" not in facts.headers


# ---------------------------------------------------------------- how much


QUESTION = {"question": "Who?"}


def test_a_burst_is_refused_and_the_staff_is_not() -> None:
    house = House(limits={"questions_per_minute": 2})
    client = house.client()
    assert [client.post("/api/ask", json=QUESTION).status_code for _ in range(2)] == [200, 200]
    later(client.post("/api/ask", json=QUESTION), 429)
    assert client.get("/api/facts").status_code == 200
    assert house.client("198.51.100.8").post("/api/ask", json=QUESTION).status_code == 200
    owner = {"Authorization": "Bearer owner"}
    assert client.post("/api/ask", json=QUESTION, headers=owner).status_code == 200


def test_patrons_behind_a_proxy_are_told_apart_and_cannot_pretend() -> None:
    house = House(web=BEHIND, limits={"questions_per_minute": 1})
    proxy = house.client(PROXY)
    for number in range(5):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        assert proxy.post("/api/ask", json=QUESTION, headers=headers).status_code == 200
    direct = house.client("203.0.113.5")
    replies = [
        direct.post("/api/ask", json=QUESTION, headers={"X-Forwarded-For": f"10.0.0.{number}"})
        for number in range(2)
    ]
    assert [one.status_code for one in replies] == [200, 429]


def test_a_question_that_takes_too_long_is_given_up() -> None:
    client = House(limits={"seconds": 0.2}).client()
    begun = time.monotonic()
    later(client.post("/api/ask", json=QUESTION | {"wait": 30}), 503)
    streamed = client.post("/api/ask", json=QUESTION | {"stream": 30})
    assert time.monotonic() - begun < 10
    assert streamed.status_code == 200
    first, last = streamed.text.strip().split("\n\n")
    assert first.startswith("event: retrieved")
    name, data = last.split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["status"] == 503
    assert client.post("/api/ask", json=QUESTION | {"stream": 0}).text.count("event:") == 2


def test_too_large_a_body_is_not_read() -> None:
    client = House(limits={"body_bytes": 2000}).client()
    body = json.dumps({"question": "x" * 2000}).encode()
    reply = client.post("/api/ask", content=body)
    problem(reply, 413)
    assert reply.headers["connection"] == "close"
    assert client.post("/api/ask", content=body[:-30] + b'"}').status_code == 200


def test_only_the_staff_may_send_more_and_only_where_that_is_due() -> None:
    house = House(limits={"body_bytes": 2000}, larger={"/api/uploads/": 5000})
    client, owner = house.client(), {"Authorization": "Bearer owner"}
    assert client.put("/api/uploads/a", content=b"x" * 5000, headers=owner).text == "5000"
    problem(client.put("/api/uploads/a", content=b"x" * 5001, headers=owner), 413)
    problem(client.put("/api/uploads/a", content=b"x" * 5000), 413)
    problem(client.post("/api/ask", content=b"x" * 5000, headers=owner), 413)


# ---------------------------------------------------------------- over a real connection


@contextmanager
def served(house: House) -> Iterator[int]:
    """The port of a real server before the guarded app."""
    config = uvicorn.Config(house.app, port=0, lifespan="off", log_config=None, proxy_headers=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def sent(port: int, *parts: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """All that comes back for a request that is sent bit by bit, and after how many seconds."""
    begun = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        found = b""
        while got := connection.recv(65536):
            found += got
    return found, time.monotonic() - begun


HEAD = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_chunked_body_without_a_length_is_measured_too() -> None:
    with served(House(limits={"body_bytes": 2000})) as port:
        chunk = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        found, seconds = sent(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk * 3)
    assert found.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in found
    assert seconds < 5


@pytest.mark.parametrize(
    "announced", [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n"]
)
def test_a_body_that_drips_is_given_up(announced: bytes) -> None:
    with served(House(limits={"body_seconds": 0.5})) as port:
        drops = [b"1\r\nx\r\n"] * 4
        found, seconds = sent(port, HEAD + announced + b"\r\n", *drops, pause=0.1)
    assert found.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in found
    assert seconds < 5


def test_too_many_at_once_are_told_to_come_back() -> None:
    house = House(limits={"waiting": 2})
    body = json.dumps(QUESTION | {"wait": 3}).encode()
    request = HEAD + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
    with served(house) as port:
        found: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: found.append(sent(port, request)[0])) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        again = sent(port, request.replace(b'"wait": 3', b'"wait": 0'))[0]
    statuses = sorted(one.split()[1] for one in found)
    assert statuses == [b"200", b"200", b"503", b"503", b"503"]
    assert all(b"retry-after: " in one for one in found if b" 503 " in one)
    assert again.startswith(b"HTTP/1.1 200 ")


# ---------------------------------------------------------------- looking


def test_each_client_may_look_ten_times_as_often_as_it_may_ask() -> None:
    house = House(limits={"questions_per_minute": 1, "trusted_networks": ["10.0.0.0/8"]})
    with house.client() as client:
        for _ in range(5):
            assert client.get("/read/1").status_code == 200
            assert client.post("/api/facts").status_code == 200
        later(client.get("/read/1"), 429)
        for path in ("/en/gradio_api/queue/join", "/de/", "/api/references.ris"):
            later(client.post(path), 429)
        for path in ("/collections", "/embed"):
            later(client.get(path), 429)
        assert client.post("/api/ask", json={"question": "x"}).status_code == 200
        for path in ("/web/style.css", "/embed.js", "/sign-in"):
            assert client.get(path).status_code == 200
        owner = {"Authorization": "Bearer owner"}
        assert client.get("/read/1", headers=owner).status_code == 200
    for peer in ("198.51.100.8", "10.1.1.1"):
        with house.client(peer) as client:
            assert [client.get("/read/1").status_code for _ in range(10)] == [200] * 10
    with house.client("10.1.1.1") as client:
        assert client.get("/read/1").status_code == 200


# ---------------------------------------------------------------- odd requests


@pytest.mark.parametrize("name", ["x:\u00b2", "localhost:" + "9" * 5000, ":", "localhost:\u0664"])
def test_odd_names_are_refused(name: str) -> None:
    for headers in ({"host": name}, {"origin": f"http://{name}"}):
        told = {"host": "localhost", **headers}
        assert refusal(told, ()) is not None


def test_a_fault_is_not_kept_where_the_file_would_be() -> None:
    with House().client() as client:
        assert "cache-control" not in client.get("/web/style.css").headers
        assert client.get("/web/nothing.css").headers["cache-control"] == "no-store"


def test_the_staffs_header_may_be_called_as_proxies_call_it() -> None:
    house = House(web={"trusted_proxies": ["127.0.0.1/32"], "staff_header": "X-Forwarded-User"})
    named = {"X-Forwarded-User": "ada"}
    with house.client(PROXY) as client:
        assert client.get("/api/facts", headers=named).json()["audience"] == "staff"
    with house.client() as client:
        assert client.get("/api/facts", headers=named).json()["audience"] == "public"


def test_heads_can_be_asked_for_but_where_looking_changes_something() -> None:
    with House().client() as client:
        for path in ("/read/1", "/api/facts", "/embed", "/embed.js", "/own"):
            reply = client.head(path)
            assert (reply.status_code, reply.content) == (200, b"")
            assert int(reply.headers["content-length"]) > 0
        assert client.head("/staff").status_code == 405
