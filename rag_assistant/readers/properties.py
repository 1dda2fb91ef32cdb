"""What office documents say of themselves: the core properties of DOCX, the metadata of ODT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag_assistant.dates import parse_date
from rag_assistant.errors import FailedError
from rag_assistant.readers.charset import clean_text
from rag_assistant.readers.parts import Parts
from rag_assistant.readers.xml import local, words
from rag_assistant.schema import Agent, DateRange, Description, Record

if TYPE_CHECKING:
    from lxml.etree import _Element

# What programs put where people put nothing.
_NO_NAME = frozenset(
    {"untitled", "anonymous", "unknown", "author", "title", "user", "admin", "administrator",
     "microsoft office user", "python-docx", "un-named"}
)  # fmt: skip
_CREATORS = ("initial-creator", "creator")
_DATES = ("created", "creation-date", "modified", "date")
_SEPARATOR = re.compile(r"\s*[;,]\s*")
_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


def properties_of(parts: Parts, name: str) -> tuple[_Element | None, tuple[str, ...]]:
    """The root of the part with the metadata, None without one; a note where it is damaged."""
    try:
        return (parts.xml(name) if name in parts else None), ()
    except FailedError as error:
        return None, (f"its metadata were not read: {error.reason}",)


def described(properties: _Element | None, shown: str) -> Description:
    """A document's description.

    Args:
        properties: The root of its metadata, None where it has none.
        shown: The title that the document itself shows, which wins; "" for none.
    """
    said: dict[str, list[str]] = {}
    for element in () if properties is None else properties.iter():
        if local(element) and (value := _name(words(element))):
            said.setdefault(local(element), []).append(value)
    title = shown or _first(said, ("title",))
    creator = _first(said, _CREATORS)
    date = _date(said)
    language = _first(said, ("language",))
    creators = [name for name in map(str.strip, creator.split(";")) if name]
    keywords = [word for one in (*said.get("keywords", ()), *said.get("keyword", ()))
                for word in _SEPARATOR.split(one) if word]  # fmt: skip
    return Description(
        title=title,
        creator="; ".join(creators),
        date=date,
        language=language,
        kind="document",
        record=Record(
            type="document",
            title=title,
            agents=tuple(Agent(literal=name) for name in creators),
            issued=date.text if date else "",
            languages=(language,) if language else (),
            subjects=tuple(dict.fromkeys([*said.get("subject", ()), *keywords])),
            abstract=_first(said, ("description",)),
        ),
    )


def _first(said: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((said[name][0] for name in names if name in said), "")


def _date(said: dict[str, list[str]]) -> DateRange | None:
    match = _DAY.match(_first(said, _DATES))
    return parse_date(match[0]) if match else None


def _name(value: str) -> str:
    name = clean_text(value).strip()
    return "" if name.lower() in _NO_NAME else name
