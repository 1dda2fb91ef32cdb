"""Where in a document a span stands, in words ("pp. 4–5") and as data, after CSL's locators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rag_assistant.schema import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """``label`` is what people read, ``place`` what programs read; both empty where unknown."""

    label: str
    place: dict[str, Any]


def locate(section: Section, start: int, end: int) -> Locator:
    """The locator of ``section.text[start:end]``.

    Pages where the section has them, else its heading, else the paragraph's number.
    """
    pages = [page for page in section.pages if page.start < end and page.end > start]
    if pages:
        first, last = pages[0], pages[-1]
        label = f"p. {first.label}" if first == last else f"pp. {first.label}–{last.label}"
        place: dict[str, Any] = {
            "page": first.label,
            "page_index": first.index,
            "last_page": last.label,
            "last_page_index": last.index,
        }
        return Locator(label=label, place=place)
    if section.headings:
        return Locator(
            label=f"section “{section.headings[-1]}”", place={"headings": list(section.headings)}
        )
    if not section.text or end <= start:
        return Locator(label="", place={})
    paragraph = section.text.count("\n\n", 0, start) + 1
    return Locator(label=f"para. {paragraph}", place={"paragraph": paragraph})
