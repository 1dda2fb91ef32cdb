"""A small crawl of a ferry's pages, in which something changes, goes away and comes back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from rag_assistant import Assistant
from rag_assistant.config import Settings

FERRY = "http://ferry.example/timetable"
MIRROR = "http://mirror.example/ferry"
FAHRPLAN = "http://ferry.example/de/fahrplan"
TRAP = "http://trap.example"
PAYLOAD = f"<img src='{TRAP}/img.png' onerror='window.ran = 1'><script>window.ran = 1</script>"
HOSTILE = "http://ferry.example/javascript:window.ran=1/%3Cscript%3E?q='\"><img%20src=x>!"
STAFF_WORD = "quarterdeck"

_NOTES = " ".join(
    f"Note {number}: passengers with {thing} should come to the {place} pier early."
    for number, (thing, place) in enumerate(
        zip(
            ("bicycles", "prams", "dogs", "trunks", "ladders", "crates", "sacks", "barrows"),
            ("north", "south", "upper", "lower", "old", "new", "stone", "timber"),
            strict=True,
        ),
        start=1,
    )
)
_FIRST = (
    "The ferry to Alder Island leaves the town quay every day. "
    "The first boat sails at 9.15 from Monday to Friday. "
    f"The crossing takes forty minutes in fair weather. {_NOTES} "
    "A single ticket costs 2.40 for adults and 1.20 for children."
)
_SECOND = _FIRST.replace("9.15", "8.40").replace("costs 2.40", "costs 3.10")
_THIRD = (
    _SECOND.replace(" The crossing takes forty minutes in fair weather.", "")
    + " From October the ferry does not sail on Sundays."
)
_STAFF = f"{_THIRD} The {STAFF_WORD} is closed for repairs until further notice."
_GERMAN = (
    "Die Fähre zur Erleninsel fährt jeden Tag am Stadtkai ab. "
    "Das erste Boot fährt um 9.15 Uhr von Montag bis Freitag. "
    "Eine einfache Fahrkarte kostet für Erwachsene zwei Euro vierzig."
)
_GERMAN_LATER = _GERMAN.replace("9.15", "8.40")
_TRAPPED = (
    "The trapper keeps a lodge on the far side of the island, and the lodge is open in summer. "
    "On its door stands a notice about {} for all who come by the evening boat."
)

_REPLAY = 'replay_url = "https://replay.example.org/web/{timestamp}/{url}"'
Visit = tuple[str, str, str, str]  # timestamp, address, title, text; no text is a 404
_PUBLIC: tuple[Visit, ...] = (
    ("20160310090000", FERRY, "Ferry timetable", _FIRST),
    ("20160501000000", MIRROR, "Ferry timetable", _FIRST),
    ("20170603120000", FERRY, "", ""),
    ("20180909101500", FERRY, "Ferry timetable", _FIRST),
    ("20190504063000", FERRY, "Ferry timetable", _SECOND),
    ("20200111080000", FERRY, "Ferry timetable", _SECOND),
    ("20210611090000", FERRY, "Ferry timetable", _SECOND),
    ("20210712090000", FERRY, "Ferry timetable", _SECOND),
    ("20220301170000", FERRY, "Ferry timetable", _THIRD),
    ("20180101000000", FAHRPLAN, "Fahrplan der Fähre", _GERMAN),
    ("20200101000000", FAHRPLAN, "Fahrplan der Fähre", _GERMAN_LATER),
    ("20190101000000", HOSTILE, PAYLOAD, _TRAPPED.format("otters")),
    ("20200101000000", HOSTILE, PAYLOAD, _TRAPPED.format(PAYLOAD)),
    ("20150101000000", "http://ferry.example/once", "A regatta", "The regatta of the ferrymen "
     "was held once in July, and nobody remembers who won the silver oar."),
)  # fmt: skip
_STAFF_ONLY: tuple[Visit, ...] = (("20230101000000", FERRY, "Ferry timetable", _STAFF),)


def write_crawls(folder: Path) -> tuple[Path, Path]:
    """A public crawl, and one for the staff alone that saw the ferry page once more."""
    about = (_REPLAY, 'title = "Island web"', 'access = "public"')
    return (
        write_crawl(folder / "crawl", _PUBLIC, *about),
        write_crawl(folder / "closed", _STAFF_ONLY, _REPLAY, 'title = "Closed crawl"'),
    )


def index_crawl(folder: Path) -> Settings:
    """Index both crawls."""
    settings = Settings(data=folder / "data")
    with Assistant(settings) as assistant:
        report = assistant.index(write_crawls(folder))
        assert report.outcomes.failed == {}
    return settings


def write_crawl(folder: Path, visits: Sequence[Visit], *config: str) -> Path:
    """Make a collection of one WARC; ``config`` are further lines of its ``collection.toml``."""
    folder.mkdir(parents=True)
    lines = [f'id = "{folder.name}"', *config]
    (folder / "collection.toml").write_text("\n".join(lines), encoding="utf-8")
    with (folder / "crawl.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for visit in visits:
            _write(writer, *visit)
    return folder


def _write(writer: WARCWriter, timestamp: str, uri: str, title: str, text: str) -> None:
    status = "200 OK" if text else "404 Not Found"
    page = f"<html><head><title>{_escaped(title)}</title></head><body><main>{_body(text)}</main>"
    date = (
        f"{timestamp[:4]}-{timestamp[4:6]}-{timestamp[6:8]}"
        f"T{timestamp[8:10]}:{timestamp[10:12]}:{timestamp[12:]}Z"
    )
    headers = [("Content-Type", "text/html; charset=utf-8")]
    record = writer.create_warc_record(
        uri,
        "response",
        payload=io.BytesIO(page.encode()),
        http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": date},
    )
    writer.write_record(record)


def _body(text: str) -> str:
    return f"<p>{_escaped(text)}</p>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
