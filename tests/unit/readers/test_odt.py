"""OpenDocument text: headings, notes with their own numbers, and nothing that is hidden."""

from __future__ import annotations

import pytest

from rag_assistant.errors import FailedError
from rag_assistant.ports import Blob
from rag_assistant.readers import odt, read_blob
from rag_assistant.readers.sniff import sniff
from rag_assistant.schema import Agent, Document, Place, Record, Section
from tests import office_files

STYLES = """<office:styles>
<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Hidden" style:family="text"><style:text-properties text:display="none"/>
</style:style></office:styles>"""


def read(body: str, **parts: object) -> Document:
    data = office_files.odt(body, **parts)  # type: ignore[arg-type]
    return odt.read(Blob(data=data, name="a.odt"))


def style(name: str, family: str, properties: str, parent: str = "") -> str:
    based = f' style:parent-style-name="{parent}"' if parent else ""
    return (
        f'<style:style style:name="{name}" style:family="{family}"{based}>{properties}'
        "</style:style>"
    )


def note(label: str, text: str, kind: str = "footnote") -> str:
    return (
        f'<text:note text:note-class="{kind}"><text:note-citation>{label}</text:note-citation>'
        f"<text:note-body><text:p>{text}</text:p></text:note-body></text:note>"
    )


def test_headings_notes_and_metadata() -> None:
    document = read(
        '<text:p text:style-name="P1">The Ferry</text:p>'
        "<text:p>It crossed<text:s text:c=\"3\"/>twice.</text:p>"
        '<text:h text:outline-level="1">Owners</text:h>'
        f"<text:p>Delvaux{note('3', 'Minutes.')} bought"
        f"{note('ii', 'Late.', 'endnote')} it.</text:p>"
        '<text:h text:outline-level="2">Fares</text:h>'
        "<text:list><text:list-item><text:p>Boats</text:p></text:list-item>"
        "<text:list-item><text:p>Oars</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>1887</text:p></table:table-cell>"
        "<table:table-cell><text:p>1d</text:p></table:table-cell></table:table-row></table:table>",
        automatic=style("P1", "paragraph", "", parent="Title"),
        styles=STYLES,
        meta="<dc:title>draft</dc:title><meta:initial-creator>Ada Bell</meta:initial-creator>"
        "<dc:creator>Last Editor</dc:creator><dc:date>2001-02-03T04:05:06</dc:date>"
        "<meta:creation-date>1999-05-06T10:00:00</meta:creation-date>"
        "<dc:language>en-GB</dc:language><meta:keyword>rivers</meta:keyword>",
    )  # fmt: skip
    assert document.sections == (
        Section(text="It crossed twice."),
        Section(
            headings=("Owners",),
            text="Delvaux[3] bought[ii] it.\n\n3. Minutes.\n\nii. Late.",
            places=(
                Place(start=27, end=38, path="footnote 3"),
                Place(start=40, end=49, path="endnote ii"),
            ),
        ),
        Section(headings=("Owners", "Fares"), text="Boats\nOars\n1887 | 1d"),
    )
    said = document.description
    assert (said.title, said.creator, said.language) == ("The Ferry", "Ada Bell", "en-GB")
    assert said.record == Record(
        type="document",
        title="The Ferry",
        agents=(Agent(literal="Ada Bell"),),
        issued="1999-05-06",
        languages=("en-GB",),
        subjects=("rivers",),
    )


LONG = "one two three four five six"


@pytest.mark.parametrize(
    "hidden",
    [
        f'<text:span text:style-name="Hidden">{LONG}</text:span>',
        f'<text:span text:style-name="White">{LONG}</text:span>',
        f'<text:span text:style-name="Tiny">{LONG}</text:span>',
        f"<text:hidden-text>{LONG}</text:hidden-text>",
        f"<office:annotation><text:p>{LONG}</text:p></office:annotation>",
    ],
)
def test_what_is_not_shown(hidden: str) -> None:
    document = read(
        f"<text:p>Shown {hidden}too.</text:p>",
        automatic=style("White", "text", '<style:text-properties fo:color="#ffffff"/>')
        + style("Tiny", "text", '<style:text-properties fo:font-size="1pt"/>'),
        styles=STYLES,
    )
    assert document.sections == (Section(text="Shown too."),)
    if "hidden-text" not in hidden:
        assert len(document.notes) == 1


def test_white_on_a_filled_cell_or_frame_is_shown() -> None:
    white = '<text:span text:style-name="White">Shown well.</text:span>'
    document = read(
        "<table:table><table:table-row>"
        f'<table:table-cell table:style-name="Dark"><text:p>{white}</text:p></table:table-cell>'
        "</table:table-row></table:table>"
        f'<draw:frame draw:style-name="Box"><draw:text-box><text:p>{white}</text:p>'
        "</draw:text-box></draw:frame>",
        automatic=style("White", "text", '<style:text-properties fo:color="#ffffff"/>')
        + style("Dark", "table-cell", '<style:table-cell-properties fo:background-color="#000"/>')
        + style(
            "Box", "graphic", '<style:graphic-properties draw:fill="solid" draw:fill-color="#111"/>'
        ),
    )
    assert document.sections == (Section(text="Shown well.\n\nShown well."),)


def test_tracked_deletions_and_furniture_are_counted() -> None:
    document = read(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes><text:p>Kept.</text:p>",
        styles="<office:master-styles><style:master-page><style:header><text:p>Town</text:p>"
        "</style:header></style:master-page></office:master-styles>",
    )
    assert document.sections == (Section(text="Kept."),)
    assert document.notes == (
        "tracked deletions were left out: 1",
        "headers and footers were left out: 1",
    )


def test_it_is_known_by_its_media_type() -> None:
    assert sniff(Blob(data=office_files.odt("<text:p>A</text:p>"), name="a")) == "odt"
    sheet = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}
    assert sniff(Blob(data=office_files.packed(sheet), name="a.odt")) == "office document"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (
            {
                "META-INF/manifest.xml": f"<manifest:manifest {office_files.ODT_SPACES}>"
                "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
                "</manifest:manifest>"
            },
            "encrypted",
        ),
        ({"encrypted-package": b"\x00"}, "encrypted"),
        ({"content.xml": "<a/>"}, "damaged office document"),
        ({"content.xml": "<a>"}, "damaged XML"),
    ],
)
def test_what_cannot_be_read_is_named(parts: dict[str, str | bytes], reason: str) -> None:
    data = office_files.odt("<text:p>A</text:p>", parts=parts)
    with pytest.raises(FailedError, match=reason):
        read_blob(Blob(data=data, name="a.odt"))
