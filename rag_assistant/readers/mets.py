"""METS: a digitised work as one document, its pages read from the files that it ties together.

Where no page has words it is read as what it then is: the library's description of the work.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from rag_assistant.errors import FailedError, LeafError, SkippedError
from rag_assistant.ports import Blob, Leaf
from rag_assistant.readers import scanned, xml
from rag_assistant.readers.catalogued import record_description
from rag_assistant.readers.companions import Companions
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.container import Inside
from rag_assistant.readers.description import confined
from rag_assistant.readers.guard import failures_recorded
from rag_assistant.readers.mappings import walk_of
from rag_assistant.readers.mets_files import MetsPage, is_page, links, pages_of, parsed, pictures
from rag_assistant.schema import Description, Document, Page, Record, Section, TextOrigin

if TYPE_CHECKING:
    from lxml.etree import _Element

_FULL_TEXT = "FULLTEXT"
_GROUND_TRUTH = re.compile(r"(?:\A|[-_ ])GT(?:[-_ ]|\Z)")
_SHOWN = ("{*}presentation", "{*}reference")
_MOST_NAMED = 20


@dataclass(slots=True)
class _Words:
    """What the page files gave."""

    sections: list[Section] = field(default_factory=list)
    blank: int = 0
    origins: Counter[TextOrigin] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    said: list[Description] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read a METS file and the files of its pages: one leaf, which stands for all of them."""
    if not inside.turns.next():
        return
    if inside.turns.given_up:
        raise FailedError(inside.turns.given_up)
    root = parsed(stream)
    document = inside.finish(_document(root, inside))
    yield Leaf(record=None, outcome="read", document=document)


def _document(root: _Element, inside: Inside) -> Document:
    walk = walk_of(inside.path, inside.name)
    pages = pages_of(root, inside.path.parent, walk)
    chosen, aside = _reading(pages)
    words, companions = _Words(blank=len(pages)), Companions(walk)
    for number in sorted(chosen):
        _read_page(chosen[number][1], _page(pages, number), words, companions, inside)
    description = reduce(confined, words.said, _described(root, pages))
    if not description.title and PurePosixPath(inside.name).stem.lower() == "mets":
        folder = PurePosixPath(inside.name).parent.name  # as all such files are called alike
        description = replace(description, title=folder)
    if not words.sections:
        return _description_alone(root, description, len(pages), words)
    uses = {use for use, _ in chosen.values()}
    ground_truth = all(map(_GROUND_TRUTH.search, uses))
    return Document(
        description=replace(
            description,
            kind=scanned.KIND,
            described_by="source",  # the record is a cataloguer's, the pages' words are not
            text_origin="transcript" if ground_truth else words.origins.most_common(1)[0][0],
            text_quality=None if ground_truth else scanned.quality(words.sections),
        ),
        sections=tuple(words.sections),
        format="mets",
        pages=len(pages),
        pages_without_text=words.blank,
        notes=(*_failures(words), *_left_aside(aside), *words.notes),
    )


# ---------------------------------------------------------------- the pages


def _reading(pages: Sequence[MetsPage]) -> tuple[dict[int, tuple[str, Path]], Counter[str]]:
    """The file of each page's words: of several readings the one that the work is shown with.

    That is the group with the use FULLTEXT, else the one that covers most pages, of equal ones
    the last, as later steps come behind earlier ones. A page that it lacks comes from the last
    other one that has it.

    Returns:
        By page number the use and the path, and how many files of each use were left aside.
    """
    uses: dict[str, dict[int, list[Path]]] = {}
    for number, page in enumerate(pages):
        for file in page.files:
            if file.path and is_page(file.path):
                uses.setdefault(file.use, {}).setdefault(number, []).append(file.path)
    order = list(uses)
    ranked = sorted(
        uses, key=lambda use: (use.upper() == _FULL_TEXT, len(uses[use]), order.index(use))
    )
    chosen = {number: (use, paths[-1]) for use in ranked for number, paths in uses[use].items()}
    taken = {path for _, path in chosen.values()}
    aside = Counter(
        use
        for use in order
        for path in {path for paths in uses[use].values() for path in paths} - taken
    )
    return chosen, aside


def _page(pages: Sequence[MetsPage], number: int) -> Page:
    """A page's facts; where others have printed numbers, its own place stands in brackets."""
    page = pages[number]
    place = str(number + 1)
    unnumbered = f"[{place}]" if any(one.label for one in pages) else place
    images = pictures(page)
    return Page(
        start=0,
        end=0,
        index=number,
        label=page.label or unnumbered,
        image=images[0] if images else "",
    )


def _read_page(
    path: Path, facts: Page, words: _Words, companions: Companions, inside: Inside
) -> None:
    try:
        with failures_recorded():
            data, said = companions.read(path)
            inside.turns.worked(len(data))
            document = inside.blob(Blob(data=data, name=path.name))
    except SkippedError:
        return  # a page without words
    except (LeafError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.message
        words.failed.append(f"{facts.label} ({reason})")
        return
    words.blank -= 1
    words.said.append(said)
    words.sections += [_placed(section, facts) for section in document.sections]
    words.origins[document.description.text_origin or "unknown"] += 1
    words.notes |= dict.fromkeys(document.notes)


def _placed(section: Section, facts: Page) -> Section:
    """A section of a page file as one of the work: with the page's number and its picture."""
    pages = tuple(
        replace(page, index=facts.index, label=facts.label, image=facts.image or page.image)
        for page in section.pages
    )
    return replace(section, pages=pages)


def _failures(words: _Words) -> Iterator[str]:
    if words.failed:
        named = ", ".join(words.failed[:_MOST_NAMED])
        more = ", ..." if len(words.failed) > _MOST_NAMED else ""
        yield f"pages that could not be read: {named}{more}"


def _left_aside(aside: Counter[str]) -> Iterator[str]:
    if aside:
        named = ", ".join(f"{use} ({count})" for use, count in sorted(aside.items()))
        yield f"other readings of the same pages were left aside: {named}"


# ---------------------------------------------------------------- the description


def _description_alone(
    root: _Element, description: Description, pages: int, words: _Words
) -> Document:
    """The work as its library describes it, where no page of it can be read.

    Raises:
        FailedError: Its page files hold no text, and nothing describes it.
        SkippedError: There is neither.
    """
    about = _text(description)
    if not about:
        if words.failed:
            raise FailedError("no text", next(_failures(words)))
        raise SkippedError("no text", "neither a description nor the files of its pages")
    contents = "\n".join(_contents(root))
    sections = [Section(text=about)]
    if contents:
        sections.append(Section(text=contents, headings=("Contents",)))
    note = f"no page of it could be read: {pages} of {pages} are described alone"
    return Document(
        description=replace(description, described_by="cataloguer"),
        sections=tuple(sections),
        format="mets",
        pages=pages,
        pages_without_text=pages,
        notes=(note, *_failures(words)),
    )


def _described(root: _Element, pages: Sequence[MetsPage]) -> Description:
    """The description by the record of the whole work, with the links to it.

    What restricts the work may stand in any record of it, or of a part, and beside them all.
    """
    divs = [div for one in xml.find_all(root, "structMap") for div in one.iter("{*}div")]
    named = [name for div in divs for name in (div.get("DMDID") or "").split()]
    sections = scanned.in_order(
        [(one.get("ID") or "", one) for one in xml.find_all(root, "dmdSec")], named
    )
    records = list(_records(sections))
    said = next((one for one in records if one.title), Description())
    rights = list(root.iter("{*}rightsMD"))
    others = [*records, *_records(rights), of_rights(_words_on_rights(rights))]
    said = reduce(confined, (one for one in others if one is not said), said)
    label = next(filter(None, (scanned.one_line(one.get("LABEL")) for one in (root, *divs))), "")
    shown = (scanned.web_address(xml.words(one)) for one in root.iter(*_SHOWN))
    found = [*filter(None, shown), *links(root, pages)]
    record = said.record or Record(title=label)
    if found or said.record:
        said = replace(
            said, record=replace(record, links=tuple(dict.fromkeys((*record.links, *found))))
        )
    return replace(said, title=said.title or label)


def _records(sections: Sequence[_Element]) -> Iterator[Description]:
    """What the catalogue records in sections say: MODS first, which says most."""
    elements = [one for section in sections for one in section.iter("*")]
    elements.sort(key=lambda one: xml.local(one) != "mods")  # stable
    yield from filter(None, map(record_description, elements))


def _words_on_rights(sections: Sequence[_Element]) -> list[str]:
    """The words of each element in ``<rightsMD>``, of whatever kind that is."""
    leaves = (one for section in sections for one in section.iter("*") if not len(one))
    return list(dict.fromkeys(filter(None, map(xml.words, leaves))))


def _text(description: Description) -> str:
    """What is known of the work, a line each; "" where that is not even a title."""
    record = description.record
    if record is None or not record.title:
        return ""
    imprint = ", ".join(filter(None, (record.publisher_place, record.publisher, record.issued)))
    place = ", ".join(filter(None, (record.repository, record.call_number)))
    lines = (record.title, description.creator, imprint, record.extent, place, record.abstract)
    return "\n".join(filter(None, lines))


def _contents(root: _Element) -> Iterator[str]:
    """The labels of the work's parts."""
    for one in xml.find_all(root, "structMap"):
        if (one.get("TYPE") or "").lower() == "logical":
            labels = (scanned.one_line(div.get("LABEL")) for div in one.iter("{*}div"))
            yield from filter(None, labels)
