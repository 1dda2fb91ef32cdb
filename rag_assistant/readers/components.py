"""The components of a finding aid, one after another, each with what it inherits.

A component's own words end where its first component begins; then it is a document, and all of
them but what its components inherit is forgotten. So a finding aid of any length takes the
memory of its largest component. It is gone through twice: what stands behind a component may
still restrict it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.errors import FailedError
from rag_assistant.readers import archival, xml
from rag_assistant.readers.archival import Above, Header
from rag_assistant.readers.archival_facts import GROUPS, is_internal
from rag_assistant.readers.container import Make
from rag_assistant.schema import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

Events = Iterator[tuple[str, "_Element"]]

_COMPONENT = re.compile(r"c(?:0[1-9]|1[0-2])?")
_COLLECTION = "archdesc"
_HEADERS = frozenset({"eadheader", "control"})
_ID = re.compile(r"[^\s/]{1,200}")
_DAMAGED = "the finding aid is damaged further on: what restricts this may be lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What must be known of a finding aid before any of it is read.

    ``repeated`` are the ids that several components have, as digests. ``late`` are the words of a
    component that stand behind its first component, by the number of the one that they describe.
    """

    repeated: frozenset[int]
    late: dict[int, list[_Element]]
    is_damaged: bool


@dataclass(slots=True, kw_only=True)
class _Open:
    """A component that has begun and not ended: ``number`` counts all, ``children`` its own."""

    element: _Element
    number: int
    path: tuple[int, ...]
    above: Above | None
    below: Above | None = None
    children: Iterator[int] = field(default_factory=lambda: count(1))


def of_stream(stream: BinaryIO) -> Iterator[tuple[str, Make]]:
    """The records of a file: names that are unique in it, and what makes their documents.

    Each is called before the next is asked for, or never: the words are forgotten then.

    Raises:
        FailedError: It is not well-formed from some place on, or describes nothing.
    """

    def walk() -> Events:
        stream.seek(0)
        return xml.events(stream)

    yield from _records(walk, drop=xml.drop)


def of_element(ead: _Element, prefix: str = "") -> Iterator[tuple[str, Make]]:
    """The same for an ``ead`` element inside another file, such as the payload of a harvest.

    The element is left as it is. ``prefix`` stands before the name of each record, so that it is
    unique in the whole file.
    """
    from lxml import etree

    def walk() -> Events:
        yield from etree.iterwalk(ead, events=("start", "end"))

    for name, make in _records(walk, drop=_keep):
        yield f"{prefix}{name}", make


def _keep(element: _Element) -> None:
    """Leave an element to who has it."""


def _records(
    walk: Callable[[], Events], *, drop: Callable[[_Element], None]
) -> Iterator[tuple[str, Make]]:
    survey = _surveyed(walk(), drop)
    header, found = Header(), False
    for one in _opened(walk(), drop):
        if not isinstance(one, _Open):
            header = archival.header(one)
            continue
        found = True
        own = [*_own(one.element), *survey.late.get(one.number, ())]
        one.below = archival.below(one.element, own, one.above, header)
        make = partial(archival.document, one.element, own, one.above, one.below)
        yield _name(one, survey), partial(_restricted, make) if survey.is_damaged else make
    if not found:
        raise FailedError("no finding aid", "it has no archdesc")


def _restricted(make: Make) -> Document:
    """What stands behind the damage might have restricted it: it stays with the staff."""
    document = make()
    return replace(
        document,
        description=replace(document.description, access="staff"),
        notes=(*document.notes, _DAMAGED),
    )


# ---------------------------------------------------------------- the two ways through


def _opened(events: Events, drop: Callable[[_Element], None]) -> Iterator[_Open | _Element]:
    """Headers, and each component when all its words have been read that stand before another."""
    nodes: list[_Open] = []
    numbers, collections = count(), count(1)
    waiting = False  # whether the innermost has not been yielded
    for event, element in events:
        name = xml.local(element)
        if event == "start":
            if _is_node(name):
                if nodes and waiting:
                    yield nodes[-1]
                    _forget(nodes[-1].element, drop)
                outer = nodes[-1] if nodes else None
                nodes.append(
                    _Open(
                        element=element,
                        number=next(numbers),
                        path=(*outer.path, next(outer.children)) if outer else (next(collections),),
                        above=outer.below if outer else None,
                    )
                )
                waiting = True
        elif nodes and element is nodes[-1].element:
            if waiting:
                yield nodes[-1]
            waiting = False
            nodes.pop()
            drop(element)
        elif name in _HEADERS and not nodes:
            yield element
            drop(element)
        elif not waiting and nodes and _is_own(element):
            drop(element)


def _surveyed(events: Events, drop: Callable[[_Element], None]) -> _Survey:
    ids = array("Q", [_digest(_COLLECTION)])
    late: dict[int, list[_Element]] = {}
    open_ones: list[tuple[int, bool]] = []  # its number, whether one of its own has begun
    numbers, is_damaged = count(), False
    try:
        for event, element in events:
            if _is_node(xml.local(element)):
                if event == "start":
                    if open_ones:
                        open_ones[-1] = (open_ones[-1][0], True)
                    open_ones.append((next(numbers), False))
                    ids.append(_digest(element.get("id") or ""))
                else:
                    open_ones.pop()
                    drop(element)
            elif event == "end" and open_ones and _is_own(element):
                number, has_begun = open_ones[-1]
                if has_begun:
                    late.setdefault(number, []).append(_copied(element))
                drop(element)
    except FailedError:  # which the second way finds again, behind what can be read
        is_damaged = True
    return _Survey(repeated=_repeated(ids), late=late, is_damaged=is_damaged)


def _copied(element: _Element) -> _Element:
    """A copy, which tells by itself what the group around the element said of it."""
    copy = deepcopy(element)
    if is_internal(element):
        copy.set("audience", "internal")
    return copy


def _is_node(name: str) -> bool:
    return name == _COLLECTION or bool(_COMPONENT.fullmatch(name))


def _is_own(element: _Element) -> bool:
    """Whether an element stands right below a component, or in a group that does."""
    name, parent = xml.local(element), element.getparent()
    if name in GROUPS or parent is None:
        return False
    above = xml.local(parent)
    return above in GROUPS or _is_node(above)


def _own(node: _Element) -> Iterator[_Element]:
    """A component's own elements that stand before its first component, groups taken apart."""
    around = [iter(node)]
    while around:
        element = next(around[-1], None)
        if element is None:
            around.pop()
        elif _is_node(name := xml.local(element)):
            return
        elif name in GROUPS:
            around.append(iter(element))
        else:
            yield element


def _forget(node: _Element, drop: Callable[[_Element], None]) -> None:
    for element in list(_own(node)):
        drop(element)


# ---------------------------------------------------------------- names of records


def _name(one: _Open, survey: _Survey) -> str:
    """A component's id, or where it has none of its own its path: "c/1/3"."""
    own = one.element.get("id") or ""
    if _ID.fullmatch(own) and _digest(own) not in survey.repeated:
        return own
    collection, *path = one.path
    parts = ["c", *map(str, path)] if path else [_COLLECTION]
    return "/".join([*([str(collection)] if collection > 1 else []), *parts])


def _repeated(ids: Sequence[int]) -> frozenset[int]:
    """Those that stand there twice: eight bytes for each component of a file are all that it is."""
    import numpy as np

    ordered = np.sort(np.asarray(ids, dtype=np.uint64))
    return frozenset(ordered[1:][ordered[1:] == ordered[:-1]].tolist())


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
