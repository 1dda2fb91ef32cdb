"""A data folder of many passages, without embedding them: what a search is timed on.

Documents are written through the docstore and followed by the real indexes. Only their vectors are
made up: each is a mixture of two real ones of the same topic and some noise, put into the cache
where the follower looks first. So they lie in clusters, as real ones do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from evals.bench import prose
from rag_assistant.collection import CollectionConfig
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.rows import Origin, embedded_hash
from rag_assistant.ports import Embedder, Vectors
from rag_assistant.schema import Access, Capture, DateRange, Description, Document, Passage, Section

if TYPE_CHECKING:
    from rag_assistant.schema import Span

_PASSAGES = 5  # of a document
_PASSAGE = 500  # characters, at least
_SEEDS = 12  # real vectors of a topic
_NOISE = 0.6  # length of the noise beside a vector's own
_GERMAN, _PAGES, _PAPERS = 0.15, 0.4, 0.2  # shares of the documents
_VERSIONS = 3  # texts of one address
_KINDS = ("minutes", "letter", "article")
_DAY_ZERO, _DAYS = -116_000, 132_000  # from 1652, some 360 years
_CACHED = 5_000  # vectors a transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    language: str
    name: str
    vectors: Vectors  # (_SEEDS, dimension)


class Stock:
    """Fills a data folder, more and more.

    Args:
        data: The data folder.
        embedder: Whose vectors they are to be taken for.
    """

    def __init__(self, data: Path, embedder: Embedder) -> None:
        self._data = data
        self._fingerprint = embedder.fingerprint
        self._draw = Random(20_26)  # noqa: S311 - the same each time
        self._noise = np.random.default_rng(20_26)
        self._topics = list(self._embedded(embedder))
        self.documents = 0

    def fill(self, passages: int) -> None:
        """Add documents until there are so many passages."""
        docstore = Docstore(self._data)
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

    def _put(self, docstore: Docstore) -> dict[str, Vectors]:
        """One more document; its passages' vectors by text hash."""
        draw, number = self._draw, self.documents
        topic = self._topics[self._chosen(draw.random() < _GERMAN)]
        language = prose.LANGUAGES[topic.language]
        title = prose.title(draw, language, topic.name)
        parts = [
            " ".join(prose.paragraphs(draw, language, topic.name, _PASSAGE))
            for _ in range(_PASSAGES)
        ]
        passages = list(_passages(parts))
        day = _DAY_ZERO + draw.randrange(_DAYS)
        config = (
            _collection("papers", "staff")
            if draw.random() < _PAPERS
            else _collection("town", "public")
        )
        page = draw.random() < _PAGES
        document = Document(
            description=Description(
                title=title,
                language=topic.language,
                kind="page" if page else draw.choice(_KINDS),
                date=None if page else DateRange(first=day, last=day + 30, text=""),
            ),
            sections=(Section(text="\n".join(parts)),),
            format="html" if page else "text",
        )
        origin = Origin(
            collection=config,
            path="crawl.warc.gz" if page else f"{number:07}.txt",
            capture=_capture(number) if page else None,
        )
        docstore.documents.put(origin, document, [passages])
        hashes = [embedded_hash(title, (), passage.text) for passage in passages]
        return dict(zip(hashes, self._vectors(topic), strict=True))

    def _vectors(self, topic: _Topic) -> Vectors:
        """New unit vectors near those of the topic, shape (_PASSAGES, dimension)."""
        first, second = self._noise.integers(0, len(topic.vectors), (2, _PASSAGES))
        share = self._noise.random((_PASSAGES, 1), dtype=np.float32)
        mixed = share * topic.vectors[first] + (1 - share) * topic.vectors[second]
        noise = self._noise.standard_normal(mixed.shape, dtype=np.float32)
        return unit(unit(mixed) + _NOISE * unit(noise))

    def _chosen(self, german: bool) -> int:
        language = "de" if german else "en"
        places = [at for at, topic in enumerate(self._topics) if topic.language == language]
        return self._draw.choice(places)

    def _embedded(self, embedder: Embedder) -> Iterator[_Topic]:
        for code, language in prose.LANGUAGES.items():
            for name in language.topics:
                texts = [
                    " ".join(prose.paragraphs(self._draw, language, name, _PASSAGE))
                    for _ in range(_SEEDS)
                ]
                yield _Topic(language=code, name=name, vectors=embedder.embed_passages(texts))


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _collection(name: str, access: Access) -> CollectionConfig:
    return CollectionConfig(id=name, title=name, access=access, root=Path(name))


def _capture(number: int) -> Capture:
    """Each address has some texts, one after another."""
    place, version = divmod(number, _VERSIONS)
    return Capture(
        uri=f"https://town.example/{place}",
        timestamp=f"{2010 + 4 * version + place % 3}{place % 12 + 1:02}15120000",
        record_id=f"<urn:bench:{number}>",
        offset=number,
    )


def _passages(parts: list[str]) -> Iterator[Passage]:
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
