"""A search put into the collections' language by a model; nothing is believed that it says more."""

from __future__ import annotations

import re
from collections.abc import Generator

from rag_assistant.answering.comparing import Source
from rag_assistant.answering.crosslingual import missing_figure
from rag_assistant.answering.language_notices import name_of
from rag_assistant.answering.languages import lacks, language_of
from rag_assistant.answering.one_line import one_line
from rag_assistant.answering.prompting import estimate_tokens, load, neutral, render
from rag_assistant.ports import LanguageModel, Message, Waiting
from rag_assistant.splitting import sentences

PLACEHOLDERS = frozenset({"language", "question"})
"""Those of prompts/translate.md."""
TIMES_AS_LONG = 2.5
"""How much longer than the question a translation may be."""
SPARE = 30
"""Further characters that it may have, and tokens that may be spent on it."""
_FOREIGN_SIGNS = re.compile(r"[:<>{}\[\]|*#=]|https?")
"""What a search seldom has, and a reply that is more than a translation often."""


def translated(
    model: LanguageModel, question: str, language: str
) -> Generator[Waiting, None, str | None]:
    """The question in another language, to be searched and shown; it can be edited.

    Args:
        model: What translates.
        question: What was asked.
        language: The code of the language that is searched.

    Yields:
        That the model is waited for.

    Returns:
        One line that keeps the question's figures and adds none; None where the model failed or
        its reply is no plain translation: the reader is then told what the search may miss.
    """
    values = {"language": name_of(language), "question": neutral(" ".join(question.split()))}
    prompt = Message(role="user", text=render(load("translate", PLACEHOLDERS), values))
    limit = estimate_tokens(question) * 2 + SPARE
    text = yield from one_line(model, [prompt], max_tokens=limit)
    return None if text is None else plain_translation(text, question, language)


def plain_translation(reply: str, question: str, language: str) -> str | None:
    """The translation in a model's reply, None where it is anything else."""
    text = reply.strip()
    faults = [
        not text,
        "\n" in text,
        len(text) > TIMES_AS_LONG * len(question) + SPARE,
        text.casefold() == question.strip().casefold(),
        not set(_FOREIGN_SIGNS.findall(text)) <= set(_FOREIGN_SIGNS.findall(question)),
        len(sentences(text)) > len(sentences(question)),
        lacks(language_of(text), [language]),
    ]
    return None if any(faults) or _other_figures(text, question, language) else text


def _other_figures(text: str, question: str, language: str) -> bool:
    """Whether a figure was lost or made up."""
    asked = Source(text=question, language=language_of(question))
    given = Source(text=text, language=language)
    return bool(
        missing_figure(question, asked.language, [given]) or missing_figure(text, language, [asked])
    )
