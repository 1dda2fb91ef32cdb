"""Every word of the interface stands in each catalogue, whole, with its names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import rag_assistant
from rag_assistant.wording import ENGLISH, LANGUAGES, LOCALES

KEYWORDS: dict[str, Any] = {"say": None, "message": None, "say_n": (1, 2), "say_in": ((1, "c"), 2)}
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
_NAME = re.compile(r"\{(\w*)[^}]*\}")


@cache
def said() -> frozenset[tuple[str | None, str | tuple[str, ...]]]:
    """All that the code says: context, and words or their singular and plural."""
    found = extract_from_dir(
        Path(rag_assistant.__file__).parent, method_map=[("**.py", "python")], keywords=KEYWORDS
    )
    return frozenset((context, words) for _, _, words, _, context in found)


def catalogue(language: str) -> dict[tuple[str | None, str | tuple[str, ...]], Any]:
    with (LOCALES / f"{language}.po").open("rb") as source:
        messages = [one for one in read_po(source, locale=language) if one.id]
    assert not [one.id for one in messages if one.fuzzy]
    found = {}
    for one in messages:
        words = tuple(one.id) if isinstance(one.id, (list, tuple)) else one.id
        found[one.context, words] = one.string
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing_and_nothing_left_over(language: str) -> None:
    known = catalogue(language)
    assert sorted(map(str, said() - known.keys())) == []
    assert sorted(map(str, known.keys() - said())) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_is_whole(language: str) -> None:
    """Nothing empty, the same names in braces, the same space around, no markup brought in."""
    for (_, words), translated in catalogue(language).items():
        english = words if isinstance(words, tuple) else (words,)
        others = translated if isinstance(translated, tuple) else (translated,)
        assert all(others), words
        allowed = set(_NAME.findall(" ".join(english)))
        needed = allowed - {"n"}
        for one in others:
            assert needed <= set(_NAME.findall(one)) <= allowed, words
            assert "<" not in one or "<" in english[0], words
            assert (one[0].isspace(), one[-1].isspace()) == (
                english[0][0].isspace(),
                english[0][-1].isspace(),
            ), words
