"""CSV, JSON and JSON Lines by a mapping: each record a document.

What the columns or keys stand for, the collection says in its ``collection.toml``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from rag_assistant.collection import FieldMapping
from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError, SkippedError
from rag_assistant.ports import Leaf
from rag_assistant.readers.charset import clean_text, decode
from rag_assistant.readers.conditions import of_rights
from rag_assistant.readers.container import Inside, Make, records
from rag_assistant.readers.description import narrowed
from rag_assistant.readers.item_tables import agent, csl_type, is_address, name_of
from rag_assistant.readers.mappings import mapping_for
from rag_assistant.readers.sniff import suffix_of
from rag_assistant.readers.tables import Ids, Row, Table, opened, table
from rag_assistant.schema import Access, Description, Document, Record, Rights, Section

FORMAT = "mapped"
_BROKEN = "damaged JSON"
_BETWEEN = "; "
_LINES = frozenset({"jsonl", "ndjson", "jsonlines"})
_ACCESS: dict[str, Access] = {"public": "public", "staff": "staff"}


def read(stream: BinaryIO, inside: Inside) -> Iterator[Leaf]:
    """Read the records of a file by the mapping that fits it.

    Raises:
        FailedError: It is no table and no JSON, or has not what the mapping names.
        SkippedError: No mapping fits it.
    """
    mapping = mapping_for(inside.path, inside.name)
    if mapping is None:
        raise SkippedError("no mapping fits it")
    suffix = suffix_of(inside.name)
    if suffix in _LINES:
        yield from records(_of_lines(stream, mapping), inside)
    elif suffix == "json" or stream.read(1 << 12).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (
        b"{",
        b"[",
    ):
        yield from records(_of_json(stream, mapping), inside)
    else:
        with table(stream) as found:
            yield from records(_of_table(found, mapping), inside)


# ---------------------------------------------------------------- records


def _of_table(found: Table, mapping: FieldMapping) -> Iterator[tuple[str, Make]]:
    missing = [name for name in mapping.columns if name not in found.columns]
    if missing:
        raise FailedError("column missing", ", ".join(missing))
    ids = Ids()
    for row in found.rows:
        record = ids.of(row.cells.get(mapping.id, ""), row.number)
        yield record, partial(_of_row, row, mapping)


def _of_row(row: Row, mapping: FieldMapping) -> Document:
    return _document(row.whole(), mapping)


def _of_json(stream: BinaryIO, mapping: FieldMapping) -> Iterator[tuple[str, Make]]:
    stream.seek(0)
    found = _parsed(decode(stream.read())[0])
    for key in filter(None, mapping.records.split(".")):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, dict) and not mapping.records:
        found = [found]
    if not isinstance(found, list):
        raise FailedError("no records", f"'{mapping.records}' is no list")
    yield from _of_values(enumerate(found, start=1), mapping)


def _of_lines(stream: BinaryIO, mapping: FieldMapping) -> Iterator[tuple[str, Make]]:
    with opened(stream) as text:
        lines = ((number, line) for number, line in enumerate(text, start=1) if line.strip())
        yield from _of_values(lines, mapping)


def _of_values(
    found: Iterator[tuple[int, Any]], mapping: FieldMapping
) -> Iterator[tuple[str, Make]]:
    """Values, or lines that hold one: a line that does not is a record that cannot be read."""
    ids = Ids("record")
    for number, one in found:
        try:
            value = _object(one)
        except FailedError as error:
            yield ids.of("", number), partial(_fail, error)
        else:
            yield ids.of(_first(value, mapping.id), number), partial(_document, value, mapping)


def _object(one: Any) -> dict[str, Any]:
    value = _parsed(one.removeprefix("\ufeff")) if isinstance(one, str) else one
    if not isinstance(value, dict):
        raise FailedError(_BROKEN, "a record is an object of names and values")
    return value


def _fail(error: FailedError) -> Document:
    raise error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FailedError(_BROKEN, str(error)) from error


# ---------------------------------------------------------------- one record


def _document(record: Mapping[str, Any], mapping: FieldMapping) -> Document:
    said = [_joined(record, name) for name in mapping.text]
    text = "\n\n".join(words for words in said if words)
    if not text:
        raise SkippedError("no text")
    description, notes = _description(record, mapping)
    return Document(
        description=description, sections=(Section(text=text),), format=FORMAT, notes=notes
    )


def _description(
    record: Mapping[str, Any], mapping: FieldMapping
) -> tuple[Description, tuple[str, ...]]:
    title, date, uri = (
        _joined(record, name) for name in (mapping.title, mapping.date, mapping.uri)
    )
    when, access = parse_date(date), _joined(record, mapping.access)
    rights = Rights(uri=_joined(record, mapping.rights_uri), label=_joined(record, mapping.rights))
    facts = _record(record, mapping)
    described = Description(
        title=title,
        creator=_BETWEEN.join(map(name_of, facts.agents)),
        date=when,
        language=_first(record, mapping.language),
        kind=mapping.kind or ("text" if mapping.described_by == "source" else "catalogue record"),
        identifiers=dict(reversed(facts.identifiers)),
        uri=uri if is_address(uri) else "",
        rights=rights if rights != Rights() else None,
        described_by=mapping.described_by,
        record=facts,
    )
    notes = (
        *((f"date not understood: {date}",) if date and not when else ()),
        *((f"no address on the web: {uri}",) if uri and not is_address(uri) else ()),
    )
    said = _ACCESS.get(access.lower())
    limits = of_rights([rights.label, rights.uri], [] if said or not access else [access])
    return narrowed(described, narrowed(Description(access=said), limits)), notes


def _record(record: Mapping[str, Any], mapping: FieldMapping) -> Record:
    kind, uri = _joined(record, mapping.type), _joined(record, mapping.uri)
    return Record(
        type=csl_type(kind),
        title=_joined(record, mapping.title),
        agents=tuple(agent(name) for name in _each(record, *mapping.creator)),
        issued=_joined(record, mapping.date),
        publisher=_joined(record, mapping.publisher),
        genre=kind,
        languages=tuple(_each(record, mapping.language)),
        subjects=tuple(_each(record, *mapping.subjects)),
        identifiers=tuple(
            (scheme.lower(), value)
            for scheme, name in mapping.identifiers.items()
            for value in _values(record, name)
        ),
        links=(uri,) if is_address(uri) else (),
    )


# ---------------------------------------------------------------- values


def _joined(record: Mapping[str, Any], name: str) -> str:
    return _BETWEEN.join(_values(record, name))


def _first(record: Mapping[str, Any], name: str) -> str:
    return next(iter(_values(record, name)), "")


def _each(record: Mapping[str, Any], *names: str) -> list[str]:
    """The values of several columns, those taken apart that a cell holds several of."""
    found = (
        part.strip()
        for name in names
        for value in _values(record, name)
        for part in value.split(";")
    )
    return list(dict.fromkeys(filter(None, found)))


def _values(record: Mapping[str, Any], name: str) -> list[str]:
    """All values under a name, or under a path of names with dots between them."""
    if not name:
        return []
    found = _under(record[name], []) if name in record else _under(record, name.split("."))
    return [value for words in found if (value := clean_text(words).strip())]


def _under(found: Any, path: list[str]) -> Iterator[str]:
    if isinstance(found, list):
        for one in found:
            yield from _under(one, path)
    elif isinstance(found, dict):
        inner = [found.get(path[0])] if path else list(found.values())
        for one in inner:
            yield from _under(one, path[1:])
    elif found is not None and not path:
        yield str(found).lower() if isinstance(found, bool) else str(found)
