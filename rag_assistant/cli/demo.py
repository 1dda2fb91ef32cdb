"""The sample collections, indexed and asked four questions, one of which nothing answers."""

from __future__ import annotations

from rag_assistant.assistant import Assistant
from rag_assistant.cli import printing
from rag_assistant.cli.progress import IndexProgress
from rag_assistant.config import Settings, resource

COLLECTIONS = ("local-history", "web-archive")
QUESTIONS = (
    "How many people died in the great flood of 1923?",
    "What happened to the German butcher's family in the First World War?",
    "When did the bridge reopen after the repair?",
    "How many people drowned in the flood of November 1852?",
)


def demo(settings: Settings, *, quiet: bool) -> None:
    """Index the samples into ``settings.data`` and print the answers."""
    progress = IndexProgress(as_json=False, quiet=quiet)
    with Assistant(settings) as assistant:
        with progress:
            folders = [resource("corpora", name) for name in COLLECTIONS]
            report = assistant.index(folders, on_event=progress.on_event)
        printing.report(report)
        for question in QUESTIONS:
            printing.answer(assistant.ask(question).to_dict())
    printing.after_demo(settings.data)
