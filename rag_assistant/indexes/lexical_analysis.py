"""What the lexical index makes terms of: its fields, the analyzers of entries and of questions."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rag_assistant.indexes import text as script
from rag_assistant.schema import Entry

if TYPE_CHECKING:
    import tantivy

_NEUTRAL = "body"
_BODIES = {one: f"{_NEUTRAL}_{one}" for one in sorted(set(script.STEMMERS.values()))}
_FACTS = ("passage_id", "document_id", "collection", "access", "use", "language", "kind")
STATE = "state"
BOOSTS = {"title": 1.0, "headings": 0.8}  # see docs/decisions/0014-fusion.md
PIECES = "pieces"
QUERY_TERMS = 64
_LONGEST_WORD = 80  # bytes
_WORD = re.compile(r"[^\W_]+")
_MATCHED_CHARACTERS = 4_000  # of a question, whose words are told beside a passage
_TELLING_STOP_WORDS = 2  # so many show a question's language: one ("die") may be another's word


class Analysis:
    """The analyzers: one for each body field, and what belongs to questions only."""

    def __init__(self) -> None:
        import tantivy

        fold = tantivy.Filter.ascii_fold
        self.grams = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2)).build()
        self.pieces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self.bodies = {_NEUTRAL: _words(fold())}
        # Folding comes before stemming, so that "brucke" meets "Brücken".
        for language, body in _BODIES.items():
            self.bodies[body] = _words(fold(), tantivy.Filter.stemmer(language))
        self._plain = _words()
        self._without_stop_words = {
            body: _words(*_stop_words(language)) for language, body in _BODIES.items()
        }

    def document(self, entry: Entry) -> tantivy.Document:
        """The entry as Tantivy takes it; of its text only the terms are kept."""
        import tantivy

        body = body_of(entry.language)
        document = tantivy.Document()
        document.add_text(STATE, state_of(entry))
        for fact in _FACTS:
            document.add_text(fact, getattr(entry, fact))
        for language in entry.languages:
            if language != entry.language:
                document.add_text("language", language)
        if entry.date_from is not None and entry.date_to is not None:
            document.add_integer("date_from", entry.date_from)
            document.add_integer("date_to", entry.date_to)
        parts = {"title": entry.title, "headings": "\n".join(entry.headings), body: entry.text}
        words: list[str] = []
        for field, text in parts.items():
            spaced, runs = script.split_scripts(script.normalised(text))
            words += self.bodies[_NEUTRAL].analyze(spaced)
            document.add_pre_tokenized_text(field, self.bodies[body].pre_tokenize(spaced))
            for run in runs:
                document.add_text("grams", run)
        document.add_text(PIECES, " ".join(script.pieces(words)))
        return document

    def matched(self, text: str, entries: Sequence[Entry]) -> list[tuple[str, ...]]:
        """For each entry the words of a question that stand in it, as typed, stop words apart.

        Of scripts without spaces they are the pairs of characters that are looked for.
        """
        asked, runs = script.split_scripts(script.normalised(text[:_MATCHED_CHARACTERS]))
        words = list(dict.fromkeys(_WORD.findall(asked)))[:QUERY_TERMS]
        lowered = [word.lower() for word in words]
        dropped = {body: self._stop_words_among(lowered, body) for body in self.bodies}
        asked_in = _asked_in(dropped.values())
        pairs = _pairs(runs)
        found = []
        for entry in entries:
            left_out = dropped[body_of(entry.language)] | asked_in
            kept = [word for word in words if word.lower() not in left_out]
            found.append(self._held_of(entry, kept, pairs))
        return found

    def _held_of(self, entry: Entry, words: Sequence[str], pairs: Sequence[str]) -> tuple[str, ...]:
        """Those of a question's words and pairs of characters that stand in an entry."""
        analyze = self.bodies[body_of(entry.language)].analyze
        said = script.normalised("\n".join((entry.title, *entry.headings, entry.text)))
        spaced, runs = script.split_scripts(said)
        held = set(analyze(spaced))
        return (
            *(word for word in words if not held.isdisjoint(analyze(word))),
            *(pair for pair in pairs if any(pair in run for run in runs)),
        )

    def query_terms(
        self, text: str, bodies: Sequence[str], *, alone: bool
    ) -> Counter[tuple[str, str]]:
        """(field, term) and how often; stop-words only where ``alone`` and nothing else is."""
        counts = Counter(self._plain.analyze(text))
        words = [*counts][:QUERY_TERMS]
        dropped = {body: self._stop_words_among(words, body) for body in bodies}
        asked_in = _asked_in(dropped.values())
        terms: Counter[tuple[str, str]] = Counter()
        for body in bodies:
            kept = [word for word in words if word not in dropped[body] | asked_in]
            of_body: Counter[tuple[str, str]] = Counter()
            for word in kept or (words if alone else []):
                for form in self._forms(word, body):
                    of_body[form] += counts[word]
            terms |= of_body
        return terms

    def _forms(self, word: str, body: str) -> Iterator[tuple[str, str]]:
        """The terms by which a question's word may be found, whole or in pieces."""
        for term in self.bodies[body].analyze(word):
            yield from ((field, term) for field in (body, *BOOSTS))
        for piece in script.pieces(self.bodies[_NEUTRAL].analyze(word)):
            yield PIECES, piece

    def _stop_words_among(self, words: Sequence[str], body: str) -> frozenset[str]:
        if body not in self._without_stop_words:
            return frozenset()
        return frozenset(words).difference(self._without_stop_words[body].analyze(" ".join(words)))


def _asked_in(dropped: Iterable[frozenset[str]]) -> frozenset[str]:
    """Of each language's stop words in a question, those of the one that it is asked in."""
    most = max(dropped, key=len, default=frozenset[str]())
    return most if len(most) >= _TELLING_STOP_WORDS else frozenset()


def _pairs(runs: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(script.pairs(runs)))[:QUERY_TERMS]


def index_schema() -> tantivy.Schema:
    """The fields; only the passage's id can be read back."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    for fact in (*_FACTS, STATE):
        builder.add_text_field(
            fact, stored=fact == "passage_id", tokenizer_name="raw", index_option="basic"
        )
    for day in ("date_from", "date_to"):
        builder.add_integer_field(day, indexed=True, fast=True)
    for field in (*BOOSTS, _NEUTRAL):
        builder.add_text_field(field, tokenizer_name=_NEUTRAL)
    for field in _BODIES.values():
        builder.add_text_field(field, tokenizer_name=field)
    for field in ("grams", PIECES):
        builder.add_text_field(field, tokenizer_name=field, index_option="freq")
    return builder.build()


def state_of(entry: Entry) -> str:
    """All that is indexed of an entry in one term."""
    facts = [str(getattr(entry, fact)) for fact in _FACTS]
    facts += entry.languages
    dates = [str(entry.date_from), str(entry.date_to)]
    parts = "\x00".join([*facts, *dates, entry.title, *entry.headings, entry.text])
    return hashlib.sha256(parts.encode()).hexdigest()


def body_of(language: str) -> str:
    """The body field of a language; regions ("en-GB") share their language's."""
    stemmer = script.STEMMERS.get(language.partition("-")[0].lower())
    return _BODIES[stemmer] if stemmer else _NEUTRAL


def _words(*filters: tantivy.Filter) -> tantivy.TextAnalyzer:
    """An analyzer of lower-case words with further filters."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    remove_long = tantivy.Filter.remove_long(_LONGEST_WORD)
    for step in (remove_long, tantivy.Filter.lowercase(), *filters):
        builder = builder.filter(step)
    return builder.build()


def _stop_words(language: str) -> Iterator[tantivy.Filter]:
    import tantivy

    if language not in ("arabic", "greek", "romanian", "tamil", "turkish"):  # Tantivy has no list
        yield tantivy.Filter.stopword(language)
    if language == "english":
        yield tantivy.Filter.custom_stopword(script.ENGLISH_QUESTION_WORDS.split())
