"""Office documents whose text has become HTML: title, sections and notes.

The HTML is what a converter writes: a heading of class `TITLE` for the title, a link of the id
``footnote-ref-7`` for the call of a note, and a list item of the id ``footnote-7`` for the note
itself, behind the text.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from rag_assistant.readers.hidden import drop_hidden
from rag_assistant.readers.layout import Layout, Note, Signs, by_headings, join_cells, put_before
from rag_assistant.readers.markup import Block, blocks, body_blocks, one_line, parsed_page
from rag_assistant.readers.properties import described
from rag_assistant.readers.unseen import LEFT_OUT, untold
from rag_assistant.readers.xml import local
from rag_assistant.schema import Document, Section

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

DAMAGED = "damaged office document"
TITLE = "title"
"""The class of the heading that is the document's title."""
LABEL = "data-label"
"""The attribute of a call with the number that the document itself gives the note."""

_CALL = re.compile(r"(footnote|endnote)-ref-(.*)", re.DOTALL)
_WAY_BACK = ("#footnote-ref-", "#endnote-ref-")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def from_markup(
    markup: str, properties: _Element | None, name: str, notes: tuple[str, ...]
) -> Document:
    """Make the document.

    Args:
        markup: Its text as HTML.
        properties: The root of its metadata, None where it has none.
        name: Its format.
        notes: On what was left out before.
    """
    title = ""
    sections: tuple[Section, ...] = ()
    told: tuple[str, ...] = ()
    tree = parsed_page(markup)
    if tree is not None:
        told = tuple(map(_of_a_document, drop_hidden(tree)))
        title = next(map(_heading, tree.findall(f".//h1[@class='{TITLE}']")), "")
    description = described(properties, title)
    if tree is not None:
        sections = _sections(tree, description.title)
    shown = "\n".join([title, *(section.text for section in sections)])
    return Document(
        description=description,
        sections=sections,
        format=name,
        notes=(*dict.fromkeys((*told, *notes)), *untold(description, shown)),
    )


def _of_a_document(note: str) -> str:
    return f"{LEFT_OUT}the document" if note.startswith(LEFT_OUT) else note


def _sections(tree: HtmlElement, title: str) -> tuple[Section, ...]:
    signs = Signs()
    _sign_calls(tree, signs)
    for row in tree.iter("tr"):
        join_cells(row)
    layout = Layout(signs, title)
    by_headings(body_blocks(tree), layout)
    return layout.finish()


def _heading(element: HtmlElement) -> str:
    """The words of a heading, without the calls of notes."""
    calls = {link for link in element.iter("a") if _CALL.fullmatch(link.get("id") or "")}
    said = [element.text or ""]
    for inner in element.iterdescendants():
        called = inner in calls or any(above in calls for above in inner.iterancestors())
        said += ["" if called else inner.text or "", inner.tail or ""]
    return one_line("".join(said))


def _sign_calls(tree: HtmlElement, signs: Signs) -> None:
    """Write signs at the calls of notes, and take the notes out of the end of the page.

    In the text a call is its number in brackets, as on the web: sentences end before it, and
    prompts leave it out. In a heading it would spoil the heading's name.
    """
    notes = {item.get("id"): item for item in tree.iter("li") if item.get("id")}
    counts: Counter[str] = Counter()
    calls = []
    for link in list(tree.iter("a")):
        if call := _CALL.fullmatch(link.get("id") or ""):
            counts[call[1]] += 1
            number = counts[call[1]]
            label = str(number) if call[1] == "footnote" else _roman(number)
            calls.append((link, call[1], call[2], link.get(LABEL) or label))
    # The last go first: notes stand at the end, and may call notes themselves.
    for link, kind, number, label in reversed(calls):
        in_heading = any(local(above) in _HEADINGS for above in link.iterancestors())
        written = "" if in_heading else f"[{label}]"
        if (item := notes.pop(f"{kind}-{number}", None)) is not None:
            said = tuple(_note_blocks(item))
            written += signs.sign(Note(name=f"{kind} {label}", label=label, blocks=said))
        put_before(link, written)
        link.drop_tree()


def _note_blocks(item: HtmlElement) -> list[Block]:
    for link in list(item.iter("a")):
        if (link.get("href") or "").startswith(_WAY_BACK):
            link.drop_tree()
    item.drop_tree()
    item.tag = "div"
    return blocks(item)


def _roman(number: int) -> str:
    """A small number in Roman numerals, as endnotes are counted; a great one as it is."""
    if number >= 40:  # noqa: PLR2004 - where "xl" would begin
        return str(number)
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written
