"""A pasted text cut into its references.

Lists come numbered, with bullets, with blank lines between, or one to a line; and long references
are wrapped, by mail programs and terminals. A line begins a new one only where something says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag_assistant.checking import labelled
from rag_assistant.checking.identifying import cut_out
from rag_assistant.checking.tagged import entries

_NUMBER = re.compile(r"\s*(?:\[(\d{1,4})\]|\((\d{1,3})\)|(\d{1,3})[.)])\s+(?=\S)")
_BULLET = re.compile(r"\s*[-*•–—‣◦·]\s+(?=\S)")
_BLANK = re.compile(r"\n[ \t\r]*\n")
_YEAR = re.compile(r"(?<!\d)(?:1[4-9]\d\d|20\d\d)(?!\d)|\bn\.\s?d\.")
_NAME = re.compile(
    r"[\"“„«‘'*_]|(?:(?:van|von|de[rn]?|la|le|di|da)\s)*[^\W\d_a-z][\w'’-]+(?:\s[\w'’.-]+){0,3},\s+[^\W\d_a-z]|"
    r"[^\W\d_a-z][\w'’-]+\s[^\W\d_a-z]{1,3}[.,]\s|(?:[^\W\d_a-z][\w'’.-]*\s){1,4}\(\d{4}|"
    r"(?:[^\W\d_a-z][\w'’.-]*\s){1,3}[^\W\d_a-z][\w'’-]+[,.]\s"
)
_BY = re.compile(r"\sby\s[^\W\d_a-z]")
_OPENING = re.compile(r"\s*(?:[^\W\d_a-z]|[\"“„«‘'*_])")
_ENDED = re.compile(r"[.)\]>\dX\"”’*_/?!]$|https?://\S+$")
_GOES_ON = re.compile(r"(?:[,:;&–(-]|\b(?:and|of|the|in|by|for|to|a|an|from|on|with|und|et))$")
_HEADING = re.compile(
    r"(?:[^.]|\.(?!\s)){1,200}:\s*|#{1,6}\s.{1,100}|"
    r"(?:references|bibliography|works cited|sources)\.?|`{3,}\w*",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"\bI\b(?!\.)|\b(?:[Yy]ours?|[Yy]ou|me|[Pp]lease)\b")  # to whom reads it
_NAMED = re.compile(r"[^\W\d_a-z][\w'’-]+,?\s+[^\W\d_a-z]")
_SENTENCE = re.compile(r"[^\w\s)\]\"”’'*>/]\s*$")
_BEFORE = 12  # lines, of those before, by which the beginning of a reference is told
_LONGEST = 4000  # characters in which it is told whether a reference is dated
_MOST_ITEMS = 300  # of a list without line ends


def split_references(text: str) -> tuple[list[str], list[str]]:
    """The references of a text, and what stands around them that is none (headings).

    Nothing is lost: every line is in one of the two.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n ")
    found: list[tuple[str, bool]] = []  # and whether it is plain
    aside: list[str] = []
    for kind, part in entries(text):
        if kind == "aside":
            aside.append(part)
            continue
        runs = labelled.split(part.split("\n")) if kind == "plain" else [(True, [part])]
        for whole, lines in runs:
            told = ["\n".join(lines).strip()] if whole else _plain("\n".join(lines))
            for words in told:
                heading = not whole and _is_heading(words)
                aside.append(words) if heading else found.append((words, not whole))
    kept = _kept([plain and _talks(words) for words, plain in found])
    aside += [words for at, (words, _) in enumerate(found) if at not in kept]
    return [found[at][0] for at in kept], aside


def _kept(talk: Sequence[bool]) -> range:
    """Which parts are left without the talk before the first reference and behind the last."""
    others = [at for at, one in enumerate(talk) if not one]
    return range(others[0], others[-1] + 1) if others else range(len(talk))


def _plain(text: str) -> Iterator[str]:
    """The parts of a text in which nothing names what it is."""
    text = text.strip("\n ")
    text = text if "\n" in text else "\n".join(_run_on(text))
    marked = _marked(text.split("\n"))
    blocks = [block.split("\n") for block in _BLANK.split(text)]
    for part in marked or [part for block in blocks for part in _of_block(block)]:
        words = " ".join(line.strip() for line in part).strip()
        if words:
            yield words


def _run_on(line: str) -> Iterator[str]:
    """A numbered list that has lost its line ends: "1. … 2. …"."""
    start, number = 0, 2
    while _NUMBER.match(line) and number < _MOST_ITEMS:
        following = re.compile(
            rf"(?<=[.)\]>\dX\"”/*])\s+(?=[\[(]?{number}[.)\]]\s+[^\W\d_a-z\"“*])"
        )
        found = following.search(line, start)
        if not found:
            break
        yield line[start : found.start()]
        start, number = found.end(), number + 1
    yield line[start:]


def _marked(lines: Sequence[str]) -> list[list[str]]:
    """The parts of a list whose items have numbers or bullets; none where it is no such list."""
    starts = _numbered(lines) or [at for at, line in enumerate(lines) if _BULLET.match(line)]
    first = next((at for at, line in enumerate(lines) if line.strip()), 0)
    led = [at for at in starts if at == first] or _is_heading(
        " ".join(lines[: starts[0]]) if starts else ""
    )
    if not starts or not led:
        return []
    parts = [list(lines[: starts[0]])] if starts[0] else []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        item = list(lines[start:end])
        last = end == len(lines)
        parts += _after_blank(item) if last else [item]
    return parts


def _after_blank(item: list[str]) -> Iterator[list[str]]:
    """The last item, and what follows it after a blank line and belongs to no list."""
    blank = next((at for at, line in enumerate(item) if not line.strip()), len(item))
    yield item[:blank]
    if any(line.strip() for line in item[blank:]):
        yield from _of_block(item[blank:])


def _numbered(lines: Sequence[str]) -> list[int]:
    """Where the numbers go up by one; a line of a reference may begin with another number."""
    starts: list[int] = []
    expected: int | None = None
    for at, line in enumerate(lines):
        found = _NUMBER.match(line)
        number = int(next(group for group in found.groups() if group)) if found else None
        again = number == 1 and expected == 2  # noqa: PLR2004 - Markdown may number all of them 1
        if number is not None and (again or expected in (None, number)):
            starts.append(at)
            expected = number + 1
    return starts


def _of_block(block: Sequence[str]) -> list[list[str]]:
    """The references of lines without blank ones between."""
    lines = [line for line in block if line.strip()]
    if len(lines) < 2:  # noqa: PLR2004
        return [lines] if lines else []
    hanging = not lines[0][:1].isspace() and any(line[:1].isspace() for line in lines[1:])
    alone = _stand_alone(lines)
    parts: list[list[str]] = [[lines[0]]]
    for line in lines[1:]:
        before = " ".join(parts[-1][-_BEFORE:])[-_LONGEST:]
        follows = alone or _begins(line, before)
        if not line[:1].isspace() if hanging else follows:
            parts.append([line])
        else:
            parts[-1].append(line)
    return parts


def _begins(line: str, before: str) -> bool:
    """Whether a line begins a reference, after one that seems to be whole."""
    before = before.strip()
    if _is_heading(before):
        return bool(_NAME.match(line.strip()))
    if _GOES_ON.search(before) or not _ENDED.search(before) or not _is_dated(before):
        return False
    return bool(_NAME.match(line.strip()))


def _stand_alone(lines: Sequence[str]) -> bool:
    """Whether each line is a reference: all are dated, or all say by whom, and none goes on."""
    alike = all(map(_is_dated, lines)) or all(map(_BY.search, lines))
    return alike and all(
        _OPENING.match(line) and not _GOES_ON.search(line.rstrip()) for line in lines
    )


def _is_dated(text: str) -> bool:
    text = text[:_LONGEST]
    return bool(_YEAR.search(text) or cut_out(text)[0])


def _talks(words: str) -> bool:
    """Whether words are none of a list, but speak to whom reads it ("I hope this helps.").

    They are a sentence with no year, no identifier and no name.
    """
    if len(words) > _LONGEST or not _SENTENCE.search(words):
        return False
    if _NUMBER.match(words) or _BULLET.match(words):
        return False
    if _is_dated(words) or _NAME.match(words.lstrip("*_ ")) or _BY.search(words):
        return False
    return bool(_SPOKEN.search(words) or not _NAMED.search(words))


def _is_heading(words: str) -> bool:
    """Words that lead to references and are none."""
    words = words.strip()
    return bool(_HEADING.fullmatch(words)) and not _is_dated(words)
