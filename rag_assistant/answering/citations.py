"""Citation markers in streamed prose: held back, resolved, numbered by first use.

A model writes ``[1]``, ``[1, 3]``, ``[1][2]``, ``[1-3]``, ``[^1]`` or the wide forms of them,
before or after the full stop. What leaves here carries no marker inside a sentence: they are
gathered at its end, unknown ones are removed and counted, and so are DOIs and web addresses that
stand in no passage. Brackets that are text, like ``[sic]``, stay; so does ``[1934]`` where a
passage has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag_assistant.answer import Sentence
from rag_assistant.answering import vocabulary

_OPEN = "[［【"
_CLOSE = "]］】"
_LONGEST_MARKER = 60
_WIDEST_RANGE = 20
_MARKER = re.compile(r"(?:passages?|sources?)?\s*\^?\d{1,6}(?:\s*[-–,;&]\s*\^?\d{1,6})*", re.I)
_PART = re.compile(r"(\d+)(?:\s*[-–]\s*\^?(\d+))?")
_DANGLING_DOI = re.compile(r"\(?doi:?\s*1?0?", re.I)
_WORD = re.compile(
    rf"(?:\(?doi:?\s+(?=10\.))?(?:[^\s{re.escape(_OPEN)}。！？]+[。！？]?|[。！？])", re.I
)
_ADDRESS = re.compile(r"(?:doi:?\s*)?(?:https?://|www\.|10\.\d{4,9}/)\S+", re.I)
_LEFT_BY_ADDRESS = re.compile(r"\s*[(（]\s*[)）]|[,;:]\s*(?=[.!?])")
_AFTER_ADDRESS = ".,;:!?)>\"'”’»"
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_UNSPACED_END = re.compile(r"[。！？][」』”’)]*$")
_OPENERS = "\"'“‘«»„(¿¡*-–—•"
_BULLET = re.compile(r"(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A finished sentence as the model wrote it: its words, and the passages it names."""

    text: str
    passages: tuple[int, ...]
    complete: bool


class MarkerStream:
    """Takes the model's pieces as they come; gives words that may be shown, and sentences.

    Args:
        passages: What the model was shown, in the order of its numbers 1..n.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        self.invalid = 0
        self._shown = passages
        self._raw = ""
        self._text = ""
        self._space = ""
        self._numbers: list[int] = []
        self._after_marker = False
        self._removed = False

    def feed(self, piece: str) -> Iterator[str | Marked]:
        """The words and sentences that this piece completes."""
        self._raw += piece
        yield from self._consume(final=False)

    def finish(self) -> Iterator[str | Marked]:
        """What was held back."""
        yield from self._consume(final=True)
        yield from self._end_sentence()

    def _consume(self, *, final: bool) -> Iterator[str | Marked]:
        while self._raw:
            if self._raw[0].isspace():
                size = len(self._raw) - len(self._raw.lstrip())
                if size == len(self._raw) and not final:
                    return
                yield from self._take_space(self._raw[:size])
            elif self._raw[0] in _OPEN:
                size = _bracket(self._raw)
                if not size and not final and len(self._raw) <= _LONGEST_MARKER:
                    return
                size = size or 1
                yield from self._take_bracket(self._raw[:size])
            else:
                size = _word(self._raw, final=final)
                if not size:
                    return
                yield from self._take_word(self._raw[:size])
            self._raw = self._raw[size:]

    def _take_space(self, space: str) -> Iterator[str | Marked]:
        self._space = space
        if "\n" in space:
            yield from self._end_sentence()

    def _take_bracket(self, bracket: str) -> Iterator[str | Marked]:
        inner = unicodedata.normalize("NFKC", bracket[1:-1]).strip()
        if not _MARKER.fullmatch(inner):
            yield from self._take_word(bracket)
            return
        numbers, unknown = self._resolve(inner)
        if unknown and any(bracket in passage for passage in self._shown):
            yield from self._take_word(bracket)
            return
        self.invalid += unknown
        self._numbers.extend(numbers)
        self._after_marker = True

    def _take_word(self, word: str) -> Iterator[str | Marked]:
        kept = _ADDRESS.sub(self._known_address, word)
        after_gap = self._after_marker or kept != word
        word = kept
        if not word:
            return
        if self._text and self._starts_sentence(word):
            yield from self._end_sentence()
        closes = after_gap and not word[0].isalnum() and word[0] not in _OPEN + _OPENERS
        apart = self._text and not closes and (self._space or self._after_marker)
        joined = f" {word}" if apart else word
        self._text += joined
        self._space = ""
        self._after_marker = False
        yield joined

    def _starts_sentence(self, word: str) -> bool:
        if _UNSPACED_END.search(self._text):
            return True
        if not (self._space or self._after_marker) or not _ENDS.search(self._text):
            return False
        first = word.lstrip(_OPENERS)[:1]
        if first and not (first.isupper() or first.isdigit() or first in _OPEN):
            return first.isalpha() and not first.islower()
        return not _abbreviated(self._text, word)

    def _end_sentence(self) -> Iterator[str | Marked]:
        text = _BULLET.sub("", self._text, count=1) if _BULLET.match(self._text) else self._text
        if self._removed:
            text = _LEFT_BY_ADDRESS.sub("", text)
        numbers = tuple(dict.fromkeys(self._numbers))
        self._text, self._numbers, self._space = "", [], ""
        self._after_marker = self._removed = False
        if any(character.isalnum() for character in text):
            yield Marked(text=text, passages=numbers, complete=bool(_ENDS.search(text)))

    def _resolve(self, inner: str) -> tuple[list[int], int]:
        numbers: list[int] = []
        unknown = 0
        for first, last in _PART.findall(inner):
            low, high = int(first), int(last or first)
            wanted = (
                range(low, high + 1) if 0 <= high - low <= _WIDEST_RANGE else range(low, low + 1)
            )
            known = [number for number in wanted if 1 <= number <= len(self._shown)]
            numbers.extend(known)
            unknown += len(wanted) - len(known)
        return numbers, unknown

    def _known_address(self, match: re.Match[str]) -> str:
        address = match[0].rstrip(_AFTER_ADDRESS)
        bare = re.sub(r"^doi:?\s*", "", address, flags=re.I)
        if any(bare.casefold() in passage.casefold() for passage in self._shown):
            return match[0]
        self.invalid += 1
        self._removed = True
        return match[0][len(address) :]


class Numbering:
    """The answer's own markers, 1..n by first use, for the numbers the model saw."""

    def __init__(self) -> None:
        self._markers: dict[int, int] = {}

    def of(self, passages: Sequence[int]) -> tuple[int, ...]:
        """The markers of these passages; new ones get the next number."""
        return tuple(
            self._markers.setdefault(number, len(self._markers) + 1) for number in passages
        )

    @property
    def used(self) -> dict[int, int]:
        """Passage number to marker, in the order of first use."""
        return dict(self._markers)


def markers(numbers: Sequence[int]) -> str:
    """Markers in their one written form: " [1][2]", or nothing."""
    return " " + "".join(f"[{number}]" for number in numbers) if numbers else ""


def answer_text(sentences: Sequence[Sentence]) -> str:
    """The answer as one text, each sentence followed by its markers."""
    return " ".join(sentence.text + markers(sentence.citations) for sentence in sentences)


def _bracket(raw: str) -> int:
    """Length of the bracketed run at the start, 0 while it is not closed."""
    for position, character in enumerate(raw[1 : _LONGEST_MARKER + 1], start=1):
        if character in _CLOSE:
            return position + 1
        if character in _OPEN or character == "\n":
            return 1
    return 0


def _word(raw: str, *, final: bool) -> int:
    """Length of the word at the start, 0 while more of it may come."""
    if _DANGLING_DOI.fullmatch(raw) and not final:
        return 0
    match = _WORD.match(raw)
    size = match.end() if match else 1
    return size if final or size < len(raw) or raw[size - 1] in "。！？" else 0


def _abbreviated(text: str, following: str) -> bool:
    """Whether the stop at the end of ``text`` shortens a word, and ends no sentence."""
    last = text.rsplit(maxsplit=1)[-1].lstrip(_OPENERS)
    if not last.endswith("."):
        return False
    bare = last[:-1].casefold()
    if bare in vocabulary.BEFORE_NUMBERS:
        return following[:1].isdigit()
    enumerates = last == text and bare.isdigit()
    initial = len(bare) == 1 and bare.isalpha()
    return enumerates or initial or bare in vocabulary.ABBREVIATIONS
