"""The languages of a document: what its source says, else what its words say.

Most texts are of one language. So a cheap detector (resiliparse's, 30 microseconds for a thousand
characters) goes over all of a text, and only what it takes for another language is asked of
the one that is believed (py3langid, some 20 times as slow). Where that finds other languages too,
the text is mixed, and each of its sentences is asked (see `tell`).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from py3langid.langid import LanguageIdentifier

    from rag_assistant.schema import Span

UNDETERMINED = "und"

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
_SAMPLE = 5_000
_SPOTS = 5
_FEWEST_LETTERS = 40
LEAST_PROBABILITY = 0.80
"""Of a language that is named; below it the language is undetermined."""
_WINDOW, _SHORT_WINDOW = 300, 60  # characters, at most and at least
_DOUBTED = 400  # windows at most that are asked of the better detector
_SHORTEST = 12  # letters of a sentence that can be told
_SLIGHT = 0.02  # of the text: below it a language must stand in more than one window
# ISO 639-2 codes (both kinds) that have a two-letter form, as catalogues write them.
_SHORT = {
    "afr": "af", "ara": "ar", "baq": "eu", "eus": "eu", "bul": "bg", "cat": "ca", "chi": "zh",
    "zho": "zh", "hrv": "hr", "cze": "cs", "ces": "cs", "dan": "da", "dut": "nl", "nld": "nl",
    "eng": "en", "est": "et", "fin": "fi", "fre": "fr", "fra": "fr", "geo": "ka", "kat": "ka",
    "ger": "de", "deu": "de", "gre": "el", "ell": "el", "heb": "he", "hin": "hi", "hun": "hu",
    "ice": "is", "isl": "is", "ind": "id", "gle": "ga", "ita": "it", "jpn": "ja", "kor": "ko",
    "lat": "la", "lav": "lv", "lit": "lt", "mac": "mk", "mkd": "mk", "mao": "mi", "mri": "mi",
    "may": "ms", "msa": "ms", "nor": "no", "nob": "nb", "nno": "nn", "per": "fa", "fas": "fa",
    "pol": "pl", "por": "pt", "rum": "ro", "ron": "ro", "rus": "ru", "srp": "sr", "slo": "sk",
    "slk": "sk", "slv": "sl", "spa": "es", "swe": "sv", "tam": "ta", "tha": "th", "tur": "tr",
    "ukr": "uk", "urd": "ur", "vie": "vi", "wel": "cy", "cym": "cy", "yid": "yi",
}  # fmt: skip
# Written so much alike that the detectors take parts of one for another.
_ALIKE = (
    frozenset({"no", "nb", "nn", "da"}), frozenset({"hr", "bs", "sr"}), frozenset({"id", "ms"}),
    frozenset({"es", "gl", "an", "ext"}), frozenset({"af", "nl", "fy"}),
    frozenset({"de", "lb"}), frozenset({"oc", "ca"}), frozenset({"cs", "sk"}),
    frozenset({"zh", "yue", "wuu"}),
)  # fmt: skip
NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
"""Codes of what is of no one known language."""


def normalise_language(tag: str) -> str:
    """The primary language of a tag, two letters where there are two: "en-GB" gives "en".

    "" where the tag names no language.
    """
    match = _TAG.fullmatch(tag.strip())
    if not match:
        return ""
    primary = match[1].lower()
    return "" if primary in NO_LANGUAGE else _SHORT.get(primary, primary)


def detect_language(texts: Iterable[str]) -> str:
    """The language of a document's texts, "und" where they are too short or undecided."""
    sample = _sample("\n".join(texts))
    if _letters(sample) < _FEWEST_LETTERS:
        return UNDETERMINED
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= LEAST_PROBABILITY else UNDETERMINED


def languages_of(texts: Iterable[str], said: str) -> tuple[tuple[str, float], ...]:
    """All languages of a document's texts with their shares, 0..1, the largest first.

    Shares are of the characters whose language can be told. Where nothing looks like another
    language, the one that the document goes by has it all.

    Args:
        texts: The document's texts.
        said: The language that the document goes by, "und" where it is not known.
    """
    windows = [window for text in texts for window in _windows(text)]
    alike = next((group for group in _ALIKE if said in group), frozenset((said,)))
    looks = [(window, _looks_like(window, alike)) for window in windows]
    doubted = [one for one in looks if one[1] and one[1] not in alike]
    step = -(-len(doubted) // _DOUBTED) or 1
    asked = [(window, other, probabilities(window)) for window, other in doubted[::step]]
    least = 1 if len(windows) * _SLIGHT <= 1 else 2
    others: frozenset[str] = frozenset()
    if asked:  # else the identifier need not be loaded
        others = frozenset(_others([one[1:] for one in asked], said, -(-least // step))) - alike
    if not others:
        return ((said, 1.0),) if said != UNDETERMINED else ()
    sizes = Counter({said: sum(len(window) for window, language in looks if language in alike)})
    known = sorted(others if said == UNDETERMINED else {said, *others})
    for window, _, found in asked:
        sizes[_told(found, known)[0]] += step * len(window)
    del sizes[UNDETERMINED]
    ranked = sorted((+sizes).items(), key=lambda one: (-one[1], one[0]))
    return tuple((language, round(size / sizes.total(), 4)) for language, size in ranked)


def tell(sentence: str, languages: Sequence[str]) -> tuple[str, float]:
    """The language of a sentence from a text in these languages, and how probable it is, 0..1.

    "und" below `LEAST_PROBABILITY`, and where it is probably in none of them. What is in none of
    those that the detector knows is in the one that it does not know, where there is such a one.
    """
    if _letters(sentence) < _SHORTEST:
        return UNDETERMINED, 0.0
    return _told(probabilities(sentence), languages)


def _told(found: Mapping[str, float], languages: Sequence[str]) -> tuple[str, float]:
    among = {language: found[language] for language in languages if language in found}
    strange = next((language for language in languages if language not in found), "")
    if strange and 1 - sum(among.values()) >= LEAST_PROBABILITY:
        return strange, 1 - sum(among.values())
    best = max(found, key=found.__getitem__)
    if not among or (found[best] >= LEAST_PROBABILITY and best not in among):
        return UNDETERMINED, found[best]
    best = max(among, key=among.__getitem__)
    probability = max(among[best], 0 if strange else among[best] / (sum(among.values()) or 1))
    return best if probability >= LEAST_PROBABILITY else UNDETERMINED, probability


def parted(
    text: str,
    stretch: Span,
    languages: Sequence[str],
    sentences: Callable[[str], Iterable[Span]],
) -> Iterator[tuple[Span, str | None]]:
    """Runs of sentences in one language, their spans and languages; else None and all of it.

    A sentence whose language is undetermined goes with those before it, the first with those after.

    Args:
        text: What the spans are of.
        stretch: The part of it that is wanted.
        languages: What the text is in.
        sentences: Finds a text's sentences.
    """
    if len(languages) < 2:  # noqa: PLR2004
        yield stretch, None
        return
    offset = start = end = stretch[0]
    spoken = ""
    for span in sentences(text[slice(*stretch)]):
        first, last = span[0] + offset, span[1] + offset
        language, _ = tell(text[first:last], languages)
        other = language not in (UNDETERMINED, spoken)
        if other and spoken not in ("", UNDETERMINED):
            yield (start, end), spoken
            spoken = ""
        if not spoken:
            start = first
        if other or not spoken:
            spoken = language
        end = last
    if spoken:
        yield (start, end), spoken


def probabilities(text: str) -> dict[str, float]:
    """How probable each known language is for a text, 0..1; they add up to 1."""
    found: dict[str, float] = {}
    for language, probability in _identifier().rank(text):
        found[str(language)] = found.get(str(language), 0.0) + float(probability)
    return found


def _sample(text: str) -> str:
    """At most 5,000 characters, taken at even distances: title pages are often in Latin."""
    if len(text) <= _SAMPLE:
        return text
    length = _SAMPLE // _SPOTS
    step = (len(text) - length) // (_SPOTS - 1)
    return "\n".join(text[spot * step : spot * step + length] for spot in range(_SPOTS))


def _windows(text: str) -> Iterator[str]:
    """A text in parts that can be told: lines, short ones together, long ones cut."""
    start = 0
    while start < len(text):
        end = start + _WINDOW
        line = text.find("\n", start + _SHORT_WINDOW, end)
        end = line + 1 if line >= 0 else text.rfind(" ", start + _SHORT_WINDOW, end) + 1 or end
        yield text[start:end]
        start = end


def _others(
    asked: Sequence[tuple[str, Mapping[str, float]]], said: str, least: int
) -> frozenset[str]:
    """The languages that so many windows are in at least.

    Each window comes with what it looks like and the probabilities. Where nobody can tell the
    language that the text goes by, both must agree that it is another.
    """
    known = said == UNDETERMINED or said in _identifier().labels
    found: Counter[str] = Counter()
    for looks, probable in asked:
        language = max(probable, key=probable.__getitem__)
        if probable[language] >= LEAST_PROBABILITY and (known or language == looks):
            found[language] += 1
    return frozenset(one for one, number in found.items() if number >= least) - NO_LANGUAGE


def _looks_like(window: str, said: frozenset[str]) -> str:
    """The language that the cheap detector takes it for, "" for lists of figures and the like."""
    from resiliparse.parse.lang import detect_fast

    language = str(detect_fast(window)[0])
    if language in said:
        return language
    return "" if language == "unknown" or _letters(window) < _FEWEST_LETTERS else language


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded once a process: it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
