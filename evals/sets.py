"""The evaluation sets that lie beside the repository, read as they are (see their README).

They are never copied into the repository: some may not be, and none needs to be. A set that is
not there is an error with a name, so that no suite passes by having measured nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.halves import held_out
from rag_assistant.errors import NotFoundError
from rag_assistant.splitting import sentences

_VARIABLE = "RAG_EVALS_DATA"
_SPAN = re.compile(r"\[ (\d+) (.+?) \]")
_GAP = re.compile(r"\s+(?=[.,;:!?)])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A document of a set; ``language`` is a code, "" where the set does not say."""

    id: str
    title: str
    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with its judged documents: id to gain, 1 or more."""

    id: str
    text: str
    relevant: dict[str, int]
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSet:
    """Documents and judged questions. Queries without a judgment are left out."""

    name: str
    texts: tuple[Text, ...]
    queries: tuple[Query, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A XQuAD question: the article and the paragraph that answer it, and the words that do."""

    id: str
    question: str
    article: str
    paragraph: str
    answers: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LongAnswer:
    """A CLAPNQ question over one Wikipedia passage.

    ``selected`` are the sentences that annotators chose, ``answers`` what they wrote of them:
    both empty where the passage does not answer.
    """

    id: str
    question: str
    title: str
    sentences: tuple[str, ...]
    selected: tuple[frozenset[str], ...]
    answers: tuple[str, ...]
    answerable: bool
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiSource:
    """A QuoteSum question: its sources, and which of them each written answer quotes."""

    id: str
    question: str
    sources: tuple[Text, ...]
    summaries: tuple[str, ...]
    quoted: tuple[frozenset[str], ...]
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """A sentence of a QuoteSum summary that quotes one source, and the question's other ones.

    ``answer`` is the short answer that stands in ``source``.
    """

    id: str
    text: str
    source: Text
    others: tuple[Text, ...]
    answer: str
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A MTRAG-UN conversation; the last turn is the question, by its role "user"."""

    id: str
    turns: tuple[tuple[str, str], ...]
    relevant: dict[str, int]
    answerability: str
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim of AttributionBench with its references, and what people found."""

    id: str
    source: str
    claim: str
    references: tuple[str, ...]
    attributable: bool
    held_out: bool


def data_folder() -> Path:
    """The evaluation data: ``RAG_EVALS_DATA``, else ``../shared/data`` beside the checkout."""
    configured = os.environ.get(_VARIABLE)
    return Path(configured) if configured else Path(__file__).parents[2] / "shared" / "data"


def retrieval(data: Path, name: str) -> RetrievalSet:
    """A set in BEIR's layout: "cisi", "cranfield", "xquad-en", "xquad-de" or "xquad-es".

    Raises:
        NotFoundError: It is not there.
    """
    folder = data / "retrieval" / name
    language = name.partition("-")[2] or "en"
    relevant: dict[str, dict[str, int]] = {}
    for row in _lines(folder / "qrels" / "test.tsv")[1:]:
        query, document, gain = row.split("\t")
        relevant.setdefault(query, {})[document] = int(gain)
    by_article = name.startswith("xquad")
    return RetrievalSet(
        name=name,
        texts=tuple(
            Text(id=row["_id"], title=_title(row["title"]), text=row["text"], language=language)
            for row in _rows(folder / "corpus.jsonl")
        ),
        queries=tuple(
            Query(
                id=row["_id"],
                text=row["text"],
                relevant=relevant[row["_id"]],
                held_out=held_out(_article(relevant[row["_id"]]) if by_article else row["_id"]),
            )
            for row in _rows(folder / "queries.jsonl")
            if row["_id"] in relevant
        ),
    )


def readings(data: Path, language: str = "en") -> list[Reading]:
    """XQuAD with its answers; paragraphs have the ids of the retrieval set.

    Raises:
        NotFoundError: It is not there.
    """
    path = data / "answers" / f"xquad.{language}.json"
    articles = json.loads("\n".join(_lines(path)))["data"]
    return [
        Reading(
            id=asked["id"],
            question=asked["question"],
            article=str(number),
            paragraph=f"{number}-{position}",
            answers=tuple(dict.fromkeys(answer["text"] for answer in asked["answers"])),
            held_out=held_out(str(number)),
        )
        for number, article in enumerate(articles)
        for position, paragraph in enumerate(article["paragraphs"])
        for asked in paragraph["qas"]
    ]


def long_answers(data: Path) -> list[LongAnswer]:
    """CLAPNQ.

    Raises:
        NotFoundError: It is not there.
    """
    return [
        LongAnswer(
            id=row["id"],
            question=row["input"],
            title=row["passages"][0]["title"],
            sentences=tuple(row["passages"][0]["sentences"]),
            selected=tuple(
                frozenset(output["selected_sentences"])
                for output in row["output"]
                if output["selected_sentences"]
            ),
            answers=tuple(output["answer"] for output in row["output"] if output["answer"]),
            answerable=row["answerable"],
            held_out=held_out(row["id"]),
        )
        for row in _rows(data / "answers" / "clapnq-dev.jsonl")
    ]


def clapnq_texts(questions: Sequence[LongAnswer]) -> tuple[Text, ...]:
    """The passages of all questions, pooled; a passage has its question's id."""
    return tuple(
        Text(id=one.id, title=one.title, text=" ".join(one.sentences)) for one in questions
    )


def multi_source(data: Path) -> list[MultiSource]:
    """QuoteSum, one item a question, with all of its summaries.

    Raises:
        NotFoundError: It is not there.
    """
    by_question: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(data / "answers" / "quotesum-dev.jsonl"):
        by_question.setdefault(row["qid"], []).append(row)
    return [_multi_source(key, rows) for key, rows in by_question.items()]


def quoting(data: Path) -> list[Quoting]:
    """The sentences of QuoteSum's summaries that quote one source, each once a question.

    Raises:
        NotFoundError: It is not there.
    """
    rows = _rows(data / "answers" / "quotesum-dev.jsonl")
    return list({one.id: one for row in rows for one in _quoting(row)}.values())


def _quoting(row: dict[str, Any]) -> Iterator[Quoting]:
    key, sources = row["qid"], {text.id: text for text in _sources(row["qid"], row)}
    text, spans = "", []
    parts = [*_SPAN.split(row["summary"]), "0", ""]  # the writer's own words, a number, a span …
    for own, number, span in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        text += own
        spans.append((len(text), len(text) + len(span), number))
        text += span
    for start, end in sentences(text):
        quoted = {number for first, last, number in spans if first < end and last > start}
        told = _GAP.sub("", text[start:end]).strip()
        if len(quoted) == 1:
            (number,) = quoted
            name = f"{key}-{number}"
            yield Quoting(
                id=f"{key}:{told}",
                text=told,
                source=sources[name],
                others=tuple(other for other in sources.values() if other.id != name),
                answer=row[f"short_ans_{number}"],
                held_out=held_out(key),
            )


def _sources(key: str, row: dict[str, Any]) -> tuple[Text, ...]:
    return tuple(
        Text(id=f"{key}-{n}", title=row[f"title{n}"], text=row[f"source{n}"])
        for n in range(1, 9)
        if row.get(f"source{n}")
    )


def _multi_source(key: str, rows: Sequence[dict[str, Any]]) -> MultiSource:
    first = rows[0]
    return MultiSource(
        id=key,
        question=first["question"],
        sources=_sources(key, first),
        summaries=tuple(_SPAN.sub(r"\2", row["summary"]) for row in rows),
        quoted=tuple(
            frozenset(f"{key}-{int(n)}" for n, _ in _SPAN.findall(row["summary"])) for row in rows
        ),
        held_out=held_out(key),
    )


def conversations(data: Path) -> list[Conversation]:
    """MTRAG-UN.

    Raises:
        NotFoundError: It is not there.
    """
    return [
        Conversation(
            id=row["task_id"],
            turns=tuple(
                ("user" if turn["speaker"] == "user" else "assistant", turn["text"])
                for turn in row["input"]
            ),
            relevant={context["document_id"]: 1 for context in row["contexts"]},
            answerability="/".join(_listed(row["answerability"])),
            held_out=held_out(row["conversation_id"]),
        )
        for row in _rows(data / "answers" / "mtragun-dev.jsonl")
    ]


def mtrag_texts(data: Path) -> tuple[Text, ...]:
    """The pooled passages of all MTRAG-UN conversations.

    Raises:
        NotFoundError: They are not there.
    """
    return tuple(
        Text(id=row["_id"], title=row["title"] or "", text=row["text"])
        for row in _rows(data / "answers" / "mtragun-dev-corpus.jsonl")
    )


def claims(data: Path) -> list[Claim]:
    """AttributionBench dev.

    Raises:
        NotFoundError: It is not there.
    """
    return [
        Claim(
            id=row["id"],
            source=row["source"],
            claim=row["claim"],
            references=tuple(row["references"]),
            attributable=row["label"] == "attributable",
            held_out=held_out(row["id"]),
        )
        for row in _rows(data / "citations" / "attributionbench-dev.jsonl")
    ]


def attacks(data: Path) -> dict[str, list[str]]:
    """BIPIA's training attacks: category to texts.

    Raises:
        NotFoundError: They are not there.
    """
    found = json.loads("\n".join(_lines(data / "injection" / "bipia-train.json")))
    return {category: list(texts) for category, texts in found["text_attack_train"].items()}


def emails(data: Path) -> list[tuple[str, str]]:
    """BIPIA's training emails as (text, question).

    Raises:
        NotFoundError: They are not there.
    """
    found = json.loads("\n".join(_lines(data / "injection" / "bipia-train.json")))
    return [(row["context"], row["question"]) for row in found["email_train"]]


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _article(relevant: dict[str, int]) -> str:
    return next(iter(relevant)).split("-")[0]


def _title(title: str) -> str:
    return title.replace("_", " ")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in _lines(path):
        if line.strip():
            yield json.loads(line)


def _lines(path: Path) -> list[str]:
    """Split at line feeds alone: the texts hold other separators."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"The evaluation data lacks {path.parent.name}/{path.name}.",
            f"Put the data beside the checkout as ../shared/data, or name its folder in "
            f"{_VARIABLE}.",
        ) from error
