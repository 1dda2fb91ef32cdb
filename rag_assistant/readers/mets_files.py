"""What a METS file ties together: its pages in order, and the files of each that lie beside it.

Files are looked for only below the METS file's own folder and among those of its collection; links
to the web are never followed.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from rag_assistant.collection import Walk
from rag_assistant.errors import FailedError, LeafError
from rag_assistant.readers import scanned, xml
from rag_assistant.readers.sniff import registered, suffix_of

if TYPE_CHECKING:
    from lxml.etree import _Element

PAGE_FORMATS = frozenset({"alto", "page", "hocr"})
"""Formats of the files that hold a page's words."""

_PICTURE = "image"
_SHOWN = "DEFAULT"
_HEAD = 16 * 1024
_LONGEST = 16 << 20  # whoever looks for a page's METS file parses it too, without other limits
_MOST_LINKS = 20_000
_ABOVE = 2  # folders over a page's own in which its METS file is looked for
_MOST_LISTED = 2000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PAGE_SUFFIXES = frozenset({"xml", "hocr", "html", "htm", "xhtml", "tif", "tiff"})


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a page. ``use`` is that of its group; ``path`` is None where it is not here."""

    use: str
    href: str
    mime: str
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetsPage:
    """A page; ``label`` is its printed number, "" where it has none."""

    label: str
    files: tuple[File, ...]


def pages_of(root: _Element, folder: Path, walk: Walk) -> list[MetsPage]:
    """The pages of a METS document, in the order of its physical structure.

    Where it has none, the first page has the first file of each group, and so on.

    Args:
        root: Its root element.
        folder: Where the METS file lies.
        walk: Which files its pages may be.

    Raises:
        FailedError: It links to more files than the pages of a work have.
    """
    files = dict(_files(root, folder, walk))
    divs = [div for one in _structures(root) for div in one.iter("{*}div")]
    leaves = [div for div in divs if (div.get("TYPE") or "").lower() == "page"] or [
        div for div in divs if xml.find(div, "fptr") is not None and xml.find(div, "div") is None
    ]
    pages = [
        MetsPage(
            label=_label(div.get("ORDERLABEL")),
            files=tuple(files[name] for name in _named(div) if name in files),
        )
        for div in leaves
    ]
    if any(page.files for page in pages):
        return pages
    together: list[list[File]] = []
    met: Counter[str] = Counter()
    for file in files.values():
        if met[file.use] == len(together):
            together.append([])
        together[met[file.use]].append(file)
        met[file.use] += 1
    return [MetsPage(label="", files=tuple(one)) for one in together]


def page_files(path: Path, walk: Walk) -> tuple[Path, ...]:
    """The files of its pages that a METS file reads; none where the file is no METS, or damaged."""
    return tuple(map(Path, _tied_by(path, walk)))


def picture_files(path: Path, walk: Walk, page: int) -> tuple[Path, ...]:
    """The pictures of a page that lie here, first that which its viewers show.

    Args:
        path: The METS file.
        walk: Which files its collection has.
        page: Its number, from 0.
    """
    try:
        stat = os.stat(path)
        pages = _pictures(os.fspath(path), walk, stat.st_mtime_ns, stat.st_size)
    except (LeafError, OSError):
        return ()
    return pages[page] if page < len(pages) else ()


def mets_of(path: Path, walk: Walk) -> Path | None:
    """The METS file that reads a file as one of its pages, None where none does.

    Args:
        path: Where the file is.
        walk: Which files its collection has; METS files outside of that do not count.
    """
    here, top = Path(os.path.realpath(path)), os.path.realpath(walk.root)
    if suffix_of(path.name) not in _PAGE_SUFFIXES or not here.is_relative_to(top):
        return None
    for folder in here.parents[: min(len(here.relative_to(top).parts), _ABOVE + 1)]:
        for mets in map(Path, _mets_files(os.fspath(folder), os.stat(folder).st_mtime_ns)):
            if mets != here and walk.reaches(mets) and os.fspath(here) in _tied_by(mets, walk):
                return mets
    return None


def _tied_by(path: Path, walk: Walk) -> Mapping[str, None]:
    if not is_mets(path):
        return {}
    stat = os.stat(path)
    return _names(os.fspath(path), walk, stat.st_mtime_ns, stat.st_size)


def is_mets(path: Path) -> bool:
    """Whether a file opens as METS does; False where it cannot be read."""
    return _format(path) == "mets"


def is_page(path: Path) -> bool:
    """Whether a file holds the words of a page."""
    return _format(path) in PAGE_FORMATS


def _format(path: Path) -> str:
    if not os.path.isfile(path) or suffix_of(path.name) not in _PAGE_SUFFIXES:
        return ""
    try:
        with path.open("rb") as file:
            return registered(file.read(_HEAD), suffix_of(path.name))
    except OSError:
        return ""


@lru_cache(maxsize=64)  # a folder may hold hundreds of pages of one work
def _mets_files(folder: str, changed: int) -> tuple[str, ...]:
    """The METS files in a folder, by name; of very many files only the likely ones are opened."""
    names = sorted(name for name in os.listdir(folder) if suffix_of(name) == "xml")
    if len(names) > _MOST_LISTED:
        names = [name for name in names if "mets" in name.lower()]
    paths = [os.path.join(folder, name) for name in names]
    return tuple(path for path in paths if is_mets(Path(path)))


@lru_cache(maxsize=16)  # a reader goes on from page to page
def _pictures(mets: str, walk: Walk, changed: int, size: int) -> tuple[tuple[Path, ...], ...]:
    with open(mets, "rb") as file:
        pages = pages_of(parsed(file), Path(mets).parent, walk)
    return tuple(
        tuple(one.path for one in _shown_first(page) if one.path is not None) for page in pages
    )


@lru_cache(maxsize=64)
def _names(mets: str, walk: Walk, changed: int, size: int) -> Mapping[str, None]:
    """The files that belong to a METS file's pages, pictures too; none without a page's words."""
    try:
        with open(mets, "rb") as file:
            pages = pages_of(parsed(file), Path(mets).parent, walk)
    except (LeafError, OSError):
        return {}
    files = [file for page in pages for file in page.files]
    words = [os.fspath(file.path) for file in files if file.path and is_page(file.path)]
    pictures = [
        os.fspath(file.path) for file in files if file.path and _format(file.path) == _PICTURE
    ]
    return dict.fromkeys(words + pictures) if words else {}


def parsed(stream: BinaryIO) -> _Element:
    """The root of a METS file.

    Raises:
        FailedError: It is not well-formed, or too long to be one.
    """
    size = stream.seek(0, os.SEEK_END)
    if size > _LONGEST:
        raise FailedError("file too large", f"over {_LONGEST} bytes")
    stream.seek(0)
    return xml.parse(stream.read(size))  # makes room for as much as is asked for


# ---------------------------------------------------------------- what is in it


def _structures(root: _Element) -> list[_Element]:
    maps = list(xml.find_all(root, "structMap"))
    physical = [one for one in maps if (one.get("TYPE") or "").lower() == "physical"]
    return physical or [one for one in maps if one.find(".//{*}fptr") is not None][:1]


def _named(div: _Element) -> Iterator[str]:
    """The ids of a page's files, also of those of which only an area shows it."""
    for pointer in xml.find_all(div, "fptr"):
        for one in pointer.iter("{*}fptr", "{*}area"):
            if name := one.get("FILEID"):
                yield name


def _label(said: str | None) -> str:
    """A page's printed number; dashes say that it has none."""
    label = scanned.one_line(said)
    return label if any(map(str.isalnum, label)) and label.lower() != "uncounted" else ""


def _files(root: _Element, folder: Path, walk: Walk) -> Iterator[tuple[str, File]]:
    here = Path(os.path.realpath(folder))
    for element, hrefs in _located(root):
        paths = [(href, _below(here, href, walk)) for href in hrefs]
        href, path = next((pair for pair in paths if pair[1]), paths[0])
        mime = (element.get("MIMETYPE") or "").lower()
        yield element.get("ID") or "", File(use=_use(element), href=href, mime=mime, path=path)


def _located(root: _Element) -> list[tuple[_Element, list[str]]]:
    """The files that have an id, with the links to each."""
    sections = xml.find_all(root, "fileSec")
    files = [one for section in sections for one in section.iter("{*}file") if one.get("ID")]
    located = [(one, [_href(link) for link in xml.find_all(one, "FLocat")]) for one in files]
    if sum(len(hrefs) for _, hrefs in located) > _MOST_LINKS:
        raise FailedError("too many files", f"over {_MOST_LINKS}")
    return [(one, hrefs) for one, hrefs in located if hrefs]


def _use(file: _Element) -> str:
    around = (group.get("USE") or "" for group in file.iterancestors("{*}fileGrp"))
    return next(filter(None, around), "")


def _href(element: _Element) -> str:
    said = (str(value) for name, value in element.items() if str(name).endswith("}href"))
    return next(said, "").strip()


def _below(folder: Path, href: str, walk: Walk) -> Path | None:
    """The file that a link leads to, None where that is not below the folder, or not to be read."""
    if not href or _SCHEME.match(href) or href.startswith(("/", "\\")) or "\x00" in href:
        return None
    for name in dict.fromkeys((href, unquote(href))):
        if "\x00" in name or ".." in PurePosixPath(name.replace("\\", "/")).parts:
            continue
        if os.path.isfile(folder / name):
            path = Path(os.path.realpath(folder / name))
            if path.is_relative_to(folder) and walk.reaches(path):
                return path
    return None


def pictures(page: MetsPage) -> list[str]:
    """The web addresses of a page's pictures, first that which its viewers show."""
    return [address for file in _shown_first(page) if (address := scanned.web_address(file.href))]


def _shown_first(page: MetsPage) -> list[File]:
    chosen = [file for file in page.files if file.mime.startswith("image/")]
    return sorted(chosen, key=lambda file: file.use.upper() != _SHOWN)


def links(root: _Element, pages: Sequence[MetsPage]) -> list[str]:
    """The web addresses of what is there of the whole work, such as a PDF of it."""
    of_pages = {file.href for page in pages for file in page.files}
    others = (hrefs[0] for _, hrefs in _located(root) if of_pages.isdisjoint(hrefs))
    return [address for href in others if (address := scanned.web_address(href))]
