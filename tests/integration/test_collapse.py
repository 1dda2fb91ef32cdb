"""Near-duplicates in a real docstore, under real indexes: no page outvotes the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from rag_assistant.collection import CollectionConfig
from rag_assistant.config import RetrievalSettings, Settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import Bounds
from rag_assistant.docstore.rows import Origin
from rag_assistant.engine import Engine
from rag_assistant.ports import Index, IndexQuery, Vectors
from rag_assistant.retrieval import Retrieved, Retriever
from rag_assistant.schema import Audience, Capture, Description, Document, Filters, Passage, Section
from tests.fakes import FakeEmbedder, FakeIndex

pytestmark = pytest.mark.integration

TOWN = CollectionConfig(
    id="town", access="public", replay_url="https://replay.example/{timestamp}/{url}"
)
FRONT = "https://town.example/ferry"
FERRY = (
    "Welcome to the ferry page of Senn. The ferry, the old ferry and the new ferry: all about the "
    "ferry of Senn and its ferry landing, with news of the ferry, pictures of the ferry, songs of "
    "the ferry and a shop for friends of the ferry. This page was visited {visits} times."
)
QUESTION = "Where did the ferry of Senn have its landing?"
MINUTES = (
    "Minutes of the allotments committee, held in the parlour of the Guildhall at seven in the "
    "evening, {date}. The chairman opened the meeting and the minutes of the last meeting were "
    "read and signed. Members were reminded that there are to be no bonfires before dusk. The "
    "letting of the plots was discussed at length, and the clerk was asked to write to those who "
    "are behind with their rent, as the clerk has been asked to at every meeting of this year. "
    "There being no other business the chairman closed the meeting and thanked all who had come."
)
SIREN = (
    "The siren on the roof of the Guildhall is tested on the first {day} of the month at noon. "
    "The test is a single note of ten seconds. If you hear one long note of two minutes, the "
    "river has passed the mark at Alder Bridge: move what you value upstairs and fetch in your "
    "neighbours. Three short notes mean that Weir Lane is closed to all but the fire brigade. "
    "People who cannot hear the siren may ask the council for a lamp that flashes when it sounds."
)


class Town:
    """A data folder with documents of one passage each, and both indexes over it."""

    def __init__(self, data: Path, stack: ExitStack) -> None:
        self.docstore = stack.enter_context(closing(Docstore(data)))
        self.docstore.put_collection(TOWN)
        self.engine = stack.enter_context(
            closing(Engine(Settings(data=data), self.docstore, FakeEmbedder()))
        )
        self.retriever = Retriever(self.docstore, self.engine, RetrievalSettings())
        assert self.engine.own("index")

    def put(self, name: str, *texts: str, config: CollectionConfig = TOWN, **said: Any) -> str:
        """A plain file with one passage for each text; the document's id."""
        return self._put(Origin(collection=config, path=name), texts, said)

    def visit(self, uri: str, timestamp: str, *texts: str, **said: Any) -> str:
        """A capture of a page with one passage for each text; the document's id."""
        record = f"<{uri} {timestamp}>"
        capture = Capture(uri=uri, timestamp=timestamp, record_id=record, offset=0)
        origin = Origin(collection=TOWN, path="town.warc.gz", record=record, capture=capture)
        return self._put(origin, texts, said)

    def _put(self, origin: Origin, texts: tuple[str, ...], said: Mapping[str, Any]) -> str:
        section, passages = Section(text="\n".join(texts)), []
        for text in texts:
            start = section.text.index(text)
            span = (start, start + len(text))
            passages.append(Passage(start=span[0], end=span[1], text=text, sentences=(span,)))
        document = Document(
            description=Description(**{"title": "Town", "language": "en", **said}),
            sections=(section,),
            format="text",
        )
        return self.docstore.documents.put(origin, document, [passages])[0]

    def search(
        self, question: str, *, k: int = 10, audience: Audience = "public", **filters: Any
    ) -> Retrieved:
        while self.engine.follow():
            pass
        bounds = Filters(**filters)
        return self.retriever.search(question, k=k, filters=bounds, audience=audience)

    def found(self, question: str, **more: Any) -> list[tuple[str, int]]:
        """(document id, how many lie beneath) of each hit, best first."""
        hits = self.search(question, **more).hits
        return [(hit.entry.document_id, len(hit.beneath)) for hit in hits]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(tmp_path / "data", stack)


# ---------------------------------------------------------------- crawl frequency


def stamp(number: int) -> str:
    return f"2015{number // 28 + 1:02d}{number % 28 + 1:02d}120000"


def flood(town: Town) -> None:
    """150 captures of one page that differ in a counter, and nine other pages."""
    for number in range(150):
        town.visit(FRONT, stamp(number), FERRY.format(visits=7000 + 13 * number))
    for number, place in enumerate(("Withy Ham", "Lower Wharf", "Priory Steps", "Weir", "Alder")):
        town.put(f"{number}.txt", f"In the year {1820 + number} a ferry landing was at {place}.")
    for number, beast in enumerate(("otters", "herons", "pike", "eels")):
        town.put(f"beasts/{number}.txt", f"The {beast} of Senn are counted by {beast}-watchers.")


def test_a_page_crawled_150_times_is_one_hit_and_the_evidence_is_among_ten(town: Town) -> None:
    flood(town)
    hits = town.search(QUESTION).hits
    lexical = town.engine.lexical
    assert lexical is not None
    query = IndexQuery(text=QUESTION, collections=("town",), access=("public",))
    first = [passage_id for passage_id, _ in lexical.search(query, 100)]
    (page,) = (hit for hit in hits if hit.uri == FRONT)
    of_page = {page.entry.passage_id, *page.beneath}
    assert set(first) <= of_page, "without looking further nothing else would be found"
    assert len(of_page) == 150
    evidence = {hit.entry.text for hit in hits if "landing was" in hit.entry.text}
    assert len(evidence) == 5
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert page.captured_at == stamp(149), "the newest version stands for the page"
    assert page.to_dict()["near_duplicates"] == list(page.beneath)


class OnlyWords:
    """Indexes of which only the lexical one is there, and counts words in common."""

    vectors = None

    def __init__(self, lexical: Index) -> None:
        self.lexical = lexical

    def held(self) -> dict[str, int]:
        return {}

    def embed_question(self, question: str) -> Vectors:
        raise NotImplementedError

    def passage_vectors(self, hashes: Mapping[str, str]) -> dict[str, Vectors]:
        raise NotImplementedError


def test_scores_of_the_others_do_not_feel_how_often_a_page_was_crawled(town: Town) -> None:
    """Neither the copies nor looking further for the rest moves the scale."""

    def scores(ids: list[str]) -> list[tuple[str, float]]:
        lexical = FakeIndex()
        lexical.apply([], town.docstore.changes.entries(ids))
        retriever = Retriever(town.docstore, OnlyWords(lexical), RetrievalSettings(candidates=4))
        found = retriever.search(QUESTION, k=2, filters=Filters(), audience="public")
        return [(hit.uri or hit.entry.text, hit.score) for hit in found.hits]

    texts = (
        "The landing of the ferry was at the Weir.",
        "A landing of Senn was at Withy Ham.",
        "Otters of Senn are shy.",
        "Pike have teeth.",
    )
    others = [town.put(f"{number}.txt", text) for number, text in enumerate(texts)]
    versions = [town.visit(FRONT, stamp(n), FERRY.format(visits=f"{n}12")) for n in range(60)]
    expected = [(FRONT, 1.0), (texts[0], 4 / 6)]  # 6 words in common, 4, 3 and 2
    assert scores([*others, *versions[:1]]) == expected
    assert scores([*others, *versions]) == expected


class Asked(FakeIndex):
    """Notes how many passages it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    def search(self, query: IndexQuery, k: int) -> list[tuple[str, float]]:
        self.numbers.append(k)
        return super().search(query, k)


def test_no_further_is_looked_than_it_takes(town: Town) -> None:
    """Eight pages of ten versions each: of ten passages one is distinct, and four are wanted."""
    asked = ["ferry", "landing", "news", "pictures", "songs", "shop", "friends", "page"]
    ids = []
    for number in range(len(asked)):
        others = [f"{word}-{'abcdefgh'[number]}" for word in MINUTES.split()]
        words = " ".join([*asked[number:], *others])
        for version in range(10):
            uri, when = f"https://town.example/{number}", stamp(10 * number + version)
            ids.append(town.visit(uri, when, f"{words} {version} visits."))
    index = Asked()
    index.apply([], town.docstore.changes.entries(ids))
    retriever = Retriever(town.docstore, OnlyWords(index), RetrievalSettings(candidates=10))
    hits = retriever.search(" ".join(asked), k=2, filters=Filters(), audience="public").hits
    assert [len(hit.beneath) for hit in hits] == [9, 9]
    assert index.numbers[0] == 10
    assert len(index.numbers) in (2, 3)
    assert 40 <= index.numbers[-1] <= 80, "of 250 that are looked at at most"


# ---------------------------------------------------------------- what is distinct


def test_minutes_that_share_their_wording_and_differ_in_a_date_stay_apart(town: Town) -> None:
    ids = {
        town.put(f"{number}.txt", MINUTES.format(date=date))
        for number, date in enumerate(
            ("on 3 June 1901", "on 3 July 1901", "on 4 June 1901", "on 3 June 1902")
        )
    }
    found = town.found("When did the allotments committee meet?")
    assert {document for document, _ in found} == ids
    assert all(beneath == 0 for _, beneath in found)


def test_passages_of_one_page_that_differ_in_a_figure_stay_apart(town: Town) -> None:
    texts = [MINUTES.format(date=f"on the {day} of May") for day in ("2nd", "9th", "16th")]
    town.visit("https://town.example/minutes", stamp(1), *texts)
    assert len(town.search("allotments committee").hits) == 3


def test_the_same_words_at_two_addresses_are_one_hit(town: Town) -> None:
    note = MINUTES.format(date="on 3 June 1901")
    first = town.visit("https://town.example/a", stamp(1), note, "Page a, with a picture of it.")
    second = town.visit("https://town.example/b", stamp(2), note, "Page b has another one.")
    plain = town.put("c.txt", note.replace("dusk", "dawn"))
    (hit,) = [
        hit
        for hit in town.search("bonfires of the allotments").hits
        if "bonfires" in hit.entry.text
    ]
    beneath = town.retriever.hits_of(hit.beneath, Bounds(access=("public",)))
    assert list(beneath) and len(hit.beneath) == 2
    documents = {one.entry.document_id for one in (hit, *beneath.values())}
    assert documents == {first, second, plain}


def test_what_a_model_may_read_is_not_beneath_what_it_may_not(town: Town) -> None:
    note = MINUTES.format(date="on 3 June 1901")
    ids = {town.put("read.txt", note), town.put("quoted.txt", note, use="quote")}
    assert set(town.found("allotments")) == {(document, 0) for document in ids}


def test_titles_that_may_only_be_listed_stay_apart(town: Town) -> None:
    for name in ("a.txt", "b.txt"):
        town.put(name, f"Words that nobody may read, {name}.", use="list", title="Allotments")
    assert len(town.search("allotments").hits) == 2


# ---------------------------------------------------------------- time


@pytest.fixture
def siren(town: Town) -> dict[str, str]:
    """Two versions of a page; ids of their documents by year."""
    uri = "https://town.example/siren"
    return {
        "2014": town.visit(uri, "20140301000000", SIREN.format(day="Monday")),
        "2018": town.visit(uri, "20180301000000", SIREN.format(day="Wednesday")),
    }


def test_the_newest_version_stands_for_a_page(town: Town, siren: dict[str, str]) -> None:
    assert town.found("When is the siren tested?") == [(siren["2018"], 1)]


def test_a_version_that_answers_better_stands_for_the_page(
    town: Town, siren: dict[str, str]
) -> None:
    assert town.found("siren tested first Monday") == [(siren["2014"], 1)]


def test_a_version_of_a_year_that_is_asked_about_is_not_beneath_another(
    town: Town, siren: dict[str, str]
) -> None:
    found = town.found("When was the siren tested in 2014?")
    assert sorted(found) == sorted((document, 0) for document in siren.values())


def test_as_of_a_day_only_what_stood_there_then_is_found(town: Town, siren: dict[str, str]) -> None:
    assert town.found("When is the siren tested?", as_of="2016") == [(siren["2014"], 0)]


# ---------------------------------------------------------------- access


def test_nothing_beneath_a_hit_is_outside_what_the_asker_may_see(town: Town) -> None:
    note = MINUTES.format(date="on 3 June 1901")
    public = town.put("public.txt", note)
    staff = town.put("staff.txt", note, access="staff")
    assert town.found("allotments") == [(public, 0)]
    assert town.found("allotments", audience="staff") in ([(public, 1)], [(staff, 1)])


def test_what_is_hidden_is_not_counted(town: Town) -> None:
    note = MINUTES.format(date="on 3 June 1901")
    shown, taken = town.put("a.txt", note), town.put("b.txt", note)
    assert len(town.found("allotments")) == 1
    town.docstore.takedown.hide(taken)
    assert town.found("allotments") == [(shown, 0)]


def test_what_only_its_words_have_found_has_its_cosine_too(town: Town) -> None:
    worded = town.put("mill.txt", "mill")
    for number in range(4):
        town.put(f"{number}.txt", f"extraordinarily {'so ' * number}")
    question = "mill extraordinarily"
    (nearest,) = town.search(question, k=1).hits
    assert nearest.entry.document_id != worded
    words = RetrievalSettings(candidates=1, vector_weight={"*": 0.0})
    retriever = Retriever(town.docstore, town.engine, words)
    (hit,) = retriever.search(question, k=1, filters=Filters(), audience="public").hits
    assert hit.entry.document_id == worded
    embedder = FakeEmbedder()
    (asked,) = embedder.embed_queries([question])
    (passage,) = embedder.embed_passages([hit.entry.embedded_text])
    assert hit.similarity == pytest.approx(float(asked @ passage), abs=1e-3)


def test_passages_by_id_come_as_far_as_the_bounds_allow(town: Town) -> None:
    town.put("a.txt", "The bridge is made of iron.")
    town.put("b.txt", "The bridge is made of oak.", access="staff")
    ids = [hit.entry.passage_id for hit in town.search("bridge", audience="staff").hits]
    assert len(ids) == 2
    (hit,) = town.retriever.hits_of([*ids, "no-such-id"], Bounds(access=("public",))).values()
    assert (hit.entry.text, hit.rank, hit.score) == ("The bridge is made of iron.", 0, 0.0)


# ---------------------------------------------------------------- take-downs in this moment


def test_a_search_in_which_something_is_taken_down_finds_the_rest(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = town.put("kept.txt", "The ferry landing was at Withy Ham.")
    gone = town.put("gone.txt", "The ferry landing was at Lower Wharf, and later at the weir.")
    assert {one for one, _ in town.found(QUESTION)} == {kept, gone}
    collections = town.docstore.library.collections

    def taken_down_first() -> dict[str, CollectionConfig]:
        monkeypatch.setattr(town.docstore.library, "collections", collections)
        town.docstore.takedown.remove(gone)
        return collections()

    # What a hit shows is read after the hits were found, the collections first.
    monkeypatch.setattr(town.docstore.library, "collections", taken_down_first)
    found = town.retriever.search(QUESTION, k=10, filters=Filters(), audience="public")
    assert [hit.entry.document_id for hit in found.hits] == [kept]
    assert found.scope.documents == 1
