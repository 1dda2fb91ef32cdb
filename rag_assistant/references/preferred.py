"""The citation that an institution prefers, filled where it is a pattern to be filled."""

from __future__ import annotations

import re

from rag_assistant.references.items import container
from rag_assistant.references.lines import one_line, sentence
from rag_assistant.schema import Record

_HEADING = re.compile(r"(?:preferred citation|cite as)\s*:?\s*", re.IGNORECASE)
_ITEM = re.compile(
    r"\[?\s*(?:identification|title|name|description) of (?:the )?(?:specific )?item\s*\]?"
    r"|\[\s*(?:specific )?item(?: (?:title|name|description))?\s*\]",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\[?\bdate(?: of item)?\s*(?:\(if known\)|, if known)\]?|\[date\]", re.IGNORECASE
)
_SLOTS = (
    (
        re.compile(
            r"\[?\b(?:box(?:,| and) folder|folder(?:,| and) box)\b"
            r"(?: (?:number|title)s?)?(?! ?\d)\]?",
            re.IGNORECASE,
        ),
        "",
    ),
    (re.compile(r"\bbox ?(?:number|no\.|#|\[[^\]]*\]|_+)", re.IGNORECASE), "box"),
    (re.compile(r"\bfolder ?(?:number|no\.|#|\[[^\]]*\]|_+)", re.IGNORECASE), "folder"),
    (re.compile(r"\[?\bcollection title\b\]?", re.IGNORECASE), "collection"),
)
_EMPTY = re.compile(r"(?<=[,;.])(?:\s*[,;])+|^(?:\s*[,;.])+")


def preferred_reference(record: Record, title: str, date: str, where: str) -> str:
    """The item, then the preferred citation in its own words.

    Where these begin with a slot for the item ("Identification of item; Date (if known); Smith
    Papers, Box and Folder Number; ..."), the slots are filled with what is known, and those of
    which nothing is known go.
    """
    words = one_line(record.preferred_citation)
    if heading := _HEADING.match(words):
        words = words[heading.end() :]
    item = ", ".join(part for part in (title, where) if part)
    slot = _ITEM.match(words)
    if slot is None:
        told = ", ".join(part for part in (title, date, where, container(record)) if part)
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
    values = {"": held, "collection": record.collection}
    values |= {
        name: f"{name.capitalize()} {value}" if (value := getattr(record, name)) else ""
        for name in ("box", "folder")
    }
    placed = any(name != "collection" and slot.search(words) for slot, name in _SLOTS)
    for slot, name in _SLOTS:
        words = slot.sub(values[name].replace("\\", r"\\"), words)
    if placed or not held:
        return words
    joint = "" if words[:1] in (",", ";", ".") else ", "
    return f", {held}{joint}{words.lstrip()}"
