"""A web archive such as a library has: several sites, captured over years, and dirty.

Pages stand amid menus, teasers and footers; some were captured several times, unchanged (revisit
records, or the same bytes again) or with a paragraph changed; some stand on two sites, word for
word or nearly. Encodings and compressions differ by site. Between them are pictures, redirects,
errors and a few PDFs. The same seed gives the same bytes.
"""

from __future__ import annotations

import gzip
import html
import io
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from evals.bench import prose
from evals.bench.warc import WarcWriter

_TEXT = (1_500, 6_000)  # characters of a page's main text
_RECENT = 200  # pages that may be captured again
_YEARS = (2012, 2023)
_CHANCES = {  # of a page that was met before; of what is left, all pages are new
    "revisited": 0.08,
    "repeated": 0.04,
    "changed": 0.08,
    "mirrored": 0.05,
    "copied": 0.05,
}
_BESIDE = {"picture": 0.04, "redirect": 0.02, "missing": 0.02, "pdf": 0.01}  # for each page
_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A host and how its server writes."""

    host: str
    language: str
    charset: str
    headers: Mapping[str, str]  # beside the content type
    told: bool = True  # the charset stands in the HTTP header, else in the page alone


SITES = (
    Site(
        host="town.example",
        language="en",
        charset="utf-8",
        headers={"Content-Encoding": "gzip"},
    ),
    Site(
        host="www.museum.example",
        language="de",
        charset="iso-8859-1",
        headers={},
        told=False,
    ),
    Site(
        host="harbour.example",
        language="en",
        charset="windows-1252",
        headers={"Transfer-Encoding": "chunked"},
    ),
    Site(
        host="gazette.example",
        language="en",
        charset="utf-8",
        headers={"Content-Encoding": "br"},
    ),
    Site(
        host="school.example",
        language="en",
        charset="utf-8",
        headers={"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
        told=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A page as it was captured."""

    site: Site
    path: str
    title: str
    paragraphs: tuple[str, ...]
    year: int
    day: int

    @property
    def uri(self) -> str:
        return f"https://{self.site.host}{self.path}"

    @property
    def timestamp(self) -> str:
        return f"{self.year}-{self.day % 12 + 1:02}-{self.day % 28 + 1:02}T09:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What was built. ``texts`` are distinct texts, ``pages`` captures that hold or repeat one."""

    path: Path
    pages: int
    texts: int
    records: int


def build(path: Path, pages: int, seed: int = 1, *, picture: int = 0) -> Archive:
    """Write an archive of so many pages; what goes with them comes on top.

    Args:
        path: A file that is not there yet, ``….warc.gz``.
        pages: Captures of HTML pages, repeated ones among them.
        seed: Another one gives other pages.
        picture: Bytes of a photograph behind each page, which makes up most of a real archive; 0
            for none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        writer = WarcWriter(file, seed)
        crawl = _Crawl(writer, Random(seed))  # noqa: S311 - the same each time
        for _ in range(pages):
            crawl.page()
            crawl.beside()
            if picture:
                crawl.photograph(picture)
    return Archive(path=path, pages=pages, texts=crawl.texts, records=writer.records)


class _Crawl:
    """Writes one page after another and remembers the latest."""

    def __init__(self, writer: WarcWriter, draw: Random) -> None:
        self._writer = writer
        self._draw = draw
        self._recent: deque[tuple[_Page, str]] = deque(maxlen=_RECENT)  # with digests
        self._number = 0
        self.texts = 0

    def page(self) -> None:
        """Capture a page, new or seen before."""
        acts: dict[str, Callable[[_Page], None]] = {
            "repeated": lambda page: self._store(self._later(page)),
            "changed": lambda page: self._store(self._changed(self._later(page)), new=True),
            "mirrored": lambda page: self._store(self._elsewhere(page)),
            "copied": lambda page: self._store(self._changed(self._elsewhere(page)), new=True),
        }
        kind = self._drawn(_CHANCES) if self._recent else None
        if kind is None:
            self._store(self._new(), new=True)
            return
        page, payload_digest = self._draw.choice(self._recent)
        if kind == "revisited":
            again = self._later(page)
            stored = (page.uri, page.timestamp)
            self._writer.revisit(again.uri, again.timestamp, payload_digest, stored)
        else:
            acts[kind](page)

    def beside(self) -> None:
        """What a crawler brings home with the pages."""
        site, self._number = self._draw.choice(SITES), self._number + 1
        uri, at = f"https://{site.host}/files/{self._number}", "2015-06-01T00:00:00Z"
        kind = self._drawn(_BESIDE)
        if kind == "picture":
            self._writer.response(f"{uri}.gif", at, _PIXEL, {"Content-Type": "image/gif"})
        elif kind == "redirect":
            moved = {"Location": f"https://{site.host}/", "Content-Type": "text/html"}
            self._writer.response(uri, at, b"", moved, status="301 Moved Permanently")
        elif kind == "missing":
            body = b"<html><title>Not found</title><p>There is no such page here.</p></html>"
            page = {"Content-Type": "text/html"}
            self._writer.response(uri, at, body, page, status="404 Not Found")
        elif kind == "pdf":
            page = {"Content-Type": "application/pdf"}
            self._writer.response(f"{uri}.pdf", at, self._pdf(), page)
            self.texts += 1

    def photograph(self, size: int) -> None:
        """A picture of so many bytes, which no compression makes smaller."""
        self._number += 1
        uri = f"https://{self._draw.choice(SITES).host}/photographs/{self._number}.jpg"
        body = b"\xff\xd8\xff\xe0" + self._draw.randbytes(size)
        self._writer.response(uri, "2015-06-01T00:00:00Z", body, {"Content-Type": "image/jpeg"})

    def _new(self) -> _Page:
        site = self._draw.choice(SITES)
        language = prose.LANGUAGES[site.language]
        topic = self._draw.choice(list(language.topics))
        self._number += 1
        return _Page(
            site=site,
            path=f"/{self._draw.choice(language.menu).lower().replace(' ', '-')}/{self._number}",
            title=prose.title(self._draw, language, topic),
            paragraphs=tuple(
                prose.paragraphs(self._draw, language, topic, self._draw.randint(*_TEXT))
            ),
            year=self._draw.randint(*_YEARS),
            day=self._draw.randrange(336),
        )

    def _later(self, page: _Page) -> _Page:
        return replace(page, year=page.year + 1)

    def _changed(self, page: _Page) -> _Page:
        """The page with one paragraph rewritten."""
        language = prose.LANGUAGES[page.site.language]
        topic = self._draw.choice(list(language.topics))
        written = prose.paragraphs(self._draw, language, topic, 1)
        place = self._draw.randrange(len(page.paragraphs))
        before, after = page.paragraphs[:place], page.paragraphs[place + 1 :]
        return replace(page, paragraphs=(*before, *written, *after))

    def _elsewhere(self, page: _Page) -> _Page:
        """The page on another site of its language, or at another address of its own."""
        others = [site for site in SITES if site.language == page.site.language]
        self._number += 1
        return replace(page, site=self._draw.choice(others), path=f"/press/{self._number}")

    def _store(self, page: _Page, *, new: bool = False) -> None:
        self.texts += new
        sent = _body(page), _headers(page.site)
        self._recent.append((page, self._writer.response(page.uri, page.timestamp, *sent)))

    def _pdf(self) -> bytes:
        from reportlab.pdfgen.canvas import Canvas

        topic = self._draw.choice(list(prose.ENGLISH.topics))
        file = io.BytesIO()
        canvas = Canvas(file, invariant=1)
        canvas.setTitle(prose.title(self._draw, prose.ENGLISH, topic))
        for text in prose.paragraphs(self._draw, prose.ENGLISH, topic, _TEXT[0]):
            lines = canvas.beginText(60, 780)
            lines.setFont("Times-Roman", 11)
            lines.textLines(text.replace(". ", ".\n"))
            canvas.drawText(lines)
            canvas.showPage()
        canvas.save()
        return file.getvalue()

    def _drawn(self, chances: Mapping[str, float]) -> str | None:
        drawn = self._draw.random()
        for kind, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return kind
        return None


def _headers(site: Site) -> dict[str, str]:
    charset = f"; charset={site.charset}" if site.told else ""
    return {"Content-Type": f"text/html{charset}", **site.headers}


def _body(page: _Page) -> bytes:
    """The page as its server sends it, but for the chunks."""
    data = "\n".join(_lines(page)).encode(page.site.charset, "xmlcharrefreplace")
    encoding = page.site.headers.get("Content-Encoding")
    if encoding == "gzip":
        return gzip.compress(data, mtime=0)
    if encoding == "br":
        import brotli

        compressed: bytes = brotli.compress(data, quality=5)
        return compressed
    return data


def _lines(page: _Page) -> Iterator[str]:
    """The page's HTML, with what stands on every page of its site around its own words."""
    site, language = page.site, prose.LANGUAGES[page.site.language]
    links = (f'<li><a href="/{name.lower()}/">{name}</a></li>' for name in language.menu)
    yield f'<!doctype html><html lang="{site.language}"><head><meta charset="{site.charset}">'
    yield f"<title>{html.escape(page.title)} – {site.host}</title>"
    yield "<style>body{font:16px serif}nav li{display:inline}</style></head><body>"
    yield f'<header><a href="/">{site.host}</a><nav><ul>{"".join(links)}</ul></nav></header>'
    yield f"<main><article><h1>{html.escape(page.title)}</h1>"
    for text in page.paragraphs:
        yield f"<p>{html.escape(text)}</p>"
    yield "</article></main><aside><h2>More</h2><ul>"
    for name in language.topics:
        yield f'<li><a href="/{len(name)}/">{html.escape(name)}</a></li>'
    yield f"</ul></aside><footer>{html.escape(language.footer.format(name=site.host))}</footer>"
    yield "</body></html>"
