"""IIIF manifests of both versions: the description, the contents, and the words on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag_assistant.dates import day_number
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.schema import Agent, Document, Page, Place, Rights

BASE = "https://library.example/iiif/diary"
V3: dict[str, Any] = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "id": f"{BASE}/manifest",
    "type": "Manifest",
    "label": {"en": ["Diary of a bridge builder"], "de": ["Tagebuch eines Brückenbauers"]},
    "summary": {"en": ["<p>A diary of the <b>river</b> bridge &amp; its workers.</p>"]},
    "metadata": [
        {"label": {"en": ["Author"]}, "value": {"none": ["Bell, Jo"]}},
        {"label": {"en": ["Date"]}, "value": {"none": ["1902/1904"]}},
        {"label": {"en": ["Language"]}, "value": {"none": ["eng"]}},
        {"label": {"en": ["Subject"]}, "value": {"en": ["Bridges", "Rivers"]}},
        "nonsense",
    ],
    "requiredStatement": {
        "label": {"en": ["Attribution"]},
        "value": {"en": ["Town Archive, all rights reserved"]},
    },
    "rights": "http://rightsstatements.org/vocab/InC/1.0/",
    "provider": [
        {"id": "https://library.example/", "type": "Agent", "label": {"en": ["Town Archive"]}}
    ],
    "homepage": [{"id": "https://library.example/diary", "type": "Text"}],
    "rendering": [{"id": "https://library.example/diary.pdf", "type": "Text"}],
    "navDate": "1902-01-01T00:00:00Z",
    "items": [
        {
            "id": f"{BASE}/canvas/1",
            "type": "Canvas",
            "label": {"none": ["1r"]},
            "width": 1000,
            "height": 1500,
            "items": [
                {
                    "type": "AnnotationPage",
                    "items": [
                        {
                            "type": "Annotation",
                            "motivation": "painting",
                            "target": f"{BASE}/canvas/1",
                            "body": {
                                "type": "Image",
                                "id": "https://images.example/1/full/max/0/default.jpg",
                            },
                        }
                    ],
                }
            ],
            "annotations": [
                {
                    "type": "AnnotationPage",
                    "items": [
                        {
                            "type": "Annotation",
                            "motivation": "supplementing",
                            "textGranularity": "line",
                            "target": f"{BASE}/canvas/1#xywh=10,20,300,40",
                            "body": {"type": "TextualBody", "value": "The first stone was"},
                        },
                        {
                            "type": "Annotation",
                            "motivation": ["supplementing"],
                            "textGranularity": "line",
                            "target": {
                                "type": "SpecificResource",
                                "source": {"id": f"{BASE}/canvas/1", "type": "Canvas"},
                                "selector": {
                                    "type": "FragmentSelector",
                                    "value": "xywh=pixel:10,60,300,40",
                                },
                            },
                            "body": [{"type": "TextualBody", "value": "laid in May."}],
                        },
                    ],
                },
                {"type": "AnnotationPage", "id": f"{BASE}/elsewhere"},
            ],
        },
        {
            "id": f"{BASE}/canvas/2",
            "type": "Canvas",
            "label": {"none": ["1v"]},
            "width": 1000,
            "height": 1500,
        },
        {"id": f"{BASE}/canvas/3", "type": "Canvas", "label": {"none": ["3"]}},
    ],
    "structures": [
        {
            "id": f"{BASE}/range/0",
            "type": "Range",
            "label": {"en": ["Contents"]},
            "items": [
                {
                    "id": f"{BASE}/range/1",
                    "type": "Range",
                    "label": {"en": ["The first stone"]},
                    "items": [
                        {"id": f"{BASE}/canvas/1", "type": "Canvas"},
                        {
                            "type": "SpecificResource",
                            "source": f"{BASE}/canvas/2#xywh=0,0,1,1",
                        },
                    ],
                }
            ],
        }
    ],
}
V2: dict[str, Any] = {
    "@context": "http://iiif.io/api/presentation/2/context.json",
    "@id": f"{BASE}/manifest.json",
    "@type": "sc:Manifest",
    "label": [{"@value": "Diary of a bridge builder", "@language": "en"}],
    "description": "A diary.",
    "metadata": [
        {"label": "Creator", "value": "Bell, Jo"},
        {"label": [{"@value": "Date", "@language": "en"}], "value": [{"@value": "1902"}, "1904"]},
    ],
    "attribution": "Provided by the <b>Town Archive</b>",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "related": {"@id": "https://library.example/diary", "format": "text/html"},
    "sequences": [
        {
            "@type": "sc:Sequence",
            "canvases": [
                {
                    "@id": f"{BASE}/canvas/1",
                    "@type": "sc:Canvas",
                    "label": "p. 1",
                    "width": 800,
                    "height": 600,
                    "images": [
                        {
                            "@type": "oa:Annotation",
                            "resource": {
                                "@id": "https://images.example/1.jpg",
                                "@type": "dctypes:Image",
                            },
                        }
                    ],
                    "otherContent": [
                        {
                            "@type": "sc:AnnotationList",
                            "resources": [
                                {
                                    "@type": "oa:Annotation",
                                    "motivation": "sc:painting",
                                    "resource": {
                                        "@type": "cnt:ContentAsText",
                                        "chars": "The bridge",
                                    },
                                    "on": f"{BASE}/canvas/1#xywh=1,2,3,4",
                                },
                                {
                                    "@type": "oa:Annotation",
                                    "motivation": "oa:commenting",
                                    "resource": {
                                        "@type": "dctypes:Text",
                                        "format": "text/html",
                                        "chars": "<p>A <i>note</i></p>",
                                    },
                                    "on": {
                                        "full": f"{BASE}/canvas/1",
                                        "selector": {"default": {"value": "xywh=5,6,7,8"}},
                                    },
                                },
                            ],
                        }
                    ],
                },
                {"@id": f"{BASE}/canvas/2", "@type": "sc:Canvas", "label": "p. 2"},
            ],
        }
    ],
    "structures": [
        {"@id": "r0", "@type": "sc:Range", "label": "Book", "viewingHint": "top", "ranges": ["r1"]},
        {
            "@id": "r1",
            "@type": "sc:Range",
            "label": "Chapter 1",
            "canvases": [f"{BASE}/canvas/2"],
            "ranges": ["r0"],
        },
    ],
}
Save = Callable[[str, bytes], Path]
Read = Callable[[Path], list[Leaf]]


@pytest.fixture
def documents(saved: Save, leaves: Read) -> Callable[[Any], dict[str | None, Document]]:
    def read(manifest: Any) -> dict[str | None, Document]:
        found = leaves(saved("manifest.json", json.dumps(manifest).encode()))
        return {leaf.record: leaf.document for leaf in found if leaf.document}

    return read


def test_a_manifest_of_version_3(documents: Callable[[Any], dict[str, Document]]) -> None:
    found = documents(V3)
    assert set(found) == {"manifest", "text"}
    document = found["manifest"]
    said = document.description
    assert said.title == "Diary of a bridge builder"
    assert (said.creator, said.language, said.kind) == ("Bell, Jo", "en", "catalogue record")
    assert said.date is not None
    assert (said.date.first, said.date.text) == (day_number(1902, 1, 1), "1902/1904")
    assert said.described_by == "cataloguer"
    assert said.identifiers == {"url": f"{BASE}/manifest"}
    assert said.uri == "https://library.example/diary"
    assert said.rights == Rights(
        uri="http://rightsstatements.org/vocab/InC/1.0/", label="Town Archive, all rights reserved"
    )
    record = said.record
    assert record is not None
    assert record.agents == (Agent(family="Bell", given="Jo"),)
    assert record.repository == "Town Archive"
    assert record.subjects == ("Bridges", "Rivers")
    assert record.links == (
        f"{BASE}/manifest",
        "https://library.example/diary",
        "https://library.example/diary.pdf",
    )
    first, contents = document.sections
    assert first.text.startswith(
        "Diary of a bridge builder; Tagebuch eines Brückenbauers\n\n"
        "A diary of the river bridge & its workers.\n\nAuthor: Bell, Jo\n\nDate: 1902/1904"
    )
    assert contents.headings == ("Contents", "The first stone")
    assert contents.text == "The first stone\n1r\n1v"
    assert contents.pages == (
        Page(
            start=0,
            end=18,
            index=0,
            label="1r",
            canvas=f"{BASE}/canvas/1",
            image="https://images.example/1/full/max/0/default.jpg",
            size=(1000, 1500),
        ),
        Page(start=19, end=21, index=1, label="1v", canvas=f"{BASE}/canvas/2", size=(1000, 1500)),
    )
    assert document.notes == ("lists of annotations that lie elsewhere: 1",)


def test_its_annotations_are_the_source_itself(
    documents: Callable[[Any], dict[str, Document]],
) -> None:
    document = documents(V3)["text"]
    assert (document.description.described_by, document.description.text_origin) == (
        "source",
        "ocr",
    )
    assert (document.pages, document.pages_without_text) == (3, 2)
    (section,) = document.sections
    assert section.text == "The first stone was\nlaid in May."
    assert [(page.index, page.start, page.end) for page in section.pages] == [(0, 0, 32)]
    assert section.places == (
        Place(start=0, end=19, box=(10, 20, 300, 40)),
        Place(start=20, end=32, box=(10, 60, 300, 40)),
    )


def test_a_manifest_of_version_2(documents: Callable[[Any], dict[str, Document]]) -> None:
    found = documents(V2)
    said = found["manifest"].description
    assert (said.title, said.creator) == ("Diary of a bridge builder", "Bell, Jo")
    assert said.rights == Rights(
        uri="https://creativecommons.org/licenses/by/4.0/", label="Provided by the Town Archive"
    )
    assert said.uri == "https://library.example/diary"
    assert said.record is not None
    assert said.record.issued == "1902"
    texts = [(section.headings, section.text) for section in found["manifest"].sections]
    assert texts[1:] == [(("Book", "Chapter 1"), "Chapter 1\np. 2"), ((), "p. 1")]
    (section,) = found["text"].sections
    assert section.text == "The bridge\n\nA note"
    assert [place.box for place in section.places] == [(1, 2, 3, 4), (5, 6, 7, 8)]
    assert section.pages[0].image == "https://images.example/1.jpg"
    assert found["text"].description.text_origin == "unknown"


def test_what_is_no_manifest(saved: Save, leaves: Read) -> None:
    collection = {**V3, "type": "Collection"}
    (leaf,) = leaves(saved("c.json", json.dumps(collection).encode()))
    assert (leaf.outcome, leaf.reason) == ("skipped", "IIIF collection")
    assert leaf.detail == "only manifests are read"
    (leaf,) = leaves(saved("p.json", json.dumps({**V3, "type": "AnnotationPage"}).encode()))
    assert (leaf.outcome, leaf.reason) == ("skipped", "no IIIF manifest")
    (leaf,) = leaves(saved("b.json", json.dumps(V3).encode()[:-20]))
    assert (leaf.outcome, leaf.reason) == ("failed", "damaged JSON")
    other = b'{"text": "see http://iiif.io/api/presentation/3/context.json"}'
    (leaf,) = leaves(saved("o.json", other))
    assert (leaf.outcome, leaf.reason) == ("skipped", "JSON data")


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of a value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(way for key, part in inner for way in paths(part, (*path, key)))]


def broken(manifest: Any, way: tuple[Any, ...], junk: Any) -> Any:
    if not way:
        return junk
    copy = dict(manifest) if isinstance(manifest, dict) else list(manifest)
    copy[way[0]] = broken(copy[way[0]], way[1:], junk)
    return copy


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([(V3, way) for way in paths(V3)] + [(V2, way) for way in paths(V2)]),
    st.sampled_from([None, 1, -1.5, True, "x", [], {}, [[]], [None, "x"], {"id": 1}, {"@id": []}]),
)
def test_any_part_may_be_nonsense(
    tmp_path_factory: pytest.TempPathFactory, where: tuple[Any, tuple[Any, ...]], junk: Any
) -> None:
    manifest, way = where
    path = tmp_path_factory.mktemp("iiif") / "m.json"
    path.write_text(json.dumps(broken(manifest, way, junk)), encoding="utf-8")
    for leaf in read_file(path, path.name):
        assert leaf.reason != "reader failed", leaf.detail
        for section in leaf.document.sections if leaf.document else ():
            for place in (*section.pages, *section.places):
                assert 0 <= place.start < place.end <= len(section.text)


@pytest.mark.parametrize(
    "said",
    [
        {"requiredStatement": {"label": {"en": ["Rights"]}, "value": {"en": ["Closed."]}}},
        {"rights": "http://purl.org/coar/access_right/c_14cb"},
        {"metadata": [{"label": {"en": ["Access"]}, "value": {"en": ["Closed"]}}]},
    ],
)
def test_what_restricts_a_manifest(
    documents: Callable[[Any], dict[str, Document]], said: dict[str, Any]
) -> None:
    found = documents({**V3, **said})
    assert {one.description.access for one in found.values()} == {"staff"}
