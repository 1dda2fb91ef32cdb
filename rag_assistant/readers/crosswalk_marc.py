"""MARC 21 to `schema.Record`, and to the words that are stored of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag_assistant.readers.conditions import is_access_term
from rag_assistant.readers.crosswalk import (
    Line,
    agents,
    body,
    distinct,
    identifier,
    languages,
    ordered,
    person,
    plain,
    publication,
    role_of,
    subject,
    title_of,
    web_address,
)
from rag_assistant.readers.crosswalk_dates import edtf, is_edtf, of_008
from rag_assistant.readers.crosswalk_hosts import place_in_host
from rag_assistant.readers.marc_fields import Field, Marc
from rag_assistant.schema import Agent, Record

_TYPES = {
    "c": "musical_score", "d": "musical_score", "e": "map", "f": "map", "g": "motion_picture",
    "i": "song", "j": "song", "k": "graphic", "m": "software", "p": "collection",
    "t": "manuscript", "b": "collection",
}  # fmt: skip
_LEVELS = {"a": "chapter", "b": "article-journal", "s": "periodical", "i": "webpage"}
_NAMES = ("100", "110", "111", "700", "710", "711", "720")
_SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "653", "654", "662")
_GEOGRAPHIC = frozenset({"651", "662"})
_STANDARD_NUMBERS = {"0": "isrc", "1": "upc", "2": "ismn", "3": "ean", "4": "sici"}
_ISBN = re.compile(r"[\d-]*\d[\d-]*[\dXx]")
_UNIMARC_WORDS = ("200", "800")
_RELATED = "2"  # 856, second indicator: the address is not that of the work itself
_CODES = 3

_NOT_SHOWN = frozenset({"263", "336", "337", "338", "883", "884", "885", "886", "887"})
_SHOWN_NUMBERS = ("020", "022", "024", "028")
_PRIVATE_WITH_0 = frozenset({"541", "542", "561", "583"})
_PRIVATE_IN_AUTHORITIES = frozenset({"667"})
_NONPUBLIC_NOTE = frozenset(
    {"526", "583", "852", "856", "863", "864", "865", "866", "867", "868", "876", "877", "878"}
)
_UNCLASSIFIED = frozenset({"unclassified", "public"})
_IS_RESTRICTED = "1"  # 506, first indicator
_CONTROL_CODES = frozenset("01245689w")
_WORDS = "abcdefghijklmnopqrstuvyz3x"


def from_marc(marc: Marc) -> Record:
    """What a bibliographic, authority or holdings record says of its work."""
    if marc.is_unimarc:
        return _unimarc(marc)
    if marc.kind:
        return Record(title=_heading(marc), identifiers=_identifiers(marc), links=_links(marc))
    volume, issue, pages = place_in_host(*_host_parts(marc))
    publisher, place = _imprint(marc)
    return Record(
        type=_type(marc),
        title=_title(marc),
        agents=agents(filter(None, map(_agent, marc.all(*_NAMES)))),
        issued=_issued(marc),
        edition=plain(_first(marc, "250", "ab")),
        publisher=publisher,
        publisher_place=place,
        container_title=title_of(_first(marc, "773", "t")),
        volume=volume,
        issue=issue,
        pages=pages,
        extent=plain(_first(marc, "300", "abce")),
        genre=plain(_first(marc, "655", "a")),
        languages=languages(_language_codes(marc)),
        subjects=distinct(map(_subject, marc.all(*_SUBJECTS))),
        places=distinct(_places(marc)),
        abstract=plain(_first(marc, "520", "ab")),
        call_number=_call_number(marc),
        identifiers=_identifiers(marc),
        links=_links(marc),
    )


def lines(marc: Marc) -> tuple[list[Line], list[str]]:
    """The words of a record, field by field with the title first, and what was left out of them.

    Fields and subfields that MARC calls private or non-public are no words for readers.
    """
    shown: list[Line] = []
    private: set[str] = set()
    fields = sorted(marc.fields, key=lambda field: field.tag != "245")  # stable
    for field in fields:
        tag = field.meant
        if not _is_shown(tag, unimarc=marc.is_unimarc):
            continue
        if marc.kind == "authority" and tag.startswith("64"):  # how a series is treated
            continue
        if _is_private(field, marc.kind):
            private.add(tag)
            continue
        if tag in _NONPUBLIC_NOTE and field.all("x"):
            private.add(f"{tag} $x")
        shown.append((f"MARC {field.tag}", _words(field)))
    notes = [f"left out as not public: MARC {one}" for one in sorted(private)]
    if marc.is_unimarc:
        notes.append("UNIMARC: of its facts only title, control number and ISBN are taken")
    return shown, notes


def restrictions(marc: Marc) -> tuple[list[str], list[str], bool]:
    """What a record says on access (506, 355) and on use (540), a text for each field.

    Returns:
        The two, and whether the first indicator of a 506 says that access is restricted.
    """
    of_access = [field for field in marc.fields if field.meant == "506"]
    use = [field for field in marc.fields if field.meant == "540"]
    classes = [field for field in marc.fields if field.meant == "355"]
    return (
        [
            *(field.joined("abcdefgqu3") for field in of_access),
            *(field.joined("abc") for field in classes if not _is_unclassified(field)),
            *(one for field in use for one in field.all("afu") if is_access_term(one)),
        ],
        [field.joined("abcdefgqu3") for field in use],
        any(field.indicators[0] == _IS_RESTRICTED for field in of_access),
    )


# ---------------------------------------------------------------- title, names, type


def _title(marc: Marc) -> str:
    for field in marc.all("245"):
        name = field.all("ks")
        title = " ".join([field.joined("a"), *name]).strip()
        return title_of(title, field.joined("b"), field.all("np"))
    return title_of(_first(marc, "240", "a") or _first(marc, "130", "a"))


def _unimarc(marc: Marc) -> Record:
    """The little that needs no knowledge of UNIMARC, whose tags mean other things."""
    title = next((field for field in marc.all("200")), None)
    isbns = [pair for field in marc.all("010") for pair in identifier("isbn", field.first("a"))]
    return Record(
        title=title_of(title.first("a"), title.first("e"), title.all("hi")) if title else "",
        identifiers=ordered([*identifier("control_number", marc.control_number), *isbns]),
    )


def _heading(marc: Marc) -> str:
    """The name that an authority record is about, or who holds what."""
    for field in marc.fields:
        if marc.kind == "authority" and field.tag.startswith("1"):
            words = plain(field.joined("abcdnpqt"))
            return " -- ".join([words, *map(plain, field.all("vxyz"))]) if words else ""
    held = _first(marc, "852", "abc")
    return f"Holdings: {held}" if marc.kind == "holdings" and held else ""


def _agent(field: Field) -> Agent | None:
    if field.first("t"):  # a work of theirs, not a part in this one
        return None
    first = field.tag.startswith("1")
    role = role_of(*field.all("4"), *field.all("ej" if field.tag[1:] == "11" else "e"), first=first)
    name = field.joined("a")
    if field.tag[1:] == "00":
        if field.indicators[0] in ("0", "3"):
            title = plain(field.joined("c"))
            return body(", ".join(filter(None, (plain(field.joined("ab")), title))), role)
        return person(name, role)
    if field.tag[1:] == "10":
        return body(". ".join(map(plain, field.all("ab"))), role)
    if field.tag[1:] == "11":
        return body(field.joined("andcq"), role)
    return person(name, role) if field.indicators[0] == "1" else body(name, role)


def _type(marc: Marc) -> str:
    if next(marc.all("502"), None):
        return "thesis"
    material, level = marc.leader[6:7], marc.leader[7:8]
    return _TYPES.get(material) or _LEVELS.get(level, "book" if material == "a" else "")


# ---------------------------------------------------------------- publication


def _imprint(marc: Marc) -> tuple[str, str]:
    """Publisher and place."""
    for field in _imprints(marc):
        publisher, place = publication(field.first("b")), publication(field.first("a"))
        if publisher or place:
            return publisher, place
    return "", ""


def _imprints(marc: Marc) -> list[Field]:
    """Statements of publication; those of printing and copyright come after them."""
    found = marc.all("260", "264")
    return sorted(found, key=lambda field: field.tag == "264" and field.indicators[1] != "1")


def _issued(marc: Marc) -> str:
    dates = [field.first("c") for field in _imprints(marc)] + [_first(marc, "245", "f")]
    written = [edtf(date) for date in dates if date]
    known = [date for date in written if is_edtf(date)]
    return next(filter(None, (*known, of_008(marc.data("008")), *written)), "")


def _host_parts(marc: Marc) -> tuple[str, str]:
    for field in marc.all("773"):
        return field.joined("g"), field.first("q")
    return "", ""


def _language_codes(marc: Marc) -> Iterator[str]:
    yield marc.data("008")[35:38]
    for field in marc.all("041"):
        if field.indicators[1] == "7":  # codes of another list
            continue
        for codes in field.all("ad"):
            yield from (codes[at : at + _CODES] for at in range(0, len(codes.strip()), _CODES))


# ---------------------------------------------------------------- subjects, numbers, links


def _subject(field: Field) -> str:
    heading = field.joined("abcdefghjklmnopqrstu") if field.tag != "653" else field.first("a")
    return subject([plain(heading), *field.all("vxyz")])


def _places(marc: Marc) -> Iterator[str]:
    """Geographic headings without their subdivisions, and geographic subdivisions of others."""
    for field in marc.all(*_SUBJECTS):
        if field.tag in _GEOGRAPHIC:
            yield plain(field.joined("abcdefgh"))
        else:
            yield from map(plain, field.all("z"))


def _call_number(marc: Marc) -> str:
    """The number on the shelf; where no holding tells it, that of the classification."""
    for tag, codes in (
        ("852", "khij"), ("090", "ab"), ("099", "a"), ("050", "ab"), ("092", "ab"), ("082", "a"),
    ):  # fmt: skip
        if number := plain(_first(marc, tag, codes)):
            return number
    return ""


def _identifiers(marc: Marc) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = identifier("control_number", marc.control_number)
    if marc.data("003").strip() == "OCoLC":
        found += identifier("", f"(OCoLC){marc.control_number}")[:1]
    for field in marc.fields:
        found += _identifier(field)
    return ordered(found)


def _identifier(field: Field) -> list[tuple[str, str]]:
    value = field.first("a").strip()
    if field.tag == "020":
        number = _ISBN.match(value)
        return identifier("isbn", number[0]) if number else []
    if field.tag == "024":
        named = field.first("2") if field.indicators[0] == "7" else ""
        return identifier(named or _STANDARD_NUMBERS.get(field.indicators[0], "local"), value)
    if field.tag == "856" and field.indicators[1] != _RELATED:
        return [pair for url in field.all("u") for pair in identifier("url", url)]
    scheme = {"010": "lccn", "022": "issn", "035": "local"}.get(field.tag)
    return identifier(scheme, value) if scheme else []


def _links(marc: Marc) -> tuple[str, ...]:
    return distinct(web_address(url) for field in marc.all("856") for url in field.all("u"))


# ---------------------------------------------------------------- words


def _is_shown(tag: str, *, unimarc: bool) -> bool:
    if unimarc:
        return _UNIMARC_WORDS[0] <= tag < _UNIMARC_WORDS[1] and tag.isdigit()
    if tag in _SHOWN_NUMBERS:
        return True
    return "100" <= tag < "900" and tag not in _NOT_SHOWN and tag.isdigit()


def _is_unclassified(field: Field) -> bool:
    return field.first("a").strip(" .").lower() in _UNCLASSIFIED


def _is_private(field: Field, kind: str) -> bool:
    if kind == "authority" and field.meant in _PRIVATE_IN_AUTHORITIES:
        return True
    return field.meant in _PRIVATE_WITH_0 and field.indicators[0] == "0"


def _words(field: Field) -> str:
    if field.tag in _SUBJECTS:
        return " -- ".join([field.joined("abcdefghjklmnopqrstu"), *field.all("vxyz")])
    hidden = "x" if field.meant in _NONPUBLIC_NOTE else ""
    return field.joined("".join(code for code in _WORDS if code not in hidden))


def _first(marc: Marc, tag: str, codes: str) -> str:
    """These subfields of the first field with this tag that has one of them."""
    return next(filter(None, (field.joined(codes) for field in marc.all(tag))), "")
