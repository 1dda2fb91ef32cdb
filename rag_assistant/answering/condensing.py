"""A follow-up made a question of its own by a model; nothing is believed that says more.

A small model asked to rewrite a question likes to answer it, or to add what it remembers. What is
searched is shown and stands in the record, so its reply counts only where the conversation holds
all that it names; else the rules of `followups` make the search.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

from rag_assistant.answering import words
from rag_assistant.answering.followups import leaning_language, telling
from rag_assistant.answering.one_line import one_line
from rag_assistant.answering.prompting import estimate_tokens, load, neutral, render
from rag_assistant.ports import LanguageModel, Message, Turn, Waiting
from rag_assistant.splitting import sentences

PLACEHOLDERS = frozenset({"conversation", "question"})
"""Those of prompts/condense.md."""
TURNS = 6
"""The last of the conversation, that a model is given."""
CHARACTERS = 600
"""Of each turn, from its beginning."""
LONGER = 160
"""Characters that a rewritten question may have beyond those of the question."""
NEW_WORDS = 2
"""Content words that stand nowhere in the conversation: a rewording has few."""
_KEPT = 0.5  # of the question's content words, at least
_SPARE_TOKENS = 60
_FOREIGN_SIGNS = re.compile(r"[<>{}\[\]|*#=]|https?")


def condensed(
    model: LanguageModel, question: str, history: Sequence[Turn]
) -> Generator[Waiting, None, str | None]:
    """A follow-up as a question of its own, to be searched, shown and perhaps edited.

    Args:
        model: What rewrites; it is asked only where the question leans on earlier ones.
        question: What was asked last.
        history: The turns before it, oldest first.

    Yields:
        That the model is waited for.

    Returns:
        One line; None where nothing is to be rewritten, the model failed, or its reply is more or
        other than the question: `followups.stand_alone` then gives the search.
    """
    language = leaning_language(question, history)
    if language is None:
        return None
    said = [(turn.role, _line(turn.text)[:CHARACTERS]) for turn in history[-TURNS:]]
    values = {
        "conversation": "\n".join(
            f"{'Reader' if role == 'user' else 'Library'}: {neutral(text)}" for role, text in said
        ),
        "question": neutral(_line(question)),
    }
    prompt = Message(role="user", text=render(load("condense", PLACEHOLDERS), values))
    limit = estimate_tokens(question) + _SPARE_TOKENS
    text = yield from one_line(model, [prompt], max_tokens=limit)
    if text is None or _faulty(text, question, language):
        return None
    known = "\n".join([question, *(text for _, text in said)])
    return text if _says_nothing_new(text, known, question, language) else None


def _faulty(text: str, question: str, language: str) -> bool:
    """Whether it is no such question by its looks, or no longer the one that was asked."""
    asked, kept = telling(question, language), telling(text, language)
    return (
        text.casefold() == _line(question).casefold()
        or len(text) > len(question) + LONGER
        or len(sentences(text)) > max(1, len(sentences(question)))
        or not set(_FOREIGN_SIGNS.findall(text)) <= set(_FOREIGN_SIGNS.findall(question))
        or len(asked & kept) < _KEPT * len(asked)
        or not words.figures(question, language).keys() <= words.figures(text, language).keys()
    )


def _says_nothing_new(text: str, known: str, question: str, language: str) -> bool:
    """Whether its figures, its names and nearly all its words stand in the conversation."""
    there = {words.name_key(word) for word in words.words(known)}
    new = telling(text, language) - telling(known, language)
    return (
        words.figures(text, language).keys() <= words.figures(known, language).keys()
        and all(words.name_key(name) in there for name in words.names(text, language))
        and len(new) <= NEW_WORDS
        and bool(telling(text, language) - telling(question, language) - new)
    )


def _line(text: str) -> str:
    return " ".join(text.split())
