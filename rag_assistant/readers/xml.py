"""XML that nobody vouches for: entities and network off, and streamed where it may be long."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from rag_assistant.errors import FailedError

if TYPE_CHECKING:
    from lxml.etree import _Element

WRONG = "damaged XML"
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "remove_pis": True,
    "remove_comments": True,
}
_SPACE = re.compile(r"\s+")


def parse(data: bytes) -> _Element:
    """The root element of a whole document.

    Raises:
        FailedError: It is not well-formed; the detail says where.
    """
    from lxml import etree

    try:
        return etree.fromstring(data, parser=etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        raise FailedError(WRONG, str(error)) from error


def stream(source: BinaryIO, wanted: Container[str]) -> Iterator[_Element]:
    """The elements with these local names, in the order in which they end, each whole.

    What is behind is dropped, so that a file of any length takes the memory of its longest wanted
    element; one inside another is yielded first and then is still there.

    Raises:
        FailedError: It is not well-formed from some place on; what came before was yielded.
    """
    open_ones = 0
    for event, element in events(source):
        mine = local(element) in wanted
        if event == "start":
            open_ones += mine
            continue
        open_ones -= mine
        if mine:
            yield element
        if not open_ones:
            drop(element)


def events(source: BinaryIO) -> Iterator[tuple[str, _Element]]:
    """The "start" and the "end" of each element, for who drops what is behind himself.

    Raises:
        FailedError: It is not well-formed from some place on; what came before was yielded.
    """
    from lxml import etree

    try:
        yield from etree.iterparse(source, events=("start", "end"), huge_tree=True, **_SAFE)
    except etree.XMLSyntaxError as error:
        raise FailedError(WRONG, str(error)) from error


def local(element: _Element) -> str:
    """An element's name without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def words(element: _Element | None) -> str:
    """All text within an element on one line, "" for none."""
    return "" if element is None else _SPACE.sub(" ", "".join(element.itertext())).strip()


def find(element: _Element, *names: str) -> _Element | None:
    """The first element on a path of local names from this one down; None where there is none."""
    return next(find_all(element, *names), None)


def find_all(element: _Element, *names: str) -> Iterator[_Element]:
    """All elements on a path of local names from this one down, in document order."""
    if not names:
        yield element
        return
    for child in element:
        if local(child) == names[0]:
            yield from find_all(child, *names[1:])


def drop(element: _Element) -> None:
    """Empty an element that nobody needs any more, and forget those before it."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
