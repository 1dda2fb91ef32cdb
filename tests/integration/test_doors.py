"""The doors of a real server: behind a proxy, over the limits, signing in."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag_assistant.cli import main
from rag_assistant.web.doors.access import COOKIE
from tests.integration.test_api import EVENTS, QUESTION, ask, events, problem, town, wait_until
from tests.ollama_server import OllamaServer
from tests.served import Served, index_town, serving

pytestmark = pytest.mark.integration

PASSWORD = "weir rag loft quay"
EXTRACTIVE = {"question": QUESTION, "answerer": "extractive"}
PARTNER = "https://partner.example"
__all__ = ["town"]  # a fixture


def command(data: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag_assistant", "--data", str(data), *words],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def proxied(town: Any) -> Iterator[Served]:
    """A server that believes a proxy on this computer."""
    done = command(town.data, "staff", "add", "Ada", typed=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    with serving(
        town.data,
        RAG_WEB__TRUSTED_PROXIES='["127.0.0.1/32"]',
        RAG_WEB__STAFF_HEADER="X-Remote-User",
        RAG_WEB__STAFF_USERS='["grace"]',
        RAG_WEB__ALLOWED_HOSTS='["desk.library.example"]',
        RAG_WEB__CORS_ORIGINS=json.dumps([PARTNER]),
        RAG_LIMITS__TRUSTED_NETWORKS="[]",
        RAG_LIMITS__QUESTIONS_PER_MINUTE="4",
        RAG_LIMITS__BODY_BYTES="20000",
    ) as server:
        with server.client(owner=True) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
        yield server


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that believes no proxy here, and whose model is slower than any question may be."""
    data = index_town(tmp_path_factory.mktemp("slow")).data
    with (
        OllamaServer(delay=5) as model,
        serving(
            data,
            RAG_OLLAMA__URL=model.url,
            RAG_WEB__TRUSTED_PROXIES='["192.0.2.0/24"]',
            RAG_WEB__STAFF_HEADER="X-Remote-User",
            RAG_LIMITS__TRUSTED_NETWORKS="[]",
            RAG_LIMITS__QUESTIONS_PER_MINUTE="2",
            RAG_LIMITS__SECONDS="2",
        ) as server,
    ):
        with server.client(owner=True) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
        yield server


def visitor(served: Served, address: str, **headers: str) -> httpx.Client:
    """A client as the proxy passes it on, from that address."""
    client = served.client()
    client.headers.update(
        {
            "X-Forwarded-For": address,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "desk.library.example",
        }
    )
    client.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return client


def sign_in(client: httpx.Client, name: str = "ada", password: str = PASSWORD) -> httpx.Response:
    origin = {"Origin": "https://desk.library.example"}
    return client.post("/sign-in", data={"name": name, "password": password}, headers=origin)


# ---------------------------------------------------------------- who


def test_the_staff_signs_in_and_out(proxied: Served) -> None:
    with visitor(proxied, "198.51.100.1") as client:
        page = client.get("/sign-in")
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "script-src 'none'" in page.headers["content-security-policy"]
        reply = sign_in(client)
        assert (reply.status_code, reply.headers["location"]) == (303, "/")
        cookie = reply.headers["set-cookie"]
        flags = {"HttpOnly", "SameSite=strict", "Secure", "Path=/", "Max-Age=28800"}
        assert flags <= set(cookie.split("; "))
        token = cookie.partition(";")[0].partition("=")[2]
        signed = {"Cookie": f"{COOKIE}={token}"}
        assert client.get("/api/status", headers=signed).status_code == 200
        assert "You are signed in as ada." in client.get("/sign-in", headers=signed).text
        out = client.post("/sign-out", headers=signed)
        assert (out.status_code, out.headers["location"]) == (303, "/")
        assert 'rag_assistant_staff=""' in out.headers["set-cookie"]
        problem(client.get("/api/status", headers=signed), 403)
        another = sign_in(client).headers["set-cookie"]
        assert token not in another


def test_without_tls_the_cookie_is_not_lost(proxied: Served) -> None:
    with proxied.client() as client:
        client.headers["X-Forwarded-For"] = "198.51.100.20"
        reply = client.post("/sign-in", data={"name": "ada", "password": PASSWORD})
        assert "Secure" not in reply.headers["set-cookie"]
        assert client.get("/api/status").status_code == 200


def test_wrong_names_and_passwords_are_told_alike(proxied: Served) -> None:
    with visitor(proxied, "198.51.100.2") as client:
        replies = [sign_in(client, "nobody"), sign_in(client, "ada", "wrong")]
        told = {re.sub(r'value="\w*" auto', "", one.text) for one in replies}
        assert [one.status_code for one in replies] == [403, 403]
        assert len(told) == 1
        assert "Name or password is wrong." in told.pop()
        assert not any("set-cookie" in one.headers for one in replies)
        escaped = sign_in(client, '"><img src=x>').text
        assert "<img" not in escaped
        assert "wrong" not in sign_in(client, "ada", "wrong horse").text.partition("<form")[2]


def test_too_many_tries_have_to_wait(proxied: Served) -> None:
    with visitor(proxied, "198.51.100.3") as client:
        for number in range(5):
            assert sign_in(client, f"name{number}", "wrong").status_code == 403
        reply = sign_in(client, "name6", "wrong")
        assert reply.status_code == 429
        assert 1 <= int(reply.headers["retry-after"]) <= 60


def test_whom_the_proxy_names_is_staff_if_listed(proxied: Served) -> None:
    with visitor(proxied, "198.51.100.4", X_Remote_User="Grace") as client:
        assert client.get("/api/status").status_code == 200
        assert "/sign-out" not in client.get("/sign-in").text
    with visitor(proxied, "198.51.100.4", X_Remote_User="mallory") as client:
        problem(client.get("/api/status"), 403)


def test_another_site_has_no_power_of_the_staff(proxied: Served) -> None:
    with visitor(proxied, "198.51.100.5", X_Remote_User="grace", Origin=PARTNER) as client:
        assert ask(client)["audience"] == "public"
        reply = client.post("/api/ask", json=EXTRACTIVE)
        assert reply.headers["access-control-allow-origin"] == PARTNER
        problem(client.post("/sign-in", data={"name": "ada", "password": PASSWORD}), 403)


def test_without_a_trusted_proxy_its_words_change_nothing(slow: Served) -> None:
    for number in range(2):
        with visitor(slow, f"198.51.100.{number}", X_Remote_User="ada") as client:
            problem(client.get("/api/status"), 403)
            assert client.post("/api/history", json={"url": "x"}).status_code != 429
    with visitor(slow, "198.51.100.9") as client:
        problem(client.post("/api/history", json={"url": "x"}), 429)


# ---------------------------------------------------------------- how much


def test_a_burst_is_refused_for_one_client_alone(proxied: Served) -> None:
    with visitor(proxied, "2001:db8:1::1") as client, visitor(proxied, "2001:db8:1::2") as same:
        for _ in range(4):
            assert client.post("/api/ask", json=EXTRACTIVE).status_code == 200
        body = problem(same.post("/api/search", json={"query": "bridge"}), 429)
        assert body["hint"].startswith("Go on in ")
        assert QUESTION not in json.dumps(body)
        assert client.get("/api/collections").status_code == 200
    with visitor(proxied, "2001:db8:2::1") as another:
        assert another.post("/api/ask", json=EXTRACTIVE).status_code == 200
    with proxied.client(owner=True) as owner:
        assert all(ask(owner) for _ in range(6))


def test_a_body_without_a_length_is_measured_too(proxied: Served) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"question": "'
        for _ in range(30):
            yield b"x" * 1000
        yield b'"}'

    with visitor(proxied, "198.51.100.6") as client:
        problem(client.post("/api/ask", content=parts()), 413)
        assert client.get("/healthz").status_code == 200


def test_a_model_that_is_too_slow_is_given_up(slow: Served) -> None:
    with slow.client(owner=True) as client:
        body = {"question": QUESTION, "answerer": "ollama"}
        reply = client.post("/api/ask", json=body)
        assert problem(reply, 503)["retry_after"] == int(reply.headers["retry-after"])
        told = events(client.post("/api/ask", json=body, headers=EVENTS))
        assert told[0][0] == "retrieved"
        assert told[-1][0] == "error"
        assert told[-1][1]["status"] == 503


# ---------------------------------------------------------------- the command


def test_accounts_are_made_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def staff(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["--data", str(tmp_path), "staff", *words])
        return code, *capsys.readouterr()

    assert staff("list") == (0, "", "")
    made = command(tmp_path, "staff", "add", "Grace", typed=f"{PASSWORD}\n")
    assert made.stdout == "grace may sign in at /sign-in.\n"
    code, _, short = staff("add", "Bob", typed="too short\n")
    assert code == 2
    assert "12" in short
    assert staff("list") == (0, "grace\n", "")
    assert PASSWORD not in (tmp_path / "staff.json").read_text()
    assert staff("remove", "grace")[0] == 0
    assert staff("remove", "grace")[0] == 4
    assert staff("list") == (0, "", "")
