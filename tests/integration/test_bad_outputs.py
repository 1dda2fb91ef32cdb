"""Whatever a model writes: no forged citation, no foreign address, nothing false as supported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from lxml.html import fragments_fromstring

from evals.metrics.injection import page
from rag_assistant import Assistant, showing
from rag_assistant.answer import Answer, Sentence
from rag_assistant.answering.generative import GenerativeAnswerer
from rag_assistant.asking import Question
from rag_assistant.config import OllamaSettings, Settings, load_settings
from rag_assistant.errors import AnswererError
from rag_assistant.models import open_model
from rag_assistant.ports import Draft, Embedder, Task, Token, Vectors
from rag_assistant.schema import Audience
from rag_assistant.web.components.conversation import Exchange
from rag_assistant.web.components.render import conversation
from tests.fakes import make_hit
from tests.integration.bad_outputs import ADDRESS, OPENED, PASSAGES, QUESTION, REPLIES, TRUE, Reply
from tests.ollama_server import OllamaServer, Request

pytestmark = pytest.mark.integration

_BELIEVED = ("verbatim", "supported")
_FOREIGN = re.compile(
    r"\w\.(?:example|org|com)\b|//|www\.|mailto:|javascript:|data:|\b10\.\d{4}|\bisbn|\barxiv", re.I
)
_MARKER = re.compile(
    r"[\[［【(（]\s*\^?\s*\d{1,3}\s*[\]］】)）]|[⁰¹²³⁴-⁹†]|\[\^|[\[［【]\s*\d+\s*,"
)
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x1b]")
_NUMBERED = re.compile(r"<passage (\d+)>.*?\nText:\n(.*?)\n</passage \1>", re.DOTALL)
_NO_PASSAGE = "37"


class Remembering:
    """The real embedding model, which computes each text once for all replies."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self.fingerprint = embedder.fingerprint
        self.dimension = embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(texts, self._embedder.embed_passages)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(texts, self._embedder.embed_queries)

    def _vectors(self, texts: Sequence[str], made: Callable[[Sequence[str]], Vectors]) -> Vectors:
        if missing := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known |= dict(zip(missing, made(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    with OllamaServer() as running:
        yield running


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, server: OllamaServer) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("bad-outputs")
    files = folder / "files"
    files.mkdir()
    (files / "collection.toml").write_text('id = "c"\ntitle = "C"\naccess = "public"\n')
    for name, text in PASSAGES.items():
        (files / f"{name}.txt").write_text(text)
    settings = load_settings(data=folder / "data").model_copy(
        update={"ollama": OllamaSettings(url=server.url)}
    )
    with Assistant(settings) as assistant:
        real = assistant.engine.embedder
        with Assistant(settings, embedder=Remembering(real)) as remembering:
            remembering.index([files])
            yield remembering


def scripted(reply: Reply) -> tuple[dict[str, str], object]:
    """What the server says, with the numbers that the passages have in its prompt."""
    texts: dict[str, str] = {}

    def said(request: Request) -> str:
        texts.update(dict(_NUMBERED.findall(request["messages"][-1]["content"])))
        words = reply.words.replace("{n}", _NO_PASSAGE).replace("{o}", OPENED.rstrip("."))
        for number, text in texts.items():
            name = next(one for one, passage in PASSAGES.items() if text in passage)
            words = words.replace(f"{{{name}}}", number)
        return words

    return texts, said


def test_there_are_a_hundred() -> None:
    assert len({reply.name for reply in REPLIES}) == len(REPLIES) >= 100


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_readers_are_not_misled(library: Assistant, server: OllamaServer, reply: Reply) -> None:
    audiences: tuple[Audience, ...] = ("staff", "public")
    for audience in audiences:
        texts, server.reply = scripted(reply)  # type: ignore[assignment]
        exchange = Exchange(question=QUESTION, audience=audience)
        for event in library.stream(Question(text=QUESTION, answerer="ollama", audience=audience)):
            exchange = exchange.after(event)
            assert not (audience == "public" and exchange.draft)
            assert_clean(exchange.draft)
            assert_leads_nowhere(conversation([exchange]))
        answer = exchange.answer
        assert answer is not None
        assert_honest(answer, library, "\n".join(texts.values()))
        assert_leads_nowhere(page(answer))
        if answer.status == "model_failed":  # the sources' own words stand there instead
            assert reply.shown == ()
            assert answer.text_origin == "quoted"
            assert {one.support for one in answer.sentences} <= {"verbatim"}
        else:
            believed = [plain(one.text) for one in answer.sentences if one.support in _BELIEVED]
            assert believed == list(map(plain, reply.shown))
        if audience == "public":
            assert all(
                one.support != "unsupported" for one in (*exchange.sentences, *answer.sentences)
            )


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
@pytest.mark.parametrize("policy", ["mark", "drop"])
def test_without_vectors_nothing_false_is_believed(
    server: OllamaServer, reply: Reply, policy: str
) -> None:
    _, server.reply = scripted(reply)  # type: ignore[assignment]
    hits = tuple(make_hit(text, rank=rank) for rank, text in enumerate(PASSAGES.values(), start=1))
    settings = Settings(ollama=OllamaSettings(url=server.url))
    answerer = GenerativeAnswerer(open_model(settings), settings=settings)
    task = Task(question=QUESTION, hits=hits, policy=policy)  # type: ignore[arg-type]
    try:
        events = list(answerer.answer(task))
    except AnswererError:
        assert not reply.shown
        return
    draft = events[-1]
    assert isinstance(draft, Draft)
    assert_clean("".join(one.text for one in events if isinstance(one, Token)))
    markers = {quote.marker for quote in draft.quotes}
    for one in draft.sentences:
        assert_clean(one.text)
        assert markers >= set(one.citations)
        assert one.support not in _BELIEVED or plain(one.text) in map(plain, TRUE)
        assert policy == "mark" or one.support != "unsupported"


def plain(text: str) -> list[str]:
    """A statement's words."""
    return re.findall(r"\w+", text.casefold())


def assert_clean(text: str) -> None:
    """No marker, no address and nothing invisible, but what a passage holds and our own markers."""
    text = text.replace(ADDRESS, "").replace("[1934]", "")
    assert not _FOREIGN.search(text), text
    assert not _INVISIBLE.search(text), text
    assert not _MARKER.search(re.sub(r"(?<= )(?:\[[123]\])+(?= |$)", "", text)), text
    assert _NO_PASSAGE not in text


def assert_honest(answer: Answer, library: Assistant, prompt: str) -> None:
    """Every marker leads to stored words of a passage that the model was shown."""
    assert_clean(answer.text)
    found = {citation.marker: citation for citation in answer.citations}
    for number in re.findall(r"\[(\d+)\]", answer.text.replace("[1934]", "")):
        assert int(number) in found
    for one in answer.citations:
        stored = showing.section(library.docstore, one.section_id, answer.audience)["text"]
        assert stored[one.start : one.end] == one.quote
        assert one.quote in prompt
    for sentence in answer.sentences:
        assert_clean(sentence.text)
        assert set(sentence.citations) <= found.keys()
        assert_right_source(sentence, answer)


def assert_right_source(sentence: Sentence, answer: Answer) -> None:
    """A believed sentence is true, and the passage that says so is among those it cites."""
    if sentence.support in _BELIEVED:
        right = {one: name for one, name in TRUE.items() if plain(one) == plain(sentence.text)}
        assert right, sentence
        quotes = [one.quote for one in answer.citations if one.marker in sentence.citations]
        assert any(quote in PASSAGES[name] for name in right.values() for quote in quotes)


def assert_leads_nowhere(markup: str) -> None:
    """No element of a page loads or leads to another place."""
    for fragment in fragments_fromstring(markup, no_leading_text=True):
        for element in fragment.iter():
            for name in ("href", "src", "srcset", "action", "style", "data", "poster"):
                assert element.get(name, "#").startswith(("#", "/")), element.attrib
            assert element.tag not in ("img", "script", "iframe", "style", "form")
