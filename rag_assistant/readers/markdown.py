"""Markdown: sections by headings. The text stored is the source's own, never rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers.charset import decode
from rag_assistant.readers.description import WRONG, parse_description
from rag_assistant.readers.unseen import UNRENDERED
from rag_assistant.schema import Description, Document, Section

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FENCE = "---"
_FENCE_ENDS = ("---", "...")
_HIDES = re.compile(r"<!--|\bhidden\b|\bstyle\s*=", re.IGNORECASE)
_MAY_HIDE = re.compile(rf"{_HIDES.pattern}|\]:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    """A heading: its level and words, and the lines (from, to) that it takes."""

    level: int
    title: str
    first: int
    after: int


def read(blob: Blob) -> Document:
    """Read Markdown, with a YAML front matter as its description.

    Raises:
        SkippedError: There is no text.
        FailedError: The front matter is wrong.
    """
    text, _ = decode(blob.data, blob.declared_charset)
    front, lines = _front_matter(text.split("\n"))
    description, notes = parse_description(_mapping(front)) if front else (Description(), ())
    headings = list(_headings("\n".join(lines)))
    if not description.title:
        first = next((heading for heading in headings if heading.level == 1), None)
        description = replace(description, title=first.title if first else "")
    sections = tuple(_sections(lines, headings, description.title)) or _whole(lines)
    if not sections:
        raise SkippedError("no text")
    return Document(
        description=replace(description, kind=description.kind or "text"),
        sections=sections,
        format="markdown",
        notes=notes + ((UNRENDERED,) if _hides_words("\n".join(lines)) else ()),
    )


def _front_matter(lines: list[str]) -> tuple[str, list[str]]:
    """Cut the front matter off: its YAML ("" where there is none) and the other lines."""
    if lines[0].rstrip() == _FENCE:
        for number, line in enumerate(lines[1:], start=1):
            if line.rstrip() in _FENCE_ENDS:
                return "\n".join(lines[1:number]), lines[number + 1 :]
    return "", lines


def _mapping(front: str) -> dict[str, Any]:
    import yaml

    try:
        _refuse_repeated_keys(yaml.compose(front, Loader=yaml.SafeLoader))
        values = yaml.safe_load(front)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FailedError(WRONG, f"front matter: {error}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise FailedError(WRONG, "the front matter is no table of keys and values")
    return values


def _refuse_repeated_keys(node: Any) -> None:
    """YAML would take the last of two ``access`` lines without a word."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        if len(set(map(str, keys))) < len(keys):
            raise ValueError("a key stands there twice")


def _headings(text: str) -> Iterator[_Heading]:
    """The headings of the text itself, not those in lists, quotations or code."""
    from markdown_it import MarkdownIt

    inline_parser = MarkdownIt("commonmark")
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.level == 0 and opening.map:
            yield _Heading(
                level=int(opening.tag[1:]),
                title=_words(inline_parser, inline.content),
                first=opening.map[0],
                after=opening.map[1],
            )


def _hides_words(text: str) -> bool:
    """Whether rendering loses words: comments, hidden elements, notes put as references."""
    from markdown_it import MarkdownIt

    if not _MAY_HIDE.search(text):
        return False
    found: dict[str, Any] = {}
    tokens = MarkdownIt("commonmark").parse(text, found)
    inline = (child for token in tokens for child in token.children or ())
    marked = (one for one in (*tokens, *inline) if one.type in ("html_block", "html_inline"))
    titled = any(one.get("title") for one in found.get("references", {}).values())
    return titled or any(_HIDES.search(one.content) for one in marked)


def _words(parser: MarkdownIt, heading: str) -> str:
    """A heading's words without its marks: "The *Daily* News" gives "The Daily News"."""
    (inline,) = parser.parseInline(heading)
    pieces = inline.children or []
    words = (" " if piece.type.endswith("break") else piece.content for piece in pieces)
    return "".join(words).strip()


def _sections(lines: list[str], headings: list[_Heading], title: str) -> Iterator[Section]:
    trail: list[_Heading] = []
    start = 0
    for heading in [*headings, None]:
        text = _trimmed(lines[start : heading.first if heading else None])
        if text:
            trail_titles = [part.title for part in trail if part.title]
            if trail_titles[:1] == [title]:
                del trail_titles[0]
            yield Section(text=text, headings=tuple(trail_titles))
        if heading:
            trail = [*(part for part in trail if part.level < heading.level), heading]
            start = heading.after


def _trimmed(lines: list[str]) -> str:
    """Lines as text, without the blank ones at both ends."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def _whole(lines: list[str]) -> tuple[Section, ...]:
    """A text of nothing but headings is one section."""
    text = _trimmed(lines)
    return (Section(text=text),) if text else ()
