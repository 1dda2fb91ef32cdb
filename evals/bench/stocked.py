"""A data folder with very many passages, made without embedding them: what a search is timed on.

Documents are written through the docstore and followed by the real indexes. Only their vectors are
made up: each is a mixture of two real ones of the same topic and some noise, put into the cache
where the follower looks first. So they lie in clusters, as real ones do. Front pages, which have
very many versions, have real ones. Of a page's versions only the changed passage has its own.

``python -m evals.bench.stocked TOLD.json DATA PASSAGES`` fills a new data folder.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from evals.bench import prose
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin, embedded_hash
from rag_assistant.ports import Embedder, Vectors
from rag_assistant.schema import (
    Access,
    Capture,
    DateRange,
    Description,
    Document,
    Passage,
    Section,
    embedded_text,
)

if TYPE_CHECKING:
    from rag_assistant.schema import Span

_PASSAGES = 5  # of a document
_PASSAGE = 500  # characters, at least
_SEEDS = 12  # real vectors of a topic
_NOISE = 0.6  # length of the noise beside a vector's own
_REWORDED = 0.05  # likewise, of a passage in which one word was changed
_GERMAN, _PAGES, _PAPERS = 0.15, 0.4, 0.2  # shares of the documents
_EARLIER = {"front": 0.12, "version": 0.2, "copy": 0.08}  # of the pages; the others are new
_FRONT_EVERY = 400  # pages; a front page is captured again and again
_RECENT = 200  # pages of which there may be other versions
_MONTHS = 16 * 12  # from 2005
_STEP = (1, 7)  # months from one version to the next
_DAYS_SEEN = (1, 8, 15, 22)  # of a month: an unchanged page is captured one to four times
_MIRRORED = 0.1  # of the pages stand on another site too, word for word
_KINDS = ("minutes", "letter", "article")
_DAY_ZERO, _DAYS = -116_000, 132_000  # from 1652, some 360 years
_CACHED = 5_000  # vectors a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    language: str
    name: str
    vectors: Vectors  # (_SEEDS, dimension)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A document's words with their vectors, shape (_PASSAGES, dimension).

    Of a page also its address and the month in which it was first seen, counted from 2005.
    """

    language: str
    title: str
    parts: tuple[str, ...]
    vectors: Vectors
    staff: bool
    address: str = ""
    month: int = 0


class Stock:
    """Fills a data folder, more and more.

    Args:
        data: The data folder.
        embedder: Whose vectors they are to be taken for.

    Attributes:
        data: The data folder.
        documents: How many were put in.
        fronts: Titles of the pages that have very many versions.
    """

    def __init__(self, data: Path, embedder: Embedder) -> None:
        self.data = data
        self._embedder = embedder
        self._fingerprint = embedder.fingerprint
        self._draw = Random(20_26)  # noqa: S311 - the same each time
        self._noise = np.random.default_rng(20_26)
        self._topics = list(self._embedded(embedder))
        self._recent: deque[_Text] = deque(maxlen=_RECENT)
        self._latest: dict[str, _Text] = {}  # version of each front page, by its title
        self._pages = self._captures = 0
        self.documents = 0
        self.fronts: list[str] = []

    def fill(self, passages: int) -> None:
        """Add documents until there are so many passages."""
        docstore = Docstore(self.data)
        try:
            for config in (_collection("town", "public"), _collection("papers", "staff")):
                docstore.put_collection(config)
            made: dict[str, Vectors] = {}
            while self.documents * _PASSAGES < passages:
                made |= self._put(docstore)
                self.documents += 1
                if len(made) >= _CACHED:
                    docstore.vectors.put(self._fingerprint, made)
                    made = {}
            docstore.vectors.put(self._fingerprint, made)
        finally:
            docstore.close()

    # ------------------------------------------------------------ documents

    def _put(self, docstore: Docstore) -> dict[str, Vectors]:
        """One more document; its passages' vectors by text hash."""
        if self._draw.random() >= _PAGES:
            text = self._written()
            day = _DAY_ZERO + self._draw.randrange(_DAYS)
            said = Description(
                title=text.title,
                language=text.language,
                kind=self._draw.choice(_KINDS),
                date=DateRange(first=day, last=day + 30, text=""),
            )
            origin = Origin(collection=_home(text), path=f"{self.documents:07}.txt")
            _store(docstore, origin, text, said, "text")
        else:
            text = self._page()
            said = Description(title=text.title, language=text.language, kind="page")
            first, *others = self._seen(text)
            document_id = _store(docstore, first, text, said, "html")
            for origin in others:
                docstore.documents.attach(origin, document_id)
        hashes = [embedded_hash(text.title, (), part) for part in text.parts]
        return dict(zip(hashes, text.vectors, strict=True))

    def _written(self) -> _Text:
        """New words on some topic."""
        draw = self._draw
        topic = self._topics[self._chosen(draw.random() < _GERMAN)]
        language = prose.LANGUAGES[topic.language]
        parts = tuple(
            " ".join(prose.paragraphs(draw, language, topic.name, _PASSAGE))
            for _ in range(_PASSAGES)
        )
        return _Text(
            language=topic.language,
            title=prose.title(draw, language, topic.name),
            parts=parts,
            vectors=mixtures(self._noise, topic.vectors, _PASSAGES),
            staff=draw.random() < _PAPERS,
        )

    # ------------------------------------------------------------ pages

    def _page(self) -> _Text:
        """A page: new, or one of before with a word changed, there or at another address."""
        self._pages += 1
        kind = self._drawn(_EARLIER)
        if kind == "front" and self._latest:
            return self._later_front()
        page = self._draw.choice(self._recent) if self._recent else None
        if page and kind == "version" and page.month + _STEP[1] < _MONTHS:
            page = replace(self._reworded(page), month=page.month + self._draw.randrange(*_STEP))
        elif page and kind == "copy":
            page = replace(self._reworded(page), address=self._address("copies"))
        else:  # crawls grew from year to year
            month = int((_MONTHS - _STEP[1]) * self._draw.random() ** 0.5)
            page = replace(self._written(), address=self._address("town"), month=month)
        self._recent.append(page)
        return self._new_front(page) if self._pages % _FRONT_EVERY == 1 else page

    def _new_front(self, page: _Text) -> _Text:
        """The page as a front page: its vectors are real, so that a question about it is near."""
        texts = [embedded_text(page.title, (), part) for part in page.parts]
        page = replace(page, month=0, vectors=self._embedder.embed_passages(texts))
        self._latest[page.title] = page
        self.fronts.append(page.title)
        return page

    def _later_front(self) -> _Text:
        """The next version of a front page; one that has come to the last month is left alone."""
        front = self._latest[self._draw.choice(list(self._latest))]
        page = replace(self._reworded(front), month=front.month + self._draw.randrange(*_STEP))
        if page.month + _STEP[1] < _MONTHS:
            self._latest[page.title] = page
        else:
            del self._latest[page.title]
        return page

    def _reworded(self, page: _Text) -> _Text:
        """The page with one word changed."""
        at = self._draw.randrange(len(page.parts))
        words = page.parts[at].split(" ")
        words[self._draw.randrange(len(words) - 1)] = prose.made_name(self._draw)
        here = page.vectors[at : at + 1]
        noise = self._noise.standard_normal(here.shape, dtype=np.float32)
        moved = here + _REWORDED * unit(noise)
        before, after = page.parts[:at], page.parts[at + 1 :]
        return replace(
            page,
            parts=(*before, " ".join(words), *after),
            vectors=np.vstack([page.vectors[:at], unit(moved), page.vectors[at + 1 :]]),
        )

    def _seen(self, page: _Text) -> Iterator[Origin]:
        """Its captures, within one month, so that no version is seen between those of another."""
        for day in _DAYS_SEEN[: self._draw.randint(1, len(_DAYS_SEEN))]:
            yield self._capture(page, page.address, day)
        if self._draw.random() < _MIRRORED:
            yield self._capture(page, self._address("mirror"), _DAYS_SEEN[-1])

    def _capture(self, page: _Text, address: str, day: int) -> Origin:
        self._captures += 1
        year, month = divmod(page.month, 12)
        capture = Capture(
            uri=address,
            timestamp=f"{2005 + year}{month + 1:02}{day:02}120000",
            record_id=f"<urn:bench:{self._captures}>",
            offset=self._captures,
        )
        return Origin(collection=_home(page), path="crawl.warc.gz", capture=capture)

    def _address(self, site: str) -> str:
        return f"https://{site}.example/{self._pages}"

    # ------------------------------------------------------------ chance

    def _chosen(self, german: bool) -> int:
        language = "de" if german else "en"
        places = [at for at, topic in enumerate(self._topics) if topic.language == language]
        return self._draw.choice(places)

    def _drawn(self, chances: Mapping[str, float]) -> str:
        drawn = self._draw.random()
        for kind, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return kind
        return "new"

    def _embedded(self, embedder: Embedder) -> Iterator[_Topic]:
        for code, language in prose.LANGUAGES.items():
            for name in language.topics:
                texts = [
                    " ".join(prose.paragraphs(self._draw, language, name, _PASSAGE))
                    for _ in range(_SEEDS)
                ]
                yield _Topic(language=code, name=name, vectors=embedder.embed_passages(texts))


def mixtures(noise: np.random.Generator, seeds: Vectors, number: int) -> Vectors:
    """New unit vectors near the seeds, each between two of them; shape (number, dimension)."""
    first, second = noise.integers(0, len(seeds), (2, number))
    share = noise.random((number, 1), dtype=np.float32)
    mixed = share * seeds[first] + (1 - share) * seeds[second]
    beside = noise.standard_normal(mixed.shape, dtype=np.float32)
    return unit(unit(mixed) + _NOISE * unit(beside))


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _store(docstore: Docstore, origin: Origin, text: _Text, said: Description, form: str) -> str:
    document = Document(
        description=said, sections=(Section(text="\n".join(text.parts)),), format=form
    )
    return docstore.documents.put(origin, document, [list(_passages(text.parts))])[0]


def _home(text: _Text) -> CollectionConfig:
    return _collection("papers", "staff") if text.staff else _collection("town", "public")


def _collection(name: str, access: Access) -> CollectionConfig:
    return CollectionConfig(id=name, title=name, access=access, root=Path(name))


def _passages(parts: tuple[str, ...]) -> Iterator[Passage]:
    """Each part is a passage; a line break stands between two."""
    start = 0
    for part in parts:
        end = start + len(part)
        yield Passage(start=start, end=end, text=part, sentences=tuple(_sentences(part, start)))
        start = end + 1


def _sentences(text: str, start: int) -> Iterator[Span]:
    for sentence in text.split(". "):
        end = min(start + len(sentence) + 1, start + len(text))
        yield start, end
        start = end + 1


def main() -> None:
    """Fill a data folder, let the indexes follow, and tell the titles of its front pages."""
    from rag_assistant import Assistant
    from rag_assistant.config import load_settings

    told, data = map(Path, sys.argv[1:3])
    settings = load_settings(data=data)
    with Assistant(settings) as assistant:
        stock = Stock(data, assistant.engine.embedder)
    stock.fill(int(sys.argv[3]))
    with Assistant(settings) as assistant:
        assistant.following.to_the_end(lambda event: None)
    told.write_text(json.dumps({"fronts": stock.fronts}), encoding="utf-8")


if __name__ == "__main__":
    main()
