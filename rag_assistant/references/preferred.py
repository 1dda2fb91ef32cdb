"""The citation that an institution prefers, filled where it is a pattern to be filled."""

from __future__ import annotations

import re

from rag_assistant.locators import container
from rag_assistant.references.items import is_whole
from rag_assistant.references.lines import one_line, sentence
from rag_assistant.schema import Record

_HEADING = re.compile(r"(?:preferred citation|cite as)\s*:?\s*", re.IGNORECASE)
_ITEM = re.compile(
    r"\[?\s*(?:identification|title|name|description) of (?:the )?(?:specific )?item\s*\]?"
    r"|\[\s*(?:specific )?item(?: (?:title|name|description))?\s*\]",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\[?\bdate(?: of item)?\s*(?:\(if known\)|, if known)\]?|\[date\]|(?<=[;,] )date(?= ?[;,])",
    re.IGNORECASE,
)
_SLOT = re.compile(
    r"(?P<container>\[?\b(?:box(?:,| and) folder|folder(?:,| and) box)\b"
    r"(?: (?:number|title)s?)?(?! ?\d)\]?)"
    r"|(?P<box>\bbox ?(?:number|no\.|#|\[[^\]]*\]|_+))"
    r"|(?P<folder>\bfolder ?(?:number|no\.|#|\[[^\]]*\]|_+))"
    r"|(?P<collection>\[?\bcollection title\b\]?)",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"(?<=[,;.])(?:\s*[,;])+|^(?:\s*[,;.])+")


def preferred_reference(record: Record, item: str, date: str) -> str:
    """The item, with its author and the cited place, then the preferred citation in its own words.

    Where these begin with a slot for the item ("Identification of item; Date (if known); Smith
    Papers, Box and Folder Number; ..."), the slots are filled with what is known, and those of
    which nothing is known go. A collection is cited by the preferred citation alone, where that
    names it.
    """
    words = one_line(record.preferred_citation)
    if heading := _HEADING.match(words):
        words = words[heading.end() :]
    slot = _ITEM.match(words)
    if is_whole(record):
        named = _filled(_DATE.sub("", words[slot.end() :] if slot else words), record)
        if record.title.casefold() in named.casefold():
            return sentence(_EMPTY.sub("", named).strip())
    if slot is None:
        told = ", ".join(part for part in (item, date, container(record)) if part)
        return " ".join(sentence(part) for part in (told, words) if part)
    rest = words[slot.end() :]
    dated = _DATE.search(rest)
    if dated is None:
        item = ", ".join(part for part in (item, date) if part)
    else:
        rest = f"{rest[: dated.start()]}{date}{rest[dated.end() :]}"
    rest = _filled(rest, record)
    joint = "" if rest[:1] in ",;." else ", "
    return sentence(_EMPTY.sub("", f"{item}{joint}{rest.lstrip()}"))


def _filled(words: str, record: Record) -> str:
    """The words with containers and collection in their slots; without slots these stand first."""
    held = container(record)
    values = {
        "container": held,
        "box": container(Record(box=record.box)),
        "folder": container(Record(folder=record.folder)),
        "collection": record.collection,
    }
    placed = any(slot.lastgroup != "collection" for slot in _SLOT.finditer(words))
    words = _SLOT.sub(lambda slot: values[slot.lastgroup or ""], words)
    if placed or not held:
        return words
    joint = "" if words[:1] in (",", ";", ".") else ", "
    return f", {held}{joint}{words.lstrip()}"
