"""The main text of a page: extractors say which blocks belong to it, the page gives the words.

Extractors drop headings, and whole lists where they take them for menus (opening hours, say).
So what they find only marks the page's own blocks, and what stands between marked blocks comes
along unless it is furniture.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag_assistant.readers.markup import Block

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FEWEST_LETTERS = 12
_LONG = 200


def main_blocks(tree: HtmlElement, visible: Sequence[Block], *, large: bool) -> list[Block]:
    """The blocks of the main text, in reading order; none where no main text is found.

    Args:
        tree: The page.
        visible: All its blocks.
        large: Whether to take the extractor that is fast on any page: the better one may take
            seconds on a large one.
    """
    found = _found_by_resiliparse(tree) if large else _found_by_trafilatura(tree)
    marked = _marked(visible, found)
    places = [number for number, is_marked in enumerate(marked) if is_marked]
    if not places:
        return []
    solid = [number for number in places if not visible[number].furniture] or places
    first, last = _widened(visible, solid[0], solid[-1])
    kept: list[Block] = []
    for number in range(last, first - 1, -1):
        block = visible[number]
        if marked[number] or not (block.furniture or _heads_nothing(block, kept)):
            kept.append(block)
    return kept[::-1]


def _found_by_trafilatura(tree: HtmlElement) -> list[str]:
    import trafilatura

    logger = logging.getLogger("trafilatura")
    if not logger.handlers:  # it warns of every page without main text, which is noted here
        logger.addHandler(logging.NullHandler())
    found = trafilatura.bare_extraction(tree, fast=True, include_comments=False)
    return found.text.split("\n") if found is not None and found.text else []


def _found_by_resiliparse(tree: HtmlElement) -> list[str]:
    from lxml import etree
    from resiliparse.extract.html2text import extract_plain_text

    markup = etree.tostring(tree, encoding="unicode", method="html")
    found: str = extract_plain_text(
        markup, main_content=True, list_bullets=False, alt_texts=False, comments=False
    )
    return found.split("\n")


def _marked(visible: Sequence[Block], found: Iterable[str]) -> list[bool]:
    """Which blocks hold what was found: in it, or where long, around a part of it."""
    keys = [key for key in map(_key, found) if key]
    whole, lines = "".join(keys), frozenset(keys)
    marked = []
    for block in visible:
        key = _key(block.text)
        marked.append(
            key in lines
            or (len(key) >= _FEWEST_LETTERS and key in whole)
            or (len(key) >= _LONG and any(len(k) >= _FEWEST_LETTERS and k in key for k in keys))
        )
    return marked


def _key(text: str) -> str:
    """Letters and figures alone: extractors differ in spaces and marks."""
    return "".join(filter(str.isalnum, text))


def _widened(visible: Sequence[Block], first: int, last: int) -> tuple[int, int]:
    """Take in the headings before the main text and the list that ends it."""
    while first > 0 and visible[first - 1].level and not visible[first - 1].furniture:
        first -= 1
    while last + 1 < len(visible) and _continues(visible[last + 1]):
        last += 1
    return first, last


def _heads_nothing(block: Block, below: Sequence[Block]) -> bool:
    """Whether a heading has lost what stood under it; ``below`` ends with the next block."""
    return bool(block.level) and (not below or 0 < below[-1].level <= block.level)


def _continues(block: Block) -> bool:
    return block.line and not block.furniture and not block.level
