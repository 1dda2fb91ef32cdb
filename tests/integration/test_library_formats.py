"""What libraries hold, from file to reference: every shared file has an outcome, some are cited."""

from __future__ import annotations

import json
import os
import shutil
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from rag_assistant import Assistant
from rag_assistant.answer import Citation
from rag_assistant.config import load_settings
from rag_assistant.readers import read_file
from rag_assistant.reciting import Cited, recite

from .conftest import write_collection

ROOT = Path(__file__).parents[2]
FORMATS = Path(os.environ.get("RAG_TEST_DATA", ROOT.parent / "shared" / "data")) / "formats"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not FORMATS.is_dir(), reason="the shared data is not there"),
]

BROKEN = {  # file: (reason, how many of its records)
    **{
        f"marc/archivesspace/authority_agent_other_standard_identifier_{one}.xml": (
            "damaged XML",
            1,
        )
        for one in ("0", "a", "both")
    },
    "marc/pymarc/bad_records.mrc": ("damaged record", 6),
    "marc/pymarc/bad_subfield_code.dat": ("damaged record", 1),
    "page-mets/ocr-d/communist_manifesto/mets.xml": ("no text", 1),
    "page-mets/ocr-d/gutachten/mets.xml": ("no text", 1),
    "pdf/005-libreoffice-writer-password/libreoffice-writer-password.pdf": ("encrypted PDF", 1),
    "pdf/017-unreadable-meta-data/unreadablemetadata.pdf": ("damaged PDF", 1),
    "vtt/invalid.vtt": ("damaged WebVTT", 1),
    "vtt/invalid_format.sbv": ("damaged SBV", 1),
    **{f"vtt/invalid_format{one}.srt": ("damaged SubRip", 1) for one in range(1, 5)},
}
PICTURES = "pdf/007-imagemagick-images/", "pdf/019-grayscale-image/", "pdf/023-cmyk-image/"


def test_every_file_is_read_or_named_with_a_reason() -> None:
    failed: Counter[tuple[str, str]] = Counter()
    outcomes: Counter[str] = Counter()
    for path in sorted(one for one in FORMATS.rglob("*") if one.is_file()):
        name = path.relative_to(FORMATS).as_posix()
        found = list(read_file(path, name))
        assert found, name
        assert len({leaf.record for leaf in found}) == len(found), name
        for leaf in found:
            outcomes[leaf.outcome] += 1
            assert leaf.document or leaf.reason, name
            assert leaf.reason != "reader failed", (name, leaf.detail)
            if leaf.outcome == "failed" and not name.startswith(PICTURES):
                failed[name, leaf.reason] += 1
            if leaf.outcome == "failed" and name.startswith(PICTURES):
                assert leaf.reason == "no readable text", name  # nor does tesseract find any
    assert failed == {(name, reason): many for name, (reason, many) in BROKEN.items()}
    assert outcomes["read"] > 5200
    assert set(outcomes) == {"read", "skipped", "failed"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A finding aid, a scanned page, captions and catalogue records, as one collection."""
    folder = write_collection(
        tmp_path_factory.mktemp("library") / "holdings",
        {},
        title="Holdings",
        access="public",
        catalogue_url="https://catalogue.example.org/{id}",
        canvas_url="https://iiif.example.org/{file}/canvas/{page}",
        viewer_url="https://iiif.example.org/view?iiif-content={state}",
    )
    for name in (
        "ead/arclight/nlm_alphaomegaalpha.xml",
        "alto/ocr-d/kant_PAGE_0020_ALTO.xml",
        "vtt/sample.vtt",
        "marc/chronam/title.xml",
    ):
        shutil.copy(FORMATS / name, folder)
    settings = load_settings(data=folder.parent / "data")
    with Assistant(settings) as assistant:
        report = assistant.index([folder])
        assert not report.outcomes.failed
        yield assistant


def _cited(library: Assistant, query: str, words: str) -> Citation:
    """The citation of these words in the best passage that holds them."""
    for hit in library.search(query, k=20).hits:
        if words in hit.entry.text:
            start = hit.entry.start + hit.entry.text.index(words)
            cited = Cited(passage_id=hit.entry.passage_id, start=start, end=start + len(words))
            (found,) = recite(library.docstore, [cited], "staff")
            assert found.quote == words
            return found
    raise AssertionError(f"nothing holds {words!r}")


_BOX = ("HPOS", "VPOS", "WIDTH", "HEIGHT")


def test_a_component_is_cited_by_box_and_folder(library: Assistant) -> None:
    title = "Constitution - notes on drafting of constitution"
    found = _cited(library, title, title)
    assert found.locator == "Box 1, Folder 3"
    assert found.place["container"] == {"box": "1", "folder": "3"}
    assert (found.described_by, found.record and found.record.issued) == ("cataloguer", "1902/1903")
    assert found.record is not None
    assert found.record.series == ("Series I: Administrative Records",)
    for part in (title, "Box 1, Folder 3", "Alpha Omega Alpha Archives"):
        assert part in found.reference


def test_a_scanned_word_opens_its_page_and_box(library: Assistant) -> None:
    found = _cited(library, "Aufklaͤrung erfordert Freiheit", "Vorurtheile")
    assert found.locator == "p. 1"
    canvas = "https://iiif.example.org/kant_PAGE_0020_ALTO/canvas/1"
    assert found.place["canvas"] == canvas
    (viewer,) = [link.url for link in found.links if link.kind == "viewer"]
    state = viewer.partition("iiif-content=")[2]
    padded = state + "=" * (-len(state) % 4)
    target = json.loads(unquote(urlsafe_b64decode(padded).decode()))["target"]["id"]
    alto = (FORMATS / "alto/ocr-d/kant_PAGE_0020_ALTO.xml").read_text(encoding="utf-8")
    (string,) = [line for line in alto.splitlines() if 'CONTENT="Vorurtheile"' in line]
    box = [string.partition(f'{name}="')[2].partition('"')[0] for name in _BOX]
    assert target == f"{canvas}#xywh={','.join(box)}"
    assert found.text_origin == "unknown"  # for the file does not say what read it


def test_speech_is_cited_by_its_time(library: Assistant) -> None:
    found = _cited(library, "Caption text 3", "Caption text #3")
    assert found.locator == "0:11"
    assert (found.place["begin"], found.place["finish"]) == (11.89, 16.32)


def test_a_catalogue_record_is_cited_as_the_work(library: Assistant) -> None:
    found = _cited(library, "Living issue temperance newspaper Albany", "Began in 1873.")
    assert "The living issue" in found.reference
    assert "Albany, N.Y.: The Living Issue Co." in found.reference
    assert found.record is not None
    assert (found.record.type, found.record.issued) == ("periodical", "1873/1887")
    assert found.identifiers == {"lccn": "sn 83030846", "control_number": "9688987"}
    assert found.uri.startswith("https://catalogue.example.org/")


def test_an_answer_from_a_finding_aid_says_whose_words_it_gives(library: Assistant) -> None:
    answer = library.ask("Who wrote notes on the drafting of the constitution?")
    assert {citation.described_by for citation in answer.citations} == {"cataloguer"}
    for citation in answer.citations:
        assert citation.record is not None
        assert citation.reference
