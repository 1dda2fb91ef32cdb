"""Original files: served to whoever may read their text, and never run."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen import canvas

from rag_assistant import Assistant
from rag_assistant.config import Settings
from tests.integration.test_api import problem, search, wait_until
from tests.served import Served, serving, write_collection

pytestmark = pytest.mark.integration

TEXT = "Überall the iron bridge was opened on 4 May 1868 by the mayor, Ada Venn.\n"
SECRETS = 10
HTML = "<html><body><p>The weir was mended in 1903.</p><script>alert(1)</script></body></html>"
SCRIPT = "// The lock keeper wrote this script in 1999.\nalert('quagmire');\n"
ALTO = """<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#"><Layout><Page ID="p1" WIDTH="200"
HEIGHT="100"><PrintSpace><TextBlock ID="b"><TextLine>
<String CONTENT="The" WC="0.9" HPOS="5" VPOS="5" WIDTH="30" HEIGHT="9"/>
<String CONTENT="toll-house" WC="0.9" HPOS="40" VPOS="5" WIDTH="30" HEIGHT="9"/>
<String CONTENT="stood" WC="0.9" HPOS="80" VPOS="5" WIDTH="30" HEIGHT="9"/>
<String CONTENT="empty." WC="0.9" HPOS="120" VPOS="5" WIDTH="30" HEIGHT="9"/>
</TextLine></TextBlock></PrintSpace></Page></Layout></alto>"""
METS = """<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink">
<fileSec><fileGrp USE="FULLTEXT"><file ID="t1" MIMETYPE="text/xml"><FLocat LOCTYPE="URL"
xlink:href="text/1.xml"/></file><file ID="t2" MIMETYPE="text/xml"><FLocat LOCTYPE="URL"
xlink:href="text/2.xml"/></file></fileGrp><fileGrp USE="DEFAULT"><file ID="i1"
MIMETYPE="image/png"><FLocat LOCTYPE="URL" xlink:href="pictures/one.png"/></file><file ID="i2"
MIMETYPE="image/png"><FLocat LOCTYPE="URL" xlink:href="pictures/two.png"/></file></fileGrp>
</fileSec>
<structMap TYPE="PHYSICAL"><div TYPE="physSequence"><div TYPE="page" ORDERLABEL="iii"><fptr
FILEID="t1"/><fptr FILEID="i1"/></div><div TYPE="page" ORDERLABEL="iv"><fptr FILEID="t2"/><fptr
FILEID="i2"/></div></div></structMap></mets>"""
MARC = """<collection xmlns="http://www.loc.gov/MARC21/slim"><record>
<leader>00000nam a2200000 a 4500</leader>
<controlfield tag="001">m1</controlfield><datafield tag="245" ind1="0" ind2="0">
<subfield code="a">A history of turnpikes</subfield></datafield><datafield tag="520" ind1=" "
ind2=" "><subfield code="a">Turnpikes of the county, described.</subfield></datafield></record>
</collection>"""


def write_scan(path: Path) -> None:
    picture = Image.new("L", (1240, 300), 255)
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(picture).text((60, 100), "The lantern was lit in the autumn.", fill=0, font=font)
    picture.save(path, dpi=(150, 150))


def write_pdf(path: Path) -> None:
    drawn = canvas.Canvas(str(path))
    words = ("the mayor", "the weir", "saltpetre in the cellar of the paper mill")
    for number, one in enumerate(words, start=1):
        drawn.drawString(50, 750, f"Page {number} tells of {one}, at some length.")
        drawn.showPage()
    drawn.save()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two collections, one of them the staff's, indexed."""
    base = tmp_path_factory.mktemp("originals")
    files = {
        "note.txt": TEXT,
        "page.html": HTML,
        "keeper.js": SCRIPT,
        "toll.xml": ALTO,
        "book.xml": MARC,
        "changing.txt": "The ferry crossed the river until 1911.",
        "linked.txt": "The quay was built of granite in 1850.",
        "gone.txt": "The lighthouse keeper counted ships.",
        "herring.txt": "The herring fleet left in June.",
        "cooper.txt": "The cooper made barrels of oak.",
        "listed.md": "---\ntitle: Parish chest\nuse: list\n---\nThe thistledown fever.\n",
        "quoted.md": "---\nuse: quote\n---\nThe harness maker kept a diary of the frost.\n",
    }
    for number in range(SECRETS):
        files[f"s{number}.md"] = f"---\naccess: staff\n---\nA candlemere letter, number {number}.\n"
        files[f"c{number}.md"] = (
            f'---\nclosed_until: "2990-01-01"\n---\nA candlemere register, number {number}.\n'
        )
    town = write_collection(
        base / "town", files, 'id = "town"', 'title = "Town papers"', 'access = "public"'
    )
    write_pdf(town / "report.pdf")
    write_scan(town / "scan.tif")
    (town / "latin.txt").write_bytes(
        "Das M\xfchlenrad stand im Fl\xfc\xdfchen still.".encode("latin-1")
    )
    Image.new("RGB", (200, 100), "white").save(town / "toll.png")
    for name in ("papers", "work/text", "work/pictures"):
        (town / name).mkdir(parents=True)
    (town / "papers/wheel.txt").write_text("The mill wheel turned all night.")
    (town / "work/mets.xml").write_text(METS)
    for number, (picture, word) in enumerate((("one", "almanac"), ("two", "psalter")), start=1):
        words = ALTO.replace("toll-house", word).replace("empty.", f"open{number}.")
        (town / f"work/text/{number}.xml").write_text(words)
        Image.new("RGB", (200, 100 + number), "white").save(town / f"work/pictures/{picture}.png")
    (town / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
    with Assistant(Settings(data=base / "data")) as assistant:
        report = assistant.index([town])
        assert report.outcomes.failed == {}
    return base


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving(folder / "data", RAG_ANSWER__ANSWERER="extractive") as server:
        with server.client(owner=True) as client:
            wait_until(lambda: client.get("/readyz").status_code == 200)
            wait_until(lambda: bool(search(client, "bridge")["hits"]))
        yield server


@pytest.fixture
def public(served: Served) -> Iterator[httpx.Client]:
    with served.client() as client:
        yield client


@pytest.fixture(scope="module")
def path_of(served: Served) -> Callable[[str], str]:
    """The address of the file whose words are searched for."""

    def path(words: str) -> str:
        with served.client(owner=True) as client:
            return f"/api/documents/{search(client, words, k=1)['hits'][0]['document_id']}/file"

    return path


# ---------------------------------------------------------------- what is given


def test_a_pdf_is_given_as_it_is(
    public: httpx.Client, folder: Path, path_of: Callable[[str], str]
) -> None:
    path, data = path_of("saltpetre cellar"), (folder / "town/report.pdf").read_bytes()
    reply = public.get(path)
    assert (reply.status_code, reply.content) == (200, data)
    headers = reply.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith("inline; ")
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["etag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    head = public.head(path)
    assert head.status_code == 200
    assert head.content == b""
    own = {"date": "", "x-request-id": ""}
    assert {**head.headers, **own} == {**headers, **own}


@pytest.mark.parametrize(
    ("words", "type_", "disposition"),
    [
        ("iron bridge opened", "text/plain; charset=utf-8", "inline"),
        ("harness maker diary", "text/plain; charset=utf-8", "inline"),
        ("lock keeper script", "text/plain; charset=utf-8", "inline"),
        ("weir mended 1903", "application/octet-stream", "attachment"),
        ("Mühlenrad", "application/octet-stream", "attachment"),
        ("toll-house stood empty", "application/octet-stream", "attachment"),
    ],
)
def test_only_what_cannot_run_is_shown(
    public: httpx.Client,
    path_of: Callable[[str], str],
    words: str,
    type_: str,
    disposition: str,
) -> None:
    headers = public.get(path_of(words)).headers
    assert headers["content-type"] == type_
    assert headers["content-disposition"].partition(";")[0] == disposition
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=5-9", 206, slice(5, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-1", 206, slice(-1, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=-99999", 206, slice(None)),
        ("bytes=10-99999", 206, slice(10, None)),
        ("bytes=9-5", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=x-y", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
    ],
)
def test_ranges(
    public: httpx.Client, path_of: Callable[[str], str], asked: str, status: int, part: slice
) -> None:
    data = TEXT.encode()
    reply = public.get(path_of("iron bridge opened"), headers={"Range": asked})
    assert (reply.status_code, reply.content) == (status, data[part])
    assert int(reply.headers["content-length"]) == len(data[part])
    if status == 206:
        start, stop, _ = part.indices(len(data))
        assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(data)}"


def test_ranges_at_the_very_end(public: httpx.Client, path_of: Callable[[str], str]) -> None:
    path, size = path_of("iron bridge opened"), len(TEXT.encode())
    last = public.get(path, headers={"Range": f"bytes={size - 1}-{size - 1}"})
    assert (last.status_code, last.content) == (206, TEXT.encode()[-1:])
    for beyond in (f"bytes={size}-", f"bytes={size}-{size}", "bytes=-0"):
        reply = public.get(path, headers={"Range": beyond})
        problem(reply, 416)
        assert reply.headers["content-range"] == f"bytes */{size}"


def test_conditions(public: httpx.Client, path_of: Callable[[str], str]) -> None:
    path = path_of("iron bridge opened")
    tag = public.head(path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        reply = public.get(path, headers={"If-None-Match": known})
        assert (reply.status_code, reply.content) == (304, b"")
    assert public.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    part = {"Range": "bytes=0-3"}
    assert public.get(path, headers=part | {"If-Range": tag}).status_code == 206
    for other in ('"other"', f"W/{tag}", "Mon, 30 Nov 2026 08:00:00 GMT"):
        assert public.get(path, headers=part | {"If-Range": other}).status_code == 200


# ---------------------------------------------------------------- who may have it


def test_what_the_public_may_not_read_is_like_what_never_was(
    served: Served, public: httpx.Client
) -> None:
    with served.client(owner=True) as owner:
        hits = search(owner, "candlemere", k=100)["hits"]
        ids = {hit["document_id"] for hit in hits if "candlemere" in hit["text"]}
        assert len(ids) == 2 * SECRETS
        for one in ids:
            assert owner.get(f"/api/documents/{one}/file").status_code == 200
    never = "0" * 32
    unknown = problem(public.get(f"/api/documents/{never}/file"), 404)
    for one in ids:
        for kind in ("file", "image"):
            reply = public.get(f"/api/documents/{one}/{kind}")
            assert problem(reply, 404) == unknown | {
                "detail": unknown["detail"].replace(never, one)
            }
        ranged = public.get(f"/api/documents/{one}/file", headers={"Range": "bytes=999999-"})
        assert ranged.status_code == 404


def test_what_may_only_be_listed_has_no_file_for_anyone(
    served: Served, path_of: Callable[[str], str]
) -> None:
    path = path_of("Parish chest")
    for owner in (True, False):
        with served.client(owner=owner) as client:
            assert client.get(path.removesuffix("/file")).status_code == 200
            assert "thistledown" not in str(problem(client.get(path), 404))


def test_a_record_among_others_has_no_file(
    public: httpx.Client, path_of: Callable[[str], str]
) -> None:
    body = problem(public.get(path_of("history of turnpikes")), 404)
    assert body["detail"] == "This record has no file of its own: it stands in one with others."


def test_what_was_hidden_is_not_there_and_what_was_removed_is_gone(
    served: Served, public: httpx.Client, path_of: Callable[[str], str]
) -> None:
    paths = [path_of(words) for words in ("herring fleet", "cooper barrels")]
    assert [public.get(path).status_code for path in paths] == [200, 200]
    hidden, removed = (path.split("/")[3] for path in paths)
    with Assistant(Settings(data=served.data)) as assistant:
        assistant.hide(hidden)
        assistant.remove(removed)
    problem(public.get(paths[0]), 404)
    body = problem(public.get(paths[1]), 410)
    assert len(body["date"]) == len("2026-11-30")


# ---------------------------------------------------------------- what has changed


def refused(client: httpx.Client, path: str, folder: Path) -> str:
    body = problem(client.get(path), 409)
    assert str(folder) not in str(body)
    assert body["hint"].startswith("rag-assistant index")
    detail: str = body["detail"]
    return detail


def test_a_file_that_was_replaced_is_not_given(
    public: httpx.Client, folder: Path, path_of: Callable[[str], str]
) -> None:
    path, file = path_of("ferry crossed the river"), folder / "town/changing.txt"
    assert public.get(path).status_code == 200
    size = file.stat().st_size
    file.write_text("x" * size)
    assert refused(public, path, folder) == "The file has changed since it was indexed."
    with Assistant(Settings(data=folder / "data")) as assistant:
        assistant.index([folder / "town"])
    assert public.get(path).text == "x" * size


def test_a_planted_link_leads_nowhere(
    public: httpx.Client, folder: Path, path_of: Callable[[str], str], tmp_path: Path
) -> None:
    path, file = path_of("quay granite"), folder / "town/linked.txt"
    assert public.get(path).status_code == 200
    known = file.stat()
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"s" * known.st_size)
    os.utime(secret, ns=(known.st_atime_ns, known.st_mtime_ns))  # alike but for its place
    file.unlink()
    file.symlink_to(secret)
    assert refused(public, path, folder) == "The file has changed since it was indexed."
    file.unlink()
    os.mkfifo(file)
    assert refused(public, path, folder) == "The file has changed since it was indexed."
    file.unlink()
    file.mkdir()
    refused(public, path, folder)
    file.rmdir()
    assert refused(public, path, folder) == "The file is not where it was when it was indexed."


def test_a_folder_that_became_a_link_is_not_followed(
    public: httpx.Client, folder: Path, path_of: Callable[[str], str], tmp_path: Path
) -> None:
    path, inner = path_of("mill wheel turned"), folder / "town/papers"
    assert public.get(path).status_code == 200
    shutil.move(inner, tmp_path / "outside")
    inner.symlink_to(tmp_path / "outside")
    refused(public, path, folder)


# ---------------------------------------------------------------- pages


def test_a_picture_beside_its_page_is_shown_with_it(public: httpx.Client, folder: Path) -> None:
    hit = search(public, "toll-house stood empty", k=1)["hits"][0]
    address = f"/api/documents/{hit['document_id']}/image"
    picture = public.get(address)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content == (folder / "town/toll.png").read_bytes()
    page = public.get(f"/read/{hit['passage_id']}").text
    assert f'<img src="{address}?page=1" alt="Page 1 of toll.xml, an image' in page
    assert page.count("Machine-read text, may contain errors: check the image") == 1
    assert '<a href="#text"' in page
    described = folder / "town/toll.png.toml"
    described.write_text('access = "staff"\n')  # it may say otherwise of the picture alone
    try:
        problem(public.get(address), 404)
        assert "<img" not in public.get(f"/read/{hit['passage_id']}").text
    finally:
        described.unlink()


def test_each_page_of_a_work_has_its_own_picture(public: httpx.Client, folder: Path) -> None:
    for number, (picture, word) in enumerate((("one", "almanac"), ("two", "psalter")), start=1):
        hit = next(one for one in search(public, word, k=20)["hits"] if word in one["text"])
        start = hit["start"] + hit["text"].index(word)
        place = {"start": start, "end": start + len(word)}
        page = public.get(f"/read/{hit['passage_id']}", params=place).text
        address = f"/api/documents/{hit['document_id']}/image?page={number}"
        assert f'<img src="{address}"' in page
        assert f"Page {'iii' if number == 1 else 'iv'} of work" in page
        expected = (folder / "town" / "work" / "pictures" / f"{picture}.png").read_bytes()
        assert public.get(address).content == expected
        problem(public.get(f"/api/documents/{hit['document_id']}/file"), 404)
        problem(public.get(f"/api/documents/{hit['document_id']}/image?page=3"), 404)


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_a_scan_that_no_browser_shows_is_downloaded_and_leads_to_its_text(
    public: httpx.Client,
) -> None:
    hit = search(public, "lantern lit in the autumn", k=1)["hits"][0]
    page = public.get(f"/read/{hit['passage_id']}").text
    file = f"/api/documents/{hit['document_id']}/file"
    assert f'<a href="{file}" rel="noopener noreferrer">Download the file</a>' in page
    assert "Read the text of this page" in page
    assert 'id="text"' in page
    assert "Machine-read text, may contain errors" in page
    assert "<img" not in page
    headers = public.get(file).headers
    assert headers["content-type"] == "image/tiff"
    assert headers["content-disposition"].startswith("attachment")


def test_uploads_are_off_where_nobody_asks_for_them(served: Served) -> None:
    with served.client(owner=True) as owner:
        problem(owner.put("/api/uploads/box/a.txt", content=b"x"), 404)
    assert not (served.data / "uploads").exists()


def test_the_reading_page_leads_to_the_file_at_its_page(public: httpx.Client) -> None:
    hit = search(public, "saltpetre cellar", k=1)["hits"][0]
    start = hit["start"] + hit["text"].index("saltpetre")
    place = {"start": start, "end": start + len("saltpetre")}
    page = public.get(f"/read/{hit['passage_id']}", params=place).text
    assert f'href="/api/documents/{hit["document_id"]}/file#page=3"' in page
    assert "Open the file at page 3" in page
    book = search(public, "history of turnpikes", k=1)["hits"][0]
    assert "/file" not in public.get(f"/read/{book['passage_id']}").text
