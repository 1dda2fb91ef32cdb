"""IIIF manifests (Presentation 2 and 3) from file: what is said of a thing, and the words on it.

Two documents: the description with the table of contents, and the text of the annotations that
stand in the manifest. Nothing is fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, BinaryIO

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers import iiif_parts as parts
from rag_assistant.readers.charset import decode
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.description import narrowed
from rag_assistant.readers.iiif_parts import Annotation, Canvas, Json, Range
from rag_assistant.readers.item_tables import agent, is_address
from rag_assistant.schema import Description, Document, Page, Place, Record, Rights, Section

FORMAT = "iiif"
_DATES = frozenset({"date", "dates", "date created", "date issued", "datum", "fecha", "data"})
_MAKERS = frozenset(
    {"author", "authors", "creator", "creators", "artist", "photographer", "autor", "auteur",
     "verfasser", "urheber", "contributor"}
)  # fmt: skip
_LANGUAGES = frozenset({"language", "languages", "sprache", "langue", "idioma"})
_SUBJECTS = frozenset({"subject", "subjects", "topic", "keywords", "schlagwort", "sujet"})
_RIGHTS = re.compile(
    r"\b(?:access|rights|restrictions?|licen[cs]e|terms of use|rechte|zugang|droits|derechos)",
    re.IGNORECASE,
)
_DAY = 10


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read a manifest.

    Raises:
        FailedError: It is no JSON.
        SkippedError: It is something else of IIIF's.
    """
    manifest = _parsed(stream)
    kind = parts.kind_of(manifest)
    if kind == "Collection":
        raise SkippedError("IIIF collection", "only manifests are read")
    if kind != "Manifest":
        raise SkippedError("no IIIF manifest", f"it is of type {kind or 'unknown'}")
    yield from records(_found(manifest), inside)


def _parsed(stream: BinaryIO) -> Json:
    try:
        found: Any = json.loads(decode(stream.read())[0])
    except (ValueError, RecursionError) as error:
        raise FailedError("damaged JSON", str(error)) from error
    return found if isinstance(found, dict) else {}


def _found(manifest: Json) -> Iterator[tuple[str, Make]]:
    yield "manifest", partial(_description_of, manifest)
    noted, _ = parts.annotated(manifest)
    if noted:
        yield "text", partial(_text_of, manifest)


# ---------------------------------------------------------------- what is said of it


def _description_of(manifest: Json) -> Document:
    pages = [parts.canvas(part) for part in parts.canvases(manifest)]
    said = "\n\n".join(_paragraphs(manifest))
    _, elsewhere = parts.annotated(manifest)
    return Document(
        description=_described(manifest, source=False),
        sections=(
            *((Section(text=said),) if said else ()),
            *_contents(parts.ranges(manifest), pages),
        ),
        format=FORMAT,
        notes=(f"lists of annotations that lie elsewhere: {elsewhere}",) if elsewhere else (),
    )


def _paragraphs(manifest: Json) -> Iterator[str]:
    yield from filter(None, (parts.all_of(manifest.get("label")), _summary(manifest)))
    for label, value in (*parts.pairs(manifest), _statement(manifest)):
        if value:
            yield f"{label}: {value}" if label else value
    if held_by := _provider(manifest):
        yield f"Provider: {held_by}"


def _summary(manifest: Json) -> str:
    return parts.all_of(manifest.get("summary") or manifest.get("description"))


def _statement(manifest: Json) -> tuple[str, str]:
    """The label and the words that must be shown beside the thing."""
    required = manifest.get("requiredStatement")
    if isinstance(required, dict):
        return parts.one(required.get("label")), parts.all_of(required.get("value"))
    return "Attribution", parts.all_of(manifest.get("attribution"))


def _provider(manifest: Json) -> str:
    return "; ".join(
        name
        for one in parts.objects(manifest.get("provider"))
        if (name := parts.one(one.get("label")))
    )


def _links(manifest: Json, *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = manifest.get(name)
        found += map(parts.id_of, value if isinstance(value, list) else [value])
    return list(dict.fromkeys(filter(is_address, found)))


def _described(manifest: Json, *, source: bool) -> Description:
    pairs = parts.pairs(manifest)
    makers, issued = _under(pairs, _MAKERS), _issued(manifest, pairs)
    homes = _links(manifest, "homepage", "related")
    address, label = parts.id_of(manifest), _statement(manifest)[1]
    licences = _links(manifest, "rights", "license")
    rights = Rights(uri=next(iter(licences), ""), label=label)
    languages = _under(pairs, _LANGUAGES)
    said = Description(
        title=parts.one(manifest.get("label")),
        creator="; ".join(makers),
        date=parse_date(issued),
        language=languages[0] if languages else "",
        kind="text" if source else "catalogue record",
        identifiers={"url": address} if is_address(address) else {},
        uri=next(iter(homes), ""),
        rights=rights if rights != Rights() else None,
        described_by="source" if source else "cataloguer",
        record=Record(
            title=parts.one(manifest.get("label")),
            agents=tuple(agent(name) for name in makers),
            issued=issued,
            languages=tuple(languages),
            subjects=tuple(_under(pairs, _SUBJECTS)),
            abstract=_summary(manifest),
            identifiers=(("url", address),) if is_address(address) else (),
            repository=_provider(manifest),
            links=tuple(
                dict.fromkeys(
                    [*filter(is_address, [address]), *homes, *_links(manifest, "rendering")]
                )
            ),
        ),
    )
    stated = [value for name, value in pairs if _RIGHTS.search(name)]
    return narrowed(said, of_rights([label, *licences, *stated]))


def _issued(manifest: Json, pairs: Sequence[tuple[str, str]]) -> str:
    """The date in the manifest's own words, else the day by which it is put on a time line."""
    said = _under(pairs, _DATES)
    return said[0] if said else parts.string(manifest.get("navDate"))[:_DAY]


def _under(pairs: Sequence[tuple[str, str]], labels: frozenset[str]) -> list[str]:
    """The values under labels that mean one thing."""
    found = [value for label, value in pairs if label.lower().strip(" :") in labels]
    return [part.strip() for value in found for part in value.split("; ") if part.strip()]


# ---------------------------------------------------------------- its table of contents


def _contents(ranges: Sequence[Range], pages: Sequence[Canvas]) -> Iterator[Section]:
    """A section for each entry, with its pages; what stands under none comes last."""
    places = {page.id: index for index, page in enumerate(pages)}
    listed: set[int] = set()
    for entry in ranges:
        here = [places[address] for address in entry.canvases if address in places]
        listed.update(here)
        if entry.trail and (here or not entry.has_parts):
            yield _listing(entry.trail, here, pages)
    rest = [index for index, page in enumerate(pages) if index not in listed and _tells(page)]
    if rest:
        yield _listing((), rest, pages)


def _tells(page: Canvas) -> bool:
    """Whether a page has more than a number to say of itself."""
    return bool(page.pairs) or any(map(str.isalpha, page.label))


def _listing(trail: tuple[str, ...], listed: Sequence[int], pages: Sequence[Canvas]) -> Section:
    """An entry's label, and a line for each page; its first page is where the label leads to."""
    text = trail[-1] if trail else ""
    found: list[Page] = []
    for index in listed:
        start = len(text) + 1 if found else 0
        said = "; ".join(f"{label}: {value}" for label, value in pages[index].pairs)
        line = " — ".join(filter(None, (_label(pages, index), said)))
        text += f"\n{line}" if text else line
        found.append(_page(pages, index, start, len(text)))
    return Section(text=text, headings=trail, pages=tuple(found))


def _label(pages: Sequence[Canvas], index: int) -> str:
    return pages[index].label or str(index + 1)


def _page(pages: Sequence[Canvas], index: int, start: int, end: int) -> Page:
    page = pages[index]
    return Page(
        start=start,
        end=end,
        index=index,
        label=_label(pages, index),
        canvas=page.id,
        image=page.image if is_address(page.image) else "",
        size=page.size,
    )


# ---------------------------------------------------------------- the words on it


def _text_of(manifest: Json) -> Document:
    pages = [parts.canvas(part) for part in parts.canvases(manifest)]
    noted, elsewhere = parts.annotated(manifest)
    places = {page.id: index for index, page in enumerate(pages)}
    known = [one for one in noted if one.canvas in places]
    if not known:
        raise SkippedError("no text", "its annotations are on no canvas of the manifest")
    known.sort(key=lambda one: places[one.canvas])
    lost = len(noted) - len(known)
    described = _described(manifest, source=True)
    described = replace(
        described, text_origin="ocr" if any(one.granular for one in known) else "unknown"
    )
    return Document(
        description=described,
        sections=(_section(known, places, pages),),
        format=FORMAT,
        pages=len(pages),
        pages_without_text=len(pages) - len({one.canvas for one in known}),
        notes=(
            *((f"annotations on no canvas of the manifest were left out: {lost}",) if lost else ()),
            *((f"lists of annotations that lie elsewhere: {elsewhere}",) if elsewhere else ()),
        ),
    )


def _section(
    noted: Sequence[Annotation], places: dict[str, int], pages: Sequence[Canvas]
) -> Section:
    """Lines of text one under the other, so that a sentence may cross them; remarks apart."""
    pieces: list[str] = []
    found: list[Page] = []
    marked: list[Place] = []
    size = 0
    before: Annotation | None = None
    for one in noted:
        between = "\n" if before and before.running and one.running else "\n\n" if before else ""
        start = size + len(between)
        size = start + len(one.text)
        pieces += (between, one.text)
        same = before is not None and before.canvas == one.canvas
        opens = found.pop().start if same else start
        found.append(_page(pages, places[one.canvas], opens, size))
        marked.append(Place(start=start, end=size, box=one.box))
        before = one
    return Section(text="".join(pieces), pages=tuple(found), places=tuple(marked))
