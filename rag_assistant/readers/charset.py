"""Bytes to text, the way browsers do it, and the one normalisation of everything stored."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What the WHATWG calls by the left name is Python's right one.
_SUPERSETS = {
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
}
_META = re.compile(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([A-Za-z0-9_:.-]+)""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9_:.-]+)""")
_HEAD = 4096
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Normalise text for storing: CRLF and CR to LF, NUL and lone surrogates to U+FFFD.

    Nothing else: quotes must match the source, so folding is left to the indexes.
    """
    return _UNSTORABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode(data: bytes, declared: str = "", *, markup: bool = False) -> tuple[str, str]:
    """Decode bytes to clean text; always succeeds.

    Args:
        data: The bytes.
        declared: The charset of the HTTP header, "" where there is none.
        markup: Whether a ``<meta charset>`` or an XML declaration may name the charset.

    Returns:
        The text and the (Python) name of the encoding used.
    """
    text, encoding = _decode(data, declared, markup)
    return clean_text(text.removeprefix("\ufeff")), encoding


def utf16_without_bom(head: bytes) -> str:
    """The byte order of UTF-16 that says nothing of itself, "" where the bytes are not that.

    Text in Latin letters has a NUL in every other place and hardly any elsewhere.
    """
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return ""


def _decode(data: bytes, declared: str, markup: bool) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace"), encoding
    labels = [declared, _label_in_markup(data) if markup else ""]
    for encoding in filter(None, map(_resolve, labels)):
        text = _strict(data, encoding)
        if text is not None:
            return _unless_utf8(data, text, encoding)
    return _undeclared(data)


def _label_in_markup(data: bytes) -> str:
    head = data[:_HEAD]
    match = _XML.search(head) or _META.search(head)
    label = match[1].decode("ascii") if match else ""
    # Markup that can be read as ASCII is not UTF-16, whatever it says.
    return "utf-8" if label.lower().startswith("utf-16") else label


def _resolve(label: str) -> str:
    """Python's name for a charset label, read as browsers do: iso-8859-1 is windows-1252."""
    if not label:
        return ""
    from resiliparse.parse.encoding import map_encoding_to_html5

    name: str = map_encoding_to_html5(label.strip(), False) or ""
    return _SUPERSETS.get(name, name)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):
        return None


def _unless_utf8(data: bytes, text: str, encoding: str) -> tuple[str, str]:
    """UTF-8 wins over a declared Latin-1: servers say it by default, bytes agree by no accident."""
    if encoding == "cp1252" and not data.isascii():
        utf8 = _strict(data, "utf-8")
        if utf8 is not None:
            return utf8, "utf-8"
    return text, encoding


def _undeclared(data: bytes) -> tuple[str, str]:
    from resiliparse.parse.encoding import detect_encoding

    wide = utf16_without_bom(data[:_HEAD])
    if wide:
        return data.decode(wide, errors="replace"), wide
    try:  # a lone surrogate is one wrong character, not a sign of another encoding
        return data.decode("utf-8", errors="surrogatepass"), "utf-8"
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    if _mostly_intact(text, damaged):
        return text, "utf-8"
    detected = _resolve(detect_encoding(data) or "")
    if detected not in ("", "utf-8"):
        guess = _strict(data, detected)
        if guess is not None:
            return guess, detected
    return data.decode("cp1252", errors="replace"), "cp1252"


def _mostly_intact(text: str, damaged: int) -> bool:
    """Whether a few broken bytes stand among many good multi-byte characters."""
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore")) - damaged
    return beyond_ascii > 4 * damaged
