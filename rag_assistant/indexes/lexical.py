"""The lexical index: BM25 over stemmed words, in Tantivy.

A passage's words stand in the body field of its language, stemmed, or in the neutral body where
its language has no stemmer. Scripts without spaces stand in `grams`, as single characters and
pairs. Parts of words stand in `pieces`, which count for little each. A question is analysed once
for each language that the index holds; a word that it repeats counts as often.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag_assistant.errors import BusyError, RagAssistantError
from rag_assistant.indexes import text as script
from rag_assistant.indexes.damage import damage_named
from rag_assistant.indexes.lexical_analysis import (
    BOOSTS,
    PIECES,
    QUERY_TERMS,
    STATE,
    Analysis,
    body_of,
    index_schema,
    state_of,
)
from rag_assistant.ports import EntryKey, IndexQuery
from rag_assistant.schema import Entry

if TYPE_CHECKING:
    import tantivy

FINGERPRINT = "lexical-3"

_TIES = (16, 20_000)  # hits beyond those asked for: so many, or these where all of them tie
_WEIGHTS = {**BOOSTS, PIECES: 0.25}
_QUERY_CHARACTERS = 20_000
_QUERY_PHRASES = 8
_QUERY_PIECES = 32  # the rarest: they tell most and cost least
_WRITER_MEMORY = 64_000_000


class LexicalIndex:
    """BM25 over titles, headings and passages.

    Args:
        folder: Where the index stands; made if it is not there, unless ``readonly``.
        readonly: Open beside a process that writes; sees each of its commits.

    Raises:
        IndexDamagedError: The folder cannot be read as an index.
    """

    def __init__(self, folder: Path, *, readonly: bool = False) -> None:
        self._meta = folder / "meta.json"
        self._readonly = readonly
        self._analysis = Analysis()
        self._schema = index_schema()
        self._lock = threading.Lock()
        self._writer: tantivy.IndexWriter | None = None
        self._commit: tuple[int, int] | None = None
        with self._damage_named():
            self._index = self._open(folder)
            self._refresh()

    @property
    def name(self) -> str:
        return "lexical"

    @property
    def fingerprint(self) -> str:
        return FINGERPRINT

    def apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        if self._readonly:
            raise ValueError("This index was opened for reading only.")
        with self._damage_named():
            self._apply(removed, entries)

    def _apply(self, removed: Sequence[EntryKey], entries: Sequence[Entry]) -> None:
        writer = self._writer = self._writer or self._open_writer()
        try:
            # What stands there already is left alone: deleted entries count in the statistics
            # until their segment is merged, so that a step done twice would change scores.
            fresh = [entry for entry in entries if not self._holds(entry)]
            gone = {key.passage_id for key in removed} | {entry.passage_id for entry in fresh}
            kept = {entry.passage_id for entry in entries} - {one.passage_id for one in fresh}
            for passage_id in sorted(gone - kept):
                writer.delete_documents_by_term("passage_id", passage_id)
            for entry in fresh:
                writer.add_document(self._analysis.document(entry))
            writer.commit()
        except BaseException:
            with suppress(RagAssistantError), self._damage_named():
                writer.rollback()  # of a writer that failed; it is not used again
            self.close()
            raise

    def search(self, query: IndexQuery, k: int) -> list[tuple[str, float]]:
        if k < 1 or not query.collections or not query.access or not query.uses:
            return []
        with self._damage_named():
            searcher, bodies = self._refresh()
            wanted = self._wanted(query.text, searcher, bodies)
            if wanted is None:
                return []
            hits = _best(searcher, _all([wanted, *self._bounds(query)]), k)
            found = [(searcher.doc(address)["passage_id"][0], score) for score, address in hits]
            return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def count(self) -> int:
        with self._damage_named():
            searcher, _ = self._refresh()
            return searcher.num_docs

    def probe(self, sample: Sequence[Entry]) -> bool:
        return all(self._holds(entry) for entry in sample)

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(RagAssistantError), self._damage_named():
                writer.wait_merging_threads()  # a merge that failed has lost nothing

    def _open(self, folder: Path) -> tantivy.Index:
        import tantivy

        if self._readonly or self._meta.exists():
            index = tantivy.Index.open(str(folder))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(self._schema, str(folder))
        for field, analyzer in self._analysis.bodies.items():
            index.register_tokenizer(field, analyzer)
        index.register_tokenizer("grams", self._analysis.grams)
        index.register_tokenizer(PIECES, self._analysis.pieces)
        index.config_reader("manual")
        return index

    def _open_writer(self) -> tantivy.IndexWriter:
        try:
            return self._index.writer(_WRITER_MEMORY, 1)
        except ValueError as error:
            if "LockBusy" not in str(error):
                raise
            raise BusyError("Another process is writing the lexical index.") from error

    def _refresh(self) -> tuple[tantivy.Searcher, list[str]]:
        """A searcher on the last commit, and the body fields that it has words in."""
        with self._lock:
            stat = self._meta.stat()
            commit = (stat.st_ino, stat.st_mtime_ns)
            if commit != self._commit:
                self._index.reload()
                self._searcher = self._index.searcher()
                held = self._searcher.terms_with_prefix("language", "")
                self._bodies = sorted({body_of(language) for language, _ in held})
                self._commit = commit
            return self._searcher, self._bodies

    def _wanted(
        self, text: str, searcher: tantivy.Searcher, bodies: Sequence[str]
    ) -> tantivy.Query | None:
        """What a passage must hold to be found; None where the text holds no word."""
        text = script.normalised(text[:_QUERY_CHARACTERS])
        spaced, runs = script.split_scripts(text)
        terms = self._analysis.query_terms(spaced, bodies, alone=not runs)
        held = sorted(
            (searcher.doc_freq(PIECES, term), term) for field, term in terms if field == PIECES
        )
        rarest = [piece for frequency, piece in held if frequency][:_QUERY_PIECES]
        scored = [
            self._term(field, term, _WEIGHTS.get(field, 1) * times)
            for (field, term), times in terms.items()
            if field != PIECES or term in rarest
        ]
        scored += [self._term("grams", gram) for gram in _distinct(script.pairs(runs))]
        if not scored:
            return None
        phrases = (self._phrase(phrase, bodies) for phrase in script.quoted(text)[:_QUERY_PHRASES])
        return _all([_any(scored), *(phrase for phrase in phrases if phrase is not None)])

    def _term(self, field: str, term: str, boost: float = 1) -> tantivy.Query:
        import tantivy

        query = tantivy.Query.term_query(self._schema, field, term)
        return query if boost == 1 else tantivy.Query.boost_query(query, boost)

    def _phrase(self, phrase: str, bodies: Sequence[str]) -> tantivy.Query | None:
        """The phrase in one of the fields; None where it holds no word."""
        import tantivy

        spaced, runs = script.split_scripts(phrase)
        places = []
        for body in bodies:
            words = self._analysis.bodies[body].analyze(spaced)[:QUERY_TERMS]
            for field in (body, *BOOSTS):
                if len(words) > 1:
                    places.append(tantivy.Query.phrase_query(self._schema, field, [*words]))
                elif words:
                    places.append(self._term(field, words[0], _WEIGHTS.get(field, 1)))
        needed = [_any(places)] if places else []
        needed += [self._term("grams", gram) for gram in _distinct(script.pairs(runs))]
        return _all(needed) if needed else None

    def _bounds(self, query: IndexQuery) -> Iterator[tantivy.Query]:
        """The query's bounds, which narrow and do not score."""
        import tantivy

        sets: dict[str, Iterable[str] | None] = {
            "collection": query.collections,
            "access": query.access,
            "use": query.uses,
            "language": None if query.language is None else (query.language,),
            "kind": None if query.kind is None else (query.kind,),
            "document_id": query.documents,
        }
        for field, values in sets.items():
            if values is not None:
                among = tantivy.Query.term_set_query(self._schema, field, list(values))
                yield tantivy.Query.const_score_query(among, 0.0)
        for field, lowest, highest in (
            ("date_to", query.date_from, None),
            ("date_from", None, query.date_to),
        ):
            if lowest is not None or highest is not None:
                overlap = tantivy.Query.range_query(
                    self._schema, field, tantivy.FieldType.Integer, lowest, highest
                )
                yield tantivy.Query.const_score_query(overlap, 0.0)

    def _holds(self, entry: Entry) -> bool:
        with self._damage_named():
            searcher, _ = self._refresh()
            stands = self._term(STATE, state_of(entry))
            return len(searcher.search(stands, 2, count=False).hits) == 1

    def _damage_named(self) -> AbstractContextManager[None]:
        """Tantivy reports all that is wrong as ValueError, or panics."""
        return damage_named("lexical", self._meta.parent, ValueError, OSError)


def _best(
    searcher: tantivy.Searcher, query: tantivy.Query, k: int
) -> list[tuple[float, tantivy.DocAddress]]:
    """The best ``k`` hits, and all that tie with the last of them.

    Tantivy cuts equal scores in the order of its segments, which a kill may change; here only
    where more tie than the greater of `_TIES`.
    """
    hits: list[tuple[float, tantivy.DocAddress]] = []
    for more in _TIES:
        found = searcher.search(query, k + more, count=False).hits
        hits = [hit for hit in found if hit[0] > 0]
        if len(hits) < k + more or hits[-1][0] < hits[k - 1][0]:
            break
    return [hit for hit in hits if hit[0] >= hits[:k][-1][0]]


def _distinct(terms: Iterable[str]) -> list[str]:
    """The terms in their order, each once, and no more than a query may have."""
    return list(dict.fromkeys(terms))[:QUERY_TERMS]


def _all(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    import tantivy

    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    import tantivy

    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
