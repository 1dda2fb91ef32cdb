"""The references of an answer in one of the formats that people take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from rag_assistant.answer import Citation
from rag_assistant.references.bibtex import bibtex
from rag_assistant.references.csl_json import csl_json
from rag_assistant.references.formatted import reference
from rag_assistant.references.items import csl_item, csl_items, item_id
from rag_assistant.references.ris import ris
from rag_assistant.references.styles import Style, styled

Format = Literal["ris", "bibtex", "csl-json", "text", "chicago", "mla", "apa"]
FORMATS: tuple[Format, ...] = get_args(Format)

_WRITERS = {
    "ris": (ris, "application/x-research-info-systems", "ris"),
    "bibtex": (bibtex, "application/x-bibtex", "bib"),
    "csl-json": (csl_json, "application/vnd.citationstyles.csl+json", "json"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """References as a file: its text, what it is, and the end of its name."""

    text: str
    media_type: str
    suffix: str


def export(citations: Sequence[Citation], form: Format, titles: Mapping[str, str]) -> Export:
    """The references of citations.

    Files hold each cited thing once. Lines of ``text`` name the cited place too, so there is one
    for each place; the styles make bibliographies, with one for each thing.

    Args:
        citations: In the order wanted.
        form: The format.
        titles: Of the collections, by their ids.

    Raises:
        RagAssistantError: A style is not installed.
    """
    match form:
        case "ris" | "bibtex" | "csl-json":
            write, media_type, suffix = _WRITERS[form]
            text = write(csl_items(citations, titles))
            return Export(text=text, media_type=media_type, suffix=suffix)
        case "text":
            lines = list(dict.fromkeys(_plain(citations, titles)))
        case "chicago" | "mla" | "apa":
            lines = _styled(citations, form, titles)
    text = "".join(f"{line}\n" for line in lines)
    return Export(text=text, media_type="text/plain", suffix="txt")


def _plain(citations: Sequence[Citation], titles: Mapping[str, str]) -> list[str]:
    return [reference(one, collection=titles.get(one.collection, "")) for one in citations]


def _styled(citations: Sequence[Citation], style: Style, titles: Mapping[str, str]) -> list[str]:
    things = list({item_id(one): one for one in citations}.values())
    items = [csl_item(one, collection=titles.get(one.collection, "")) for one in things]
    return styled(items, style, _plain(things, titles))
