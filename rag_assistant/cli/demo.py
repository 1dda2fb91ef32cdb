"""The sample collections, indexed and asked four questions, one of which nothing answers."""

from __future__ import annotations

from rag_assistant.assistant import Assistant
from rag_assistant.cli import printing, printing_answers
from rag_assistant.cli.progress import IndexProgress
from rag_assistant.config import Settings, resource

COLLECTIONS = ("local-history", "web-archive")
QUESTIONS = (
    "How much did Carnegie pay for the library?",
    "When did Alder Bridge open again after the repair?",
    "Why did the library stop charging fines?",
    "How much were the weavers paid during the strike of 1926?",
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
            printing_answers.answer(assistant.ask(question).to_dict())
    printing.after_demo(settings.data)
