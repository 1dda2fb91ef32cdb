"""Sections into passages: runs of whole sentences that fit the embedding model, offsets exact.

Sentences are found by our own rules: sentencex, the kept library of this speed, must be told the
language and breaks after "vol.", "M." and "Mme.".
Where a rule is in doubt it joins rather than cuts: a quote must never lose half its sentence.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag_assistant.ports import Tokenizer
from rag_assistant.readers.language import parted
from rag_assistant.schema import Passage, Section, Span, embedded_text

SPECIAL_TOKENS = 2  # [CLS] and [SEP]
TRAIL_SHARE = 3  # the heading trail takes at most this part of the limit
WELL_FILLED = 0.6  # from here on a passage ends at the end of its paragraph
CHARACTERS_PER_TOKEN = 10  # bounds what a tokenizer cannot read: base64, scripts unknown to it

_STOPS = ".!?…؟۔।॥።"
_WIDE_STOPS = "。！？｡"
_OPENERS = "\"'“‘„‚«»‹›([{¿¡「『（【《〈—–-"
# Opens with one set of characters, not with alternatives: the search is five times as fast.
# Begins a run of stops only at its first: a page of dots must not take quadratic time.
_CANDIDATE = re.compile(
    rf"[{_STOPS}{_WIDE_STOPS}\n]"
    r"(?:(?<=\n)"
    rf"|(?<=[{_WIDE_STOPS}])[{_WIDE_STOPS}]*[」』”’）】》〉)\"']*"
    rf"|(?<=[{_STOPS}])(?<![{_STOPS}]{{2}})[{_STOPS}]*+"
    r"(?:[\"'”’“‘»«›‹)\]}]|[ \u00a0\u202f][»›]|\[\d{1,3}\])*(?=\s|\Z))"
)
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SPACE = re.compile(r"\s*")
_LAST_SPACE = re.compile(r"(?s:.*)\s")
_AHEAD = re.compile(rf"[{re.escape(_OPENERS)}\s]*")
_WORD = re.compile(r"\w+")
_UNBROKEN = re.compile(r"\S+")
_OPENING = re.compile(r"(\w+)[\s,'’]")
_ACRONYM = re.compile(r"[^\W\d_]|[A-Z](?:\.[A-Z])+|Ph\.D")  # not "p.m", which may end
_NUMBER = re.compile(r"[\d#]|[IVXLCDM]+\b")
_ITEM = re.compile(r"[*•·▪◦‣●○■□–—-]\s|\(?(?:\d{1,3}|[a-zA-Z])\)\s|\d{1,3}\.\s")
_SPEAKER = re.compile(r"([^\W\d_][\w .'’-]{0,38}):(?=\s|\Z)")

_COLUMN = 30  # characters; hardly any prose is set narrower
_WIDEST_COLUMN = 160  # nor wrapped wider
_RAGGED = 0.8  # of a paragraph's width; proportional type counts unevenly in characters
_LONGEST_WORD = 24  # looked at in search of an abbreviation
_LONGEST_MARKER = 3
_LONGEST_ORDINAL = 2
_WINDOW = 50_000  # characters at a time: a token takes a tokenizer some 100 bytes, and us 8
_LINE_CLOSERS = frozenset(":)]\"'”’»")
_CLAUSE_MARKS = frozenset(",;:)—–、，；：）")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations that stand before a name or an example and never end a sentence.
_BEFORE_NAME = _words(
    """mr mrs ms messrs dr drs prof rev revd hon gen col capt cmdr lt maj sgt gov sen rep pres supt
    wm chas thos geo jas jno robt saml edw alex hr fr frl mm mme mmes mlle mlles mgr sr sra srta dña
    cf vs viz e.g i.e approx vgl bzw bspw sog insb geb gest verh z.b d.h u.a p.ex"""
)
# Abbreviations that stand before a number; before anything else they are words ("He said no.").
_BEFORE_NUMBER = _words(
    """no nos nr nrn vol vols pp ca circa fl fol fols ff fig figs art arts ch chap sec sect par
    para pt ser mss inv acc bd bde kap abb abs anm bl str tom núm núms pág págs cap
    jan feb febr mar apr jun jul aug sep sept oct okt nov dec dez
    janv févr avr juil déc ene abr ago dic"""
)
# Abbreviations that end a sentence only where a plain opening word follows, as initials do.
_BEFORE_ANYTHING = _words("st ste mt ft jr snr esq inc ltd co corp bros ave rd blvd univ dept")
_OPENING_WORDS = _words(
    """the a an he she it they we i you his her their its this that these those there here in on
    at after before during since when while as for from by with if but and so then not what who
    how however although der die ein eine er sie es wir ich im am an auf nach als wenn mit und
    aber dann il elle ils elles on nous je ce cette ces dans en et mais puis un une una él ella
    se y pero este esta"""
)
# What a German ordinal number stands before ("12. März 1934", "19. Jahrhundert").
_AFTER_ORDINAL = _words(
    """januar jänner februar märz april mai juni juli august september oktober november dezember
    jahrhundert jahrhunderts jh jhs auflage aufl band kapitel jahrgang heft klasse"""
)


def split(section: Section, *, title: str, tokenizer: Tokenizer, limit: int) -> list[Passage]:
    """Passages of one section; see `split_document`."""
    return split_document(title, [section], tokenizer, limit)[0]


def split_document(
    title: str,
    sections: Sequence[Section],
    tokenizer: Tokenizer,
    limit: int,
    passed_over: Sequence[Sequence[Span]] = (),
    *,
    languages: Sequence[str] = (),
) -> list[list[Passage]]:
    """Passages of each section, in reading order, without overlap.

    Together they cover all but white space and what is passed over. Each fits ``limit`` tokens
    with the special tokens and its heading trail; the trail counts with at most a third of the
    limit.

    Args:
        title: The document's title, the outermost part of each heading trail.
        sections: The document's sections.
        tokenizer: The embedding model's own.
        limit: Tokens that the embedding model reads, its special tokens included.
        passed_over: Spans of each section's text that no passage holds, in order.
        languages: What the text is in; where they are several, each passage is in one.
    """
    texts = [section.text for section in sections]
    trails = [embedded_text(title, section.headings, "") for section in sections]
    distinct = list(dict.fromkeys(trails))
    tokens = _tokens([*texts, *distinct], tokenizer)
    trail_tokens = {
        trail: len(starts)
        for trail, (starts, _) in zip(distinct, tokens[len(texts) :], strict=True)
    }
    result = []
    for number, (text, trail) in enumerate(zip(texts, trails, strict=True)):
        budget = limit - SPECIAL_TOKENS - min(trail_tokens[trail], limit // TRAIL_SHARE)
        gaps = passed_over[number] if passed_over else ()
        result.append(
            [
                _passage(text, run, language)
                for stretch in _stretches(text, gaps)
                for part, language in parted(text, stretch, languages, sentences)
                for run in _runs(
                    text, _pieces(text, part, tokens[number], tokenizer, budget), budget
                )
            ]
        )
    return result


def sentences(text: str) -> list[Span]:
    """Spans of a text's sentences, the white space around them left out.

    A blank line always ends a sentence. A single line break does where it was meant: before a
    list item or a speaker, or where the next word would still have fitted the line.
    """
    spans: list[Span] = []
    start = _skip_space(text, 0)
    for gap in _PARAGRAPH.finditer(text, start):
        spans.extend(_paragraph_sentences(text, start, gap.start()))
        start = gap.end()
    spans.extend(_paragraph_sentences(text, start, len(text)))
    return spans


# ---------------------------------------------------------------- packing


Piece = tuple[int, int, int]  # start, end and tokens of a sentence, or of a part of a long one
Tokens = tuple["array[int]", "array[int]"]  # where the tokens of a text start, and where they end


def _tokens(texts: Sequence[str], tokenizer: Tokenizer) -> list[Tokens]:
    """The tokens of each text, found some windows at a time."""
    found: list[Tokens] = [(array("Q"), array("Q")) for _ in texts]
    batch: list[tuple[int, int, str]] = []
    size = 0
    for number, text in enumerate(texts):
        for start, end in _windows(text):
            batch.append((number, start, text[start:end]))
            size += end - start
            if size >= _WINDOW:
                _note_tokens(batch, found, tokenizer)
                batch, size = [], 0
    _note_tokens(batch, found, tokenizer)
    return found


def _windows(text: str) -> Iterator[Span]:
    """Parts of a text, cut after white space, as no word crosses it."""
    start = 0
    while len(text) - start > _WINDOW:
        space = _LAST_SPACE.match(text, start, start + _WINDOW)
        end = space.end() if space else start + _WINDOW
        yield start, end
        start = end
    yield start, len(text)


def _note_tokens(
    batch: Sequence[tuple[int, int, str]], found: Sequence[Tokens], tokenizer: Tokenizer
) -> None:
    windows = tokenizer.offsets([window for _, _, window in batch])
    for (number, offset, _), spans in zip(batch, windows, strict=True):
        starts, ends = found[number]
        starts.extend(offset + start for start, _ in spans)
        ends.extend(offset + end for _, end in spans)


def _stretches(text: str, gaps: Sequence[Span]) -> Iterator[Span]:
    """What lies between the gaps."""
    at = 0
    for start, end in gaps:
        if at < start:
            yield at, start
        at = max(at, end)
    if at < len(text):
        yield at, len(text)


def _pieces(
    text: str, stretch: Span, tokens: Tokens, tokenizer: Tokenizer, budget: int
) -> Iterator[Piece]:
    starts, ends = tokens
    first = 0
    offset = stretch[0]
    for begin, stop in sentences(text[slice(*stretch)]):
        start, end = begin + offset, stop + offset
        first = bisect_right(ends, start, first)
        count = bisect_left(starts, end, first) - first
        if count <= budget and end - start <= budget * CHARACTERS_PER_TOKEN:
            yield start, end, count
        else:
            yield from _cut(text, start, end, tokenizer, budget)


def _cut(text: str, start: int, end: int, tokenizer: Tokenizer, budget: int) -> Iterator[Piece]:
    """Parts of a sentence that is too long, each measured anew: a word's tail has other tokens."""
    while start < end:
        window = text[start : min(end, start + budget * CHARACTERS_PER_TOKEN)]
        tokens = tokenizer.offsets([window])[0]
        if start + len(window) == end and len(tokens) <= budget:
            yield start, end, len(tokens)
            return
        length = _cut_length(window, tokens, budget)
        part = window[:length].rstrip()
        yield start, start + len(part), sum(1 for token in tokens if token[0] < length)
        start = _skip_space(text, start + length)


def _cut_length(window: str, tokens: Sequence[Span], budget: int) -> int:
    """Where to cut: after a clause in the second half, else at white space, else at a token."""
    bounds = [
        after[0] for before, after in pairwise(tokens[: budget + 1]) if 0 < before[1] <= after[0]
    ]
    if len(tokens) <= budget:
        bounds.append(len(window))
    if not bounds:  # a single character of more tokens than the budget
        return 1
    second_half = [bound for bound in bounds if bound > bounds[-1] // 2]
    for bound in reversed(second_half):
        before = window[:bound].rstrip()
        if before and before[-1] in _CLAUSE_MARKS:
            return bound
    for bound in reversed(second_half):
        if window[bound - 1].isspace():
            return bound
    return second_half[-1]


def _runs(text: str, pieces: Iterator[Piece], budget: int) -> Iterator[list[Span]]:
    """Gather pieces into runs that fit; a well-filled run ends with its paragraph."""
    run: list[Span] = []
    used = 0
    for start, end, count in pieces:
        if run:
            full = used + count > budget or end - run[0][0] > budget * CHARACTERS_PER_TOKEN
            well_filled = used >= WELL_FILLED * budget
            if full or (well_filled and text.count("\n", run[-1][1], start) > 1):
                yield run
                run, used = [], 0
        run.append((start, end))
        used += count
    if run:
        yield run


def _passage(text: str, run: Sequence[Span], language: str | None) -> Passage:
    start, end = run[0][0], run[-1][1]
    return Passage(start=start, end=end, text=text[start:end], sentences=(*run,), language=language)


# ---------------------------------------------------------------- sentences


def _paragraph_sentences(text: str, start: int, end: int) -> Iterator[Span]:
    width = max(map(len, text[start:end].split("\n")))
    for candidate in _CANDIDATE.finditer(text, start, end):
        at, after = candidate.span()
        if at < start:  # a line break behind a full stop
            continue
        if text[at] == "\n":
            after = at
            ends = _line_ends_sentence(text, at, end, width)
        elif text[at] in _WIDE_STOPS:
            ends = _wide_stop_ends_sentence(text, after, end)
        else:
            ends = _stop_ends_sentence(text, at, after, end)
        if ends:
            yield start, _rstrip(text, start, after)
            start = _skip_space(text, after)
    if start < end:
        yield start, _rstrip(text, start, end)


def _stop_ends_sentence(text: str, at: int, after: int, end: int) -> bool:
    """Whether the stop at ``at``, its closing quotes ending at ``after``, ends a sentence."""
    ahead = _AHEAD.match(text, after, end)
    following = ahead.end() if ahead else end
    if following == end:
        return True
    if text[following] in ".!?…,;:":
        return False
    if text[at] == "." and text[at + 1 : at + 2] != ".":
        return _dot_ends_sentence(text, at, following, end)
    return not text[following].islower()


def _dot_ends_sentence(text: str, at: int, following: int, end: int) -> bool:
    """Whether a single full stop ends a sentence or belongs to an abbreviation or ordinal."""
    lead = text[max(0, at - _LONGEST_WORD) : at]
    if lead[-1:].isspace():  # tokenised text, unless it is a spaced ellipsis or a dot leader
        return not lead.rstrip().endswith(".") or text[following].isupper()
    if text[following].islower():
        return False
    words = lead.split()
    word = words[-1].lstrip(_OPENERS) if words else ""
    key = word.lower()
    if key in _BEFORE_NUMBER or key.endswith("str"):  # Goethestr. 5
        return not _NUMBER.match(text, following, end)
    if key in _BEFORE_ANYTHING or _ACRONYM.fullmatch(word):
        return _opens_sentence(text, following, end)
    if key.isdigit():
        return not (_is_marker(word, lead, at) or _is_ordinal(text, key, following, end))
    return key not in _BEFORE_NAME


def _opens_sentence(text: str, at: int, end: int) -> bool:
    word = _OPENING.match(text, at, end)
    return word is not None and word[1].lower() in _OPENING_WORDS


def _is_marker(number: str, lead: str, at: int) -> bool:
    """Whether the number stands alone at the start of its line, as list markers do."""
    line = lead.rpartition("\n")[2]
    whole = len(line) < len(lead) or len(lead) == at
    return whole and line.strip() == number and len(number) <= _LONGEST_MARKER


def _is_ordinal(text: str, number: str, at: int, end: int) -> bool:
    word = _WORD.match(text, at, end)
    return (
        len(number) <= _LONGEST_ORDINAL and word is not None and word[0].lower() in _AFTER_ORDINAL
    )


def _wide_stop_ends_sentence(text: str, after: int, end: int) -> bool:
    """Whether a CJK stop ends a sentence; quoted speech may run on (「…。」と言った)."""
    if after == end or text[after - 1] in _WIDE_STOPS:
        return True
    return text[after].isspace() or text[after] in _OPENERS


def _line_ends_sentence(text: str, at: int, end: int, width: int) -> bool:
    """Whether the line break at ``at`` was meant, in a paragraph of ``width`` characters."""
    following = _skip_space(text, at)
    if following >= end:
        return True
    item = _ITEM.match(text, following, end)
    if item:
        number = item[0].strip().rstrip(".")
        return not (number.isdigit() and _is_ordinal(text, number, item.end(), end))
    if text[following].islower():
        return False
    speaker = _SPEAKER.match(text, following, end)
    if speaker and speaker[1].isupper():
        return True
    line_start = text.rfind("\n", max(0, at - _WIDEST_COLUMN - 1), at) + 1
    line = text[max(line_start, at - _WIDEST_COLUMN - 1) : at].rstrip()
    if not line or not (line[-1].isalnum() or line[-1] in _LINE_CLOSERS):
        return False
    word = _UNBROKEN.match(text, following, end)
    needed = len(line) + 1 + (len(word[0]) if word else 0)
    return len(line) > _WIDEST_COLUMN or needed <= max(width * _RAGGED, _COLUMN)


def _skip_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _rstrip(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
