"""Links that open at the cited place."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote

import pytest

from rag_assistant.references import links_of
from rag_assistant.references.links import content_state, image_region
from tests.answers import make_capture, make_citation

CANVAS = "https://iiif.example/manifest/é/canvas/p1"
SERVICE = "https://iiif.example/image/1"


def decoded(state: str) -> dict[str, Any]:
    """A content state as a viewer reads it."""
    padded = state + "=" * (-len(state) % 4)
    annotation: dict[str, Any] = json.loads(unquote(base64.urlsafe_b64decode(padded).decode()))
    return annotation


def kinds(**facts: Any) -> dict[str, str]:
    return {one.kind: one.url for one in links_of(make_citation(**facts))}


def test_a_content_state_holds_the_canvas_and_the_box() -> None:
    state = content_state(CANVAS, (10, 20, 300, 40))
    assert set(state) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    annotation = decoded(state)
    assert annotation["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert (annotation["type"], annotation["motivation"]) == ("Annotation", ["contentState"])
    assert annotation["target"] == {"id": f"{CANVAS}#xywh=10,20,300,40", "type": "Canvas"}
    assert decoded(content_state(CANVAS, None))["target"]["id"] == CANVAS


def test_a_viewer_opens_at_the_region() -> None:
    citation = make_citation(place={"canvas": CANVAS, "box": [10, 20, 300, 40]})
    viewer, state = links_of(citation, viewer_url="https://view.example/?iiif-content={state}")
    assert (viewer.kind, state.kind) == ("viewer", "content-state")
    assert viewer.url == f"https://view.example/?iiif-content={state.url}"
    assert decoded(state.url)["target"]["id"].endswith("#xywh=10,20,300,40")
    assert [one.kind for one in links_of(citation)] == ["content-state"]


@pytest.mark.parametrize(
    "image",
    [
        f"{SERVICE}/full/max/0/default.jpg",
        f"{SERVICE}/full/600,/0/default.jpg",
        f"{SERVICE}/0,0,90,90/full/!90/native.png",
        f"{SERVICE}/pct:1,2.5,3,4/pct:50/0/gray.webp",
        f"{SERVICE}/info.json",
    ],
)
def test_a_picture_of_a_image_service_is_cut(image: str) -> None:
    assert image_region(image, [1, 2, 30, 40]) == f"{SERVICE}/1,2,30,40/max/0/default.jpg"
    assert image_region(image, None) == ""


@pytest.mark.parametrize("image", ["", "https://x.example/page.jpg", "page.tif", "file:/info.json"])
def test_other_pictures_are_not(image: str) -> None:
    assert image_region(image, [1, 2, 30, 40]) == ""


def test_a_pdf_opens_at_its_page() -> None:
    place = {"page": "iv", "page_index": 11}
    assert kinds(uri="https://x.example/a/Minutes.PDF?v=1", place=place) == {
        "pdf-page": "https://x.example/a/Minutes.PDF?v=1#page=12"
    }
    assert kinds(uri="https://catalogue.example/1", place=place) == {
        "item": "https://catalogue.example/1"
    }


def test_a_recording_opens_at_its_time() -> None:
    place = {"speaker": "Ada Venn", "begin": 751.0}
    assert kinds(uri="https://x.example/tape.mp3", place=place) == {
        "time": "https://x.example/tape.mp3#t=751"
    }
    place = {"begin": 1234567.25}
    assert kinds(uri="https://x.example/tape", place=place)["time"].endswith("#t=1234567.25")
    assert kinds(uri="https://x.example/#tape", place=place) == {"item": "https://x.example/#tape"}


def test_a_capture_opens_in_the_archive_never_on_the_live_web() -> None:
    live = {"uri": "http://ferry.example/t.pdf", "capture": make_capture()}
    assert kinds(**live) == {}
    archived = "https://replay.example/2019/http://ferry.example/t.pdf"
    assert kinds(**live, archive_url=archived, place={"page_index": 0}) == {
        "replay": f"{archived}#page=1"
    }


@pytest.mark.parametrize("uri", ["", "urn:isbn:1", "javascript:alert(1)", "letters/1.txt"])
def test_what_is_no_address_is_no_link(uri: str) -> None:
    assert kinds(uri=uri, place={"page_index": 1, "begin": 2.0}) == {}
