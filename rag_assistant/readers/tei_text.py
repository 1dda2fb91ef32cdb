"""The text of a TEI file made ready to be cut into blocks: only what a reader of the source reads.

What the source says stays as it says it; what editors put beside it goes: regularised and
corrected forms, expansions, variant readings, running heads. (TEI Guidelines P5, 3.5 and 11.3.)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.entities import html5
from typing import TYPE_CHECKING

from rag_assistant.readers.layout import (
    Note,
    PageBegins,
    Signs,
    join_cells,
    numbered,
    put_before,
)
from rag_assistant.readers.markup import Block, blocks, one_line
from rag_assistant.readers.xml import local, words

if TYPE_CHECKING:
    from lxml.etree import _Element

CONTAINERS = frozenset(
    {"text", "group", "front", "body", "back", "div", *(f"div{number}" for number in range(8))}
)
"""Elements that are divisions of a text, or hold nothing but such."""

_ID = "{http://www.w3.org/XML/1998/namespace}id"
_OF_THE_SOURCE = ("orig", "sic", "abbr")
_GAP = "[…]"
_LEFT_OUT = {
    "del": "deletions in the source",
    "rdg": "variant readings",
    "fw": "running heads and catchwords",
    "figDesc": "descriptions of figures",
}
_DROPPED = frozenset(
    {
        *_LEFT_OUT, "rdgGrp", "witDetail", "teiHeader", "index", "interp", "interpGrp", "span",
        "spanGrp", "linkGrp", "certainty", "respons", "metamark", "rt", "facsimile", "standOff",
        "sourceDoc", "surplus",
    }
)  # fmt: skip
_BREAKS = frozenset({"lb", "pb", "cb", "gb", "milestone"})
_HYPHENS = "\u2010\u00ad\u00ac\u2e17-"  # as they stand in print, in type and in transcriptions
_SURE_HYPHENS = "\u00ad\u00ac\u2e17"
_BEFORE_BREAK = re.compile(rf"[{_HYPHENS}]?\s*\Z")
_HYPHENED = re.compile(rf"\w([{_HYPHENS}])\s*\Z")
_TAGS = {
    **dict.fromkeys(
        ("p", "ab", "head", "lg", "speaker", "dateline", "salute", "signed", "byline", "titlePart",
         "docAuthor", "docDate", "docImprint", "trailer", "argument", "epigraph", "bibl"), "p"
    ),
    **dict.fromkeys(
        ("sp", "figure", "opener", "closer", "titlePage", "docTitle", "castList", "postscript",
         "floatingText", "listBibl", "address", "note", "entry", "u", "cit", "stage", *CONTAINERS),
        "div",
    ),
    **dict.fromkeys(("item", "castItem", "addrLine"), "li"),
    "list": "ul", "table": "table", "row": "tr", "cell": "td",
}  # fmt: skip
_INLINE_WITHIN = {"stage": ("p", "li"), "bibl": ("p", "li", "td")}
_GATHERS_NOTES = frozenset({*CONTAINERS, "noteGrp", "list"})
UNKNOWN = "entities that were not looked up"


class Readable:
    """Makes a tree readable in place.

    Args:
        root: The root of the file; it is changed.
        signs: Take the notes and the beginnings of pages.
    """

    def __init__(self, root: _Element, signs: Signs) -> None:
        self._signs = signs
        self._counts: Counter[str] = Counter()
        self._entities: dict[str, None] = {}
        self._images = dict(_images(root))
        self._edition: str | None = None
        self._look_up(root)
        self._choose(root)
        self._drop(root)
        self._break(root)
        self._take_notes(root)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        unknown = ", ".join(self._entities)
        counted = (f"{what} were left out: {n}" for what, n in self._counts.items())
        return (*counted, *([f"{UNKNOWN}: {unknown}"] if unknown else []))

    def _look_up(self, root: _Element) -> None:
        """Entities of HTML become their characters; a file's own are none of these, and go."""
        from lxml import etree

        for entity in list(root.iter(etree.Entity)):
            known = html5.get(f"{entity.name};", "")
            if not known:
                self._entities[entity.name] = None
            cut(entity, known)

    def _choose(self, root: _Element) -> None:
        """Of forms that stand side by side, keep the source's own; of readings the editor's."""
        for choice in list(root.iter("{*}choice", "{*}app", "{*}subst")):
            choice.text = None
            for form in choice:
                form.tail = None
            name = local(choice)
            if name == "subst":
                continue
            wanted = _OF_THE_SOURCE if name == "choice" else ("lem", "rdg")
            forms = [form for form in choice if local(form)]
            kept = next((form for one in wanted for form in forms if local(form) == one), None)
            for form in forms:
                if form is not (forms[0] if kept is None else kept):
                    self._count(form)
                    choice.remove(form)
                elif local(form) == "rdg":
                    form.tag = "seg"

    def _drop(self, root: _Element) -> None:
        for element in list(root.iter()):
            name, parent = local(element), element.getparent()
            if name == "gap":
                cut(element, _GAP)
            elif name == "del" and parent is not None and local(parent) == "restore":
                element.tag = "seg"
            elif name in _DROPPED and parent is not None:
                self._count(element)
                cut(element, "")

    def _count(self, element: _Element) -> None:
        what = _LEFT_OUT.get(local(element))
        if what and words(element):
            self._counts[what] += 1

    # ------------------------------------------------------------ line and page breaks

    def _break(self, root: _Element) -> None:
        done: set[_Element] = set()
        for element in list(root.iter(*(f"{{*}}{name}" for name in _BREAKS))):
            if element not in done and element.getparent() is not None:
                run = list(_run(element))
                done.update(run)
                self._write_break(run)

    def _write_break(self, run: list[_Element]) -> None:
        """Write a run of breaks as what it is in the text: nothing, a space, or a line's end."""
        names = [local(one) for one in run]
        before, after = _text_before(run[0]), run[-1].tail or ""
        undivided = any(one.get("break") == "no" for one in run)
        hyphened = _HYPHENED.search(before)
        if undivided or (hyphened and hyphened[1] in _SURE_HYPHENS):
            before, after, between = _BEFORE_BREAK.sub("", before), after.lstrip(), ""
        else:
            between = " " if "lb" in names else ""
            before = before.rstrip() if hyphened and between else before
        signs = "".join(self._page(one) for one in run)
        if signs and (note := _outermost_note(run[0])) is not None:
            note.tail = signs + (note.tail or "")
            signs = ""
        _set_text_before(run[0], before + signs)
        for one in run[1:]:
            one.getparent().remove(one)
        if between and hyphened:  # which the index takes for a word that goes on
            run[0].tag, run[0].tail = "br", after.lstrip()
            run[0].attrib.clear()
        else:
            run[0].tail = None
            cut(run[0], between + after)

    def _page(self, element: _Element) -> str:
        """The sign of a page break; where editions differ, only the first one's count."""
        if local(element) != "pb":
            return ""
        edition = element.get("ed") or ""
        self._edition = edition if self._edition is None else self._edition
        if edition != self._edition:
            return ""
        image = (element.get("facs") or "").split(" ")[0]
        image = self._images.get(image[1:], "") if image.startswith("#") else image
        return self._signs.sign(PageBegins(label=element.get("n") or "", image=image))

    # ------------------------------------------------------------ notes

    def _take_notes(self, root: _Element) -> None:
        """Take the notes out of the text, and leave their calls."""
        notes: list[tuple[_Element, str]] = []
        for note in root.iter("{*}note"):
            label = one_line(note.get("n") or "").strip("()[]. ") or str(len(notes) + 1)
            notes.append((note, label))
        # The last go first: a note may hold another.
        for note, label in reversed(notes):
            parent = note.getparent()
            if parent is None or local(parent) in _GATHERS_NOTES:
                note.text = f"{numbered(label)} {(note.text or '').lstrip()}"
                continue
            called = f"[{label}]" if label.isalnum() else label
            in_head = any(local(above) == "head" for above in note.iterancestors())
            tail, note.tail = note.tail or "", None
            said = Note(name=f"note {label}", label=label, blocks=tuple(to_blocks(note)))
            note.tail = tail
            cut(note, ("" if in_head else called) + self._signs.sign(said))


def to_blocks(element: _Element) -> list[Block]:
    """The blocks within an element, which becomes one of HTML with all that it holds."""
    from lxml import etree

    for verse in list(element.iter("{*}l")):
        verse.addnext(etree.Element("br"))
    for inner in list(element.iter()):
        if isinstance(inner.tag, str) and inner.tag != "br":
            inner.tag = _tag(inner)
    for row in element.iter("tr"):
        join_cells(row)
    element.tag = "body"
    return blocks(element)


def cut(element: _Element, words_: str) -> None:
    """Put words in the place of an element; what follows it stays."""
    parent = element.getparent()
    put_before(element, words_ + (element.tail or ""))
    if parent is not None:
        parent.remove(element)


def _tag(element: _Element) -> str:
    """An element's name in HTML as far as it matters to blocks; what is inside a line is a span."""
    name, parent = local(element), element.getparent()
    within = "" if parent is None else parent.tag
    if name == "p" and within == "li" and element.getprevious() is None:
        return "span"
    if name in _INLINE_WITHIN and (within == "span" or within in _INLINE_WITHIN[name]):
        return "span"
    if name == "label":
        return "dt" if within == "ul" else "span"
    return _TAGS.get(name, "span")


def _run(first: _Element) -> Iterator[_Element]:
    """Breaks with nothing but space between them."""
    one: _Element | None = first
    while one is not None and local(one) in _BREAKS:
        yield one
        if (one.tail or "").strip():
            return
        one = one.getnext()


def _text_before(element: _Element) -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return "" if parent is None else parent.text or ""


def _set_text_before(element: _Element, text: str) -> None:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        previous.tail = text
    elif parent is not None:
        parent.text = text


def _outermost_note(element: _Element) -> _Element | None:
    notes = [above for above in element.iterancestors() if local(above) == "note"]
    return notes[-1] if notes else None


def _images(root: _Element) -> Iterator[tuple[str, str]]:
    """Where the pictures are that page breaks refer to."""
    for element in root.iter("{*}surface", "{*}graphic", "{*}zone"):
        graphic = next(element.iter("{*}graphic"), None)
        if graphic is not None and element.get(_ID):
            yield str(element.get(_ID)), graphic.get("url") or ""
