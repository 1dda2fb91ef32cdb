"""METS: one document for a work, its pages in order, and nothing read twice or from elsewhere."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from rag_assistant.access_rules import AccessRules
from rag_assistant.bags import DIFFERS, UNNAMED
from rag_assistant.collection import CollectionConfig, load_collection
from rag_assistant.config import EmbeddingSettings
from rag_assistant.docstore.files import FileState
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


def state(path: Path, root: Path) -> FileState:
    return state_of(CollectionConfig(id="works", root=root), AccessRules.parse({}), path, None)


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
    outside = state(page, tmp_path / "ocr")
    mets(tmp_path, {"FULLTEXT": ["ocr/a.xml"]})
    assert leaf(page, tmp_path).reason == "page of mets.xml"
    assert leaf(page, tmp_path / "ocr").outcome == "read"
    assert same_content(outside, state(page, tmp_path / "ocr"))


@pytest.mark.parametrize(
    ("closing", "said"),
    [
        ("collection.toml", 'id = "town"\nexclude = ["a.xml"]\n'),
        ("collection.toml", 'id = "town"\nexclude = ["sub"]\n'),
        ("collection.toml", 'id = "town"\ninclude = ["mets.xml", "in.xml"]\n'),
        ("sub/collection.toml", 'id = "other"\naccess = "staff"\n'),
        (".hidden/b.xml", ALTO.format("secret")),
    ],
)
def test_what_the_collection_leaves_out_is_no_page(tmp_path: Path, closing: str, said: str) -> None:
    alto(tmp_path, "in.xml", "word")
    hrefs = ["a.xml", "sub/a.xml", ".hidden/b.xml"]
    for href in hrefs[:2]:
        alto(tmp_path, href, href.partition("/")[0])
    path = mets(tmp_path, {"FULLTEXT": ["in.xml", *hrefs]})
    before = state(path, tmp_path)
    (tmp_path / closing).parent.mkdir(exist_ok=True)
    (tmp_path / closing).write_text(said, encoding="utf-8")
    shown = {section.text for section in read(path, tmp_path).sections}
    closed = {'"a.xml"': {"a.xml"}, '"sub"': {"sub"}, "other": {"sub"}, "include": {"a.xml", "sub"}}
    assert shown == {"word", "a.xml", "sub"} - next(
        (closed[key] for key in closed if key in said), set()
    )
    if "secret" not in said:
        config = load_collection(tmp_path)
        assert not same_content(before, state_of(config, AccessRules.parse({}), path, None))


def test_a_mets_file_that_is_left_out_claims_nothing(tmp_path: Path) -> None:
    page = alto(tmp_path, "ocr/a.xml", "word")
    mets(tmp_path, {"FULLTEXT": ["ocr/a.xml"]})
    (tmp_path / "collection.toml").write_text('id = "town"\nexclude = ["mets.xml"]\n', "utf-8")
    assert leaf(page, tmp_path).outcome == "read"


def test_the_narrowest_sidecar_of_a_page_holds_for_the_work(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml", "c.xml"):
        alto(tmp_path, name, name)
    path = mets(tmp_path, {"FULLTEXT": ["a.xml", "b.xml", "c.xml"]}, about=MODS)
    assert read(path, tmp_path).description.access is None
    (tmp_path / "a.xml.toml").write_text('access = "public"\ntitle = "Page"\n', "utf-8")
    before = state(path, tmp_path)
    said = read(path, tmp_path).description
    assert (said.access, said.title) == (None, "The Weir Book"), "one page does not open the others"
    (tmp_path / "b.xml.toml").write_text('access = "staff"\nuse = "quote"\n', "utf-8")
    said = read(path, tmp_path).description
    assert (said.access, said.use, said.title) == ("staff", "quote", "The Weir Book")
    assert not same_content(before, state(path, tmp_path))
    (tmp_path / "c.xml.toml").write_text("acess = 1\n", encoding="utf-8")
    document = read(path, tmp_path)
    assert [section.text for section in document.sections] == ["b.xml", "a.xml"]
    assert document.notes[0].startswith("pages that could not be read: 1 (metadata is wrong")


def test_a_page_that_its_bag_does_not_vouch_for_is_not_read(tmp_path: Path) -> None:
    data = tmp_path / "bag" / "data"
    pages = [alto(data, name, name) for name in ("a.xml", "b.xml", "c.xml")]
    path = mets(data, {"FULLTEXT": ["a.xml", "b.xml", "c.xml"]})
    (tmp_path / "bag" / "bagit.txt").write_text("BagIt-Version: 1.0\n", encoding="utf-8")
    manifest = tmp_path / "bag" / "manifest-sha256.txt"
    sums = [f"{sha256(one.read_bytes()).hexdigest()}  data/{one.name}" for one in pages]
    manifest.write_text("\n".join(sums), encoding="utf-8")
    before = state(path, tmp_path)
    assert len(read(path, tmp_path).sections) == 3
    manifest.write_text("\n".join(sums[:2]), encoding="utf-8")
    assert not same_content(before, state(path, tmp_path))
    alto(data, "a.xml", "forged")
    document = read(path, tmp_path)
    assert [section.text for section in document.sections] == ["b.xml"]
    (note,) = document.notes
    assert note.startswith(f"pages that could not be read: 1 ({UNNAMED}), 3 ({DIFFERS}: sha256 ")


def test_links_in_a_circle_and_far_too_many_links(tmp_path: Path) -> None:
    os.symlink("loop.xml", tmp_path / "loop.xml")
    alto(tmp_path, "a.xml", "word")
    path = mets(tmp_path, {"FULLTEXT": ["loop.xml", "a.xml"]})
    assert [section.text for section in read(path, tmp_path).sections] == ["word"]
    state(path, tmp_path)
    mets(tmp_path, {"FULLTEXT": ["gone.xml"] * 20_001})
    failed = leaf(path, tmp_path)
    assert (failed.reason, failed.detail) == ("too many files", "over 20000")


def test_very_many_groups_without_a_structure_take_no_time(tmp_path: Path) -> None:
    alto(tmp_path, "a.xml", "one")
    alto(tmp_path, "b.xml", "two")
    file = '<file ID="{0}"><FLocat xlink:href="{1}"/></file>'
    groups = "".join(
        f'<fileGrp USE="{one}">{file.format(f"g{one}", "gone.xml")}</fileGrp>'
        for one in range(9000)
    )
    hrefs = ["a.xml", "b.xml", *["gone.xml"] * 9000]
    files = "".join(file.format(f"f{one}", href) for one, href in enumerate(hrefs))
    path = tmp_path / "mets.xml"
    groups += f'<fileGrp USE="FULLTEXT">{files}</fileGrp>'
    path.write_text(METS.format(about="", groups=groups, pages=""), encoding="utf-8")
    started = time.monotonic()
    assert [section.text for section in read(path, tmp_path).sections] == ["one", "two"]
    assert time.monotonic() - started < 6


DC = """<dmdSec ID="{id}"><mdWrap MDTYPE="DC"><xmlData xmlns:dcterms="http://purl.org/dc/terms/">
{words}</xmlData></mdWrap></dmdSec>"""
ACCESS = "<dcterms:accessRights>{}</dcterms:accessRights>"
UNTITLED = """<dmdSec ID="u"><mdWrap MDTYPE="MODS"><xmlData><mods xmlns="http://www.loc.gov/mods/v3">
<accessCondition type="restriction on access">{}</accessCondition></mods></xmlData></mdWrap>
</dmdSec>"""
RIGHTS = """<amdSec><rightsMD ID="r"><mdWrap MDTYPE="OTHER"><xmlData><rights><owner>The Town</owner>
<terms>{}</terms></rights></xmlData></mdWrap></rightsMD></amdSec>"""
MARC = """<dmdSec ID="m"><mdWrap MDTYPE="MARC"><xmlData><record
xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader><datafield tag="506"
ind1="1" ind2=" "><subfield code="a">{}</subfield></datafield></record></xmlData></mdWrap>
</dmdSec>"""


@pytest.mark.parametrize(
    ("about", "access", "note"),
    [
        (MODS, None, ""),
        (MODS + DC.format(id="x", words=ACCESS.format("Closed")), "staff", "Closed"),
        (MODS + UNTITLED.format("Closed"), "staff", "Closed"),
        (MODS + MARC.format("Closed"), "staff", "Closed"),
        (MODS + RIGHTS.format("Closed to all."), "staff", "Closed to all."),
        (MODS + RIGHTS.format("Public domain"), None, ""),
        (MODS + UNTITLED.format("Open access"), None, "Open access"),  # a part's, it may be
        (
            DC.format(id="x", words="<dcterms:title>T</dcterms:title>" + ACCESS.format("Open")),
            "public",
            "Open",
        ),
    ],
)
def test_what_any_record_restricts_is_restricted(
    tmp_path: Path, about: str, access: str | None, note: str
) -> None:
    alto(tmp_path, "a.xml", "word")
    said = read(mets(tmp_path, {"FULLTEXT": ["a.xml"]}, about=about), tmp_path).description
    assert (said.access, said.access_note) == (access, note)
    assert said.title == ("The Weir Book" if about.startswith(MODS) else "T")


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

    def looked(at: Path) -> Callable[[], bool]:
        before = state(at, tmp_path)
        return lambda: same_content(before, state(at, tmp_path))

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
