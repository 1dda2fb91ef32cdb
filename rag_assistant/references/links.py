"""Links that open at the cited place."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from rag_assistant.answer import Citation, Link
from rag_assistant.wording import say

_JAVASCRIPT_KEEPS = "!'()*-._~"  # what encodeURIComponent leaves as it is
_IMAGE_REQUEST = re.compile(
    r"(?P<service>https?://.+)/(?:full|square|(?:pct:)?[\d.]+(?:,[\d.]+){3})"
    r"/(?:\^?(?:full|max|pct:[\d.]+|!?\d*,\d*))/!?[\d.]+/(?:default|native|color|gray|bitonal)\.\w+"
)
_INFO = "/info.json"


def links_of(citation: Citation, *, viewer_url: str = "") -> tuple[Link, ...]:
    """All ways to the place, the nearest first.

    Args:
        citation: With its place as data (see `locators.Locator`).
        viewer_url: Where the collection's IIIF viewer opens a content state, with ``{state}``.
    """
    return tuple(_found(citation, viewer_url))


def _found(citation: Citation, viewer_url: str) -> Iterator[Link]:
    place = citation.place
    if canvas := place.get("canvas"):
        state = content_state(canvas, place.get("box"))
        if viewer_url:
            url = viewer_url.replace("{state}", state)
            yield Link(kind="viewer", label=say("Open the page image at these words"), url=url)
    if image := image_region(place.get("image", ""), place.get("box")):
        yield Link(kind="image", label=say("Picture of these words"), url=image)
    yield from _addressed(citation)
    if canvas:
        yield Link(kind="content-state", label=say("IIIF content state"), url=state)


def _addressed(citation: Citation) -> Iterator[Link]:
    """At its own address, the place in it where it can be named."""
    place, url = citation.place, citation.uri
    if citation.capture:
        if citation.archive_url:
            page = _pdf_page(citation.uri, place)
            url = f"{citation.archive_url}{page}"
            yield Link(kind="replay", label=say("Open the archived page"), url=url)
    elif _is_web(url):
        begin = place.get("begin")
        if page := _pdf_page(url, place):
            label = say("Open the PDF at {place}", place=citation.locator)
            yield Link(kind="pdf-page", label=label, url=url + page)
        elif begin is not None and "#" not in url:
            yield Link(kind="time", label=say("Listen from here"), url=f"{url}#t={_seconds(begin)}")
        else:
            yield Link(kind="item", label=say("Catalogue entry"), url=url)


def content_state(canvas: str, box: Sequence[int] | None) -> str:
    """A canvas, and the region of it, as the encoded annotation of IIIF Content State 1.0.

    Args:
        canvas: The canvas's URI.
        box: x, y, width and height on it; None for all of it.
    """
    region = f"#xywh={','.join(map(str, box))}" if box else ""
    annotation = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{canvas}/content-state",
        "type": "Annotation",
        "motivation": ["contentState"],
        "target": {"id": f"{canvas}{region}", "type": "Canvas"},
    }
    words = quote(json.dumps(annotation, ensure_ascii=False), safe=_JAVASCRIPT_KEEPS)
    return urlsafe_b64encode(words.encode()).decode().rstrip("=")


def image_region(image: str, box: Sequence[int] | None) -> str:
    """The address of a region of a picture, "" where no IIIF image service has the picture."""
    match = _IMAGE_REQUEST.fullmatch(image)
    service = match["service"] if match else image.removesuffix(_INFO)
    if not box or service == image or not _is_web(service):
        return ""
    return f"{service}/{','.join(map(str, box))}/max/0/default.jpg"


def _pdf_page(url: str, place: dict[str, Any]) -> str:
    """The fragment that opens a PDF at its page."""
    index = place.get("page_index")
    if index is None or "#" in url or not urlsplit(url).path.lower().endswith(".pdf"):
        return ""
    return f"#page={index + 1}"


def _seconds(begin: float) -> str:
    return f"{begin:.3f}".rstrip("0").rstrip(".")


def _is_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))
