"""OpenDocument text (ODT): by headings, with footnotes and endnotes.

What its styles say of how text looks becomes CSS, so that hidden text is known as on a page.
(Format: OASIS, Open Document Format for Office Applications 1.3, part 3.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers.layout import put_before
from rag_assistant.readers.office import DAMAGED, LABEL, TITLE, from_markup
from rag_assistant.readers.parts import Parts
from rag_assistant.readers.properties import properties_of
from rag_assistant.readers.xml import find, find_all, local, words
from rag_assistant.schema import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

_MANIFEST = "META-INF/manifest.xml"
_ENCRYPTED_WHOLE = "encrypted-package"
_LEFT_OUT = {"annotation": "comments", "deletion": "tracked deletions"}
_DROPPED = frozenset(
    {
        "annotation", "annotation-end", "tracked-changes", "hidden-text", "hidden-paragraph",
        "ruby-text", "title", "desc", "forms", "covered-table-cell",
        "table-of-content-source", "alphabetical-index-source", "illustration-index-source",
        "table-index-source", "object-index-source", "user-index-source", "bibliography-source",
    }
)  # fmt: skip
_TAGS = {
    "p": "p", "section": "div", "list": "ul", "list-item": "li", "list-header": "li",
    "table": "table", "table-row": "tr", "table-cell": "td", "line-break": "br",
    "frame": "div", "custom-shape": "div", "text-box": "div", "note-body": "div",
}  # fmt: skip
_FAMILIES = {"p": "paragraph", "h": "paragraph", "span": "text", "table-cell": "table-cell"}
_CSS = {"color": "color", "background-color": "background-color", "font-size": "font-size",
        "display": "display"}  # fmt: skip
_TEXT_LOOKS = frozenset({"text-properties", "paragraph-properties", "table-cell-properties"})
_LOWEST = 6
_MOST_SPACES = 100
_DEEPEST = 20

_Styles = Mapping[tuple[str, str], "_Element"]


def read(blob: Blob) -> Document:
    """Read an ODT; without pictures, comments, tracked deletions and hidden text.

    Raises:
        FailedError: It is encrypted or damaged, or a part of it is missing or too large.
    """
    parts = Parts(blob.data)
    if _is_encrypted(parts):
        raise FailedError("encrypted", "a password is needed to open it")
    content = parts.xml("content.xml")
    body = find(content, "body", "text")
    if body is None:
        raise FailedError(DAMAGED, "it has no text")
    common = parts.xml("styles.xml") if "styles.xml" in parts else None
    counts = Counter(_counted(body, common))
    styles = dict(_styles([content] if common is None else [common, content]))
    left_out = (f"{what} were left out: {number}" for what, number in counts.items())
    properties, unsaid = properties_of(parts, "meta.xml")
    markup = _as_html(body, styles, _page_colour(common))
    return from_markup(markup, properties, "odt", (*left_out, *unsaid))


def _is_encrypted(parts: Parts) -> bool:
    if _ENCRYPTED_WHOLE in parts:
        return True
    if _MANIFEST not in parts:
        return False
    entries = find_all(parts.xml(_MANIFEST), "file-entry")
    return any(find(entry, "encryption-data") is not None for entry in entries)


def _counted(body: _Element, common: _Element | None) -> Iterator[str]:
    """What is no part of the text, one by one."""
    for element in body.iter("{*}annotation", "{*}deletion"):
        if words(element):
            yield _LEFT_OUT[local(element)]
    for element in () if common is None else common.iter("{*}header", "{*}footer"):
        if any(map(str.isalpha, words(element))):
            yield "headers and footers"


# ---------------------------------------------------------------- styles


def _styles(roots: Iterable[_Element]) -> Iterator[tuple[tuple[str, str], _Element]]:
    for root in roots:
        for element in root.iter("{*}style"):
            yield (_said(element, "family"), _said(element, "name")), element


def _said(element: _Element, name: str) -> str:
    """An attribute by its local name, "" where there is none."""
    return next(
        (str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def _chain(styles: _Styles, family: str, name: str) -> Iterator[_Element]:
    """A style and those that it is based on."""
    for _ in range(_DEEPEST):
        style = styles.get((family, name))
        if style is None:
            return
        yield style
        name = _said(style, "parent-style-name")


def _css(styles: _Styles, family: str, name: str) -> str:
    """How a style looks, as CSS."""
    looks: dict[str, str] = {}
    for style in _chain(styles, family, name):
        for properties in style:
            if local(properties) in _TEXT_LOOKS:
                for attribute, css in _CSS.items():
                    if value := _said(properties, attribute):
                        looks.setdefault(css, value)
            elif local(properties) == "graphic-properties":
                looks = {**_filled(properties), **looks}
    return ";".join(f"{name}:{value}" for name, value in looks.items())


def _filled(properties: _Element) -> dict[str, str]:
    """What lies behind the text of a frame or a shape."""
    fill, colour = _said(properties, "fill"), _said(properties, "fill-color")
    if fill == "none":
        return {}
    if fill == "solid" and colour:
        return {"background-color": colour}
    return {"background-image": "url(unknown)"}


def _page_colour(common: _Element | None) -> str:
    found = () if common is None else common.iter("{*}page-layout-properties")
    return next((colour for one in found if (colour := _said(one, "background-color"))), "")


# ---------------------------------------------------------------- text


def _as_html(body: _Element, styles: _Styles, page_colour: str) -> str:
    """The text as HTML; its tree is used up."""
    from lxml import etree

    for element in [one for one in body.iter() if local(one) in _DROPPED]:
        _drop(element)
    notes = etree.SubElement(body, "ol")
    for number, note in enumerate(list(body.iter("{*}note")), start=1):
        _move_note(note, notes, number)
    for element in list(body.iterdescendants()):
        if isinstance(element.tag, str) and "}" in element.tag:
            _convert(element, styles)
    body.tag = "body"
    body.attrib.clear()
    if page_colour:
        body.set("style", f"background-color:{page_colour}")
    etree.cleanup_namespaces(body)
    markup: str = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
    return markup


def _drop(element: _Element) -> None:
    """Remove an element; what follows it stays."""
    put_before(element, element.tail or "")
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _move_note(note: _Element, notes: _Element, number: int) -> None:
    """Put a note behind the text, and leave its call."""
    from lxml import etree

    kind = "endnote" if _said(note, "note-class") == "endnote" else "footnote"
    label = words(find(note, "note-citation"))
    item = etree.SubElement(notes, "li", {"id": f"{kind}-{number}"})
    item.extend(find_all(note, "note-body"))
    for child in list(note):
        note.remove(child)
    note.text = None
    note.tag = "a"
    note.attrib.clear()
    note.attrib.update({"id": f"{kind}-ref-{number}", LABEL: label})


def _convert(element: _Element, styles: _Styles) -> None:
    """Turn an element into one of HTML."""
    name = local(element)
    css = _css(styles, _FAMILIES.get(name, "graphic"), _said(element, "style-name"))
    if name == "section" and _said(element, "display") == "none":
        css = "display:none"
    tag = _TAGS.get(name, "span")
    if name == "h":
        level = _said(element, "outline-level")
        tag = f"h{min(max(1, int(level)), _LOWEST) if level.isdecimal() else 1}"
    elif name == "p":
        tag = _paragraph(element, styles)
    elif name == "s":
        count = _said(element, "c")
        element.text = " " * (min(int(count), _MOST_SPACES) if count.isdecimal() else 1)
    elif name == "tab":
        element.text = "\t"
    element.tag = tag
    element.attrib.clear()
    if css:
        element.set("style", css)
    if name == "p" and tag == "h1":
        element.set("class", TITLE)


def _paragraph(element: _Element, styles: _Styles) -> str:
    """The tag of a paragraph: the title is a heading, the first one of an item is its text."""
    name = _said(element, "style-name")
    chain = _chain(styles, "paragraph", name)
    if "Title" in (name, *(_said(style, "name") for style in chain)):
        return "h1"
    parent = element.getparent()
    in_item = parent is not None and parent.tag == "li"
    return "span" if in_item and element.getprevious() is None else "p"
