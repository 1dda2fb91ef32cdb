"""Identifiers of works as they are compared: one key each, however they were written.

ISBN and ISSN have a check digit (ISO 2108 and ISO 3297): a wrong one tells of a slip.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from rag_assistant.addresses import address_key
from rag_assistant.wording import message, say

NAMES = {
    "isbn": "ISBN",
    "issn": "ISSN",
    "doi": "DOI",
    "lccn": "LCCN",
    "oclc": message("OCLC number"),
    "ark": "ARK",
    "handle": "Handle",
    "url": message("address"),
    "call_number": message("call number"),
}
"""What identifiers are called, by scheme; to be said."""

_ISBN = re.compile(r"(?<![\dX])(?:97[89][\s-]?)?\d(?:[\s-]?\d){8}[\s-]?[\dX](?!\d)", re.IGNORECASE)
_ISSN = re.compile(r"(?<!\d)\d{4}[\s-]?\d{3}[\dX](?!\d)", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
_ARK = re.compile(r"ark:/?(\d{5,9}|[a-z0-9]{5,9})/(\S+)", re.IGNORECASE)
_HANDLE = re.compile(r"(?:hdl\.handle\.net/|hdl:|handle:|^)\s*([\w.]+/\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_TRAILING = ".,;:)]}>\"'”’"
_SHORT, _LONG = 10, 13
_LCCN_SERIAL = 6


def identifier_key(scheme: str, value: str) -> str:
    """What equals the key of the same identifier in another form; "" where it holds none.

    An ISBN of ten digits has the key of its thirteen; one whose check digit is wrong is its own.
    """
    value = value.strip()
    reader = _READERS.get(scheme)
    return reader(value) if reader else " ".join(value.casefold().split())


def fault_of(scheme: str, value: str) -> str:
    """What is wrong with an identifier, as a sentence; "" where nothing shows."""
    compact = _compact(value)
    if scheme == "isbn" and not is_isbn(compact):
        return say("The ISBN's check digit is wrong: {value}.", value=value)
    if scheme == "issn" and not is_issn(compact):
        return say("The ISSN's check digit is wrong: {value}.", value=value)
    return ""


def is_isbn(compact: str) -> bool:
    """Whether ten or thirteen characters are an ISBN, by its check digit."""
    if len(compact) == _LONG:
        return compact.isdigit() and compact[-1] == _isbn13_digit(compact[:-1])
    if len(compact) != _SHORT or not compact[:-1].isdigit():
        return False
    return compact[-1] == _mod11(compact[:-1], _SHORT)


def is_issn(compact: str) -> bool:
    """Whether eight characters are an ISSN, by its check digit."""
    eight = 8
    if len(compact) != eight or not compact[:-1].isdigit():
        return False
    return compact[-1] == _mod11(compact[:-1], eight)


def isbn13(compact: str) -> str:
    """The thirteen digits of an ISBN of ten."""
    body = f"978{compact[:9]}"
    return body + _isbn13_digit(body)


def isbn10(compact: str) -> str:
    """The ten characters of an ISBN of thirteen; "" where it has none (979…)."""
    if not compact.startswith("978"):
        return ""
    body = compact[3:12]
    return body + _mod11(body, _SHORT)


def _isbn13_digit(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return str(-total % 10)


def _mod11(body: str, weight: int) -> str:
    total = sum(int(digit) * (weight - place) for place, digit in enumerate(body))
    rest = -total % 11
    return "X" if rest == _SHORT else str(rest)


def _compact(value: str) -> str:
    return re.sub(r"[\s-]", "", value).upper()


def _isbn(value: str) -> str:
    """Of several numbers in a row, as some records have them, the first counts."""
    found = _ISBN.search(value.replace("–", "-").replace("‐", "-"))
    if not found:
        return ""
    compact = _compact(found[0])
    return isbn13(compact) if len(compact) == _SHORT and is_isbn(compact) else compact


def _issn(value: str) -> str:
    found = _ISSN.search(value.replace("–", "-").replace("‐", "-"))
    return _compact(found[0]) if found else ""


def _doi(value: str) -> str:
    """The name alone: resolver and case do not matter (DOI Handbook, 2.4)."""
    found = _DOI.search(unquote(value))
    return found[0].rstrip(_TRAILING).casefold() if found else ""


def _lccn(value: str) -> str:
    """As the Library of Congress normalises it: no blanks, no suffix, six digits at the end."""
    plain = "".join(value.split()).partition("/")[0].casefold()
    prefix, hyphen, serial = plain.partition("-")
    return prefix + serial.zfill(_LCCN_SERIAL) if hyphen and serial.isdigit() else plain


def _oclc(value: str) -> str:
    found = _NUMBER.search(value)
    return found[0].lstrip("0") if found else ""


def _ark(value: str) -> str:
    """Hyphens are no part of an ARK, nor is the slash before its authority."""
    found = _ARK.search(value)
    if not found:
        return ""
    return f"ark:{found[1].lower()}/{found[2].rstrip(_TRAILING + '/').replace('-', '')}"


def _handle(value: str) -> str:
    found = _HANDLE.search(value)
    return found[1].rstrip(_TRAILING).casefold() if found else ""


def _call_number(value: str) -> str:
    return re.sub(r"[\s.]", "", value).casefold()


_READERS = {
    "isbn": _isbn,
    "issn": _issn,
    "doi": _doi,
    "lccn": _lccn,
    "oclc": _oclc,
    "ark": _ark,
    "handle": _handle,
    "url": address_key,
    "call_number": _call_number,
}
