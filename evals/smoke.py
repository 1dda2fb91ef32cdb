"""How many of the project's own questions are answered from the right words: quick and rough.

``python -m evals.smoke DATA`` asks a data folder in which both sample collections are indexed.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from evals.gold import Question, document_of, load
from rag_assistant import Assistant
from rag_assistant.answer import Answer
from rag_assistant.config import load_settings
from rag_assistant.schema import Filters


def outcome(assistant: Assistant, question: Question) -> tuple[str, Answer]:
    """One word for what became of a question, and the answer.

    "right": a citation overlaps the evidence. "wrong": other words were quoted. "silent": a
    `no_answer`. For what nothing answers, "honest" is a `no_answer` and "overreach" is not.
    """
    answer = assistant.ask(
        question.question,
        filters=Filters(collections=(question.collection,), as_of=question.as_of),
        answerer="extractive",
    )
    if not question.answerable:
        return "honest" if answer.status == "no_answer" else "overreach", answer
    if answer.status == "no_answer":
        return "silent", answer
    places = {
        (document_of(assistant.docstore, question.collection, evidence), evidence.start)
        for evidence in question.evidence
    }
    ends = {(evidence.start): evidence.end for evidence in question.evidence}
    for citation in answer.citations:
        for document_id, start in places:
            overlaps = citation.start < ends[start] and citation.end > start
            if citation.document_id == document_id and overlaps:
                return "right", answer
    return "wrong", answer


def run(data: Path, *, verbose: bool) -> Counter[str]:
    """Ask everything; outcomes counted."""
    counts: Counter[str] = Counter()
    with Assistant(load_settings(data=data)) as assistant:
        for question in load():
            word, answer = outcome(assistant, question)
            counts[word] += 1
            if verbose and word not in ("right", "honest"):
                print(f"{word} {question.id}: {question.question}\n    gold: {question.answer}")
                print(f"    said: {answer.text[:300]}")
    return counts


if __name__ == "__main__":
    print(dict(run(Path(sys.argv[1]), verbose="-v" in sys.argv)))
