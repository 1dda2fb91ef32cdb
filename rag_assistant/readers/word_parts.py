"""The parts of a Word document, made safe and small before a converter reads them.

Word shows what its styles leave visible; a converter takes all of it. So what is hidden is taken
out here, and headings are named by their level, whatever their styles are called.
(Format: ECMA-376, Office Open XML, part 1, 17 WordprocessingML.)
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError
from rag_assistant.readers.office import DAMAGED
from rag_assistant.readers.parts import Parts
from rag_assistant.readers.unseen import DOUBTFUL, LEFT_OUT
from rag_assistant.readers.xml import find, find_all, local, words

if TYPE_CHECKING:
    from lxml.etree import _Element

_READ = re.compile(r"\[Content_Types\]\.xml|(?:[^/]+/)?_rels/[^/]+\.rels|[^/]+/[^/]+\.xml")
_DIAGRAM = re.compile(r"/diagrams/data\d*\.xml\Z")
_NOT_READ = ("docProps/", "customXml/")
_KEPT = frozenset({"Types", "Relationships", "document", "footnotes", "endnotes", "numbering"})
_BODIES = frozenset({"document", "footnotes", "endnotes"})
# What the converter would drop with the words in it; this element it looks through.
_LOOKED_THROUGH = frozenset({"ruby", "rubyBase", "fldSimple", "dir", "bdo"})
_TRANSPARENT = "smartTag"
_USELESS = frozenset(
    {
        "sectPr", "tblPr", "tblGrid", "rubyPr", "rt", "proofErr", "bookmarkStart", "bookmarkEnd",
        "lastRenderedPageBreak",
    }
)  # fmt: skip
_USEFUL = {"pPr": frozenset({"pStyle", "numPr", "rPr"}), "rPr": frozenset({"del"})}
_LOOKS = frozenset({"vanish", "color", "sz", "shd", "highlight"})
_GROUNDS = frozenset({"tc", "txbxContent"})  # may be filled by styles that are not followed
_OFF = frozenset({"0", "false", "off"})
_NO_FILL = frozenset({"", "auto", "none", "FFFFFF"})
_WHITE = re.compile(r"(?:[Ff][0-9A-Fa-f]){3}")
_TINY = 2  # half points
_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_LOWEST = 6
_DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """What a style, with those that it is based on, says of its text; ``level`` 0 is the title."""

    look: dict[str, str] = field(default_factory=dict)
    level: int | None = None


class Cleaned:
    """A Word document's parts without pictures and without what Word does not show.

    Attributes:
        archive: The parts as a zip file.
        bodies: The roots of the parts with text.

    Raises:
        FailedError: It is damaged, or a part of it is too large.
    """

    def __init__(self, parts: Parts) -> None:
        from lxml import etree

        self._counts = Counter(diagrams=sum(map(bool, map(_DIAGRAM.search, parts.names))))
        self._hidden = self._doubtful = False
        names = [name for name in parts.names if _READ.fullmatch(name)]
        roots = {name: parts.xml(name) for name in names if not name.startswith(_NOT_READ)}
        if any(root.getroottree().docinfo.doctype for root in roots.values()):
            raise FailedError(DAMAGED, "it declares a document type, which none may")
        if not any(find(root, "body") is not None for root in roots.values()):
            raise FailedError(DAMAGED, "it has no text")
        self._base, self._styles = _styles(roots.values())
        self.bodies = [root for root in roots.values() if local(root) in _BODIES]
        for root in self.bodies:
            self._clean(root)
        self._leave_out(roots.values())
        self.archive = io.BytesIO()
        with zipfile.ZipFile(self.archive, "w") as archive:
            for name, root in roots.items():
                if local(root) in _KEPT or local(root) == "styles":
                    archive.writestr(name, etree.tostring(root, encoding="utf-8"))
        self.archive.seek(0)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        said = [f"{LEFT_OUT}the document"] if self._hidden else []
        said += [DOUBTFUL] if self._doubtful else []
        counted = (f"{what} were left out: {n}" for what, n in self._counts.items() if n)
        return (*said, *counted)

    def _leave_out(self, roots: Iterable[_Element]) -> None:
        """Count what is no part of the text."""
        for root in roots:
            name = local(root)
            if name == "comments":
                self._counts["comments"] += sum(1 for _ in find_all(root, "comment"))
            elif name in ("hdr", "ftr") and any(map(str.isalpha, _text(root))):
                self._counts["headers and footers"] += 1

    def _clean(self, root: _Element) -> None:
        page_is_white = find(root, "background") is None
        for element in list(root.iter("{*}AlternateContent")):
            _without_alternatives(element)
        for element in list(root.iter("{*}drawing")):
            _without_drawing(element)
        for element in root.iter("{*}del"):
            self._counts["tracked deletions"] += any(map(words, element.iter("{*}delText")))
        for row in list(root.iter("{*}tr")):
            if find(row, "trPr", "hidden") is not None:
                self._drop(row, row)
        for paragraph in list(root.iter("{*}p")):
            self._clean_paragraph(paragraph, page_is_white=page_is_white)
        for element in list(root.iter("{*}*")):
            _reduce(element)
        for run in list(root.iter("{*}r")):
            _join(run)

    def _clean_paragraph(self, paragraph: _Element, *, page_is_white: bool) -> None:
        properties = find(paragraph, "pPr")
        style = self._style(properties, "pStyle", default="")
        outer = {**self._base, **style.look, **_shading(properties)}
        on_white = page_is_white and not _within(paragraph, _GROUNDS)
        for run in paragraph.iter("{*}r"):
            own = find(run, "rPr")
            look = {**outer, **self._style(own, "rStyle").look, **_look(own)}
            if _is_unseen(look) or (_is_white(look) and on_white):
                self._drop(run, *(c for c in run if local(c) not in ("fldChar", "instrText")))
            elif _is_white(look) and words(run):
                self._doubtful = True
        level = _level(properties, style.level)
        if level is not None:
            _name_style(paragraph, "Title" if level == 0 else f"Heading{min(level, _LOWEST)}")

    def _style(self, properties: _Element | None, name: str, default: str | None = None) -> _Style:
        said = None if properties is None else find(properties, name)
        return self._styles.get(default if said is None else _value(said), _Style())

    def _drop(self, holder: _Element, *elements: _Element) -> None:
        self._hidden = self._hidden or bool(_text(holder).strip())
        for element in elements:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)


def _value(element: _Element, name: str = "val") -> str:
    """An attribute by its local name, "" where there is none."""
    return next(
        (str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def _text(element: _Element) -> str:
    return " ".join(text.text or "" for text in element.iter("{*}t"))


# ---------------------------------------------------------------- styles


def _styles(roots: Iterable[_Element]) -> tuple[dict[str, str], dict[str | None, _Style]]:
    """What holds for all text, and the styles by their ids; "" is that of plain paragraphs."""
    root = next((root for root in roots if local(root) == "styles"), None)
    if root is None:
        return {}, {}
    elements = {_value(style, "styleId"): style for style in find_all(root, "style")}
    styles: dict[str | None, _Style] = {name: _resolved(name, elements) for name in elements}
    for name, style in elements.items():
        if _value(style, "type") == "paragraph" and _value(style, "default") in ("1", "true"):
            styles[""] = styles[name]
    return _look(find(root, "docDefaults", "rPrDefault", "rPr")), styles


def _resolved(name: str, elements: Mapping[str, _Element]) -> _Style:
    look: dict[str, str] = {}
    level: int | None = None
    for _ in range(_DEEPEST):
        element = elements.get(name)
        if element is None:
            break
        properties = find(element, "pPr")
        look = {**_shading(properties), **_look(find(element, "rPr")), **look}
        level = level if level is not None else _level(properties, _level_by_name(element))
        base = find(element, "basedOn")
        name = "" if base is None else _value(base)
    return _Style(look=look, level=level)


def _level_by_name(style: _Element) -> int | None:
    element = find(style, "name")
    name = "" if element is None else _value(element)
    if name.lower() == "title":
        return 0
    match = _HEADING.fullmatch(name)
    return int(match[1]) if match else None


def _level(properties: _Element | None, otherwise: int | None) -> int | None:
    outline = None if properties is None else find(properties, "outlineLvl")
    said = "" if outline is None else _value(outline)
    if not said.isdecimal():
        return otherwise
    return int(said) + 1 if int(said) < 9 else None  # noqa: PLR2004 - 9 is body text


def _look(properties: _Element | None) -> dict[str, str]:
    """What properties say of how text looks."""
    if properties is None:
        return {}
    return {
        local(one): _value(one, "fill" if local(one) == "shd" else "val")
        for one in properties
        if local(one) in _LOOKS
    }


def _shading(properties: _Element | None) -> dict[str, str]:
    shading = None if properties is None else find(properties, "shd")
    return {} if shading is None else {"shd": _value(shading, "fill")}


def _is_unseen(look: Mapping[str, str]) -> bool:
    size = look.get("sz", "")
    tiny = size.isdecimal() and int(size) <= _TINY
    return tiny or look.get("vanish", "0") not in _OFF


def _is_white(look: Mapping[str, str]) -> bool:
    filled = {look.get("shd", ""), look.get("highlight", "")} - _NO_FILL
    return bool(_WHITE.fullmatch(look.get("color", ""))) and not filled


# ---------------------------------------------------------------- elements


def _within(element: _Element, names: frozenset[str]) -> bool:
    return any(local(above) in names for above in element.iterancestors())


def _without_alternatives(element: _Element) -> None:
    """Where only newer programs are served, take what these see."""
    parent, choice = element.getparent(), find(element, "Choice")
    if parent is None or choice is None or find(element, "Fallback") is not None:
        return
    for child in reversed(choice):
        element.addnext(child)
    parent.remove(element)


def _without_drawing(element: _Element) -> None:
    """A text box as the converter knows it; pictures go."""
    boxes = list(element.iter("{*}txbxContent"))
    for child in list(element):
        element.remove(child)
    element.tag = _named(element, "pict")
    element.extend(boxes)


def _name_style(paragraph: _Element, name: str) -> None:
    from lxml import etree

    properties = find(paragraph, "pPr")
    if properties is None:
        properties = etree.Element(_named(paragraph, "pPr"))
        paragraph.insert(0, properties)
    for style in list(find_all(properties, "pStyle")):
        properties.remove(style)
    etree.SubElement(properties, _named(paragraph, "pStyle"), {_named(paragraph, "val"): name})


def _reduce(element: _Element) -> None:
    """Drop what does not matter to the text, and look through what does: the rest reads faster."""
    name, parent = local(element), element.getparent()
    if name in _USELESS and parent is not None:
        parent.remove(element)
    elif name in _USEFUL:
        for child in list(element):
            if local(child) not in _USEFUL[name]:
                element.remove(child)
    elif name in _LOOKED_THROUGH:
        element.tag = _named(element, _TRANSPARENT)
    elif name == "cr":
        element.tag = _named(element, "br")
    elif name in ("p", "r"):
        element.attrib.clear()
    if name == "rPr" and not len(element) and parent is not None:
        parent.remove(element)


def _join(run: _Element) -> None:
    """Add a run to the one before it: Word tears words into many, and each costs time."""
    previous = run.getprevious()
    if previous is None or not (_is_plain(run) and _is_plain(previous)):
        return
    run[0].text = (previous[0].text or "") + (run[0].text or "")
    run.getparent().remove(previous)


def _is_plain(run: _Element) -> bool:
    """Whether an element is a run with nothing but one text."""
    return local(run) == "r" and len(run) == 1 and local(run[0]) == "t"


def _named(element: _Element, name: str) -> str:
    """A name in the vocabulary of an element."""
    space, brace, _ = element.tag.rpartition("}")
    return f"{space}{brace}{name}"
