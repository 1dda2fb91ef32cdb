"""Where a part stands in what holds it: "Vol. 12, no. 3 (Mar. 1934), p. 45-67"."""

from __future__ import annotations

import re

_VOLUME = re.compile(r"\b(?:vol(?:ume)?|bd|jahrg|v|t)\b\.?\s*([\dIVXLC]+[a-z]?)\b", re.IGNORECASE)
_ISSUE = re.compile(
    r"(?:\b(?:no|nos|nr|issue|number|iss|heft|h)\b\.?|n°|№)\s*([\d/-]+[a-z]?)", re.IGNORECASE
)
_PAGES = re.compile(
    r"\b(?:pages?|pp?|s|seiten?)\b\.?\s*([A-Za-z]?\d+(?:\s*[-–]\s*[A-Za-z]?\d+)?)", re.IGNORECASE
)
_ENUMERATION = re.compile(r"([^:<]*)(?::([^:<]*))?[^<]*(?:<(.*))?")


def place_in_host(words: str, enumeration: str = "") -> tuple[str, str, str]:
    """Volume, issue and pages.

    Args:
        words: As people write it; "" for none.
        enumeration: As MARC 773 $q and Z39.56 write it: "12:3<45".
    """
    volume, issue, pages = (_found(pattern, words) for pattern in (_VOLUME, _ISSUE, _PAGES))
    coded = _ENUMERATION.fullmatch(enumeration.strip())
    if coded:
        volume, issue = volume or (coded[1] or "").strip(), issue or (coded[2] or "").strip()
        pages = pages or (coded[3] or "").strip()
    return volume, issue, pages


def _found(pattern: re.Pattern[str], words: str) -> str:
    match = pattern.search(words)
    return re.sub(r"\s*[-–]\s*", "-", match[1]) if match else ""
