"""The API of a real server over really indexed documents."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from rag_assistant import Assistant
from rag_assistant.answer_schema import answer_schema
from rag_assistant.config import OllamaSettings, Settings
from rag_assistant.errors import (
    BusyError,
    ConfigError,
    DocstoreError,
    IndexDamagedError,
    ModelServerError,
    NotFoundError,
    RagAssistantError,
    UsageError,
)
from rag_assistant.web.api.problems import ForbiddenError, problem_of
from rag_assistant.web.doors.access import COOKIE, SESSION_SECONDS, Doorkeeper, refusal
from tests.ollama_server import OllamaServer
from tests.served import (
    CLOSED,
    LISTED,
    QUOTABLE,
    SILENT,
    STAFF,
    VAULT,
    Served,
    index_town,
    serving,
)

pytestmark = pytest.mark.integration

QUESTION = "When was the iron bridge opened?"
SECRETS = (STAFF, CLOSED, SILENT, VAULT)
EVENTS = {"Accept": "text/event-stream"}
_PATIENCE = 60


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return index_town(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def expected(town: Settings, ollama: OllamaServer) -> dict[str, Any]:
    """What Python answers for the staff, before the server owns the indexes."""
    settings = town.model_copy(update={"ollama": OllamaSettings(url=ollama.url)})
    with Assistant(settings) as assistant:
        return assistant.ask(QUESTION, answerer="extractive").to_dict()


@pytest.fixture(scope="module")
def served(town: Settings, expected: dict[str, Any], ollama: OllamaServer) -> Iterator[Served]:
    with serving(town.data, RAG_OLLAMA__URL=ollama.url) as server:
        with server.client(owner=True) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
            wait_until(lambda: ask(client)["run"]["coverage"] == {"lexical": 1.0, "vectors": 1.0})
        yield server


@pytest.fixture
def public(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


@pytest.fixture
def owner(served: Served) -> Iterator[httpx.Client]:
    with served.client(owner=True) as client:
        yield client


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def ask(client: httpx.Client, question: str = QUESTION, **body: Any) -> dict[str, Any]:
    reply = client.post("/api/ask", json={"question": question, "answerer": "extractive"} | body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def search(client: httpx.Client, query: str, **body: Any) -> dict[str, Any]:
    reply = client.post("/api/search", json={"query": query} | body)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def problem(reply: httpx.Response, status: int) -> dict[str, Any]:
    """A reply that must be a problem of that status; its body."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    assert {"type", "title", "status", "detail", "hint"} <= body.keys()
    assert body["status"] == status
    assert body["detail"].endswith(".")
    return body


def events(reply: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    assert reply.headers["content-type"].startswith("text/event-stream")
    found = re.findall(r"event: (\w+)\ndata: (.*)\n\n", reply.text)
    return [(name, json.loads(data)) for name, data in found]


# ---------------------------------------------------------------- the same answer everywhere


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"run": answer["run"] | {"timings_ms": None}}


def test_http_python_and_the_command_line_answer_alike(
    owner: httpx.Client, expected: dict[str, Any], town: Settings
) -> None:
    answer = ask(owner)
    assert answer["status"] == "answered"
    assert answer["audience"] == "staff"
    assert answer["run"]["coverage"]["vectors"] == 1.0
    assert untimed(answer) == untimed(expected)
    command = [sys.executable, "-m", "rag_assistant", "--data", str(town.data), "ask", QUESTION]
    done = subprocess.run(
        [*command, "--answerer", "extractive", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert untimed(json.loads(done.stdout)) == untimed(expected)


def test_every_answer_fits_the_published_schema(owner: httpx.Client, public: httpx.Client) -> None:
    schema = public.get("/api/schema/answer").json()
    assert schema == answer_schema()
    check = jsonschema.Draft202012Validator(schema)
    check.check_schema(schema)
    for client in (owner, public):
        for question in (QUESTION, "Who walked on Mars?", "Where was the saltpetre kept?"):
            check.validate(ask(client, question))
            check.validate(ask(client, question, answerer="ollama"))


def test_the_schema_is_strict(owner: httpx.Client) -> None:
    check = jsonschema.Draft202012Validator(answer_schema())
    answer = ask(owner)
    assert not check.is_valid(answer | {"more": 1})
    assert not check.is_valid({key: value for key, value in answer.items() if key != "help"})
    answer["citations"][0]["more"] = 1
    assert not check.is_valid(answer)


def test_every_citation_can_be_checked(public: httpx.Client) -> None:
    answer = ask(public)
    assert answer["citations"]
    for citation in answer["citations"]:
        section = public.get(f"/api/sections/{citation['section_id']}").json()
        assert section["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert section["text_sha256"] == citation["text_sha256"]
        passage = public.get(f"/api/passages/{citation['passage_id']}").json()
        assert citation["quote"] in passage["quote"]
        document = public.get(f"/api/documents/{citation['document_id']}").json()
        assert document["title"] == citation["title"]


def test_search_gives_what_the_contracts_list(public: httpx.Client) -> None:
    found = search(public, "iron bridge", k=2)
    assert found["query"] == "iron bridge"
    assert [hit["rank"] for hit in found["hits"]] == [1, 2]
    assert found["hits"][0].keys() == {
        *("rank", "score", "passage_id", "document_id", "section_id", "collection", "title"),
        *("locator", "text", "start", "end", "uri", "archive_url", "captured_at", "language"),
        *("versions", "near_duplicates", "described_by", "notices", "how"),
    }
    how = found["hits"][0]["how"]
    assert how["matched"] == ["iron", "bridge"]
    assert how["words"] == {"rank": 1, "score": 1.0}
    assert found["hits"][0]["uri"] == "https://catalogue.example.org/town-1"


def test_filters_narrow_what_is_searched(owner: httpx.Client) -> None:
    filters = {"collections": ["town"], "date_from": "1900", "date_to": "1910"}
    hits = search(owner, "bridge or mill", filters=filters)["hits"]
    assert {hit["title"] for hit in hits} == {"The paper mill"}


def test_the_history_reaches_the_model_as_text(owner: httpx.Client, ollama: OllamaServer) -> None:
    history = [{"role": "user", "text": "We spoke of ironwork."}]
    ask(owner, answerer="ollama", history=history)
    assert "We spoke of ironwork." in json.dumps(ollama.requests[-1])


# ---------------------------------------------------------------- what comes as a stream


def test_the_staff_receive_text_as_it_is_written(owner: httpx.Client) -> None:
    body = {"question": QUESTION, "answerer": "ollama"}
    names = [name for name, _ in events(owner.post("/api/ask", json=body, headers=EVENTS))]
    assert names[0] == "retrieved"
    assert names[-1] == "answer"
    assert set(names[1:-1]) == {"token", "sentence"}
    assert names.index("token") < names.index("sentence")


def test_the_public_receives_only_what_was_checked(public: httpx.Client) -> None:
    body = {"question": QUESTION, "answerer": "ollama"}
    found = events(public.post("/api/ask", json=body, headers=EVENTS))
    names = [name for name, _ in found]
    assert names == ["retrieved", *["sentence"] * (len(names) - 2), "answer"]
    assert len(names) > 2
    said = [data for name, data in found if name == "sentence"]
    assert said == found[-1][1]["sentences"]


def test_a_faulty_question_is_a_problem_and_no_stream(public: httpx.Client) -> None:
    problem(public.post("/api/ask", json={"question": " "}, headers=EVENTS), 400)


# ---------------------------------------------------------------- who may see what


def everything_public(client: httpx.Client) -> Iterator[str]:
    """All that the public can be told around the secrets, in every way that there is."""
    for secret in (*SECRETS, LISTED, "bridge", "committee register papers", "sick club"):
        for answerer in ("extractive", "ollama"):
            answer = ask(client, f"What is {secret}?", answerer=answerer)
            yield told(answer, secret)
        yield json.dumps(search(client, secret, k=100)["hits"])
        streamed = client.post("/api/ask", json={"question": secret}, headers=EVENTS)
        for _, data in events(streamed):
            yield told(data, secret)
    yield client.get("/api/collections").text
    for name in ("vault", "nowhere"):
        reply = client.post("/api/search", json={"query": "x", "filters": {"collections": [name]}})
        assert reply.status_code == 400
        yield reply.text


def told(found: dict[str, Any], own: str) -> str:
    """What an answer tells, without the asker's own words."""
    ways = [one for one in found.get("suggestions", ()) if one["text"] != own]
    return json.dumps(found | {"question": "", "search_query": "", "suggestions": ways})


def test_no_secret_reaches_the_public(public: httpx.Client) -> None:
    for words in everything_public(public):
        for secret in (*SECRETS, LISTED):
            assert secret not in words.lower(), (secret, words)


def test_the_staff_find_what_is_theirs(owner: httpx.Client) -> None:
    for secret in (STAFF, CLOSED, VAULT):
        assert secret in search(owner, secret)["hits"][0]["text"]
    assert [one["id"] for one in owner.get("/api/collections").json()] == ["town", "vault"]


def test_nobody_is_shown_what_may_only_be_listed_or_not_even_that(owner: httpx.Client) -> None:
    told = json.dumps(search(owner, f"{LISTED} {SILENT} sick club register", k=100)["hits"])
    assert LISTED not in told
    assert SILENT not in told.lower()
    assert "Sick club register" in told


def test_items_of_the_staff_are_not_there_for_the_public(
    owner: httpx.Client, public: httpx.Client
) -> None:
    for secret in (STAFF, CLOSED, VAULT):
        hit = search(owner, secret)["hits"][0]
        for kind in ("passage", "section", "document"):
            path = f"/api/{kind}s/{hit[f'{kind}_id']}"
            assert owner.get(path).status_code == 200
            body = problem(public.get(path), 404)
            unknown = problem(public.get(f"/api/{kind}s/{'0' * 32}"), 404)
            assert body["hint"] == unknown["hint"]
            assert secret not in json.dumps(body)
        reading = public.get(f"/read/{hit['passage_id']}")
        assert reading.status_code == 404
        assert secret not in reading.text
        assert secret in owner.get(f"/read/{hit['passage_id']}").text


def test_a_listed_item_gives_its_facts_and_no_text(
    owner: httpx.Client, public: httpx.Client
) -> None:
    hits = search(public, "Sick club register", k=100)["hits"]
    hit = next(one for one in hits if one["title"] == "Sick club register")
    assert hit["text"] == ""
    for client in (owner, public):
        document = client.get(f"/api/documents/{hit['document_id']}").json()
        assert document["sections"] == []
        problem(client.get(f"/api/passages/{hit['passage_id']}"), 404)
        problem(client.get(f"/api/sections/{hit['section_id']}"), 404)
        reading = client.get(f"/read/{hit['passage_id']}")
        assert reading.status_code == 200
        assert "Sick club register" in reading.text
        assert LISTED not in reading.text


def test_counts_are_of_what_the_asker_may_see(owner: httpx.Client, public: httpx.Client) -> None:
    assert ask(public)["scope"]["documents"] == 4
    assert ask(public)["scope"]["collections"] == ["town"]
    assert ask(owner)["scope"]["documents"] == 7
    assert [one["documents"] for one in public.get("/api/collections").json()] == [4]


def test_a_quotable_item_is_quoted_and_never_given_to_a_model(
    public: httpx.Client, ollama: OllamaServer
) -> None:
    question = "Where was the saltpetre of the paper mill kept?"
    quoted = ask(public, question)
    assert QUOTABLE in quoted["text"]
    citation = next(one for one in quoted["citations"] if QUOTABLE in one["quote"])
    assert citation["notices"][0]["community"] == "The Weir families"
    already = len(ollama.requests)
    ask(public, question, answerer="ollama")
    prompts = json.dumps(ollama.requests[already:])
    assert prompts.count(QUOTABLE) == prompts.count(question)


def test_the_status_is_for_the_staff(owner: httpx.Client, public: httpx.Client) -> None:
    body = problem(public.get("/api/status"), 403)
    assert "staff link" not in body["detail"]
    status = owner.get("/api/status").json()
    assert status["healthy"] is True
    assert status["indexes"]["vectors"]["lag"] == 0


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer wrong", "Basic wrong", "Bearer é", "Bearer a b"]
)
def test_a_wrong_token_is_the_public(public: httpx.Client, authorization: str) -> None:
    headers = [(b"Authorization", authorization.encode())]
    reply = public.post("/api/ask", json={"question": QUESTION}, headers=headers)
    assert reply.json()["audience"] == "public"


def test_the_staff_link_works_once(served: Served) -> None:
    with served.client() as client:
        assert client.head(served.link).status_code == 405  # a preview does not use it up
        reply = client.get(served.link)
        assert reply.status_code == 303
        assert reply.headers["location"] == "/"
        cookie = reply.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert ask(client)["audience"] == "staff"
        assert client.get("/api/status").status_code == 200
    with served.client() as another:
        again = another.get(served.link)
        assert again.status_code == 403
        assert "rag-assistant serve" in again.text
        assert "set-cookie" not in again.headers
        assert another.get("/staff").status_code == 403
        assert ask(another)["audience"] == "public"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example"])
def test_other_names_are_refused(public: httpx.Client, host: str) -> None:
    for path in ("/", "/api/collections", "/web/style.css", "/healthz"):
        problem(public.get(path, headers={"Host": host}), 403)


@pytest.mark.parametrize("host", ["localhost", "localhost:99", "[::1]:99", "LOCALHOST"])
def test_loopback_goes_by_several_names(public: httpx.Client, host: str) -> None:
    assert public.get("/healthz", headers={"Host": host}).status_code == 200


def test_pages_from_elsewhere_are_refused(public: httpx.Client, served: Served) -> None:
    own = served.address
    port = own.rpartition(":")[2]
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1", f"http://localhost:{port}"):
        body = {"question": QUESTION}
        reply = public.post("/api/ask", json=body, headers={"Origin": origin})
        problem(reply, 403)
    assert public.get("/healthz", headers={"Origin": own}).status_code == 200


def test_configured_names_are_let_in() -> None:
    def refused(host: str, origin: str | None = None) -> bool:
        headers = {"host": host} | ({"origin": origin} if origin else {})
        return refusal(headers, ("Desk.Library.example",)) is not None

    assert not refused("desk.library.example")
    assert not refused("desk.library.example:8080", "http://desk.library.example:8080")
    assert not refused("desk.library.example", "https://desk.library.example")
    assert refused("desk.library.example", "https://desk.library.example:8443")
    assert refused("other.library.example")
    assert refused("")


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("/srv/data/rag.toml is wrong.", "rag-assistant doctor"),
        BusyError("Another program is writing to /srv/data/docstore.db."),
        DocstoreError("The disk that holds /srv/data is full.", "Free some space."),
        ModelServerError("Ollama is not reachable at http://10.0.0.7:11434.", "ollama serve"),
        IndexDamagedError("The index in /srv/data is damaged.", "rag-assistant repair"),
    ],
)
def test_errors_tell_the_public_nothing_of_the_server(error: RagAssistantError) -> None:
    public, staff = problem_of(error, "public"), problem_of(error, "staff")
    assert public["detail"] == "The collections cannot be asked just now."
    assert public["hint"] == "Try again later."
    assert (staff["detail"], staff["hint"]) == (error.message, error.hint)
    assert public["status"] == staff["status"] >= 500


@pytest.mark.parametrize(
    "error",
    [
        UsageError("The question is empty.", "Write what you want to know."),
        NotFoundError("There is no such passage."),
        ForbiddenError("Only staff may see the status."),
    ],
)
def test_what_an_asker_can_mend_is_told_to_everyone(error: RagAssistantError) -> None:
    assert problem_of(error, "public") == problem_of(error, "staff")


def test_a_staff_session_ends() -> None:
    now = 0.0
    keeper = Doorkeeper(owner_token="owner", staff_link_token="link", clock=lambda: now)
    assert keeper.exchange("other") is None
    session = keeper.exchange("link")
    assert session
    assert keeper.exchange("link") is None
    assert keeper.audience({}, {COOKIE: session}) == "staff"
    assert keeper.audience({}, {COOKIE: session + "x"}) == "public"
    now = SESSION_SECONDS + 1.0
    assert keeper.audience({}, {COOKIE: session}) == "public"


def test_too_long_a_question_is_refused(public: httpx.Client) -> None:
    long = "quagmire " * 300
    for path, key in (("/api/ask", "question"), ("/api/search", "query")):
        body = problem(public.post(path, json={key: long}), 413)
        assert "2,000" in body["detail"]
        assert "quagmire" not in json.dumps(body)


def test_too_large_a_body_is_refused(public: httpx.Client) -> None:
    big = json.dumps({"question": "x", "history": [{"role": "user", "text": "x" * (1 << 20)}]})
    problem(public.post("/api/ask", content=big, headers={"Content-Type": "application/json"}), 413)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"question": "x", "passages": ["quagmire"]}, "passages"),
        ({"question": "x", "filters": {"tongue": "quagmire"}}, "filters.tongue"),
        ({"question": "x", "history": [{"role": "system", "text": "quagmire"}]}, "history.0.role"),
        ({"question": "x", "answerer": "quagmire"}, "answerer"),
        ({"query": "quagmire"}, "question"),
    ],
)
def test_unknown_keys_are_named_and_values_kept_quiet(
    public: httpx.Client, body: dict[str, Any], named: str
) -> None:
    told = problem(public.post("/api/ask", json=body), 422)
    assert f"'{named}'" in told["detail"]
    assert "quagmire" not in json.dumps(told)


def test_what_is_no_json_is_a_problem(public: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    problem(public.post("/api/ask", content="{quagmire", headers=headers), 422)


def test_wrong_dates_and_empty_questions_are_problems(public: httpx.Client) -> None:
    problem(public.post("/api/search", json={"query": "  "}), 400)
    filters = {"date_from": "the day before"}
    body = problem(public.post("/api/search", json={"query": "x", "filters": filters}), 400)
    assert "1934" in body["hint"]


def test_a_question_cannot_stand_in_an_address(public: httpx.Client) -> None:
    for path in ("/api/ask?question=x", "/api/search?query=x"):
        reply = public.get(path)
        problem(reply, 405)
        assert reply.headers["allow"] == "POST"


def test_unknown_places_are_problems(public: httpx.Client) -> None:
    for path in ("/api/nothing", "/nothing", "/docs", "/redoc", "/api/docs"):
        problem(public.get(path), 404)


def test_removed_items_are_gone_with_the_date(served: Served, town: Settings) -> None:
    with served.client(owner=True) as owner, served.client() as public:
        hit = search(owner, "paper mill weir burnt", k=1)["hits"][0]
        with Assistant(town) as assistant:
            assistant.remove(hit["document_id"], reason="asked for")
        for kind in ("passage", "section", "document"):
            body = problem(public.get(f"/api/{kind}s/{hit[f'{kind}_id']}"), 410)
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", body["date"])
        reading = public.get(f"/read/{hit['passage_id']}")
        assert reading.status_code == 410
        assert "burnt" not in reading.text


# ---------------------------------------------------------------- the page's own routes


def test_the_page_keeps_no_history_and_knows_no_other_site(
    public: httpx.Client, served: Served
) -> None:
    config = public.get("/en/config").json()
    assert config["run_history"] is False
    assert config["analytics_enabled"] is False
    for text in (json.dumps(config), public.get("/en/").text):
        assert set(re.findall(r"https?://[\w.:]+", text)) <= {served.address}


def test_the_door_leads_to_the_readers_language(public: httpx.Client) -> None:
    reply = public.get("/", headers={"Accept-Language": "de-AT, en;q=0.5"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/de/")
    assert reply.headers["vary"] == "Accept-Language"
    assert reply.headers["cache-control"] == "no-store"
    assert '<html\n\tlang="de"' in public.get("/de/").text


def test_plain_pages_wear_the_colours_that_are_asked_for(public: httpx.Client) -> None:
    assert '<html lang="en" data-theme="dark">' in public.get("/read/nothing?theme=dark").text
    assert "data-theme" not in public.get("/read/nothing?theme=x%22onload=").text


@pytest.mark.parametrize(
    "path",
    [
        *("/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/file=/etc/passwd"),
        *("/gradio_api/proxy=http://example.org", "/monitoring", "/monitoring/summary"),
        *("/gradio_api/upload", "/gradio_api/runs", "/gradio_api/run/ask", "/manifest.json"),
    ],
)
def test_what_the_page_does_not_need_cannot_be_reached(public: httpx.Client, path: str) -> None:
    for language in ("", "/en", "/de"):
        problem(public.get(f"{language}{path}"), 404)
        problem(public.post(f"{language}{path}"), 404)


def test_every_response_carries_the_security_headers(public: httpx.Client) -> None:
    paths = (
        "/",
        "/api/collections",
        "/web/style.css",
        "/nothing",
        "/staff",
        "/fr/",
        "/en/theme.css",
    )
    for path in paths:
        headers = public.get(path).headers
        rules = headers["content-security-policy"]
        assert "default-src '" in rules
        assert "frame-ancestors '" in rules
        assert "unsafe-eval" not in rules
        assert "unsafe-inline" not in rules
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert public.get("/en/").headers["cache-control"] == "no-store"


def test_the_api_describes_itself(public: httpx.Client) -> None:
    described = public.get("/api/openapi.json").json()
    assert {"/api/ask", "/api/search", "/api/collections", "/healthz"} <= described["paths"].keys()


# ---------------------------------------------------------------- the process


def test_a_second_server_on_the_same_data_is_told_of_the_first(
    served: Served, town: Settings
) -> None:
    command = [sys.executable, "-m", "rag_assistant", "--data", str(town.data), "serve"]
    done = subprocess.run(
        [*command, "--port", "0", "--no-browser"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert served.address in done.stderr


def test_the_server_stops_cleanly_and_has_logged_no_question(
    tmp_path: Path, town: Settings
) -> None:
    data = index_town(tmp_path).data
    with serving(data) as server:
        with server.client() as client:
            wait_until((data / "owner.json").exists)
            assert ask(client, "Who hid the quagmire?")["status"]
            client.post("/api/ask", json={"question": "quagmire " * 999})
            client.post("/api/ask", json={"quagmire": 1})
        code, written = server.stop()
    assert code == 0, written
    assert "quagmire" not in written
    assert "Traceback" not in written
    assert not (data / "owner.json").exists()
    with Assistant(Settings(data=data)) as assistant:
        assert assistant.engine.own("command")


def test_before_anything_is_indexed_the_server_says_so(tmp_path: Path) -> None:
    with serving_empty(tmp_path / "data") as server, server.client() as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        body = problem(client.post("/api/ask", json={"question": QUESTION}), 404)
        assert str(tmp_path) not in json.dumps(body)
        assert body["hint"].startswith("rag-assistant index")
        assert client.get("/api/collections").json() == []
        assert client.get("/en/").status_code == 200


def serving_empty(data: Path) -> Any:
    data.mkdir()
    return serving(data)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"search": "bridge " * 400}, 413),
        ({"search": "bridge", "beside": {"x": -1.0}}, 422),
        ({"search": "bridge", "beside": {"x": 1e308}}, 422),
        ({"search": "bridge", "beside": {"bridge " * 400: 1.0}}, 422),
        ({"history": [{"role": "user", "text": "bridge " * 4000}]}, 422),
        ({"history": [{"role": "user", "text": "bridge"}] * 41}, 422),
    ],
)
def test_what_is_searched_beside_the_question_is_bounded(
    public: httpx.Client, body: dict[str, Any], status: int
) -> None:
    problem(public.post("/api/ask", json={"question": QUESTION, **body}), status)
