"""What a question names only in part, so that it could be several: "Holt", "the bridge"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag_assistant.answering import vocabulary, words
from rag_assistant.answering.readings import NO_NAMES, Kind, Mention, is_person

_LISTS = re.compile(
    r"\b(?:all|each|every|both|(?:which|what) \w+s\b|which of|alle[rn]?|jede[rnms]?|beide|"
    r"tou(?:s|tes)|chaque|tod[oa]s|cada)\b"
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_ASKS_TIME = re.compile(
    r"\b(?:when|(?:what|which) (?:year|date|day)|wann|welche[mns]? (?:jahr|datum)|"
    r"quand|quelle (?:annee|date)|cuando|que (?:ano|fecha))\b"
)
_ASKS_WHO = re.compile(
    r"\b(?:who (?:is|was|were)|wer (?:ist|war)|qui (?:est|etait)|quien (?:es|era|fue))\b"
)
_NEXT = r"(?P<next>(?: [\w-]+)?)"
_THING = {
    "en": re.compile(
        r"\b[Tt]he (?P<noun>[a-z]{3,})\b(?! (?:of|at|in|on|near|for|by|over|where|who|which|that|"
        rf"called|named|between|outside|behind|beside)\b){_NEXT}"
    ),
    "de": re.compile(
        r"\b(?:[Dd](?:er|ie|as|em|en|es)|beim|vom|zum|zur|im) (?P<noun>[A-ZÄÖÜ]\w{2,})\b"
        rf"(?! (?:von|in|an|am|im|bei|de[rs])\b){_NEXT}"
    ),
    "fr": re.compile(
        r"\b(?:[Ll][ea] |[Ll]['’]|du |au )(?P<noun>[a-zà-ÿ]{3,})\b"
        rf"(?! (?:d[eu]s?|à|au|en|dans|sur|qu[ei])\b| d['’]){_NEXT}"
    ),
    "es": re.compile(
        rf"\b(?:[Ee]l|[Ll]a|del|al) (?P<noun>[a-zà-ÿ]{{3,}})\b(?! (?:del?|en|sobre|que)\b){_NEXT}"
    ),
}


def asked_in(question: str) -> str:
    """The language, of those we can ask back in, that has most of the question's small words."""
    asked = [words.fold(word) for word in words.words(question)]
    counts = {
        language: sum(word in stops for word in asked)
        for language, stops in vocabulary.STOP_WORDS.items()
    }
    return max(counts, key=lambda language: counts[language])  # English first among equals


def is_settled(question: str) -> bool:
    """Whether a question leaves nothing to ask back: it names a year, or wants a list."""
    return bool(_YEAR.search(question) or _LISTS.search(words.fold(question)))


def mentions(question: str, texts: Sequence[str], *, timed: bool) -> Iterator[Mention]:
    """What a question names in part.

    Args:
        question: What was asked.
        texts: What was found: tells a surname from another name, and a thing from a part of one.
        timed: Whether the time that is meant is known, so that no event is asked about.
    """
    language = asked_in(question)
    yield from _people(question, texts, language)
    timed = timed or _ASKS_TIME.search(words.fold(question)) is not None
    for match in _THING[language].finditer(question):
        noun = match["noun"]
        if _is_compound(noun, match["next"].strip(), texts):
            continue
        start, end = match.span("noun")
        if not timed:
            yield _mention("event", noun, start, end, language)
        if language == "en":
            yield _mention("thing", noun, match.start(), end, language)
            yield _mention("place", noun, start, end, language)
        elif language in vocabulary.NOUN_FIRST:
            yield _mention("thing", noun, start, end, language)


def _mention(kind: Kind, noun: str, start: int, end: int, language: str) -> Mention:
    return Mention(kind=kind, word=noun, said=noun, start=start, end=end, language=language)


def _is_compound(noun: str, following: str, texts: Sequence[str]) -> bool:
    """Whether the texts know two words as one thing: "flood siren"."""
    if not following or words.fold(following) in NO_NAMES:
        return False
    pair = re.compile(rf"\b{re.escape(noun)}\s+{re.escape(following)}\b", re.IGNORECASE)
    return any(pair.search(text) for text in texts)


def _people(question: str, texts: Sequence[str], language: str) -> Iterator[Mention]:
    named = _ASKS_WHO.search(words.fold(question)) is not None
    for run in _runs(question):
        called = None
        while run and words.fold(run[0][0]) in NO_NAMES | vocabulary.HONORIFICS:
            first = run.pop(0)
            called = first if words.fold(first[0]) in vocabulary.HONORIFICS else called
        if not run:
            continue
        start, before = run[0].start(), list(words.WORD.finditer(question[: run[0].start()]))[-1:]
        if before and words.fold(before[0][0]) in vocabulary.HONORIFICS:
            (called,) = before
        honorific = words.fold(called[0]) if called else ""
        word = re.sub(r"['’]s?$", "", run[-1][0])
        surname = word[:1].upper() + word[1:]
        known = honorific or named or any(is_person(text, surname) for text in texts)
        if known and not (before and words.fold(before[0][0]) in vocabulary.ARTICLES):
            replaced = called.start() if called and honorific in vocabulary.WIVES else start
            said = question[called.start() if called else start : run[-1].start()] + surname
            yield Mention(
                kind="person",
                word=surname,
                said=said,
                start=replaced,
                end=run[-1].start() + len(word),
                given=tuple(one[0] for one in run[:-1]),
                honorific=honorific,
                language=language,
            )


def _runs(question: str) -> Iterator[list[re.Match[str]]]:
    """Capitalised words that stand together; each word where none is capitalised."""
    tokens = list(words.WORD.finditer(question))
    if not any(letter.isupper() for letter in question):
        yield from ([token] for token in tokens)
        return
    run: list[re.Match[str]] = []
    for token in tokens:
        capital = token[0][0].isupper()
        if run and not (capital and question[run[-1].end() : token.start()].strip() in ("", ".")):
            yield run
            run = []
        if capital:
            run.append(token)
    if run:
        yield run
