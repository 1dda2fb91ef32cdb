"""Files of many formats that name addresses wherever one can stand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.archives import ArchiveBuilder

SECRET_FILE = "/etc/passwd"
_XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
_MODS = "http://www.loc.gov/mods/v3"


def trapped_files(named: Sequence[str]) -> dict[str, str]:
    """Each format's file by its name."""
    first = named[0]
    return {
        "lantern.md": _markdown(named),
        "lamp.html": _page(named),
        "lamps.xml": _finding_aid(named),
        "register.xml": _record(first),
        "book.xml": _digitised(named),
        "news.xml": _feed(named),
        "manifest.json": _manifest(named),
        "objects.csv": _table(named),
        "drawing.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{first}"/></svg>',
    }


def trapped_archive(named: Sequence[str]) -> ArchiveBuilder:
    """A crawl of such pages, of redirects and of revisits."""
    found, page = ArchiveBuilder(), _page(named)
    for number, one in enumerate(named):
        found.response(page.encode(), uri=f"http://lamps.example/{number}")
        found.response(page.replace("1890", str(1890 + number)).encode(), uri=one)
        moved = [("Content-Type", "text/html"), ("Location", one)]
        found.response(b"", uri="http://lamps.example/moved", status="302 Found", headers=moved)
        found.record("revisit", b"", uri=one, WARC_Refers_To_Target_URI=one)
    return found


def write_trapped_bag(bag: Path, named: Sequence[str]) -> Path:
    """A bag that wants its one file fetched."""
    (bag / "data").mkdir(parents=True)
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (bag / "manifest-sha256.txt").write_text(f"{'0' * 64}  data/lamp.txt\n")
    (bag / "fetch.txt").write_text("".join(f"{one} - data/lamp.txt\n" for one in named))
    return bag


def _markdown(named: Sequence[str]) -> str:
    first = named[0]
    head = f"""---
title: Lantern {first}
uri: {first}
creator: "{first}"
rights: "{first}"
identifiers: {{doi: "{first}", url: "{first}"}}
notices: [{{type: Notice, text: "See {first}", uri: "{first}"}}]
---
"""
    return head + "\n".join(
        f"The lantern keeper {number} wrote to ![seen]({one}) and [there]({one}) <{one}>.\n"
        for number, one in enumerate(named)
    )


def _page(named: Sequence[str]) -> str:
    shown = "".join(
        f'<img src="{one}"><link rel="stylesheet" href="{one}"><iframe src="{one}"></iframe>'
        f'<meta http-equiv="refresh" content="0;url={one}"><a href="{one}">there</a>'
        f'<object data="{one}"></object><script src="{one}"></script>'
        for one in named
    )
    return (
        f'<!DOCTYPE html SYSTEM "{named[0]}"><html><head><base href="{named[0]}">'
        f"<title>Lamp room</title>{shown}</head><body><main><p>The lamp room was lit by the "
        "lantern keeper in 1890, who kept a register of the ships that passed.</p>"
        f"<p>{' '.join(named)}</p></main></body></html>"
    )


def _entities(root: str, first: str) -> str:
    """The beginning of an XML file that wants others read into it."""
    return (
        f'<?xml version="1.0"?><?xml-stylesheet href="{first}"?><!DOCTYPE {root} SYSTEM "{first}"'
        f' [<!ENTITY far SYSTEM "{first}"><!ENTITY near SYSTEM "file://{SECRET_FILE}">'
        f'<!ENTITY % more SYSTEM "{first}"> %more;]>'
    )


def _finding_aid(named: Sequence[str]) -> str:
    objects = "".join(f'<dao xlink:href="{one}" {_XLINK} href="{one}"/>' for one in named)
    return (
        _entities("ead", named[0])
        + '<ead xmlns="urn:isbn:1-931666-22-9"><eadheader><eadid>lamps</eadid><filedesc>'
        "<titlestmt><titleproper>Lamps</titleproper></titlestmt></filedesc></eadheader>"
        '<archdesc level="collection"><did><unittitle>Lantern papers &far; &near;</unittitle>'
        f"{objects}</did><scopecontent><p>Letters of the lantern keeper {' '.join(named)}</p>"
        "</scopecontent></archdesc></ead>"
    )


def _record(first: str) -> str:
    return (
        _entities("mods", first)
        + f'<mods xmlns="{_MODS}" {_XLINK}><titleInfo><title>Lantern register</title></titleInfo>'
        f"<abstract>&far;{first}</abstract><location><url>{first}</url></location>"
        f'<relatedItem xlink:href="{first}"/><accessCondition type="use and reproduction"'
        f' xlink:href="{first}">Free</accessCondition></mods>'
    )


def _digitised(named: Sequence[str]) -> str:
    located = "".join(
        f'<file ID="f{number}"><FLocat LOCTYPE="URL" xlink:href="{one}"/></file>'
        for number, one in enumerate(named)
    )
    pages = "".join(
        f'<div TYPE="page" ORDER="{number + 1}"><fptr FILEID="f{number}"/></div>'
        for number in range(len(named))
    )
    return (
        f'<mets xmlns="http://www.loc.gov/METS/" {_XLINK}><dmdSec ID="d"><mdWrap MDTYPE="MODS">'
        f'<xmlData><mods xmlns="{_MODS}"><titleInfo><title>Lantern book</title></titleInfo></mods>'
        f'</xmlData></mdWrap></dmdSec><fileSec><fileGrp USE="FULLTEXT">{located}</fileGrp>'
        f'</fileSec><structMap TYPE="PHYSICAL"><div TYPE="book" DMDID="d">{pages}</div>'
        "</structMap></mets>"
    )


def _feed(named: Sequence[str]) -> str:
    items = "".join(
        f'<item><title>Lantern news</title><link>{one}</link><enclosure url="{one}"/>'
        f"<description>&lt;img src='{one}'&gt; The lantern was lit.</description></item>"
        for one in named
    )
    return f'<rss version="2.0"><channel><title>Lantern</title>{items}</channel></rss>'


def _manifest(named: Sequence[str]) -> str:
    image = {"id": named[0], "type": "Image"}
    canvases = [
        {
            "id": f"{one}/canvas",
            "type": "Canvas",
            "label": {"en": ["1"]},
            "annotations": [{"id": one, "type": "AnnotationPage"}],
        }
        for one in named
    ]
    return json.dumps(
        {
            "@context": "http://iiif.io/api/presentation/3/context.json",
            "id": f"{named[0]}/manifest",
            "type": "Manifest",
            "label": {"en": ["Lantern album"]},
            "summary": {"en": [f"Photographs of the lantern keeper {' '.join(named)}"]},
            "seeAlso": [{"id": one, "type": "Dataset"} for one in named],
            "thumbnail": [image | {"service": [{"id": named[0], "type": "ImageService3"}]}],
            "items": canvases,
        }
    )


def _table(named: Sequence[str]) -> str:
    return "objectid,title,rights,object_location,image_thumb,object_transcript\n" + "".join(
        f"lamp{number},Lantern picture {number},{one},{one},{one},{one}\n"
        for number, one in enumerate(named)
    )
