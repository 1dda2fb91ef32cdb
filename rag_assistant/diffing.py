"""What changed between two texts, sentence by sentence and then word by word. Pure.

Both are longest common subsequences, computed many places at a time in the bits of one integer
(H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): two pages of 5,000 sentences
take a fraction of a second whatever they hold, where difflib may take minutes. Longer ones are
first cut at the sentences that stand once on either side (B. Cohen's "patience" comparison).

Read backwards, a comparison is the same with its sides exchanged.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag_assistant.schema import Section, Span
from rag_assistant.splitting import sentences

_CELLS = 200_000_000  # bits of one comparison, 25 MB
_PAIRINGS = 2_500  # sentences of a block that are compared with each other
_ALIKE = 0.5  # share of words that two wordings of one sentence have in common
_LINE_GAP = re.compile(r"\s*\n\s*")
_LOST = 3  # times as many changed words on both sides hide a same one

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+(?:[.,:/'’‐–-][^\W{_UNSPACED}]+)*|[^\w\s]")

Op = Literal["same", "removed", "added"]
_Match = tuple[int, int]  # a place on either side


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One sentence, line or heading of a version: ``text == section_text[start:end]``.

    A heading stands before its section's text and is no part of it: its span is 0..0.
    """

    section_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of both sides; where it is not changed, they hold the same words."""

    changed: bool
    before: tuple[Unit, ...]
    after: tuple[Unit, ...]

    @property
    def coarse(self) -> bool:
        """Whether it was too long to be compared, so that not all of it need have changed."""
        return self.changed and len(self.before) * len(self.after) > _CELLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A piece of text that stands on both sides, or on one."""

    op: Op
    text: str


def units(sections: Sequence[tuple[str, Section]]) -> tuple[Unit, ...]:
    """Headings, sentences and lines of a version, in reading order.

    Args:
        sections: Section ids with their sections. Of a heading trail only what differs from the
            section before it counts; the same trail again is its last heading again.
    """
    found: list[Unit] = []
    trail: tuple[str, ...] = ()
    for section_id, section in sections:
        for heading in _new_headings(trail, section.headings):
            found.append(Unit(section_id=section_id, start=0, end=0, text=heading))
        found += [
            Unit(section_id=section_id, start=start, end=end, text=section.text[start:end])
            for sentence in sentences(section.text)
            for start, end in _lines(section.text, sentence)
        ]
        trail = section.headings
    return tuple(found)


def _lines(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence's own lines, as in a list of prices; prose that is merely wrapped stays whole."""
    start, end = sentence
    for gap in _LINE_GAP.finditer(text, start, end):
        if not text[gap.end()].islower():
            yield start, gap.start()
            start = gap.end()
    yield start, end


def compare(before: Sequence[Unit], after: Sequence[Unit]) -> tuple[Block, ...]:
    """Both sides as blocks, changed and unchanged in turn; white space does not count."""
    old, new = [_plain(one.text) for one in before], [_plain(one.text) for one in after]
    blocks: list[Block] = []
    for left, right, same in _stretches(_matches(old, new), len(old), len(new)):
        # The same words may only stand on other lines.
        changed = not same and " ".join(old[slice(*left)]) != " ".join(new[slice(*right)])
        first, second = tuple(before[slice(*left)]), tuple(after[slice(*right)])
        if blocks and blocks[-1].changed == changed:
            joined = blocks.pop()
            first, second = joined.before + first, joined.after + second
        blocks.append(Block(changed=changed, before=first, after=second))
    return tuple(blocks)


def word_counts(blocks: Sequence[Block]) -> tuple[int, int]:
    """How many words went and how many came: what either side of a block has more often."""
    went = came = 0
    for block in blocks:
        if block.changed:
            old, new = _bag(block.before), _bag(block.after)
            went += (old - new).total()
            came += (new - old).total()
    return went, came


def pairs(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The sentences of a changed block, each beside its new wording; "" where it has none.

    Both sides keep their order. Of very many sentences none is paired.
    """
    if len(before) * len(after) > _PAIRINGS:
        return (*((one, "") for one in before), *(("", one) for one in after))
    scores = _similarities(before, after)
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            paired = scores[i][j] + best[i + 1][j + 1] if scores[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    found: list[tuple[str, str]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if best[i][j] == best[i + 1][j]:
            found.append((before[i], ""))
            i += 1
        elif best[i][j] == best[i][j + 1]:
            found.append(("", after[j]))
            j += 1
        else:
            found.append((before[i], after[j]))
            i, j = i + 1, j + 1
    found += [(one, "") for one in before[i:]]
    return (*found, *(("", one) for one in after[j:]))


def words(before: str, after: str) -> tuple[Word, ...]:
    """Pieces of a changed text: without the added ones they are ``before``, and so on.

    A figure ("9.15") is one word; in scripts without spaces each character is one. A same word
    lost among many changed ones counts as changed: it would only confuse.
    """
    old = [match.span() for match in _TOKEN.finditer(before)]
    new = [match.span() for match in _TOKEN.finditer(after)]
    found = _matches([before[slice(*one)] for one in old], [after[slice(*one)] for one in new])
    same = [(old[i], new[j]) for i, j in _without_lost(found, len(old), len(new))]
    ends = ((len(before), len(before)), (len(after), len(after)))
    pieces: list[Word] = []
    at = upto = 0
    for (start, stop), (begin, end) in (*same, ends):
        pieces += _between_same(before[at:start], after[upto:begin])
        pieces.append(Word(op="same", text=before[start:stop]))
        at, upto = stop, end
    return _joined(pieces)


# ---------------------------------------------------------------- texts


def _new_headings(trail: tuple[str, ...], headings: tuple[str, ...]) -> tuple[str, ...]:
    if trail == headings:
        return headings[-1:]
    shared = 0
    while shared < min(len(trail), len(headings)) and trail[shared] == headings[shared]:
        shared += 1
    return headings[shared:]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _bag(side: Sequence[Unit]) -> Counter[str]:
    return Counter(word for unit in side for word in _TOKEN.findall(unit.text) if word[0].isalnum())


def _similarities(before: Sequence[str], after: Sequence[str]) -> list[list[float]]:
    """Dice coefficients of all pairs' words, 0 where two sentences are not alike."""
    old, new = ([Counter(_TOKEN.findall(one)) for one in side] for side in (before, after))
    rows = []
    for first in old:
        dice = [2 * (first & each).total() / max(1, (first + each).total()) for each in new]
        rows.append([one if one >= _ALIKE else 0.0 for one in dice])
    return rows


def _without_lost(found: list[_Match], length: int, other: int) -> Iterator[_Match]:
    """Matches without those that are few among many changed words."""
    runs = list(_stretches(found, length, other))
    sizes = [max(left[1] - left[0], right[1] - right[0]) for left, right, _ in runs]
    around = [0, *sizes, 0]  # of a run at either end nothing is lost
    for place, (left, right, same) in enumerate(runs):
        beside = min(around[place], around[place + 2])
        if same and _LOST * sizes[place] > beside:
            yield from zip(range(*left), range(*right), strict=True)


def _between_same(old: str, new: str) -> Iterator[Word]:
    """What stands between same words; white space that both have at an end is the same too."""
    head = _shared_space(old, new)
    tail = _shared_space(old[head:][::-1], new[head:][::-1])
    yield Word(op="same", text=old[:head])
    yield Word(op="removed", text=old[head : len(old) - tail])
    yield Word(op="added", text=new[head : len(new) - tail])
    yield Word(op="same", text=old[len(old) - tail :])


def _shared_space(first: str, second: str) -> int:
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other or not one.isspace():
            break
        shared += 1
    return shared


def _joined(pieces: Sequence[Word]) -> tuple[Word, ...]:
    """Neighbours of a kind as one, none empty."""
    found: list[Word] = []
    for piece in pieces:
        if found and found[-1].op == piece.op:
            found[-1] = Word(op=piece.op, text=found[-1].text + piece.text)
        elif piece.text:
            found.append(piece)
    return tuple(found)


# ---------------------------------------------------------------- sequences


def _stretches(
    found: Sequence[_Match], length: int, other: int
) -> Iterator[tuple[Span, Span, bool]]:
    """Spans of both sides, matched (True) and not; together they cover everything."""
    i = j = 0
    begin, start = i, j
    for left, right in (*found, (length, other)):
        if (left, right) == (i, j) and left < length:
            i, j = i + 1, j + 1
            continue
        if begin < i:
            yield (begin, i), (start, j), True
        if (left, right) != (i, j):
            yield (i, left), (j, right), False
        begin, start = left, right
        i, j = left + 1, right + 1


def _matches(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """Places where both sides have the same, in the order of both; as many as there can be.

    Only of sequences beyond some 14,000 places they may be fewer.
    """
    if (len(before), before) > (len(after), after):
        return [(i, j) for j, i in _matches(after, before)]
    head, tail = _same_ends(before, after)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    cuts = _anchors(old, new) if len(old) * len(new) > _CELLS else []
    found = [(place, place) for place in range(head)]
    i = j = 0
    for left, right in (*cuts, (len(old), len(new))):
        inner = _longest(old[i:left], new[j:right])
        found += [(head + i + one, head + j + other) for one, other in inner]
        found.append((head + left, head + right))
        i, j = left + 1, right + 1
    found.pop()
    tails = range(tail, 0, -1)
    return found + [(len(before) - place, len(after) - place) for place in tails]


def _same_ends(before: Sequence[str], after: Sequence[str]) -> tuple[int, int]:
    """How many places are the same at the beginning and, beyond these, at the end."""
    most = min(len(before), len(after))
    head = 0
    while head < most and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < most - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """What stands once on either side, the longest run of it that keeps the order of both."""
    counts = Counter(before), Counter(after)
    places = {one: place for place, one in enumerate(after)}
    once = [
        (place, places[one])
        for place, one in enumerate(before)
        if counts[0][one] == counts[1][one] == 1
    ]
    ends: list[int] = []  # the lowest place at which a rising run of each length ends
    last: list[int] = []  # and which of `once` that is
    previous: list[int] = []
    for number, (_, place) in enumerate(once):
        length = bisect_left(ends, place)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    run = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(once[at])
        at = previous[at]
    return run[::-1]


def _longest(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """A longest common subsequence; nothing where it would take too long.

    After row ``j`` bit ``i`` is clear where ``before[: i + 1]`` has one more place in common with
    ``after[: j + 1]`` than ``before[:i]`` has.
    """
    if len(before) * len(after) > _CELLS:
        return []
    bits = _bits(before, set(after))
    full = (1 << len(before)) - 1
    row, rows = full, [full]
    for one in after:
        hit = row & bits.get(one, 0)
        row = ((row + hit) | (row - hit)) & full
        rows.append(row)
    found: list[_Match] = []
    i, j = len(before), len(after)
    while i and j:
        if rows[j] >> (i - 1) & 1:
            i -= 1
            continue
        j -= 1
        if rows[j] >> (i - 1) & 1:
            i -= 1
            found.append((i, j))
    return found[::-1]


def _bits(sequence: Sequence[str], wanted: set[str]) -> dict[str, int]:
    """Where each wanted element stands, as the bits of an integer."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(sequence):
        if one in wanted:
            places.setdefault(one, []).append(place)
    found = {}
    for one, standing in places.items():
        field = bytearray(standing[-1] // 8 + 1)
        for place in standing:
            field[place // 8] |= 1 << place % 8
        found[one] = int.from_bytes(field, "little")
    return found
