"""Files that mean harm, each small on the disk: built on the spot, byte by byte."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
import zlib
from pathlib import Path

import brotli
import zstandard

from tests.archives import ArchiveBuilder

HONEST = "The reading room in Mill Lane opened in 1887 and lent nine hundred books a year."
_MB = 1 << 20
_ZEROS = bytes(80 * _MB)  # more than any payload may hold


def archive_with_bombs(folder: Path) -> Path:
    """An archive of payloads that unpack to gigabytes, loop or nest, between honest pages."""
    built = ArchiveBuilder(gzip=False)
    html = ("Content-Type", "text/html")
    packed = {
        "gzip": gzip.compress(_ZEROS, 1),
        "deflate": zlib.compress(_ZEROS, 1),
        "br": brotli.compress(_ZEROS, quality=1),
        "zstd": zstandard.compress(_ZEROS),
    }
    built.page("http://example.org/first", f"First. {HONEST}")
    for coding, body in packed.items():
        built.response(
            body,
            uri=f"http://example.org/bomb/{coding}",
            headers=[html, ("Content-Encoding", coding)],
        )
    nested = gzip.compress(gzip.compress(gzip.compress(_ZEROS, 1)))
    built.response(
        nested,
        uri="http://example.org/bomb/nested-gzip",
        headers=[html, ("Content-Encoding", "gzip, gzip, gzip")],
    )
    built.page("http://example.org/between", f"Between. {HONEST}")
    pages = {
        "deep-html": b"<html><body>" + b"<div>" * 200_000 + HONEST.encode(),
        "open-inline": b"<html><body>" + b"<p><b><i><a href=x>" * 40_000 + HONEST.encode(),
        "deep-json-ld": b'<html><head><script type="application/ld+json">'
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_000
        + f"</script></head><body><p>{HONEST} It nests.</p></body></html>".encode(),
        "many-attributes": b"<html><body><p "
        + b" ".join(b'a%d="b"' % number for number in range(200_000))
        + f">{HONEST} It boasts.</p></body></html>".encode(),
    }
    for name, body in pages.items():
        built.response(body, uri=f"http://example.org/bomb/{name}")
    built.response(
        entities(), uri="http://example.org/bomb/feed", headers=[("Content-Type", "text/xml")]
    )
    for name, body in pdfs().items():
        built.response(
            body,
            uri=f"http://example.org/bomb/{name}.pdf",
            headers=[("Content-Type", "application/pdf")],
        )
    built.page("http://example.org/last", f"Last. {HONEST}")
    return built.save(folder / "bombs.warc")


def member_bomb(folder: Path) -> Path:
    """One gzip member of many gigabytes between two honest records."""
    built = ArchiveBuilder()
    built.page("http://example.org/before-the-member", f"Before the member. {HONEST}")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://example.org/huge\r\n"
    head += b"WARC-Date: 2020-03-04T05:06:07Z\r\nContent-Type: text/html\r\n"
    head += b"Content-Length: %d\r\n\r\n" % (20 << 30)
    opening = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    stretch = packer.compress(bytes(16 * _MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    built.raw(opening + stretch * 1280)  # a stretch that depends on nothing before can be repeated
    built.page("http://example.org/behind-the-member", f"Behind the member. {HONEST}")
    return built.save(folder / "member.warc.gz")


def entities() -> bytes:
    """A feed whose entities stand for one another, a billion times."""
    lines = ['<!ENTITY a0 "laugh">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    feed = f"<?xml version='1.0'?><!DOCTYPE rss [{''.join(lines)}]>"
    return f"{feed}<rss><channel><title>&a11;</title></channel></rss>".encode()


def pdfs() -> dict[str, bytes]:
    """PDFs whose page trees and streams run in circles, or claim millions of pages."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    nested = b"[" * 100_000 + b"]" * 100_000
    return {
        "page-tree-cycle": _pdf(b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 900000000 >>"),
        "page-count": _pdf(b"<< /Type /Pages /Kids [3 0 R] /Count 900000000 >>", page),
        "many-kids": _pdf(
            b"<< /Type /Pages /Kids [" + b"3 0 R " * 300_000 + b"] /Count 300000 >>", page
        ),
        "object-stream-cycle": _pdf(
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page,
            b"<< /Type /ObjStm /N 9 /First 9 /Extends 4 0 R /Length 4 0 R >>\nstream\n"
            b"4 0 4 0 4 0\nendstream",
        ),
        "form-cycle": _pdf(
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R"
            b" /Resources << /XObject << /F 5 0 R >> >> >>",
            b"<< /Length 10 >>\nstream\n/F Do /F Do\nendstream",
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10"
            b" /Resources << /XObject << /F 5 0 R >> >> >>\nstream\n/F Do /F Do\nendstream",
        ),
        "deep": _pdf(b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Deep " + nested + b" >>", page),
        "flate": _flate_pdf(),
    }


def _flate_pdf() -> bytes:
    packer = zlib.compressobj(1)
    inner = b"".join([*(packer.compress(_ZEROS) for _ in range(8)), packer.flush()])
    body = zlib.compress(inner)
    return _pdf(
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n" % len(body)
        + body
        + b"\nendstream",
    )


def _pdf(*objects: bytes) -> bytes:
    """A PDF of a catalogue and these objects, numbered from 2."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate((b"<< /Type /Catalog /Pages 2 0 R >>", *objects), start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, one))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Root 1 0 R /Size %d >>\n" % (len(places) + 1))
    out.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return out.getvalue()


def package_with_bombs(folder: Path) -> Path:
    """A WACZ with a bomb, names that lead out of it and a link, beside an honest archive."""
    built = ArchiveBuilder().page("http://example.org/packed", f"Packed. {HONEST}")
    path = folder / "bombs.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("archive/data.warc.gz", b"".join(built.records))
        package.writestr("archive/zeros.warc", _ZEROS)
        package.writestr("pages/pages.jsonl.gz", gzip.compress(_ZEROS, 1))
        package.writestr("pages/pages.jsonl", gzip.compress(_ZEROS, 1))
        package.writestr("pages/deep.jsonl", "[" * 500_000)
        package.writestr("../../outside.txt", "a name that leads out")
        package.writestr("/etc/outside.txt", "a name of its own")
        link = zipfile.ZipInfo("archive/link.warc")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
        package.writestr("datapackage.json", json.dumps({"resources": []}))
    return path


def plain_bombs(folder: Path) -> None:
    """Plain files: a line of 2 GB, deep JSON, a fifo, links out of the tree and to nowhere."""
    with (folder / "line.txt").open("wb") as line:
        line.write(b"one line ")
        line.truncate(2 << 30)
    with (folder / "words.txt").open("wb") as words:
        words.write(b"word " * (24 * _MB // 5))
    (folder / "deep.json").write_text("[" * 1_000_000, encoding="utf-8")
    (folder / "deep.md").write_text("> " * 50_000 + HONEST, encoding="utf-8")
    (folder / "front.md").write_text(
        "---\na: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n"
            for n in range(9)
        )
        + f"---\n{HONEST} It has a front.",
        encoding="utf-8",
    )
    (folder / "zip.zip").write_bytes(_zip_bomb())
    os.mkfifo(folder / "fifo.txt")
    (folder / "device.txt").symlink_to("/dev/zero")
    (folder / "out.txt").symlink_to("/etc/passwd")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "tree").symlink_to("/etc")


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("../zeros", _ZEROS)
    return out.getvalue()
