"""The parts of a IIIF manifest in one shape, whether it is of Presentation 2 or 3.

Whatever does not have the shape that its specification asks for counts as not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from rag_assistant.readers.charset import clean_text

Json = dict[str, Any]
Box = tuple[int, int, int, int]

_BREAK = re.compile(r"</?(?:br|p|div|li|ul|ol)\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_BOX = re.compile(r"xywh=(?:pixel:)?(\d+)(?:\.\d+)?,(\d+)(?:\.\d+)?,(\d+)(?:\.\d+)?,(\d+)")
_RUNNING = frozenset({"supplementing", "sc:painting", "painting"})
_DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Words on a canvas; ``running`` where they are its text and not a remark about it."""

    canvas: str
    text: str
    box: Box | None
    running: bool
    granular: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A page, with its size in the units of the boxes on it."""

    id: str
    label: str
    size: tuple[int, int] | None
    image: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An entry of the table of contents: the labels down to it, and the canvases right below."""

    trail: tuple[str, ...]
    canvases: tuple[str, ...]
    has_parts: bool


# ---------------------------------------------------------------- values


def kind_of(part: Json) -> str:
    """The type without its prefix: "sc:Manifest" gives "Manifest"."""
    return string(part.get("type") or part.get("@type")).rpartition(":")[2]


def id_of(part: Any) -> str:
    """The id of a part, or of a mere reference to one."""
    return string(part) or (string(part.get("id") or part.get("@id")) if is_json(part) else "")


def is_json(value: Any) -> bool:
    """Whether a value is an object of names and values."""
    return isinstance(value, dict)


def objects(value: Any) -> list[Json]:
    """The objects of a list, or the one that stands for a list of one."""
    return [one for one in (value if isinstance(value, list) else [value]) if is_json(one)]


def string(value: Any) -> str:
    """A string, "" for anything else."""
    return clean_text(value).strip() if isinstance(value, str) else ""


def words(value: Any) -> list[str]:
    """All strings of a value in whatever languages, each once, in order, without markup."""
    return list(dict.fromkeys(filter(None, map(plain, _strings(value, 0)))))


def one(value: Any) -> str:
    """The first string of a value, as for a title."""
    return next(iter(words(value)), "")


def all_of(value: Any) -> str:
    """The strings of a value as one."""
    return "; ".join(words(value))


def plain(text: str) -> str:
    """A string without the markup that manifests may put into it."""
    if not _ANY_TAG.search(text):
        return clean_text(text).strip()
    shown = unescape(_ANY_TAG.sub("", _BREAK.sub(" ", text)))
    return " ".join(clean_text(shown).split())


def pairs(part: Json) -> tuple[tuple[str, str], ...]:
    """The label and value of each entry of ``metadata``."""
    found = (
        (one(pair.get("label")), all_of(pair.get("value")))
        for pair in objects(part.get("metadata"))
    )
    return tuple((label, value) for label, value in found if value)


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif depth < _DEEPEST and isinstance(value, list):
        for inner in value:
            yield from _strings(inner, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        languages = [value["@value"]] if "@value" in value else value.values()
        for inner in languages:
            yield from _strings(inner, depth + 1)


# ---------------------------------------------------------------- canvases


def canvases(manifest: Json) -> list[Json]:
    """The canvases as they stand in the manifest, in the order of its first sequence."""
    for sequence in objects(manifest.get("sequences")):
        if found := objects(sequence.get("canvases")):
            return found
    return [part for part in objects(manifest.get("items")) if kind_of(part) == "Canvas"]


def canvas(part: Json) -> Canvas:
    """One canvas."""
    width, height = part.get("width"), part.get("height")
    sized = isinstance(width, int) and isinstance(height, int) and width > 0 < height
    return Canvas(
        id=id_of(part),
        label=one(part.get("label")),
        size=(width, height) if sized and width is not None and height is not None else None,
        image=_image(part),
        pairs=pairs(part),
    )


def _image(part: Json) -> str:
    painted = [
        body
        for page in objects(part.get("items"))
        for note in objects(page.get("items"))
        for body in objects(note.get("body"))
    ]
    painted += [
        body for image in objects(part.get("images")) for body in objects(image.get("resource"))
    ]
    for body in painted:
        choices = objects(body.get("items")) or objects(body.get("default")) or [body]
        if kind_of(choices[0]) == "Image" and (address := id_of(choices[0])):
            return address
    return ""


# ---------------------------------------------------------------- annotations


def annotated(manifest: Json) -> tuple[list[Annotation], int]:
    """All annotations with words that stand in the manifest itself, in order.

    Returns:
        They, and how many lists of annotations are only referred to.
    """
    found: list[Annotation] = []
    elsewhere = 0
    for part in (*canvases(manifest), manifest):
        here = id_of(part) if part is not manifest else ""
        pages = objects(part.get("items")) if part is not manifest else []
        listed = [*objects(part.get("annotations")), *objects(part.get("otherContent"))]
        for page in (*pages, *listed):
            notes = page.get("items", page.get("resources"))
            elsewhere += notes is None
            found += (note for one_ in objects(notes) if (note := _annotation(one_, here)))
    return found, elsewhere


def _annotation(part: Json, here: str) -> Annotation | None:
    bodies = (*objects(part.get("body")), *objects(part.get("resource")))
    said = [_spoken(body) for body in bodies]
    text = "\n".join(filter(None, said))
    target = part.get("target", part.get("on"))
    target = target[0] if isinstance(target, list) and target else target
    address, box = _target(target)
    motivation = part.get("motivation")
    motives = motivation if isinstance(motivation, list) else [motivation]
    if not text:
        return None
    return Annotation(
        canvas=address or here,
        text=text,
        box=box,
        running=any(motive in _RUNNING for motive in motives if isinstance(motive, str)),
        granular=bool(string(part.get("textGranularity"))),
    )


def _spoken(body: Json) -> str:
    """The words of a body, "" where it is none of text."""
    if kind_of(body) not in ("TextualBody", "ContentAsText", "Text"):
        return ""
    value = body.get("value", body.get("chars", body.get("cnt:chars")))
    markup = "html" in string(body.get("format")).lower()
    return plain(string(value)) if markup else string(value)


def _target(target: Any) -> tuple[str, Box | None]:
    """The canvas that an annotation is on, and the box that it takes there."""
    if isinstance(target, str):
        address, _, fragment = target.partition("#")
        return address, _box(fragment)
    if not isinstance(target, dict):
        return "", None
    source = target.get("source", target.get("full", target.get("id", target.get("@id"))))
    address, _, fragment = id_of(source).partition("#")
    selectors = objects(target.get("selector"))
    selectors += [inner for one_ in selectors for inner in objects(one_.get("default"))]
    boxes = [_box(string(one_.get("value"))) for one_ in selectors]
    return address, next(filter(None, boxes), _box(fragment))


def _box(fragment: str) -> Box | None:
    match = _BOX.search(fragment)
    if not match:
        return None
    x, y, width, height = map(int, match.groups())
    return x, y, width, height


# ---------------------------------------------------------------- the table of contents


def ranges(manifest: Json) -> list[Range]:
    """The table of contents, each entry after the one that it is a part of."""
    listed = objects(manifest.get("structures"))
    by_id = {id_of(part): part for part in listed}
    below = {id_of(inner) for part in listed for inner in _inner(part)}
    roots = [part for part in listed if id_of(part) not in below]
    found: list[Range] = []
    met: set[str] = set()
    for part in (*roots, *listed):  # some may lead in a circle, which has no beginning
        _add(part, (), by_id, found, met)
    return found


def _add(
    part: Json, above: tuple[str, ...], by_id: dict[str, Json], found: list[Range], met: set[str]
) -> None:
    known_as = id_of(part) or f"without an id: {id(part)}"
    if known_as in met or len(above) >= _DEEPEST:
        return
    met.add(known_as)
    label = one(part.get("label"))
    trail = (*above, label) if label else above
    inner = [by_id.get(id_of(one_), one_) for one_ in _inner(part)]
    pages = dict.fromkeys(filter(None, map(_page, _members(part))))
    found.append(Range(trail=trail, canvases=tuple(pages), has_parts=bool(inner)))
    for one_ in inner:
        _add(one_, trail, by_id, found, met)


def _members(part: Json) -> list[Any]:
    found: list[Any] = []
    for name in ("items", "canvases", "members"):
        value = part.get(name)
        found += value if isinstance(value, list) else []
    return found


def _inner(part: Json) -> list[Json]:
    """The entries right below one, or what refers to them."""
    said = part.get("ranges")
    referred = (
        [{"id": address} for address in said if string(address)] if isinstance(said, list) else []
    )
    return [*referred, *(one_ for one_ in objects(_members(part)) if kind_of(one_) == "Range")]


def _page(member: Any) -> str:
    """The canvas that a member of an entry is, or is a part of; "" where it is an entry."""
    if isinstance(member, dict) and kind_of(member) == "Range":
        return ""
    return _target(member)[0]
