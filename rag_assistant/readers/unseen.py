"""What a document holds and does not show: characters without a shape, and words of its metadata.

Hidden words are a way to speak to programs behind the back of people. What is surely hidden is
left out; what may be, and what only metadata say, is told in a note beside the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from urllib.parse import urlsplit

from rag_assistant.schema import Description, Document, Rights, Section

DOUBTFUL = "some of its text may be hidden by its styles"
"""The note on a page with text of which its own file does not tell whether it is shown."""
UNTOLD = "only its metadata say: "
"""How the note begins that names what the document does not show."""
UNRENDERED = "it holds words that its rendering may not show"
"""The note on Markdown whose stored source has comments or hidden elements."""
OCR_LAYER = "text that is not drawn was read from "
"""How the note begins that counts the pages whose text lies unseen over a picture of it."""
UNJUDGED = "all text was stored, whether it is shown or not, of "
"""How the note begins that counts the pages of a PDF that could not be looked at."""
LEFT_OUT = "text that its pages do not show was left out of "
"""How the note begins that counts the pages of a PDF with hidden text, or names a web page."""
SHAPELESS = "characters without a shape were left out: "
"""How the note begins that counts them."""

# Tags spell ASCII unseen; only in the flags of England, Scotland, Wales and the like they belong.
# Joiners, selectors and spaces of no width serve scripts and emoji by twos and threes at most.
_SHAPELESS = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]{1,7}\U000e007f)|[\U000e0000-\U000e007f]+"
    "|[\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef]{4,}"
)
_RIGHTS_HOSTS = (
    "creativecommons.org", "rightsstatements.org", "opendatacommons.org", "localcontexts.org",
    "nationalarchives.gov.uk", "opensource.org", "gnu.org", "spdx.org", "data.gouv.fr",
    "govdata.de",
)  # fmt: skip


def untold(description: Description, shown: str) -> tuple[str, ...]:
    """A note on the title, creator and rights that a document does not show, if there are any.

    Args:
        description: What its metadata say, among others.
        shown: All words that its readers see.
    """
    seen = _key(shown)
    label = description.rights.label if description.rights else ""
    said = (
        ("title", [description.title]),
        ("creator", description.creator.split(";")),
        ("rights", [label]),
    )
    names = [name for name, parts in said if any(_key(part) not in seen for part in parts)]
    return (UNTOLD + ", ".join(names),) if names else ()


def without_strange_links(description: Description, address: str) -> Description:
    """Rights with their address as words, where it is neither a known one nor the page's own.

    Nobody saw it on the page, and what is shown beside a quotation invites a click.

    Args:
        description: What the page's metadata say.
        address: The page's own.
    """
    rights = description.rights
    if rights is None or not rights.uri:
        return description
    host, own = _host(rights.uri), _host(address)
    known = any(host == one or host.endswith(f".{one}") for one in _RIGHTS_HOSTS)
    if known or (own and host == own):
        return description
    return replace(description, rights=Rights(label=rights.label or rights.uri))


def without_shapeless(document: Document) -> Document:
    """The document without runs of characters that show nothing and can spell words."""
    said = document.description
    removed = [len(found) for text in _texts(document) for found in _runs(text)]
    if not removed:
        return document
    return replace(
        document,
        description=replace(said, title=_bare(said.title), creator=_bare(said.creator)),
        sections=tuple(map(_section, document.sections)),
        notes=(*document.notes, f"{SHAPELESS}{sum(removed)}"),
    )


def _texts(document: Document) -> Iterator[str]:
    yield document.description.title
    yield document.description.creator
    for section in document.sections:
        yield section.text
        yield from section.headings


def _runs(text: str) -> Iterator[str]:
    return (found[0] for found in _SHAPELESS.finditer(text) if not found["flag"])


def _bare(text: str) -> str:
    return _SHAPELESS.sub(lambda found: found["flag"] or "", text)


def _section(section: Section) -> Section:
    runs = [found.span() for found in _SHAPELESS.finditer(section.text) if not found["flag"]]
    starts = [start for start, _ in runs]
    removed = [0, *accumulate(end - start for start, end in runs)]

    def moved(place: int) -> int:
        before = bisect_left(starts, place)
        inside = max(0, runs[before - 1][1] - place) if before else 0
        return place - removed[before] + inside

    return Section(
        text=_bare(section.text),
        headings=tuple(map(_bare, section.headings)),
        pages=tuple(
            replace(one, start=moved(one.start), end=moved(one.end)) for one in section.pages
        ),
        places=tuple(
            replace(one, start=moved(one.start), end=moved(one.end)) for one in section.places
        ),
    )


def _key(words: str) -> str:
    """Letters and figures alone: a page may show a title in capitals, over two lines."""
    return "".join(filter(str.isalnum, words.casefold()))


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
