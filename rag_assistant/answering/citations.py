"""Citation markers in streamed prose: held back, resolved, numbered by first use.

A model writes ``[1]``, ``[1, 3]``, ``[1][2]``, ``[1-3]``, ``[^1]``, ``(1)`` or the wide forms of
them, before or after the full stop. What leaves here carries no marker inside a sentence: they are
gathered at its end, unknown ones are removed and counted, and so is what would lead elsewhere: web
addresses, DOIs and their kin that stand in no passage. Links, tags and what a model thinks aloud
in ``<think>`` are removed as well. Brackets that are text, like ``[sic]``, stay; so does ``[1934]``
where a passage has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag_assistant.answer import Sentence
from rag_assistant.answering import vocabulary
from rag_assistant.answering.foreign import Foreign
from rag_assistant.answering.pieces import CLOSE, OPEN, Kind, next_piece

_WIDEST_RANGE = 20
_LABEL = r"(?:(?:passages?|sources?|documents?|docs?|refs?|quellen?|fuentes?|nos?\.?)\s*:?\s*)?"
_ONE = rf"{_LABEL}[\^#-]?\s*\d{{1,40}}(?:†\w*)?"
_MARKER = re.compile(rf"{_ONE}(?:\s*(?:[-–,;&]|and|und|et|y)\s*{_ONE})*", re.I)
_PART = re.compile(rf"(-?\d+)(?:†\w*)?(?:\s*[-–]\s*{_LABEL}\^?(\d+))?", re.I)
_RAISED = re.compile(r"((?:[.!?…]|[^\W\d_]{3,}|\d{4})[\"'”’»)]?)([¹²³⁰⁴-⁹]{1,2})([.,;:!?]?)")
_LINK = re.compile(r"(!?)\[(.*?)\]\(\s*(\S*)")
_TAG = re.compile(r"</?\s*([a-z]\w*)", re.I)
_BLOCKS = frozenset(("br", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "tr", "ul"))
_UNSAID = frozenset(("think", "thinking", "thought", "reasoning", "script", "style"))
_CONTROL = re.compile(r"\[/?(?:INST|SYS)\]", re.I)
_EMPHASIS = re.compile(
    r"^(?:[*`\\]|_(?=_|\w)|~~|#{1,6}$|>+$)+|(?:[*`\\]|(?<=[\W_])_|~~)+(?=[.,;:!?]*$)"
)
_LEFT_BY_ADDRESS = re.compile(r"\s*[(（<]\s*[)）>]|[,;:]\s*(?=[.!?])|^\s*:\s*")
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_UNSPACED_END = re.compile(r"[。！？][」』”’)]*$")
_OPENERS = "\"'“‘«»„(¿¡*-–—•"
_BULLET = re.compile(r"(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A finished sentence as the model wrote it: its words, and the passages it names.

    ``torn`` says that something was taken out of it that would have led elsewhere.
    """

    text: str
    passages: tuple[int, ...]
    complete: bool
    torn: bool = False


class MarkerStream:
    """Takes the model's pieces as they come; gives words that may be shown, and sentences.

    Args:
        passages: What the model was shown, in the order of its numbers 1..n.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        self.invalid = 0
        self._shown = passages
        self._foreign = Foreign(passages)
        self._raw = ""
        self._text = ""
        self._space = ""
        self._numbers: list[int] = []
        self._after_marker = False
        self._removed = False
        self._unsaid = False

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
            piece = next_piece(self._raw, final=final)
            if piece is None:
                return
            words, self._raw = self._raw[: piece.size], self._raw[piece.size :]
            if piece.kind == "tag":
                yield from self._take_tag(words)
            elif not self._unsaid:
                yield from self._take(piece.kind, words)

    def _take(self, kind: Kind, words: str) -> Iterator[str | Marked]:
        match kind:
            case "space":
                self._space = words
                if "\n" in words:
                    yield from self._end_sentence()
            case "bracket":
                yield from self._take_bracket(words)
            case "link":
                yield from self._take_link(words)
            case "word" if not (self._after_marker and not self._space and words[0] in CLOSE):
                yield from self._take_word(words)
            case _:  # what is left of a marker
                pass

    def _take_tag(self, tag: str) -> Iterator[str | Marked]:
        """A tag is no prose; an address in it counts, and a block ends a sentence."""
        name = _TAG.match(tag)
        plain = name[1].casefold() if name else ""
        if plain in _UNSAID:
            self._unsaid = not tag.startswith("</")
        elif not self._unsaid:
            inner = tag[1:-1]
            if self._foreign.without_addresses(inner, self._remove) == inner and "://" in inner:
                yield from self._take_word(inner)
            elif plain in _BLOCKS:
                yield from self._end_sentence()

    def _take_link(self, link: str) -> Iterator[str | Marked]:
        """The words of a link, without a target that no passage holds; of a picture, nothing."""
        match = _LINK.match(link)
        picture, words, target = match.groups() if match else ("", link, "")
        if target and self._foreign.holds(target.rstrip(")")):
            yield from self._take_word(link)
            return
        self._remove()
        if picture:
            return
        if _MARKER.fullmatch(_plain(words)):
            yield from self._take_bracket(f"[{words}]")
            return
        for word in words.split():
            yield from self._take_word(word)
            self._space = " "

    def _take_bracket(self, bracket: str) -> Iterator[str | Marked]:
        inner = _plain(self._foreign.visible(bracket[1:-1]))
        if _CONTROL.fullmatch(bracket):
            return
        if not _MARKER.fullmatch(inner):
            yield from self._take_word(bracket)
            return
        numbers, unknown = self._resolve(inner)
        is_round = bracket[0] not in OPEN
        if (is_round and not self._text) or (
            (unknown or is_round) and any(bracket in passage for passage in self._shown)
        ):
            yield from self._take_word(bracket)
            return
        self.invalid += unknown
        self._numbers.extend(numbers)
        self._after_marker = True

    def _take_word(self, word: str) -> Iterator[str | Marked]:
        word = self._without_raised(_EMPHASIS.sub("", self._foreign.visible(word)))
        kept = self._foreign.without_addresses(word, self._remove)
        after_gap = self._after_marker or kept != word
        word = kept
        if not word:
            return
        if self._text and self._starts_sentence(word):
            yield from self._end_sentence()
        closes = after_gap and not word[0].isalnum() and word[0] not in OPEN + _OPENERS
        apart = self._text and not closes and (self._space or self._after_marker)
        joined = f" {word}" if apart else word
        self._text += joined
        self._space = ""
        self._after_marker = False
        yield joined

    def _without_raised(self, word: str) -> str:
        """A word without the raised number of a footnote, which is a marker."""
        match = _RAISED.fullmatch(word)
        if match is None or any(word.rstrip(".,;:!?") in passage for passage in self._shown):
            return word
        numbers, unknown = self._resolve(unicodedata.normalize("NFKC", match[2]))
        self.invalid += unknown
        self._numbers.extend(numbers)
        return match[1] + match[3]

    def _starts_sentence(self, word: str) -> bool:
        if _UNSPACED_END.search(self._text):
            return True
        if not (self._space or self._after_marker) or not _ENDS.search(self._text):
            return False
        first = word.lstrip(_OPENERS)[:1]
        if first and not (first.isupper() or first.isdigit() or first in OPEN):
            return first.isalpha() and not first.islower()
        return not _abbreviated(self._text, word)

    def _end_sentence(self) -> Iterator[str | Marked]:
        text = _BULLET.sub("", self._text, count=1) if _BULLET.match(self._text) else self._text
        torn = self._removed
        if torn:
            text = _LEFT_BY_ADDRESS.sub("", text)
        numbers = tuple(dict.fromkeys(self._numbers))
        self._text, self._numbers, self._space = "", [], ""
        self._after_marker = self._removed = False
        if any(character.isalnum() for character in text):
            complete = bool(_ENDS.search(text))
            yield Marked(text=text, passages=numbers, complete=complete, torn=torn)

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

    def _remove(self) -> None:
        """Count something that led elsewhere and was taken out."""
        self.invalid += 1
        self._removed = True


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


def _plain(inner: str) -> str:
    return unicodedata.normalize("NFKC", inner).strip(" \n\\*`_")


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
