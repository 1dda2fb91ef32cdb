"""The language of a document: what its source says, else what its words say."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"

_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")
_SAMPLE = 5_000
_SPOTS = 5
_FEWEST_LETTERS = 40
_LEAST_PROBABILITY = 0.80
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
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})


def normalise_language(tag: str) -> str:
    """The primary language of a tag, two letters where there are two: "en-GB" gives "en".

    "" where the tag names no language.
    """
    match = _TAG.fullmatch(tag.strip())
    if not match:
        return ""
    primary = match[1].lower()
    return "" if primary in _NO_LANGUAGE else _SHORT.get(primary, primary)


def detect_language(texts: Iterable[str]) -> str:
    """The language of a document's texts, "und" where they are too short or undecided."""
    sample = _sample("\n".join(texts))
    if sum(map(str.isalpha, sample)) < _FEWEST_LETTERS:
        return UNDETERMINED
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _LEAST_PROBABILITY else UNDETERMINED


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


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded once a process: it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
