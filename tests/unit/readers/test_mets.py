"""METS: one document for a work, its pages in order, and nothing read twice or from elsewhere."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from rag_assistant.access_rules import AccessRules
from rag_assistant.collection import CollectionConfig
from rag_assistant.config import EmbeddingSettings
from rag_assistant.embedding import find_model
from rag_assistant.indexer.states import same_content, state_of
from rag_assistant.ports import Leaf
from rag_assistant.readers import read_file
from rag_assistant.reading import Reading, Setup
from rag_assistant.schema import Document, Page, Place

METS = """<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink">
{about}<fileSec>{groups}</fileSec><structMap TYPE="PHYSICAL"><div TYPE="physSequence">{pages}</div>
</structMap></mets>"""
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v2#"><Layout><Page WIDTH="600"
HEIGHT="800"><TextBlock><TextLine><String CONTENT="{}" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4"
WC="0.5"/></TextLine></TextBlock></Page></Layout></alto>"""
MODS = """<dmdSec ID="d"><mdWrap MDTYPE="MODS"><xmlData><mods xmlns="http://www.loc.gov/mods/v3">
<titleInfo><title>The Weir Book</title></titleInfo></mods></xmlData></mdWrap></dmdSec>"""


def mets(folder: Path, uses: dict[str, list[str]], about: str = "", labels: str = "") -> Path:
    """A METS file that ties files together by use and page."""
    groups = pages = ""
    for use, hrefs in uses.items():
        groups += f'<fileGrp USE="{use}">'
        for number, href in enumerate(hrefs):
            groups += f'<file ID="{use}{number}"><FLocat xlink:href="{href}"/></file>'
        groups += "</fileGrp>"
    for number in reversed(range(max(map(len, uses.values())))):
        label = f'ORDERLABEL="{labels[number]}"' if labels else ""
        files = "".join(f'<fptr FILEID="{use}{number}"/>' for use in uses)
        pages += f'<div TYPE="page" {label}>{files}</div>'
    path = folder / "mets.xml"
    path.write_text(METS.format(about=about, groups=groups, pages=pages), encoding="utf-8")
    return path


def alto(folder: Path, name: str, word: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ALTO.format(word), encoding="utf-8")
    return path


def leaf(path: Path, root: Path) -> Leaf:
    (found,) = read_file(path, path.relative_to(root).as_posix())
    return found


def read(path: Path, root: Path) -> Document:
    document = leaf(path, root).document
    assert document is not None
    return document


def test_a_real_book(data: Path) -> None:
    root = data / "formats" / "page-mets" / "mets-mods2tei"
    document = read(root / "test_mets_nodiv_local.xml", root)
    said = document.description
    assert said.title == "Abhandlung vom Umwerfen oder Ausroden der Waldbäume"
    assert said.creator.startswith("Burgsdorf, Friedrich August Ludwig")
    assert said.date is not None
    assert (said.date.text, said.language, said.access) == ("1801", "de", "public")
    assert said.record is not None
    assert (said.record.publisher_place, said.described_by) == ("Ulm", "source")
    assert "https://digital.slub-dresden.de/id1852685697" in said.record.links
    assert len(said.record.links) < 5, "not those of every page"
    assert (said.text_origin, said.text_quality) == ("ocr", pytest.approx(0.5736))
    assert (document.pages, document.pages_without_text) == (56, 9)
    assert sum(len(section.places) for section in document.sections) == 10_956
    first = document.sections[0]
    assert first.text.startswith("Fr. Aug. Ludw. von Burgsdorfs,\n")
    assert first.places[0] == Place(
        start=0, end=3, box=first.places[0].box, confidence=first.places[0].confidence
    )
    place = "BurgAbha_1852685697/BurgAbha_1852685697_tif/jpegs/00000005.tif.medium.jpg"
    assert first.pages == (
        Page(
            start=0, end=len(first.text), index=4, label="1", size=(1600, 2486),
            image=f"https://digital.slub-dresden.de/data/kitodo/{place}",
        ),
    )  # fmt: skip
    assert all(len(section.pages) == 1 for section in document.sections), "no block spans pages"
    assert [section.pages[0].index for section in document.sections] == sorted(
        section.pages[0].index for section in document.sections
    )


def test_every_real_file_has_one_outcome(data: Path) -> None:
    root = data / "formats" / "page-mets"
    outcomes: Counter[tuple[str, str]] = Counter()
    for path in sorted(root.rglob("*.xml")):
        found = leaf(path, root)
        kind = found.document.format if found.document else found.reason
        outcomes[found.outcome, kind] += 1
    assert outcomes == {
        ("read", "mets"): 8,
        ("read", "page"): 6,  # three readings of two pages, which no METS file ties together
        ("failed", "no text"): 2,
        ("skipped", "page of mets.xml"): 13,
        ("skipped", "page of test_mets_nodiv_local.xml"): 56,
    }


def test_layout_without_text_says_so(data: Path) -> None:
    root = data / "formats" / "page-mets"
    failed = leaf(root / "ocr-d" / "communist_manifesto" / "mets.xml", root)
    assert (failed.outcome, failed.reason) == ("failed", "no text")
    assert failed.detail.endswith("1 (no text: layout without text: 6 regions, 30 lines)")


def test_a_work_whose_pages_are_elsewhere_is_a_description(data: Path) -> None:
    root = data / "formats" / "page-mets"
    document = read(root / "ocr-d" / "pembroke_werke_1766" / "mets.xml", root)
    assert document.description.described_by == "cataloguer"
    assert document.description.text_origin is None
    assert (document.pages, document.pages_without_text) == (195, 195)
    about, contents = document.sections
    assert about.text.startswith("Des Grafen und der Gräfin von Pembrock sämtliche Werke")
    assert contents.headings == ("Contents",)
    assert "Tabula Geomantica" in contents.text


def test_ground_truth_and_another_reading_left_aside(data: Path) -> None:
    root = data / "formats" / "page-mets"
    document = read(root / "ocr-d" / "kant_aufklaerung_1784" / "mets.xml", root)
    said = document.description
    assert (said.title, said.text_origin) == ("kant_aufklaerung_1784", "transcript")
    assert sum(len(section.places) for section in document.sections) == 161 + 258
    assert document.notes == (
        "other readings of the same pages were left aside: OCR-D-GT-PAGE (2)",
    )


def test_pages_stand_in_the_order_of_the_structure(tmp_path: Path) -> None:
    for number, word in enumerate(("one", "two", "three")):
        alto(tmp_path, f"ocr/{number}.xml", word)
    hrefs = ["ocr/0.xml", "ocr/1.xml", "ocr/2.xml"]
    path = mets(tmp_path, {"FULLTEXT": hrefs}, about=MODS, labels="5 7")
    document = read(path, tmp_path)
    assert [(one.text, one.pages[0].index, one.pages[0].label) for one in document.sections] == [
        ("three", 0, "7"), ("two", 1, "[2]"), ("one", 2, "5"),
    ]  # fmt: skip
    assert document.description.title == "The Weir Book"
    assert leaf(tmp_path / "ocr" / "1.xml", tmp_path).reason == "page of mets.xml"


def test_fulltext_is_preferred_and_gaps_are_filled(tmp_path: Path) -> None:
    for name in ("a0", "a1", "b0"):
        alto(tmp_path, f"{name}.xml", name)
    path = mets(tmp_path, {"FULLTEXT": ["b0.xml"], "OCR": ["a0.xml", "a1.xml"]})
    document = read(path, tmp_path)
    assert [section.text for section in document.sections] == ["a1", "b0"]
    assert document.notes == ("other readings of the same pages were left aside: OCR (1)",)


def test_a_damaged_page_is_named(tmp_path: Path) -> None:
    alto(tmp_path, "a.xml", "word")
    (tmp_path / "b.xml").write_text("<alto><Layout>", encoding="utf-8")
    document = read(mets(tmp_path, {"FULLTEXT": ["a.xml", "b.xml"]}), tmp_path)
    assert document.pages_without_text == 1
    (note,) = document.notes
    assert note.startswith("pages that could not be read: 1 (damaged XML")
    assert str(tmp_path) not in note


@pytest.mark.parametrize(
    "href",
    ["../out.xml", "sub/../../out.xml", "{out}", "file://{out}", "http://a.example/out.xml",
     "link.xml", "..%2Fout.xml", "\\out.xml", "", "no\u0001.xml", "x" * 5000],
)  # fmt: skip
def test_only_files_below_its_folder_are_read(tmp_path: Path, href: str) -> None:
    out = alto(tmp_path, "out.xml", "secret")
    folder = tmp_path / "work"
    folder.mkdir()
    os.symlink(out, folder / "link.xml")
    alto(folder, "in.xml", "word")
    if "\u0001" in href:
        href = "no&#x85;.xml"
    path = mets(folder, {"FULLTEXT": ["in.xml", href.format(out=out)]})
    document = read(path, tmp_path)
    assert [section.text for section in document.sections] == ["word"]
    assert leaf(out, tmp_path).outcome == "read", "it belongs to nobody"


def test_a_mets_file_outside_the_collection_claims_nothing(tmp_path: Path) -> None:
    page = alto(tmp_path, "ocr/a.xml", "word")
    mets(tmp_path, {"FULLTEXT": ["ocr/a.xml"]})
    assert leaf(page, tmp_path).reason == "page of mets.xml"
    assert leaf(page, tmp_path / "ocr").outcome == "read"


def test_without_description_and_pages_it_is_skipped(tmp_path: Path) -> None:
    path = mets(tmp_path, {"FULLTEXT": ["gone.xml"]})
    found = leaf(path, tmp_path)
    assert (found.outcome, found.reason) == ("skipped", "no text")
    assert found.detail == "neither a description nor the files of its pages"


def test_a_sidecar_describes_the_work(tmp_path: Path) -> None:
    alto(tmp_path, "a.xml", "word")
    path = mets(tmp_path, {"FULLTEXT": ["a.xml"]}, about=MODS)
    path.with_name("mets.xml.toml").write_text('title = "Said"\naccess = "staff"\n', "utf-8")
    said = read(path, tmp_path).description
    assert (said.title, said.access) == ("Said", "staff")


def test_its_state_follows_its_pages(tmp_path: Path) -> None:
    page = alto(tmp_path, "ocr/a.xml", "word")
    path = mets(tmp_path, {"FULLTEXT": ["ocr/a.xml"]})
    config = CollectionConfig(id="works", root=tmp_path)

    def looked(at: Path) -> Callable[[], bool]:
        before = state_of(config, AccessRules.parse({}), at, None)
        return lambda: same_content(before, state_of(config, AccessRules.parse({}), at, before))

    same_work, same_page = looked(path), looked(page)
    assert same_work()
    assert same_page()
    alto(tmp_path, "ocr/a.xml", "changed")
    assert not same_work()
    alto(tmp_path, "ocr/a.xml", "word")
    same_page = looked(page)
    path.unlink()
    assert not same_page(), "nobody reads it any more but itself"


def test_a_page_is_read_once_its_work_is_gone(tmp_path: Path) -> None:
    page = alto(tmp_path, "a.xml", "word")
    path = mets(tmp_path, {"FULLTEXT": ["a.xml"]})
    assert leaf(page, tmp_path).reason == "page of mets.xml"
    shutil.move(path, tmp_path / "mets.old")
    assert leaf(page, tmp_path).outcome == "read"


def test_a_book_is_read_within_the_limits_of_a_reading_process(data: Path) -> None:
    files = find_model(EmbeddingSettings())
    setup = Setup(tokenizer=files.tokenizer, limit=256, seconds=20.0, memory=512 << 20)
    path = data / "formats" / "page-mets" / "mets-mods2tei" / "test_mets_nodiv_local.xml"
    with Reading(setup, 1) as reading:
        (item,) = reading.read(path, path.name)
    document = item.leaf.document
    assert document is not None
    assert item.leaf.record is None
    assert len(item.groups) == len(document.sections) == 90
    for passages, section in zip(item.groups, document.sections, strict=True):
        assert all(section.text[one.start : one.end] == one.text for one in passages)
