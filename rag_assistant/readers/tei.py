"""Editions in TEI: by divisions, with page breaks and notes, and what the header says.

(Format: TEI Consortium, Guidelines P5; the older P4 has the same elements without a namespace.)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rag_assistant.errors import SkippedError
from rag_assistant.ports import Blob
from rag_assistant.readers import xml
from rag_assistant.readers.layout import Layout, Signs, bare, only_signs
from rag_assistant.readers.markup import Block, one_line
from rag_assistant.readers.tei_header import described
from rag_assistant.readers.tei_text import CONTAINERS, Readable, to_blocks
from rag_assistant.schema import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

_FILES = frozenset({"TEI", "TEI.2", "teiCorpus", "teiCorpus.2"})
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read(blob: Blob) -> Document:
    """Read an edition.

    Raises:
        SkippedError: It holds no text.
        FailedError: It is not well-formed.
    """
    root = xml.parse(blob.data)
    description = described(root)
    languages = _languages(root)
    signs = Signs()
    readable = Readable(root, signs)
    layout = Layout(signs, description.title)
    _lay_file(root, "", layout)
    sections = layout.finish()
    if not sections:
        raise SkippedError("no text")
    return Document(
        description=description,
        sections=sections,
        format="tei",
        pages=layout.pages,
        notes=(*readable.notes, *languages),
    )


def _lay_file(root: _Element, path: str, layout: Layout) -> None:
    """Lay out the texts of a file, or of the files that a corpus holds."""
    counts: Counter[str] = Counter()
    for child in list(root):
        name = xml.local(child)
        counts[name] += 1
        if name == "text":
            _lay(child, (), f"{path}text", layout)
        elif name in _FILES:
            _lay_file(child, f"{path}{name}[{counts[name]}]/", layout)


def _lay(division: _Element, above: tuple[str, ...], path: str, layout: Layout) -> None:
    """Lay out a division: first what stands in it, then at its place each one that it holds."""
    from lxml import etree

    name = _heading(division)
    trail = (*above, name) if name else above
    layout.begin(trail, path)
    counts: Counter[str] = Counter()
    run = etree.Element("body")
    run.text = division.text
    for child in list(division):
        kind = xml.local(child)
        if kind in CONTAINERS:
            _add(run, layout)
            counts[kind] += 1
            many = kind.startswith("div") or kind == "text"
            inner = f"{path}/{kind}[{counts[kind]}]" if many else f"{path}/{kind}"
            _lay(child, trail, inner, layout)
            layout.begin(trail, path, again=True)
            run = etree.Element("body")
            run.text = child.tail
        elif kind == "head":
            _add(run, layout)
            layout.add(Block(text=only_signs("".join(child.itertext()))))
            run = etree.Element("body")
            run.text = child.tail
        else:
            run.append(child)
    _add(run, layout)


def _add(run: _Element, layout: Layout) -> None:
    for block in to_blocks(run):
        layout.add(block)


def _heading(division: _Element) -> str:
    """The words of a division's heads; failing that, what the encoders call it."""
    heads = (xml.words(one) for one in xml.find_all(division, "head"))
    said = " ".join(one_line(bare(head)) for head in heads).strip()
    kind, number = division.get("type") or "", division.get("n") or ""
    if said or not (kind and number and xml.local(division).startswith("div")):
        return said
    return f"{kind} {number}"


def _languages(root: _Element) -> tuple[str, ...]:
    """A note on divisions in a language of their own."""
    found = {
        one.get(_LANG) or one.get("lang") or ""
        for one in root.iter(*(f"{{*}}{name}" for name in CONTAINERS))
    } - {""}
    return (f"its divisions are in {', '.join(sorted(found))}",) if len(found) > 1 else ()
