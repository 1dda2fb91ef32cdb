"""What an e-book's package says: its reading order, its contents list, its printed pages.

(Format: W3C, EPUB 3.3, 4 and 5; IDPF, Open Packaging Format 2.0.1, for EPUB 2.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.readers.parts import Parts, resolved
from rag_assistant.readers.xml import find, find_all, local, words

if TYPE_CHECKING:
    from lxml.etree import _Element

XHTML = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})
SVG = "image/svg+xml"

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_MIMETYPE = b"application/epub+zip"
# Fonts whose first bytes are scrambled; anybody can undo it.
_OBFUSCATED = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
_DEEPEST = 20
_MOST_FALLBACKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A part that the package lists.

    ``fallback`` is the id of the part to take where it is no page, ``listed`` the name of the
    part that it was taken for, by which the contents list knows it.
    """

    name: str
    type: str
    listed: str = ""
    fallback: str = ""
    properties: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Package:
    """An e-book's package.

    Attributes:
        root: Its root element.
        spine: The pages in reading order.
        contents: The trail of titles that the contents list gives to a part.
        pages: Printed page numbers by part and id; the id "" is the beginning of the part.
        notes: What was met on the way.
    """

    root: _Element
    spine: list[Item] = field(default_factory=list)
    contents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def opened(parts: Parts) -> Package:
    """The first package of an e-book.

    Raises:
        SkippedError: It is no e-book.
        FailedError: It has no package that can be read, or its pages are encrypted.
    """
    if "mimetype" in parts and not parts.read("mimetype").strip().startswith(_MIMETYPE):
        raise SkippedError("zip archive")
    names = [
        name
        for one in parts.xml(_CONTAINER).iter("{*}rootfile")
        if (name := resolved("", one.get("full-path") or ""))
    ]
    if not names:
        raise FailedError("incomplete package", "its container names no package")
    package = Package(root=parts.xml(names[0]))
    if len(names) > 1:
        package.notes.append(f"of its {len(names)} packages the first was read")
    manifest = _manifest(package.root, names[0])
    package.spine = list(_spine(package, manifest))
    _refuse_encrypted(parts, package.spine)
    _read_navigation(parts, package, manifest)
    return package


def _manifest(root: _Element, base: str) -> dict[str, Item]:
    return {
        one.get("id") or "": Item(
            name=resolved(base, one.get("href") or ""),
            type=(one.get("media-type") or "").partition(";")[0].strip().lower(),
            fallback=one.get("fallback") or "",
            properties=frozenset((one.get("properties") or "").split()),
        )
        for one in find_all(root, "manifest", "item")
    }


def _spine(package: Package, manifest: dict[str, Item]) -> Iterator[Item]:
    """The pages in reading order; what is no page stands aside for its fallback."""
    for reference in find_all(package.root, "spine", "itemref"):
        name = reference.get("idref") or ""
        first = item = manifest.get(name)
        for _ in range(_MOST_FALLBACKS):
            if item is None or item.type in XHTML or item.type == SVG:
                break
            item = manifest.get(item.fallback)
        if first is not None and item is not None and item.name:
            yield replace(item, listed=first.name)
        else:
            package.notes.append(f"a chapter was not read: {first.name if first else name}")


def _refuse_encrypted(parts: Parts, spine: list[Item]) -> None:
    if _ENCRYPTION not in parts:
        return
    pages = {item.name for item in spine}
    for data in parts.xml(_ENCRYPTION).iter("{*}EncryptedData"):
        method = find(data, "EncryptionMethod")
        if method is not None and method.get("Algorithm") in _OBFUSCATED:
            continue
        for reference in data.iter("{*}CipherReference"):
            if resolved("", reference.get("URI") or "") in pages:
                raise FailedError("encrypted", "its pages are locked by rights management")


# ---------------------------------------------------------------- contents and page lists


def _read_navigation(parts: Parts, package: Package, manifest: dict[str, Item]) -> None:
    """The contents list and the page list: EPUB 3's own, else that of EPUB 2."""
    spine = find(package.root, "spine")
    toc = "" if spine is None else spine.get("toc") or ""
    lists = [item.name for item in manifest.values() if "nav" in item.properties]
    lists += [manifest[toc].name] if toc in manifest else []
    for name in filter(parts.__contains__, lists):
        try:
            root = parts.xml(name)
        except FailedError as error:
            package.notes.append(f"its contents list was not read: {name} ({error.reason})")
            continue
        for target, trail in _entries(root):
            part, _, _ = target.partition("#")
            package.contents.setdefault(resolved(name, part), trail)
        for target, label in _page_list(root):
            part, _, anchor = target.partition("#")
            package.pages.setdefault(resolved(name, part), {}).setdefault(anchor, label)


def _entries(root: _Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """References of the contents list, each with the titles that lead to it."""
    for nav in root.iter("{*}nav"):
        if "toc" in _types(nav):
            for outer in find_all(nav, "ol"):
                yield from _listed(outer, ())
    for points in root.iter("{*}navMap"):
        yield from _points(points, ())


def _listed(outer: _Element, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for item in find_all(outer, "li"):
        link = find(item, "a")
        heading = link if link is not None else find(item, "span")
        title = _title(heading)
        trail = (*above, title) if title else above
        if link is not None:
            yield link.get("href") or "", trail
        if len(trail) < _DEEPEST:
            for inner in find_all(item, "ol"):
                yield from _listed(inner, trail)


def _points(outer: _Element, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for point in find_all(outer, "navPoint"):
        title = words(find(point, "navLabel", "text"))
        trail = (*above, title) if title else above
        content = find(point, "content")
        if content is not None:
            yield content.get("src") or "", trail
        if len(trail) < _DEEPEST:
            yield from _points(point, trail)


def _page_list(root: _Element) -> Iterator[tuple[str, str]]:
    for nav in root.iter("{*}nav"):
        if "page-list" in _types(nav):
            for link in nav.iter("{*}a"):
                yield link.get("href") or "", words(link)
    for target in root.iter("{*}pageTarget"):
        content = find(target, "content")
        label = words(find(target, "navLabel", "text")) or target.get("value") or ""
        if content is not None:
            yield content.get("src") or "", label


def _types(element: _Element) -> list[str]:
    return (element.get("{http://www.idpf.org/2007/ops}type") or "").split()


def _title(element: _Element | None) -> str:
    """The words of an entry; of a picture, the words that stand for it."""
    if element is None:
        return ""
    pictures = (one.get("alt") or "" for one in element.iter() if local(one) == "img")
    return words(element) or " ".join(pictures).strip() or element.get("title") or ""
