"""Item tables of CollectionBuilder: what a row says of an item, and which row tells of a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html import unescape
from pathlib import Path

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.description import narrowed
from rag_assistant.readers.formats import by_opening
from rag_assistant.readers.tables import table
from rag_assistant.schema import Agent, Description, Record, Rights

_HEAD = 1 << 14
_LONGEST = 16 << 20  # whoever looks at a transcript's state reads its table too, without limits
_MOST_ROWS = 50_000
_TOO_LARGE = "item table too large"
_LINKS = ("reference_url", "object_location", "object_download", "image_small", "pdf")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*)?10\.\d{4,9}/\S+", re.IGNORECASE)
_ACCESS = ("access", "accessrights", "access_rights", "access rights", "restrictions")
_TAG = re.compile(r"</?[a-z][^<>]{0,2000}>", re.IGNORECASE)
_HREF = re.compile(r"\bhref\s*=\s*(?:'([^']*)'|\"([^\"]*)\")", re.IGNORECASE)
_YES = frozenset({"yes", "true", "1"})
_TYPES = (
    ("stillimage", "graphic"),
    ("movingimage", "motion_picture"),
    ("video", "motion_picture"),
    ("sound", "song"),
    ("audio", "song"),
    ("map", "map"),
    ("image", "graphic"),
    ("text", "document"),
    ("dataset", "dataset"),
)
# Words of which bodies are made; a comma in their names divides no family from a given name.
_BODIES = re.compile(
    r"(?i)\b(?:university|college|school|library|archives?|museum|society|association|company|co\."
    r"|inc|ltd|press|studios?|department|dept|office|bureau|committee|council|church|agency)\b"
)
_LONGEST_NAME = 4
_FILE_NAME = re.compile(r"[^\n]{1,300}\.[A-Za-z0-9]{1,5}")


def described(row: Mapping[str, str], parents: Iterable[str] = ()) -> Description:
    """What a row says of its item.

    Args:
        row: Its cells that are not empty, by the names of their columns in small letters.
        parents: Titles of the objects that the item is a part of, the outermost first.
    """
    agents = tuple(_agents(row))
    path = tuple(parents)
    identifiers = tuple(dict.fromkeys(_identifiers(row)))
    source, homes = _unlinked(row.get("source", ""))
    addresses = (*(row.get(name, "") for name in _LINKS), *homes)
    links = tuple(dict.fromkeys(filter(is_address, addresses)))
    date = row.get("date", "")
    rights = Rights(uri=row.get("rightsstatement", ""), label=row.get("rights", ""))
    title = row.get("title", "") or (path[-1] if path else "")
    said = Description(
        title=title,
        creator="; ".join(name_of(one) for one in agents if one.role == "author"),
        date=parse_date(date),
        language=row.get("language", "").split(";")[0].strip(),
        identifiers={scheme: value for scheme, value in reversed(identifiers)},
        uri=links[0] if links and not links[0].endswith((".jpg", ".png")) else "",
        rights=rights if rights != Rights() else None,
        record=Record(
            type=_type(row),
            title=title,
            agents=agents,
            issued=f"{date}~" if row.get("date-is-approximate?", "").lower() in _YES else date,
            publisher=row.get("publisher", ""),
            extent=row.get("extent", ""),
            genre=row.get("type", ""),
            languages=_several(row.get("language", "")),
            subjects=_several(row.get("subject", "")),
            abstract=row.get("description", ""),
            identifiers=identifiers,
            collection=source,
            series=path,
            links=links,
        ),
    )
    stated = [row[name] for name in _ACCESS if row.get(name)]
    return narrowed(said, of_rights([rights.label, rights.uri], stated))


def _unlinked(words: str) -> tuple[str, list[str]]:
    """Words without the tags that a table may hold, and the addresses in these."""
    if not _TAG.search(words):
        return words, []
    homes = [
        unescape(one[1] or one[2]) for tag in _TAG.findall(words) for one in _HREF.finditer(tag)
    ]
    return " ".join(unescape(_TAG.sub("", words)).split()), homes


def csl_type(words: str) -> str:
    """The type that CSL has for what a table calls a kind of thing, "" for none."""
    said = words.lower().replace(" ", "")
    return next((type_ for word, type_ in _TYPES if word in said), "")


def undated(row: Mapping[str, str]) -> tuple[str, ...]:
    """A note where a row's date is none."""
    date = row.get("date", "")
    return (f"date not understood: {date}",) if date and not parse_date(date) else ()


def is_file_name(words: str) -> bool:
    """Whether a cell names a file, rather than hold words to read."""
    return bool(_FILE_NAME.fullmatch(words.strip()))


def by_small_names(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells of a row by their columns' names in small letters."""
    return {name.lower(): value for name, value in cells.items()}


def row_about(path: Path, name: str) -> dict[str, str]:
    """The row of an item table that names a file; {} where there is none.

    The table lies in the file's folder or in the one above it, never outside of its collection.

    Args:
        path: Where the file is.
        name: What it is called in its collection.

    Raises:
        FailedError: A table that may name it is damaged or too large, so that what it says of the
            file is not known.
        OSError: A table cannot be read.
    """
    parts = name.split("/")
    folders = [path.parent, path.parent.parent][: len(parts)]
    stem = path.stem.casefold()
    for folder in folders:
        for listed in _tables_in(folder):
            if listed != path and (row := _rows_by_file(listed).get(stem)):
                return row
    return {}


def _tables_in(folder: Path) -> tuple[Path, ...]:
    try:
        return _item_tables(folder, folder.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _item_tables(folder: Path, _changed: int) -> tuple[Path, ...]:
    listed = sorted(one for one in folder.iterdir() if one.suffix.lower() == ".csv")
    return tuple(one for one in listed if _opens_as_item_table(one))


def _opens_as_item_table(path: Path) -> bool:
    try:
        if not path.is_file() or path.is_symlink():
            return False
        with path.open("rb") as stream:
            return by_opening(stream.read(_HEAD), "") == "collectionbuilder"
    except OSError:
        return False


def _rows_by_file(path: Path) -> dict[str, dict[str, str]]:
    stat = path.stat()
    if stat.st_size > _LONGEST:
        raise FailedError(_TOO_LARGE, f"{path.name}: over {_LONGEST} bytes")
    return _rows(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4)
def _rows(path: Path, _size: int, _changed: int) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with path.open("rb") as stream, table(stream) as items:
        for row in items.rows:
            if row.number > _MOST_ROWS:
                raise FailedError(_TOO_LARGE, f"{path.name}: over {_MOST_ROWS} rows")
            cells = by_small_names(row.cells)
            for said in (cells.get("object_transcript", ""), cells.get("objectid", "")):
                if said and (said == cells.get("objectid") or is_file_name(said)):
                    found.setdefault(os.path.splitext(said.rpartition("/")[2])[0].casefold(), cells)
    return found


def _agents(row: Mapping[str, str]) -> Iterator[Agent]:
    for column, role in (
        ("creator", "author"),
        ("interviewee", "author"),
        ("interviewer", "interviewer"),
    ):
        for name in _several(row.get(column, "")):
            yield agent(name, role)


def agent(name: str, role: str = "author") -> Agent:
    """A person or a body by the name that a table gives: "Bell, Jo" is taken apart."""
    family, comma, given = (part.strip() for part in name.partition(","))
    parts = family.split() + given.split()
    is_person = comma and given and "," not in given and len(parts) <= _LONGEST_NAME
    if is_person and not _BODIES.search(name):
        return Agent(family=family, given=given, role=role)
    return Agent(literal=name, role=role)


def name_of(agent: Agent) -> str:
    """A name as it stood in its table."""
    return agent.literal or f"{agent.family}, {agent.given}"


def _identifiers(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for value in filter(None, (row.get("objectid"), row.get("identifier"))):
        if is_address(value):
            yield "url", value
        elif _DOI.fullmatch(value):
            yield "doi", value
        else:
            yield ("ark" if value.lower().startswith("ark:") else "local"), value


def _type(row: Mapping[str, str]) -> str:
    """The type as CSL has it; a talk is one where the table names no picture of it."""
    said = row.get("type", "").lower().replace(" ", "")
    if row.get("interviewee") and "image" not in said:
        return "interview"
    return csl_type(said)


def _several(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for one in words.split(";") if (part := one.strip())))


def is_address(words: str) -> bool:
    """Whether words are an address on the web."""
    return bool(_ADDRESS.fullmatch(words))
