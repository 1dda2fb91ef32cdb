"""The running text of XML for people (EAD, TEI ...): one line a paragraph, item or cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import TYPE_CHECKING

from rag_assistant.readers import xml

if TYPE_CHECKING:
    from lxml.etree import _Element

_BLOCKS = frozenset(
    {"p", "head", "list", "item", "defitem", "label", "chronlist", "chronitem", "chronitemset"}
    | {"date", "event", "eventgrp", "table", "row", "entry", "blockquote", "address", "lb"}
    | {"addressline", "bibref", "index", "indexentry", "note", "legalstatus", "defnote"}
    | {"accessrestrict", "userestrict", "quantity", "descriptivenote", "unitdate"}
)
_INLINE_IN = {"date": frozenset({"p", "unittitle", "item", "event"})}
_SPACE = re.compile(r"\s+")


def lines(element: _Element, *, without: str = "") -> list[str]:
    """The lines of an element, none of them empty, in document order.

    Elements called ``without`` are left out with all that is in them.
    """
    found = [""]
    for piece in _pieces(element, without):
        if piece is None:
            found.append("")
        else:
            found[-1] += piece
    return list(filter(None, (_SPACE.sub(" ", line).strip() for line in found)))


def flat(element: _Element) -> str:
    """All words of an element on one line."""
    return " ".join(lines(element))


def _pieces(element: _Element, without: str) -> Iterator[str | None]:
    """Its text in pieces, None where a line ends; it may be nested to any depth."""
    yield element.text or ""
    around = [(element, iter(element))]
    while around:
        outer, inside = around[-1]
        child = next(inside, None)
        if child is None:
            around.pop()
            if around:
                yield from _edge(outer)
                yield outer.tail or ""
        elif xml.local(child) == without and without:
            yield child.tail or ""
        elif isinstance(child.tag, str):
            yield from _edge(child)
            yield child.text or ""
            around.append((child, iter(child)))
        else:
            yield _character(child.text) + (child.tail or "")


def _edge(element: _Element) -> Iterator[None]:
    name, parent = xml.local(element), element.getparent()
    inline = _INLINE_IN.get(name, frozenset())
    if name in _BLOCKS and not (parent is not None and xml.local(parent) in inline):
        yield None


def _character(reference: str | None) -> str:
    """What an entity that nobody defines stands for, where HTML knows it: "&eacute;" is "é"."""
    name = (reference or "").strip("&;")
    return html5.get(f"{name};", reference or "")
