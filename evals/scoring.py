"""What an answer's citations are worth, whoever gave the answer: one way to score, for all.

Only the answer itself and the stored texts that it cites are looked at. Entailment is judged by the
product's own support check, without an embedding model unless one is given: of quoted sentences it
says nothing new, so that these figures are read beside correctness and misattribution, never alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.measures import Measure, count, mean
from evals.metrics import citations as alce
from rag_assistant import showing
from rag_assistant.answer import Answer, Citation
from rag_assistant.answering.comparing import Source
from rag_assistant.answering.support import check
from rag_assistant.docstore import Docstore
from rag_assistant.errors import GoneError, NotFoundError, UsageError
from rag_assistant.ports import Embedder

Texts = Callable[[str], str | None]
"""Id of a passage, section or document to its stored text; None where it is not there."""
_SHOWN = 200  # characters of what is wrong with a line


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScore:
    """One answer's scores, each 0 or 1.

    ``fidelity`` has one value a citation, ``resolved`` one for each marker that a citation has or
    a sentence uses, ``accounted`` and ``recall`` one a sentence, ``precision`` one for each
    citation of each sentence. Where no stored text was at hand ``fidelity`` is empty, and
    ``unchecked`` is the number of quotes.
    """

    answered: bool
    fidelity: tuple[float, ...]
    unchecked: int
    resolved: tuple[float, ...]
    accounted: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]


def score_answer(
    answer: Answer, texts: Texts | None, embedder: Embedder | None = None
) -> AnswerScore:
    """Score one answer.

    Args:
        answer: The answer.
        texts: The stored texts; None where they are not at hand.
        embedder: What the support check compares meanings with; None for words alone.
    """
    sources = {
        one.marker: Source(text=f"{one.title}\n{one.quote}", language=one.language)
        for one in answer.citations
    }
    entails = _entailment(sources.values(), embedder)
    recall: list[float] = []
    precision: list[float] = []
    for sentence in answer.sentences:
        cited = [sources[one].text if one in sources else None for one in sentence.citations]
        recall.append(alce.recall(sentence.text, cited, entails))
        precision += alce.precision(sentence.text, cited, entails)
    return AnswerScore(
        answered=answer.status in ("answered", "partial"),
        fidelity=tuple(_is_faithful(one, texts) for one in answer.citations) if texts else (),
        unchecked=0 if texts else len(answer.citations),
        resolved=_resolved(answer, texts),
        accounted=tuple(
            float(bool(one.citations) or one.support == "unsupported") for one in answer.sentences
        ),
        recall=tuple(recall),
        precision=tuple(precision),
    )


def measures(scores: Mapping[str, AnswerScore], area: str) -> dict[str, Measure]:
    """The means of all answers' scores.

    Args:
        scores: By question id.
        area: What the names begin with, such as "citations.gold".

    Returns:
        ``answered`` over answers, ``accounted`` (sentences that cite, or are marked as
        unsupported) and ``recall`` over sentences, ``precision`` and ``quote_fidelity`` over
        citations, ``resolvability`` over markers. What there is nothing of is left out, but
        ``quotes_unchecked`` counts the quotes whose stored text was not at hand.
    """
    kinds: dict[str, Callable[[AnswerScore], Sequence[float]]] = {
        "answered": lambda score: (float(score.answered),),
        "accounted": lambda score: score.accounted,
        "recall": lambda score: score.recall,
        "precision": lambda score: score.precision,
        "quote_fidelity": lambda score: score.fidelity,
        "resolvability": lambda score: score.resolved,
    }
    found = {}
    for name, of in kinds.items():
        values = {
            f"{key}#{number}": value
            for key, score in scores.items()
            for number, value in enumerate(of(score))
        }
        if values:
            found[f"{area}.{name}"] = mean(values)
    unchecked = sum(score.unchecked for score in scores.values())
    if unchecked:
        quotes = unchecked + sum(len(score.fidelity) for score in scores.values())
        found[f"{area}.quotes_unchecked"] = count(unchecked, quotes)
    return found


def score(path: Path, texts: Texts | None = None) -> tuple[dict[str, Measure], list[str]]:
    """Score a file of answers, one JSON object of the contracts' schema a line.

    Args:
        path: The file.
        texts: The stored texts that the answers cite; None where they are not at hand.

    Returns:
        The measures, and what is wrong with the file, by line: such a line has no score.

    Raises:
        UsageError: The file cannot be read, or holds no answer at all.
    """
    read = _reader()
    scores, faults = {}, []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            scores[f"{number:07d}"] = score_answer(read(line), texts)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if not scores and not faults:
        raise UsageError(f"{path} holds no answers.", "Write one answer a line, as JSON.")
    return measures(scores, "answers.scored"), faults


def stored_texts(docstore: Docstore) -> Texts:
    """The stored texts of a data folder; a document's is that of its sections, joined."""

    @cache
    def text(item: str) -> str | None:
        try:
            shown = showing.show(docstore, item, "staff")
        except (NotFoundError, GoneError):
            return None
        if shown["type"] == "document":
            return "\n".join(section["text"] for section in shown["sections"])
        return str(shown["quote"] if shown["type"] == "passage" else shown["text"])

    return text


def _resolved(answer: Answer, texts: Texts | None) -> tuple[float, ...]:
    """For each marker: 1 where it is of 1..n, has one citation, and that leads to its words."""
    held = Counter(citation.marker for citation in answer.citations)
    used = {marker for sentence in answer.sentences for marker in sentence.citations}
    lost = {one.marker for one in answer.citations if texts and not _leads_to_words(one, texts)}
    return tuple(
        float(held[marker] == 1 and marker <= len(held) and marker not in lost)
        for marker in sorted(used | held.keys())
    )


def _leads_to_words(citation: Citation, texts: Texts) -> bool:
    """Whether passage, section and document are there and hold the quote."""
    items = (citation.passage_id, citation.section_id, citation.document_id)
    return all(citation.quote in (texts(item) or "") for item in items)


def _is_faithful(citation: Citation, texts: Texts) -> float:
    """1 where the quote stands in the stored text at its offsets, and the text is the one cited."""
    text = texts(citation.section_id)
    if text is None:
        return 0.0
    digest = hashlib.sha256(text.encode()).hexdigest()
    same = text[citation.start : citation.end] == citation.quote
    return float(same and digest == citation.text_sha256)


def _entailment(sources: Iterable[Source], embedder: Embedder | None) -> alce.Entails:
    """Our support check; a source's title may stand in a statement."""
    by_text = {source.text: source for source in sources}

    def entails(texts: Sequence[str], statement: str) -> bool:
        cited = [by_text[text] for text in texts]
        return check(statement, cited, embedder)[0] in ("verbatim", "supported")

    return entails


def _reader() -> Callable[[str], Answer]:
    """What makes an answer of a line; it raises ValueError, with what is wrong."""
    from jsonschema import Draft202012Validator
    from pydantic import TypeAdapter

    from rag_assistant.answer_schema import answer_schema

    validator, adapter = Draft202012Validator(answer_schema()), TypeAdapter(Answer)

    def read(line: str) -> Answer:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"no JSON: {error}") from error
        fault = next(iter(validator.iter_errors(found)), None)
        if fault is not None:
            raise ValueError(f"{fault.json_path}: {fault.message[:_SHOWN]}")
        return adapter.validate_python(found)

    return read


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Name a file of answers.") from error
