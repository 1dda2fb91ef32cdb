"""What bytes are, by their content: suffixes and Content-Type lie.

A format that has a reader is named by the reader's name ("html", "pdf", "text" ...), any other
by words that a person can read as the reason why it was skipped ("picture", "font" ...).
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator

from rag_assistant.ports import Blob
from rag_assistant.readers.charset import decode, utf16_without_bom
from rag_assistant.readers.formats import FORMATS, by_member, by_opening, by_root, by_suffix
from rag_assistant.readers.packing import DICTIONARY_FRAME, GZIP, ZSTD, unpacked_head

HEAD = 160 * 1024
"""As many first bytes tell a container: a Zstandard block, which unpacks whole, fits in."""

_TEXT_HEAD = 4096
_PDF_WITHIN = 1024
_HTML_WITHIN = 2048
_MAGIC = (
    (0, b"PK\x03\x04", "zip archive"),
    (0, b"PK\x05\x06", "zip archive"),
    (0, b"\x89PNG\r\n\x1a\n", "picture"),
    (0, b"\xff\xd8\xff", "picture"),
    (0, b"GIF87a", "picture"),
    (0, b"GIF89a", "picture"),
    (0, b"II*\x00", "picture"),
    (0, b"MM\x00*", "picture"),
    (0, b"\x00\x00\x01\x00", "picture"),
    (0, b"8BPS", "picture"),
    (8, b"WEBP", "picture"),
    (4, b"ftypavif", "picture"),
    (4, b"ftypheic", "picture"),
    (0, b"wOFF", "font"),
    (0, b"wOF2", "font"),
    (0, b"OTTO", "font"),
    (0, b"ttcf", "font"),
    (0, b"\x00\x01\x00\x00\x00", "font"),
    (34, b"LP\x00", "font"),
    (4, b"ftyp", "audio or video"),
    (8, b"WAVE", "audio or video"),
    (8, b"AVI ", "audio or video"),
    (0, b"ID3", "audio or video"),
    (0, b"\xff\xfb", "audio or video"),
    (0, b"OggS", "audio or video"),
    (0, b"fLaC", "audio or video"),
    (0, b"FLV\x01", "audio or video"),
    (0, b"\x1a\x45\xdf\xa3", "audio or video"),
    (0, b"{\\rtf", "office document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office document"),
    (0, b"%!PS", "PostScript"),
    (0, GZIP, "compressed data"),
    (0, b"BZh", "compressed data"),
    (0, b"\xfd7zXZ\x00", "compressed data"),
    (0, b"7z\xbc\xaf\x27\x1c", "compressed data"),
    (0, ZSTD, "compressed data"),
)
_OFFICE_SIGNS = (b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis")
# The tags that browsers take as the opening of a page (WHATWG, MIME sniffing).
_PAGE_OPENERS = frozenset(
    {
        "html", "head", "body", "title", "meta", "link", "base", "script", "style", "iframe",
        "h1", "div", "font", "table", "a", "b", "br", "p",
    }
)  # fmt: skip
_XML_ROOTS = frozenset({"urlset", "sitemapindex", "opml", "rdf", "svg"})
_RSS_IN_RDF = re.compile(r"purl\.org/rss/1\.0|my\.netscape\.com/rdf/simple")
# What stands beside archives (pywb and the WACZ specification) and transcripts, by its first line.
_BESIDE_ARCHIVES = (
    (
        re.compile(rb" CDX \S|!meta \{|[^\s\x00]+[ \t]\d{14}(?:\t| \{| \S+ \S+ )"),
        "web archive index",
    ),
    (re.compile(rb'\S+ - \{\s*"'), "access rules"),
    (re.compile(rb'\{[^\r\n]*"format"\s*:\s*"json-pages-1\.0"'), "web archive page list"),
    (re.compile(rb"(?i)tag,description[ \t]*\r?\n"), "list of tags"),
)
_LOCAL_HEADER = b"PK\x03\x04"
_LOCAL_HEADER_FIELDS = struct.Struct("<6xH10xL4xHH")
_SIZE_FOLLOWS = 0x08
_PROLOG = re.compile(r"\A\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_XML_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^\[>]*(?:\[.*?\]\s*)?>\s*(?:<!--.*?-->\s*)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s+([\w:.-]+)", re.IGNORECASE)
_OPENER = re.compile(r"<([A-Za-z][\w:.-]*)")
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_PAGE_TAG = re.compile(r"<(?:html|head|body)[\s>]", re.IGNORECASE)
_PROSE_SUFFIXES = frozenset({"txt", "text", "md", "markdown"})
_MARKDOWN_SUFFIXES = frozenset({"md", "markdown"})
_CODE_SUFFIXES = {"css": "style sheet", "js": "script", "mjs": "script"}
_CONTROLS = bytes({*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F})
_CONTROL_SHARE = 0.05
_CODE_SIGNS = frozenset("{}();:=<>[]&|*/+")
_CODE_SHARE = 0.04
_JSON_PARSED = 4_000_000


def sniff(blob: Blob) -> str:
    """Name the format of a leaf."""
    head = blob.data[:HEAD]
    if not blob.data.strip():
        return "empty"
    named = _archive(head) or _beside_archives(blob, head)
    named = named or registered(head, _suffix(blob), web=_is_web(blob))
    return named or _by_magic(head) or _by_text(blob, head[:_TEXT_HEAD])


def container(head: bytes, name: str = "") -> str:
    """The container that a file's first bytes open ("warc", "ead" ...), or "" for none."""
    found = _archive(head) or registered(head, suffix_of(name))
    return found if found and FORMATS[found].container else ""


def registered(head: bytes, suffix: str, *, web: bool = False) -> str:
    """The row of the registry that fits first bytes, of a file or of the web; "" for none."""
    if found := by_opening(head, suffix, web=web):
        return found
    if head.startswith(_LOCAL_HEADER):
        return next(filter(None, map(by_member, _members(head))), "")
    text, _ = decode(head[:_TEXT_HEAD])
    return _root_format(text)


def _archive(head: bytes) -> str:
    """The web archive that these bytes open, "" for none."""
    opening = unpacked_head(head)
    if opening.startswith(b"filedesc:"):
        return "arc"
    # A dictionary may be longer than the head; the frame that holds one is WARC's own.
    if opening.startswith(b"WARC/") or head.startswith(DICTIONARY_FRAME):
        return "warc"
    return ""


def _members(head: bytes) -> Iterator[bytes]:
    """The names of a zip file's first members."""
    place = 0
    while head.startswith(_LOCAL_HEADER, place):
        if len(head) < place + _LOCAL_HEADER_FIELDS.size:
            return
        flags, size, name_size, extra_size = _LOCAL_HEADER_FIELDS.unpack_from(head, place)
        name_start = place + _LOCAL_HEADER_FIELDS.size
        yield head[name_start : name_start + name_size]
        place = name_start + name_size + extra_size + size
        if flags & _SIZE_FOLLOWS and not size:  # the size stands behind the member
            place = head.find(_LOCAL_HEADER, place)


def _root_format(text: str) -> str:
    """The format of XML by its root element, "" for none; a doctype may stand before it."""
    body = _XML_DOCTYPE.sub("", _PROLOG.sub("", text, count=1), count=1)
    opener = _OPENER.match(body)
    return by_root(opener[1].rpartition(":")[2], body) if opener else ""


def _beside_archives(blob: Blob, head: bytes) -> str:
    """The indexes, rules and lists that archives come with; pages of the web are none."""
    if _is_web(blob):
        return ""
    opening = unpacked_head(head).lstrip(b"\xef\xbb\xbf\r\n")
    for first_line, name in _BESIDE_ARCHIVES:
        if first_line.match(opening):
            return name
    return ""


def _by_magic(head: bytes) -> str:
    for offset, magic, name in _MAGIC:
        if head.startswith(magic, offset):
            is_office = name == "zip archive" and any(sign in head for sign in _OFFICE_SIGNS)
            return "office document" if is_office else name
    return ""


def _by_text(blob: Blob, head: bytes) -> str:
    suffix = _suffix(blob)
    text, _ = decode(head, blob.declared_charset)
    markup = _markup(text, suffix)
    if markup == "html":
        return markup
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if _is_binary(head):
        return "binary data"
    named = markup or by_suffix(suffix) or _data_or_code(blob, text, suffix)
    if not named and "html" in blob.declared_type.lower() and _TAG.search(text):
        return "html"  # a piece of a page
    return named or ("markdown" if suffix in _MARKDOWN_SUFFIXES else "text")


def _is_web(blob: Blob) -> bool:
    return bool(blob.declared_type) or "://" in blob.name


def _suffix(blob: Blob) -> str:
    return suffix_of(re.split(r"[?#]", blob.name, maxsplit=1)[0] if _is_web(blob) else blob.name)


def suffix_of(path: str) -> str:
    """What follows the last dot of a file's name, in small letters; "" where there is none."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _markup(text: str, suffix: str) -> str:
    """HTML, a vector picture, other XML, or "" for what is no markup."""
    body = _PROLOG.sub("", text, count=1)
    doctype = _DOCTYPE.match(body)
    opener = doctype or _OPENER.match(body)
    tag = opener[1].lower() if opener else ""
    if doctype and tag == "html":
        return "html"
    if tag == "svg":
        return "picture"
    if xml := _xml(tag, body, declared=text.lstrip().startswith("<?xml")):
        return xml
    if suffix in _PROSE_SUFFIXES:  # prose may open with, or speak of, a tag
        return "html" if tag == "html" else ""
    if tag in _PAGE_OPENERS or _PAGE_TAG.search(text[:_HTML_WITHIN]):
        return "html"
    return ""


def _xml(tag: str, body: str, *, declared: bool) -> str:
    """A feed, other XML, or "" for what is none."""
    root = tag.rpartition(":")[2]
    if by_root(root, body) == "feed" or (root == "rdf" and _RSS_IN_RDF.search(body)):
        return "feed"  # also in capitals, which XML itself would tell apart
    return "XML data" if root in _XML_ROOTS or (declared and tag != "html") else ""


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_bom(head):
        return False
    controls = len(head) - len(head.translate(None, delete=_CONTROLS))
    return controls > _CONTROL_SHARE * len(head)


def _data_or_code(blob: Blob, text: str, suffix: str) -> str:
    """What is text to a machine only; a plain file that holds code is still text."""
    if suffix in ("json", "geojson") or (_is_web(blob) and _is_json(blob)):
        return "JSON data"
    if not _is_web(blob):
        return ""
    declared = blob.declared_type.lower()
    claims = [
        _CODE_SUFFIXES.get(suffix, ""),
        "style sheet" if "css" in declared else "",
        "script" if "javascript" in declared or "ecmascript" in declared else "",
    ]
    named = [claim for claim in claims if claim]
    # Both say so, or one does and it reads like code.
    return named[0] if len(named) > 1 or (named and _looks_like_code(text)) else ""


def _is_json(blob: Blob) -> bool:
    data = blob.data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.startswith((b"{", b"[")):
        return False
    if len(data) > _JSON_PARSED:
        return data.startswith((b'{"', b'[{"', b"[[", b'["'))
    try:
        json.loads(data)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _looks_like_code(text: str) -> bool:
    signs = "".join(text.split())
    return sum(sign in _CODE_SIGNS for sign in signs) > _CODE_SHARE * len(signs)
