"""Checks references that somebody has pasted against the records that are held here.

A reference that a chatbot made up is built of plausible parts: a real author, a title that could
be, a number that passes its check digit. So nothing counts as found by one part alone. What is
checked is given to no model, asked of no other server, and kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag_assistant.checking.aligning import Spelled
from rag_assistant.checking.comparing import Comparison, Verdict, Work, compare, work_of
from rag_assistant.checking.lists import split_references
from rag_assistant.checking.plain import plain_reference
from rag_assistant.checking.references import Reference
from rag_assistant.checking.report import Checked, CheckReport, Found, summary, ways_on
from rag_assistant.checking.tagged import is_tagged, tagged_reference
from rag_assistant.config import CheckingSettings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.queries import LISTED, Bounds, audience_access
from rag_assistant.errors import TooLongError, UsageError
from rag_assistant.ports import IndexQuery
from rag_assistant.readers.charset import clean_text
from rag_assistant.retrieval import Indexes, catalogue_link
from rag_assistant.retrieval.candidates import search_present
from rag_assistant.schema import Audience
from rag_assistant.titles import title_keys, title_of_text, words_of
from rag_assistant.wording import say

__all__ = ["CheckReport", "Checker", "read"]

MOST_CHARACTERS = 50_000
MOST_REFERENCES = 100
_BREAK = re.compile(r"[.,;:([?!/]|\s[–—-]\s")
_SHOWN = 3  # records beside a reference
_BY_NUMBER = 20  # records of one identifier
_BY_TITLE = 200
_SIMILAR = 60  # passages that the lexical index offers
_WORDS = 40  # of a search for similar titles
_ORDER: dict[Verdict, int] = {"conflict": 0, "matched": 1, "close": 2, "not_found": 3}


class Checker:
    """Checks references against one data folder.

    Args:
        docstore: What is held.
        indexes: Where similar titles are looked for; without the lexical one, only equal titles
            and identifiers are found, and the report says so.
        settings: Where else people may look.
    """

    def __init__(self, docstore: Docstore, indexes: Indexes, settings: CheckingSettings) -> None:
        self._docstore = docstore
        self._indexes = indexes
        self._settings = settings

    def check(self, text: str, audience: Audience) -> CheckReport:
        """Check all references of a text.

        Whatever the audience may not see counts as not held: in the verdicts and in the number.

        Raises:
            UsageError: There is nothing to check.
            TooLongError: It is longer, or holds more references, than can be checked at once.
        """
        references, aside = read(text)
        bounds = Bounds(access=audience_access(audience), uses=LISTED)
        library = self._docstore.library
        chosen = library.chosen(bounds)
        searched = int(chosen.mask.sum())
        coverage = library.coverage(bounds, self._indexes.held(), chosen)["lexical"]
        places = tuple(sorted({collection for collection, _ in chosen.places()}))
        checked = []
        for number, reference in enumerate(references, start=1):
            found = self._found(reference, bounds, places)
            verdict = found[0].verdict if found else "not_found"
            checked.append(
                Checked(
                    number=number,
                    reference=reference,
                    verdict=verdict,
                    summary=summary(verdict, found, searched, coverage),
                    found=tuple(map(self._shown, found)),
                    next=() if verdict == "matched" else ways_on(reference, self._settings),
                )
            )
        checked.sort(key=lambda one: one.verdict != "conflict")
        return CheckReport(
            audience=audience,
            searched=searched,
            coverage=coverage,
            references=tuple(checked),
            aside=tuple(aside),
        )

    def _found(
        self, reference: Reference, bounds: Bounds, places: tuple[str, ...]
    ) -> list[Comparison]:
        """The records that say something of a reference, the most telling first."""
        works = self._candidates(reference, bounds, places)
        readings = [Spelled.of(one) for one in reference.readings]
        compared = [compare(reference, readings, work) for work in works]
        told = [one for one in compared if one.verdict != "not_found"]
        told.sort(key=lambda one: (_ORDER[one.verdict], [-part for part in one.rank], one.work.id))
        if any(one.verdict == "matched" for one in told):  # similar ones would only confuse
            told = [one for one in told if one.verdict != "close"]
            told = _without_shared(told)
        return told[:_SHOWN]

    def _candidates(
        self, reference: Reference, bounds: Bounds, places: tuple[str, ...]
    ) -> list[Work]:
        works = self._docstore.works
        numbers = [(one.scheme, one.key) for one in reference.identifiers]
        ids = [
            one
            for found in works.by_identifiers(numbers, bounds, _BY_NUMBER).values()
            for one in found
        ]
        ids += works.by_titles(_keys(reference), bounds, _BY_TITLE)
        query = IndexQuery(
            text=_similar(reference),
            collections=places,
            access=bounds.access,
            uses=bounds.uses,
        )
        hits = search_present(lambda: self._indexes.lexical, query, _SIMILAR)
        ids += self._docstore.library.documents_of([passage for passage, _ in hits]).values()
        rows = works.rows(list(dict.fromkeys(ids)), bounds)
        return [work_of(row) for row in rows.values()]

    def _shown(self, comparison: Comparison) -> Found:
        row = comparison.work.row
        config = self._docstore.library.collections()[row["collection"]]
        link = catalogue_link(config.catalogue_url, row["identifiers"])
        first = self._docstore.works.first_passage(comparison.work.id)
        return Found(comparison=comparison, catalogue_url=link, passage_id=first)


def read(text: str) -> tuple[list[Reference], list[str]]:
    """The references of a text taken apart, and the lines that were taken for none.

    Raises:
        UsageError: There is nothing to check.
        TooLongError: It is longer, or holds more references, than can be checked at once.
    """
    if len(text) > MOST_CHARACTERS:
        raise TooLongError(
            say("The references are longer than {n} characters.", n=MOST_CHARACTERS),
            say("Check them in several parts."),
        )
    texts, aside = split_references(clean_text(text))
    if not texts:
        raise UsageError(
            say("There is no reference to check."), say("Paste one, or a list of them.")
        )
    if len(texts) > MOST_REFERENCES:
        raise TooLongError(
            say(
                "These are {number} references; {most} can be checked at once.",
                number=len(texts),
                most=MOST_REFERENCES,
            ),
            say("Check them in several parts."),
        )
    return [_read_one(one) for one in texts], aside


def _read_one(text: str) -> Reference:
    tagged = is_tagged(text) or "\n" in text  # which only references with labels keep
    return tagged_reference(text) if tagged else plain_reference(text)


def _without_shared(told: list[Comparison]) -> list[Comparison]:
    """Without conflicts of a number that the matched record has, too."""
    matched = {one.key for found in told if found.verdict == "matched" for one in found.shared}
    return [
        one
        for one in told
        if one.verdict != "conflict" or any(shared.key not in matched for shared in one.shared)
    ]


def _keys(reference: Reference) -> set[str]:
    """Under what its titles may stand: each reading's, cut where a title may end."""
    found: set[str] = set()
    for reading in reference.readings:
        found.update(title_keys(reading.body))
        if not reading.exact:
            found.update(key for part in _beginnings(reading.body) for key in title_keys(part))
    return found


def _beginnings(text: str) -> Iterable[str]:
    breaks = [one.start() for one in _BREAK.finditer(text)]
    return [text[:place] for place in breaks[:8]]


def _similar(reference: Reference) -> str:
    """What a similar title would hold: the words of the likeliest ones, and of the names."""
    words: list[str] = []
    for reading in reference.readings[:3]:
        title = reading.body if reading.exact else reference.title or reading.body
        words += title_of_text(title).words
    words += words_of(reference.title)
    for name in reference.authors[:3]:
        words += name.family
    return " ".join(list(dict.fromkeys(words))[:_WORDS])
