"""Text as the lexical index reads it; what is stored stays as it was extracted.

Old print, OCR and PDF break words at line ends, spell them with ligatures and long s, and set
accents as characters of their own. All that is evened out here, for passages and questions alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "nn": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

# Tantivy's English list of stop-words knows no question words.
ENGLISH_QUESTION_WORDS = (
    "about can could did do does from had has have how i me should tell we were what when where "
    "which who whom whose why would you your"
)

_PIECE = 5  # characters
_PIECED = 4  # letters of the shortest word that is worth taking apart

_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\s*\n\s*([^\W\d_])")
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,  # soft hyphen
        *range(0x0300, 0x0370),  # accents that form no character with their letter
        *range(0x0591, 0x05BE),  # Hebrew accents and points
        *(0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7),
        0x0640,  # Arabic tatweel
        *range(0x064B, 0x0653),  # Arabic vowel signs
        0x0670,
        *range(0x200B, 0x200E),  # zero-width space and joiners
        0x2060,
        0xFEFF,
    ]
)
_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # hangul
    "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "]+"
)
# A mark after a letter or figure is an inch or an apostrophe, and opens no quotation.
_QUOTED = re.compile(
    r'(?<!\w)"([^"]+)"(?!\w)|“([^“”]+)”|„([^„“”]+)[“”]|«([^«»]+)»|»([^«»]+)«|「([^「」]+)」'
)


def normalised(text: str) -> str:
    """Join words broken at line ends; compose characters; drop what cannot be seen."""
    text = _BROKEN_WORD.sub(_join_lower_case, text)
    if text.isascii():
        return text
    whole = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates end here
    return unicodedata.normalize("NFKC", whole).translate(_INVISIBLE)


def split_scripts(text: str) -> tuple[str, list[str]]:
    """Tell apart text that spaces its words, and the runs of scripts that do not."""
    return _UNSPACED.sub(" ", text), _UNSPACED.findall(text)


def pairs(runs: Iterable[str]) -> Iterator[str]:
    """Pairs of characters; a single character where a run is no longer."""
    for run in runs:
        yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))


def pieces(words: Iterable[str]) -> Iterator[str]:
    """Runs of five characters of words that have four letters or more, their ends marked.

    By these, words meet that share a part: compounds, forms that no stemmer joins, misread print,
    and a word with its cousin in another language (McNamee and Mayfield, "Character N-Gram
    Tokenization for European Language Text Retrieval", 2004).
    """
    for word in words:
        if len(word) >= _PIECED and word.isalpha():
            marked = f"_{word}_"
            yield from (marked[i : i + _PIECE] for i in range(len(marked) - _PIECE + 1))


def quoted(text: str) -> list[str]:
    """The phrases that stand in quotation marks."""
    return ["".join(found) for found in _QUOTED.findall(text)]


def _join_lower_case(broken: re.Match[str]) -> str:
    return broken[1] if broken[1].islower() else broken[0]
