"""Retrieval where the documents were scanned and read badly: XQuAD under simulated OCR errors.

A share of the words of each document is misread; its title, which a cataloguer wrote, and the
questions stay as they are. What goes wrong is what goes wrong in OCR (look-alike characters, lost
characters, words torn apart, run together, or hyphenated at a line's end); how often each does is
our own choice, so figures compare retrieval with itself and say nothing of a given scanner.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from evals import sets
from evals.libraries import Library
from evals.measures import Measure, mean
from evals.metrics.retrieval import NDCG_10, RECALL_10, scores
from evals.sets import Text
from evals.workbench import Workbench

SET = "xquad-en"
PERCENTAGES = (5, 20, 40)
EACH = 2
"""Every second question is asked: some five of them belong to one paragraph."""
DEPTH = 20
"""Passages asked for: those of ten documents and more."""
LOOK_ALIKE = (
    ("rn", "m"),
    ("cl", "d"),
    ("vv", "w"),
    ("li", "h"),
    ("l", "1"),
    ("l", "I"),
    ("I", "1"),
    ("e", "c"),
    ("h", "b"),
    ("n", "u"),
    ("o", "0"),
    ("s", "5"),
)
"""Each is read as the other."""
_LOOK, _LOSE, _SPLIT, _JOIN, _BREAK = "look", "lose", "split", "join", "break"
_ERRORS = {_LOOK: 12, _LOSE: 2, _SPLIT: 2, _JOIN: 2, _BREAK: 2}
"""Kinds of errors, and how often each is tried first, in twentieths."""
_SHORT = 2  # characters of a word that is not cut


def evaluate(bench: Workbench) -> dict[str, Measure]:
    """``scans.xquad-en.noise_<percent>.fused.…``."""
    found = sets.retrieval(bench.data, SET)
    queries = bench.of(found.queries)[::EACH]
    judged = {query.id: query.relevant for query in queries}
    measured: dict[str, Measure] = {}
    for percent in PERCENTAGES:
        library = _library(bench, found.texts, percent)
        ranked = {query.id: library.ranked(library.search(query.text, DEPTH)) for query in queries}
        for metric, values in scores(judged, ranked, (NDCG_10, RECALL_10)).items():
            measured[f"scans.{SET}.noise_{percent}.fused.{metric}"] = mean(values)
    return measured


def _library(bench: Workbench, texts: Sequence[Text], percent: int) -> Library:
    return bench.library(f"{SET}-noise-{percent}", lambda: scanned(texts, percent))


def scanned(texts: Sequence[Text], percent: int) -> list[Text]:
    """The texts with so many words of a hundred misread; the same in every run."""
    return [
        replace(text, text=misread(text.text, percent / 100, f"{percent}:{text.id}"))
        for text in texts
    ]


def misread(text: str, share: float, seed: str) -> str:
    """The text with a share of its words misread, one error in each."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    pieces = re.split(r"(\s+)", text)  # words at even places, gaps at odd ones
    places = [place for place in range(0, len(pieces), 2) if pieces[place]]
    for place in draw.sample(places, round(share * len(places))):
        gap = pieces[place + 1] if place + 1 < len(pieces) else ""
        pieces[place : place + 2] = _error(pieces[place], gap, draw)
    return "".join(pieces)


def _error(word: str, gap: str, draw: random.Random) -> tuple[str, str]:
    """A word and the gap after it, with one error; unchanged where none is possible."""
    first = draw.choices([*_ERRORS], [*_ERRORS.values()])[0]
    for kind in dict.fromkeys((first, *_ERRORS)):
        found = _made(kind, word, gap, draw)
        if found != (word, gap):
            return found
    return word, gap


def _made(kind: str, word: str, gap: str, draw: random.Random) -> tuple[str, str]:
    if kind == _JOIN:
        return word, ""
    if kind == _LOOK:
        return looked_alike(word, draw), gap
    if len(word) <= _SHORT:
        return word, gap
    cut = draw.randrange(1, len(word))
    if kind == _LOSE:
        return word[:cut] + word[cut + 1 :], gap
    return word[:cut] + ("-\n" if kind == _BREAK else " ") + word[cut:], gap


def looked_alike(word: str, draw: random.Random) -> str:
    """The word with one character, or pair, read as one that looks like it."""
    both = LOOK_ALIKE + tuple((read, real) for real, read in LOOK_ALIKE)
    places = [
        (match.start(), real, read) for real, read in both for match in re.finditer(real, word)
    ]
    if not places:
        return word
    start, real, read = draw.choice(places)
    return word[:start] + read + word[start + len(real) :]
