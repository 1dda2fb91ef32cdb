"""Blocks into sections, with the pages that begin in them and the notes that are called there.

What stands at a place between words (the beginning of a page, the call of a note) is written into
the text as a sign before the text is cut into blocks, and read out of it again here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag_assistant.readers.markup import Block, joined, one_line
from rag_assistant.readers.xml import local
from rag_assistant.schema import Page, Place, Section

if TYPE_CHECKING:
    from lxml.etree import _Element

# Two characters that no text has: Unicode keeps them for such use within a program.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_SIGN = re.compile(f"(?P<before>[ \n]?){_OPEN}(?P<number>[0-9]{{1,9}}){_CLOSE}(?P<after>[ \n]?)")

_IN_CELLS = frozenset({"p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBegins:
    """A page begins here; ``label`` is its printed number, ``image`` the URI of its picture."""

    label: str
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note is called here.

    ``name`` is its place as people say it ("footnote 1"), ``label`` what is printed before it.
    """

    name: str
    label: str
    blocks: tuple[Block, ...]


class Signs:
    """What stands at places in a text, each told once."""

    def __init__(self) -> None:
        self._meant: dict[int, PageBegins | Note] = {}
        self._given = 0

    def sign(self, meant: PageBegins | Note) -> str:
        """What to write into the text."""
        self._given += 1
        self._meant[self._given] = meant
        return f"{_OPEN}{self._given}{_CLOSE}"

    def read(self, text: str) -> tuple[str, list[tuple[int, PageBegins | Note]]]:
        """The text without signs, and what stands at which place in it."""
        found: list[tuple[int, PageBegins | Note]] = []
        pieces: list[str] = []
        size = at = 0
        for sign in _SIGN.finditer(text):
            meant = self._meant.pop(int(sign["number"]), None)
            if meant is None:  # none of ours
                continue
            pieces.append(text[at : sign.start()] + sign["before"])
            size += len(pieces[-1])
            found.append((size, meant))
            at = sign.end() if sign["before"] else sign.start("after")
        said = "".join(pieces) + text[at:]
        lead = len(said) - len(said.lstrip())
        said = said.strip()
        return said, [(min(max(0, place - lead), len(said)), meant) for place, meant in found]


def bare(text: str) -> str:
    """A text without its signs, which keep their meaning."""
    return _SIGN.sub(r"\g<before>", text).strip()


def only_signs(text: str) -> str:
    """The signs of a text alone."""
    return "".join(f"{_OPEN}{sign['number']}{_CLOSE}" for sign in _SIGN.finditer(text))


def numbered(label: str) -> str:
    """The number of a note as it stands before the note: "1.", but "*"."""
    return f"{label}." if label[-1:].isalnum() else label


def put_before(element: _Element, words: str) -> None:
    """Write words before an element."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = (previous.tail or "") + words
    elif parent is not None:
        parent.text = (parent.text or "") + words


def join_cells(row: _Element) -> None:
    """Let the cells of a table's row stand in one line, if none holds more than a paragraph."""
    inside = [
        [block for block in cell if local(block) in _IN_CELLS]
        for cell in row
        if local(cell) in ("td", "th")
    ]
    if all(len(found) <= 1 for found in inside):
        for found in inside:
            for paragraph in found:
                if local(paragraph) == "p":
                    paragraph.tag = "span"


@dataclass(frozen=True, slots=True)
class _Turn:
    """A page, counted from 0 through the document, that begins at a place of a section."""

    place: int
    index: int
    page: PageBegins


class Layout:
    """Takes a document's blocks in reading order, and makes its sections.

    A note stands at the end of the section that calls it, on the page of its call.

    Args:
        signs: Those that the blocks hold.
        title: The document's; a heading that only repeats it is none.

    Attributes:
        pages: How many pages have begun.
    """

    def __init__(self, signs: Signs, title: str = "") -> None:
        self._signs = signs
        self._title = title
        self._sections: list[Section] = []
        self._headings: tuple[str, ...] = ()
        self._path = ""
        self._said = False
        self._parts: list[str] = []
        self._size = 0
        self._line = False
        self._turns: list[_Turn] = []
        self._called: list[tuple[Note, _Turn | None]] = []
        self._page: _Turn | None = None
        self.pages = 0

    def begin(self, headings: tuple[str, ...], path: str = "", *, again: bool = False) -> None:
        """Begin a section.

        Args:
            headings: Its trail.
            path: Where all of it stands in the source, "" where that says nothing.
            again: Whether it goes on with what other sections have interrupted.
        """
        if self._size or headings[: len(self._headings)] != self._headings:
            self._close()
        self._headings, self._path, self._said = headings, path, again

    def heading(self, block: Block, above: Sequence[str]) -> tuple[str, ...]:
        """Begin a section with a heading from the text.

        Returns:
            Its trail.
        """
        words, found = self._signs.read(block.text)
        trail = (*above, one_line(words))
        self.begin(trail)
        self._note([(0, meant) for _, meant in found])
        return trail

    def add(self, block: Block) -> None:
        """Take a paragraph, an item or a row into the section."""
        words, found = self._signs.read(block.text)
        if words:
            gap = "\n" if self._line and block.line else "\n\n"
            self._parts += [gap, words] if self._size else [words]
            self._size += len(words) + len(gap) * bool(self._size)
            self._line = block.line
        start = self._size - len(words)
        self._note([(start + place, meant) for place, meant in found])

    def finish(self) -> tuple[Section, ...]:
        """All sections."""
        self._close()
        return tuple(self._sections)

    def _note(self, found: Iterable[tuple[int, PageBegins | Note]]) -> None:
        for place, meant in found:
            if isinstance(meant, PageBegins):
                label = one_line(meant.label) or str(self.pages + 1)
                self._page = _Turn(place, self.pages, replace(meant, label=label))
                self._turns.append(self._page)
                self.pages += 1
            else:
                self._called.append((meant, self._page))

    def _close(self) -> None:
        alone = self._headings and not self._said and self._headings[-1] != self._title
        text = "".join(self._parts) or (self._headings[-1] if alone else "")
        if text or self._called:
            self._sections.append(self._section(text))
        self._parts, self._size, self._line, self._called = [], 0, False, []
        self._turns = [replace(self._page, place=0)] if self._page else []

    def _section(self, text: str) -> Section:
        pages = _pages(self._turns, len(text))
        places = [Place(start=0, end=len(text), path=self._path)] if self._path and text else []
        for note, turn in self._called:  # which may grow: a note may call another
            words = self._words(note, turn)
            start = len(text) + 2 * bool(text)
            text = f"{text}\n\n{words}" if text else words
            places.append(Place(start=start, end=len(text), path=note.name))
            if turn:
                pages += _pages([replace(turn, place=start)], len(text))
        shown = tuple(name for name in self._headings if name != self._title)
        return Section(text=text, headings=shown, pages=tuple(pages), places=tuple(places))

    def _words(self, note: Note, turn: _Turn | None) -> str:
        blocks = []
        for block in note.blocks:
            words, found = self._signs.read(block.text)
            self._called += [(inner, turn) for _, inner in found if isinstance(inner, Note)]
            blocks.append(replace(block, text=words))
        said = joined(block for block in blocks if block.text)
        return f"{numbered(note.label)} {said}"


def by_headings(
    blocks: Iterable[Block], layout: Layout, above: Sequence[str] = ()
) -> tuple[str, ...]:
    """Lay out blocks whose headings alone tell where sections begin.

    Args:
        blocks: In reading order.
        layout: Takes them.
        above: The trail that stands over all of them.

    Returns:
        The trail at their end.
    """
    levels: list[int] = []
    trail = tuple(above)
    for block in blocks:
        if not block.level or not bare(block.text):
            layout.add(block)
            continue
        kept = sum(level < block.level for level in levels)
        levels = [*levels[:kept], block.level]
        trail = layout.heading(block, trail[: len(above) + kept])
    return trail


def _pages(turns: Sequence[_Turn], end: int) -> list[Page]:
    """The pages of a section, but for those that have nothing of it."""
    places = [turn.place for turn in turns] + [end]
    return [
        Page(
            start=turn.place,
            end=stop,
            index=turn.index,
            label=turn.page.label,
            image=turn.page.image,
        )
        for turn, stop in zip(turns, places[1:], strict=True)
        if turn.place < stop
    ]
